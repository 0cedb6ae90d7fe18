"use strict";
// Which rows of a selection are shown, and in what order: by result, by conditions on columns, by a
// search in all columns, sorted by one. Every carried row of the selection is read for it.

const arrange = (() => {
  const { index, columns, held, text, cellsOf } = instances;
  const natural = new Intl.Collator(undefined, { numeric: true }); // "north 9" before "north 10"
  const quick = new Intl.Collator();
  const MANY = 5000; // different texts past which the quick one sorts, in a third of the time

  // Conditions: `3.has.foo` says that the column 3, counted from 1, contains foo.
  const kinds = {
    has: { said: "contains", valued: true, test: (value) => { const sought = value.toLowerCase(); return (cell) => cell !== null && text(cell).toLowerCase().includes(sought); } },
    is: { said: "equals", valued: true, test: (value) => (cell) => cell !== null && (text(cell) === value || equal(numeric(cell), value)) },
    from: { said: "at least", valued: true, test: (value) => (cell) => beside(cell, value) >= 0 },
    to: { said: "at most", valued: true, test: (value) => (cell) => beside(cell, value) <= 0 },
    missing: { said: "is missing", valued: false, test: () => (cell) => cell === null },
    present: { said: "is not missing", valued: false, test: () => (cell) => cell !== null },
  };

  function parse(said) {
    const found = /^(\d{1,5})\.([a-z]{2,7})\.(.*)$/s.exec(said);
    if (!found || !columns[found[1] - 1] || !Object.hasOwn(kinds, found[2])) return null;
    return { said, column: found[1] - 1, kind: found[2], value: kinds[found[2]].valued ? found[3] : "" };
  }

  function wordsOf({ column, kind, value }) {
    return `${columns[column].name} ${kinds[kind].said}${kinds[kind].valued ? ` ${value === "" ? "“”" : value}` : ""}`;
  }

  // A cell as a number: NaN for what is none.
  const words = new Map([["inf", Infinity], ["-inf", -Infinity]]);
  function numeric(cell) {
    if (typeof cell === "number") return cell;
    const said = text(cell);
    return words.get(said) ?? (said.trim() === "" ? NaN : Number(said));
  }

  const equal = (number, value) => value.trim() !== "" && number === Number(value);

  // Below 0 if a cell lies before a value, above if behind it; NaN if they cannot be compared.
  function beside(cell, value) {
    if (cell === null || text(cell) === "") return NaN;
    const [a, b] = [numeric(cell), words.get(value) ?? (value.trim() === "" ? NaN : Number(value))];
    if (!Number.isNaN(a) && !Number.isNaN(b)) return a === b ? 0 : a - b;
    return Array.isArray(cell) || typeof cell === "number" ? NaN : natural.compare(text(cell), value);
  }

  // What sorts cells: a number for each, NaN for those that come last whichever way it goes.
  function keysOf(cells) {
    const present = cells.filter((cell) => cell !== null && text(cell) !== "");
    const isNumber = (cell) => !Number.isNaN(numeric(cell)) || (Array.isArray(cell) && cell[0] === "NaN");
    if (present.every(isNumber)) return Float64Array.from(cells, (cell) => (cell === null ? NaN : numeric(cell)));
    const texts = [...new Set(cells.map(text))];
    texts.sort((texts.length > MANY ? quick : natural).compare);
    const rank = new Map(texts.map((said, place) => [said, place]));
    return Float64Array.from(cells, (cell) => (cell === null ? NaN : rank.get(text(cell))));
  }

  function sorted(slots, cells, direction) {
    const keys = keysOf(cells);
    const order = Uint32Array.from(slots, (_, place) => place);
    const last = (place) => Number.isNaN(keys[place]) + (cells[place] === null);
    order.sort((one, other) => last(one) - last(other) || direction * (keys[one] - keys[other]) || one - other);
    return slots.map((_, place) => slots[order[place]]);
  }

  async function kept(slots, wanted, test) {
    const cells = [...(await cellsOf(slots, wanted)).values()];
    return slots.filter((_, place) => cells.some((column) => test(column[place])));
  }

  async function arranged(all, { only, where, find, sort }) {
    let slots = all;
    if (only !== null) {
      const { lossOf } = await held();
      slots = slots.filter((slot) => lossOf(slot) === only);
    }
    for (const condition of where.map(parse)) {
      if (condition) slots = await kept(slots, [condition.column], kinds[condition.kind].test(condition.value));
    }
    if (find) slots = await kept(slots, [...columns.keys()], kinds.has.test(find));
    const column = Math.abs(sort) - 1;
    if (!sort || !columns[column]) return slots;
    return sorted(slots, (await cellsOf(slots, [column])).get(column), Math.sign(sort));
  }

  // Results that can be asked for: [what the loss is, what it is called].
  function results() {
    if (!index) return [];
    if (index.outcomes) return index.outcomes.map((said, loss) => [loss, said]);
    return index.binary ? [[1, "wrong"], [0, "right"]] : [];
  }

  return { kinds, parse, wordsOf, arranged, results };
})();
