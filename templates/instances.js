"use strict";
// The instances that the page carries: their losses, codes and cells, by slot.

const instances = (() => {
  const { index, block, group } = blocks;

  // Slots: 0 to carried - 1, the rows that the page holds, worst first; every selection keeps this
  // order. A slot's place is its number among the indexed rows (all rows of the benchmark, if their
  // codes are carried).
  const once = (read) => { let kept; return () => (kept ??= read()); };

  const held = once(async () => {
    const numbers = new Uint32Array(await block("numbers"));
    const loss = await losses();
    const places = index.carried < index.indexed ? new Uint32Array(await block("places")) : null;
    const at = (slot) => (places ? places[slot] : slot);
    return { numbers, at, lossOf: (slot) => loss[at(slot)] };
  });

  const losses = once(async () => {
    const bytes = await block("loss");
    if (!index.binary) return new Float32Array(bytes);
    return Float32Array.from(new Uint8Array(bytes), (loss) => (loss === 255 ? NaN : loss));
  });

  async function codesOf(feature) {
    const bytes = await block(`codes-${feature}`);
    return index.widths[feature] === 1 ? new Uint8Array(bytes) : new Uint16Array(bytes);
  }

  async function inside(finding) {
    const parts = Object.hasOwn(index.selections, finding) ? index.selections[finding] : [];
    const mask = new Uint8Array(index.indexed).fill(1);
    for (const [feature, allowed] of parts) {
      const codes = await codesOf(feature);
      const wanted = new Uint8Array(65536);
      for (const code of allowed) wanted[code] = 1;
      for (let place = 0; place < mask.length; place += 1) mask[place] &= wanted[codes[place]];
    }
    return mask;
  }

  async function slotsOf(finding) {
    const [mask, { at }] = await Promise.all([inside(finding), held()]);
    let count = 0;
    for (const one of mask) count += one;
    const slots = Uint32Array.from({ length: index.carried }, (_, slot) => slot);
    return { slots: slots.filter((slot) => mask[at(slot)]), count };
  }

  // Cells. null is missing; a list holds what a number cannot (NaN, inf, a huge integer, bytes).
  const columns = index ? index.columns : [];
  const text = (cell) => {
    if (cell === null) return "";
    if (Array.isArray(cell)) return cell[0];
    return Object.is(cell, -0) ? "-0" : String(cell);
  };

  function row(slot, { numbers, lossOf }, rows) {
    const at = slot % index.group;
    const number = numbers[slot];
    const record = rows.record[at] + number;
    return {
      slot,
      number,
      record,
      loss: lossOf(slot),
      line: rows.line[at] + record,
      from: rows.source[at],
      source: index.sources[rows.source[at]] ?? { path: "", link: "" },
      cells: rows.columns.map((column) => column[at]),
    };
  }

  const groupOf = (slot) => Math.floor(slot / index.group);

  async function rows(slots) {
    const found = await held();
    const groupsOf = new Map();
    for (const slot of slots) {
      if (!groupsOf.has(groupOf(slot))) groupsOf.set(groupOf(slot), await group(groupOf(slot)));
    }
    return Array.from(slots, (slot) => row(slot, found, groupsOf.get(groupOf(slot))));
  }

  // The cells of all slots in some columns, by column; group after group, so that none must stay.
  async function cellsOf(slots, wanted) {
    const places = new Map();
    slots.forEach((slot, place) => {
      const number = groupOf(slot);
      if (!places.has(number)) places.set(number, []);
      places.get(number).push(place);
    });
    const cells = new Map(wanted.map((column) => [column, new Array(slots.length)]));
    for (const [number, here] of places) {
      const held = await group(number);
      for (const [column, taken] of cells) {
        const values = held.columns[column];
        for (const place of here) taken[place] = values[slots[place] % index.group];
      }
    }
    return cells;
  }

  function where(one) {
    return one.line > 0 ? `${one.source.path}:${one.line}` : `${one.source.path} record ${one.record}`;
  }

  return { index, columns, block, held, losses, codesOf, inside, slotsOf, text, rows, cellsOf, where };
})();
