"use strict";
// The tables of regions: sorted by a column, narrowed by a text, with an address that says so:
// #regions&order=-3&having=age, where order is a column, from 1, and below 0 the largest first.

const regions = (() => {
  const { byId, make } = page;
  const tables = [...document.querySelectorAll("table[data-sortable]")];
  const found = tables.map((table) => [...table.tBodies]); // in the order of the document
  const ARROWS = { "-1": "↓", 0: "↕", 1: "↑" };
  let state = { order: 0, having: "" };

  function read() {
    const asked = new URLSearchParams(location.hash.slice(1));
    const order = /^-?\d{1,2}$/.test(asked.get("order") ?? "") ? Number(asked.get("order")) : 0;
    return { order, having: (asked.get("having") ?? "").slice(0, 200) };
  }

  function address() {
    const rest = new URLSearchParams();
    if (state.order) rest.set("order", state.order);
    if (state.having) rest.set("having", state.having);
    return `#regions${rest.size ? `&${rest}` : ""}`;
  }

  function keyOf(body, column) {
    const cell = body.rows[0].cells[column];
    if (column === 0 || !cell) return cell?.textContent.trim() ?? null;
    return "key" in cell.dataset ? Number(cell.dataset.key) : null;
  }

  // What has no number stands last, whichever way the others go.
  function compare(one, other, column, sign) {
    const [a, b] = [keyOf(one, column), keyOf(other, column)];
    if (a === null || b === null) return (a === null) - (b === null);
    return sign * (column === 0 ? a.localeCompare(b) : a - b);
  }

  function arrange() {
    const [column, sign] = [Math.abs(state.order) - 1, Math.sign(state.order)];
    const wanted = state.having.toLowerCase();
    let [shown, all] = [0, 0];
    tables.forEach((table, at) => {
      const bodies = sign ? found[at].toSorted((one, other) => compare(one, other, column, sign)) : found[at];
      table.append(...bodies);
      for (const body of bodies) {
        body.hidden = !body.textContent.toLowerCase().includes(wanted);
        shown += !body.hidden;
        all += 1;
      }
      [...table.tHead.rows[0].cells].forEach((head, place) => mark(head, place === column ? sign : 0));
    });
    byId("having-said").textContent = wanted ? `${shown} of ${all} regions` : "";
    if (byId("having") !== document.activeElement) byId("having").value = state.having;
  }

  function mark(head, sign) {
    if (sign) head.setAttribute("aria-sort", sign > 0 ? "ascending" : "descending");
    else head.removeAttribute("aria-sort");
    head.querySelector(".sort").textContent = ARROWS[sign];
  }

  function turn(column) {
    // numbers begin with the largest, words with the first; the third time as they were found
    const first = column === 0 ? 1 : -1;
    const now = Math.abs(state.order) - 1 === column ? Math.sign(state.order) : 0;
    const sign = now === 0 ? first : now === first ? -first : 0;
    state.order = sign * (column + 1);
    location.hash = address();
  }

  function follow() {
    if (!/^#regions(&|$)/.test(location.hash)) return;
    state = read();
    arrange();
    if (location.hash !== "#regions" && !byId("regions").contains(document.activeElement)) byId("regions").scrollIntoView();
  }

  function start() {
    if (!tables.length) return;
    for (const table of tables) {
      [...table.tHead.rows[0].cells].forEach((head, column) => {
        const button = make("button", ARROWS[0], { type: "button", class: "sort", "aria-label": `Sort by ${head.textContent.trim().split(",")[0]}` });
        button.addEventListener("click", () => turn(column));
        head.append(" ", button);
      });
    }
    byId("having").addEventListener("input", (event) => {
      state.having = event.target.value.slice(0, 200);
      history.replaceState(null, "", address());
      arrange();
    });
    addEventListener("hashchange", follow);
    follow();
  }

  return { start };
})();
