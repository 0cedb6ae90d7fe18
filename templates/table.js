"use strict";
// The table of instances: the rows of what is chosen, worst first, fifty on a page.

const table = (() => {
  const { byId, make, write, address } = page;
  const { index, columns, held, slotsOf, rows, where } = instances;
  const PAGE = 50;
  let shown = { state: null, slots: [], count: 0, key: "" };
  let latest = 0;

  async function show(state) {
    const turn = (latest += 1);
    const key = JSON.stringify([state.place, state.sort, state.find, state.only, state.where]);
    if (key !== shown.key) {
      const found = await slotsOf(finding(state));
      const slots = await arrange.arranged(found.slots, state);
      if (turn !== latest) return;
      shown = { key, slots, count: found.count, carried: found.slots.length };
    }
    const last = Math.max(1, Math.ceil(shown.slots.length / PAGE));
    const opened = await asked(state);
    const number = opened?.at >= 0 ? 1 + Math.floor(opened.at / PAGE) : Math.min(state.page, last);
    const taken = await rows(shown.slots.slice((number - 1) * PAGE, number * PAGE));
    if (turn !== latest) return;
    shown.state = { ...state, page: number };
    if (shown.page !== number) draw(number, last, taken); // a row that opens or closes redraws nothing
    if (opened) row.show(opened.one, opened.at, { order: shown.order, count: shown.slots.length, lossWords, verdict, address: addressOf }); else row.close();
    document.documentElement.dataset.ready = "1";
  }

  function draw(number, last, taken) {
    const sorted = document.activeElement.closest("#rows th")?.dataset.column;
    shown.page = number;
    shown.order = orderFor(shown.state);
    head();
    byId("rows").tBodies[0].replaceChildren(...taken.map(line));
    say(number, last, taken.length);
    if (sorted) byId("rows").querySelector(`th[data-column="${sorted}"] button`).focus();
  }

  const finding = (state) => state.place.split("=")[1];

  // The row that the address asks for; it may lie outside the selection, then `at` is -1.
  async function asked({ row: number }) {
    if (number === null) return null;
    const { numbers } = await held();
    const slot = numbers.indexOf(number - 1);
    if (slot < 0) return null;
    return { one: (await rows([slot]))[0], at: shown.slots.indexOf(slot) };
  }

  // Columns: the features of the chosen region, label and prediction, images, scores, then the rest.
  const first = ["label", "prediction", "image", "score"];
  const rank = ({ role, holds }) => first.findIndex((word) => holds === word || role.startsWith(word)) + 1 || first.length + 1;

  function orderFor(state) {
    const own = (index.selections[finding(state)] ?? []).map(([feature]) => index.coded[feature].column);
    const named = own.filter((column, at) => column >= 0 && own.indexOf(column) === at);
    const rest = [...columns.keys()].filter((column) => !named.includes(column));
    return [...named, ...rest.sort((a, b) => rank(columns[a]) - rank(columns[b]) || a - b)];
  }

  function say(number, last, count) {
    const { state, slots, carried } = shown;
    const from = (number - 1) * PAGE + 1;
    const parts = [slots.length
      ? `Instances ${numbers.count(from)}–${numbers.count(from + count - 1)} of ${numbers.count(slots.length)}`
      : "No instances"];
    if (state.find) parts.push(`with “${state.find}”`);
    if (slots.length < carried) parts.push(`of ${numbers.count(carried)} in this selection`);
    if (slots.length && !state.sort) parts.push("worst first");
    const few = index.indexed === index.total && carried < shown.count;
    if (few) parts.push(`${numbers.count(carried)} of ${numbers.count(shown.count)} are in this page`);
    byId("state").textContent = `${parts.join(", ")}.`;
    byId("state").dataset.of = state.place;
    byId("page").textContent = `Page ${numbers.count(number)} of ${numbers.count(last)}`;
    byId("previous").disabled = number <= 1;
    byId("next").disabled = number >= last;
    byId("worst").disabled = !state.sort;
    byId("download").textContent = `Download ${numbers.count(slots.length)}${few ? ` of ${numbers.count(shown.count)}` : ""} as CSV`;
    byId("download").disabled = !slots.length;
    filters.show(state, change);
  }

  // A change of what is shown begins again at the first page.
  function change(what, how) {
    write({ ...shown.state, row: null, page: 1, ...what }, how);
  }

  function head() {
    const { state, order } = shown;
    const top = make("tr");
    top.append(make("th", "row", { scope: "col" }), make("th", index.binary || index.outcomes ? "result" : index.target, { scope: "col", class: "n" }));
    for (const at of order) {
      const { name, role, kind } = columns[at];
      const cell = make("th", "", { scope: "col", class: kind === "number" ? "n" : "", "data-column": at });
      const sorted = Math.abs(state.sort) === at + 1 ? Math.sign(state.sort) : 0;
      const button = make("button", name + (sorted ? (sorted > 0 ? " ↑" : " ↓") : ""), { type: "button", dir: "auto", title: name });
      button.addEventListener("click", () => change({ sort: sorted > 0 ? -(at + 1) : sorted < 0 ? 0 : at + 1 }));
      if (sorted) cell.setAttribute("aria-sort", sorted > 0 ? "ascending" : "descending");
      cell.append(button);
      if (role && role !== name) cell.append(make("small", role));
      top.append(cell);
    }
    byId("rows").tHead.replaceChildren(top);
  }

  function line(one) {
    const element = make("tr");
    const first = make("th", "", { scope: "row" });
    first.append(make("a", numbers.count(one.number + 1), { href: addressOf(one), title: where(one) }));
    element.append(first, make("td", lossWords(one.loss), { class: "n" }));
    for (const at of shown.order) {
      const { role, kind } = columns[at];
      element.append(content.inTable(one, at, `${kind === "number" ? "n " : ""}${verdict(role, one.loss)}`.trim()));
    }
    return element;
  }

  // Of several models each prediction has a verdict of its own: index.right says for which results.
  function verdict(role, loss) {
    if (Number.isNaN(loss)) return "";
    if (index.right) return Object.hasOwn(index.right, role) ? (index.right[role].includes(loss) ? "is-right" : "is-wrong") : "";
    return index.binary && (role === "label" || role === "prediction") ? (loss ? "is-wrong" : "is-right") : "";
  }

  const addressOf = (one) => address({ ...shown.state, page: 1, row: one.number + 1 });

  function lossWords(loss) {
    if (Number.isNaN(loss)) return "n/a";
    if (index.outcomes) return index.outcomes[loss];
    return index.binary ? (loss ? "wrong" : "right") : Number(loss.toPrecision(5)).toLocaleString("en", { maximumSignificantDigits: 5 });
  }

  async function step(by) {
    const slot = shown.slots[row.place() + by];
    if (slot === undefined) return;
    const { numbers: numbered } = await held();
    write({ ...shown.state, row: numbered[slot] + 1 }, { replace: true });
  }

  // The reader comes back to the row that was open, where it is listed.
  function closed(one) {
    write({ ...shown.state, row: null }, { replace: true });
    const links = [...byId("rows").tBodies[0].querySelectorAll("th a")];
    links.find((link) => link.getAttribute("href") === addressOf(one))?.focus();
  }

  function turn(by) {
    if (byId("row").open) step(by);
    else write({ ...shown.state, row: null, page: shown.state.page + by });
  }

  function keys(event) {
    if (event.target.closest?.("input, textarea, select") || event.ctrlKey || event.metaKey) return;
    if (event.key === "[" && !(byId("row").open ? byId("row-previous") : byId("previous")).disabled) turn(-1);
    if (event.key === "]" && !(byId("row").open ? byId("row-next") : byId("next")).disabled) turn(1);
    if (event.key === "/" && !document.querySelector("dialog[open]")) {
      event.preventDefault();
      byId("find").focus();
    }
  }

  function start() {
    if (!index) { document.documentElement.dataset.ready = "1"; return; }
    filters.start(() => shown.state, change);
    row.start(step, closed);
    byId("worst").addEventListener("click", () => change({ sort: 0 }));
    byId("download").addEventListener("click", () => csv.download(shown.slots, shown.state.place.replaceAll(/[^\w-]+/g, "-")));
    byId("previous").addEventListener("click", () => turn(-1));
    byId("next").addEventListener("click", () => turn(1));
    document.addEventListener("keydown", keys);
    page.onChange(show);
  }

  return { start };
})();
