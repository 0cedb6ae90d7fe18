"use strict";
// Rows that leave the page: as CSV, one row as JSON.

const csv = (() => {
  const { make } = page;
  const { columns, text, rows } = instances;

  // A text that a spreadsheet would take for a formula gets an apostrophe.
  function cellOf(cell, isText) {
    if (cell === null) return "";
    const words = text(cell);
    if (words === "") return '""'; // empty, where a missing value is nothing
    const safe = isText && /^[=+\-@\t\r]/.test(words) ? `'${words}` : words;
    return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  }

  function lineOf(one) {
    const cells = one.cells.map((cell, at) => cellOf(cell, columns[at].kind !== "number"));
    return [...cells, cellOf(one.source.path, true), one.record + 1, one.line > 0 ? one.line : ""].join(",");
  }

  async function download(slots, name) {
    const all = await rows(slots);
    const titles = [...columns.map((column) => column.name), "source", "row", "line"].map((title) => cellOf(title, true));
    const content = [titles.join(","), ...all.map(lineOf)].map((line) => `${line}\r\n`);
    const link = make("a", "", { download: `${name}.csv` });
    link.href = URL.createObjectURL(new Blob(content, { type: "text/csv" }));
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  }

  // Numbers stay as they are, also those that a browser's numbers skip; NaN and inf become texts.
  function json(one) {
    const valueOf = (cell) => (Array.isArray(cell) ? (/^-?\d+$/.test(cell[0]) ? cell[0] : JSON.stringify(cell[0])) : Object.is(cell, -0) ? "-0.0" : JSON.stringify(cell));
    return `{${columns.map((column, at) => `${JSON.stringify(column.name)}: ${valueOf(one.cells[at])}`).join(", ")}}`;
  }

  return { download, json };
})();
