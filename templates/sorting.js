"use strict";
// Tables in another order: the head of each column is a button, and its cells say by what.

const sorting = (() => {
  const { make } = page;

  const said = (row, column) => row.cells[column].dataset.value;

  // What is not there comes last, whichever way the order goes.
  function compare(one, other, column, number) {
    const [a, b] = [said(one, column), said(other, column)];
    if (a === "" || b === "") return { last: (a === "") - (b === "") };
    return { order: number ? a - b : a.localeCompare(b, undefined, { numeric: true }) };
  }

  function sort(table, column, descending) {
    const body = table.tBodies[0];
    const rows = [...body.rows];
    const number = rows.some((row) => "number" in row.cells[column].dataset);
    rows.sort((one, other) => {
      const { last = 0, order = 0 } = compare(one, other, column, number);
      return last || (descending ? -order : order);
    });
    body.replaceChildren(...rows);
    [...table.tHead.rows[0].cells].forEach((head, place) => {
      if (place === column) head.setAttribute("aria-sort", descending ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    });
  }

  function furnish(table) {
    [...table.tHead.rows[0].cells].forEach((head, column) => {
      const button = make("button", head.textContent.trim(), { type: "button" });
      button.addEventListener("click", () => {
        const now = head.getAttribute("aria-sort");
        const first = column === 0 || head.classList.contains("n"); // the largest, the newest
        sort(table, column, now === null ? first : now === "ascending");
      });
      head.replaceChildren(button);
    });
  }

  return { start: () => document.querySelectorAll("table.sortable").forEach(furnish) };
})();

page.furnish();
sorting.start();
document.documentElement.dataset.ready = "1";
