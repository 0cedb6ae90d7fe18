"use strict";
// The instances: a table, a row's dialog, a download.

const instances = (() => {
  const { byId, make, read, write, copy } = page;
  const PAGE = 50;
  const { index, block, group } = blocks;

  // Slots: 0 to carried - 1, the rows that the page holds, by leaf and loss. A slot's place is its
  // number among the indexed rows (all rows of the benchmark, if their codes are carried).
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

  // All slots, worst first, undefined losses last; every selection keeps this order.
  const worstFirst = once(async () => {
    const { lossOf } = await held();
    const slots = Uint32Array.from({ length: index.carried }, (_, slot) => slot);
    const badness = Float32Array.from(slots, (slot) => (Number.isNaN(lossOf(slot)) ? -Infinity : lossOf(slot)));
    if (!index.binary) return slots.sort((one, other) => badness[other] - badness[one] || one - other);
    return Uint32Array.from([1, 0, -Infinity].flatMap((wanted) => [...slots.filter((slot) => badness[slot] === wanted)]));
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
    const [mask, order, { at }] = await Promise.all([inside(finding), worstFirst(), held()]);
    let count = 0;
    for (const one of mask) count += one;
    return { slots: [...order.filter((slot) => mask[at(slot)])], count };
  }

  // Cells. null is missing; a list holds what a number cannot (NaN, inf, a huge integer, bytes).
  const columns = index ? index.columns : [];
  const text = (cell) => {
    if (cell === null) return "";
    if (Array.isArray(cell)) return cell[0];
    return Object.is(cell, -0) ? "-0" : String(cell);
  };

  async function row(slot) {
    const [{ numbers, lossOf }, rows] = await Promise.all([held(), group(Math.floor(slot / index.group))]);
    const at = slot % index.group;
    const number = numbers[slot];
    const record = rows.record[at] + number;
    return {
      slot,
      number,
      record,
      loss: lossOf(slot),
      line: rows.line[at] + record,
      source: index.sources[rows.source[at]] ?? { path: "", link: "" },
      cells: rows.columns.map((column) => column[at]),
    };
  }

  const rows = (slots) => Promise.all(slots.map(row));

  function where(one) {
    return one.line > 0 ? `${one.source.path}:${one.line}` : `${one.source.path} record ${one.record}`;
  }

  // Sorting and searching read every carried row of the selection.
  const collator = new Intl.Collator(undefined, { numeric: true });

  function compare(one, other) {
    if (one === null || other === null) return (one === null) - (other === null);
    const [a, b] = [Number(text(one)), Number(text(other))];
    if (text(one) !== "" && text(other) !== "" && !Number.isNaN(a) && !Number.isNaN(b)) return a - b;
    return collator.compare(text(one), text(other));
  }

  async function arranged(slots, sort, find) {
    if (!sort && !find) return slots;
    let all = await rows(slots);
    const wanted = find.toLowerCase();
    if (wanted) all = all.filter((one) => one.cells.some((cell) => text(cell).toLowerCase().includes(wanted)));
    const column = Math.abs(sort) - 1;
    if (sort && column < columns.length) {
      all.sort((one, other) => {
        const [a, b] = [one.cells[column], other.cells[column]];
        const order = a === null || b === null ? compare(a, b) : Math.sign(sort) * compare(a, b);
        return order || one.slot - other.slot;
      });
    }
    return all.map((one) => one.slot);
  }

  // The table
  let shown = { state: null, slots: [], count: 0, key: "" };
  let latest = 0;

  async function show(state) {
    const turn = (latest += 1);
    const key = `${state.place}&${state.sort}&${state.find}`;
    if (key !== shown.key) {
      const finding = state.place.split("=")[1];
      const found = await slotsOf(finding);
      const slots = await arranged(found.slots, state.sort, state.find);
      if (turn !== latest) return;
      shown = { key, slots, count: found.count, carried: found.slots.length };
    }
    const last = Math.max(1, Math.ceil(shown.slots.length / PAGE));
    let number = Math.min(state.page, last);
    let open = null;
    if (state.row !== null) {
      const { numbers } = await held();
      const at = shown.slots.findIndex((slot) => numbers[slot] + 1 === state.row);
      if (at >= 0) { number = 1 + Math.floor(at / PAGE); open = at; }
    }
    const slice = shown.slots.slice((number - 1) * PAGE, number * PAGE);
    const taken = await rows(slice);
    const opened = open === null ? null : await row(shown.slots[open]);
    if (turn !== latest) return;
    shown.state = { ...state, page: number };
    head(state);
    byId("rows").tBodies[0].replaceChildren(...taken.map(line));
    sayState(state, number, last, slice.length);
    if (opened) openRow(opened, open); else closeRow();
    document.documentElement.dataset.ready = "1";
  }

  function sayState(state, number, last, count) {
    const total = shown.slots.length;
    const from = (number - 1) * PAGE + 1;
    const parts = [total
      ? `Instances ${from.toLocaleString("en")}–${(from + count - 1).toLocaleString("en")} of ${total.toLocaleString("en")}`
      : "No instances"];
    if (state.find) parts.push(`with “${state.find}”`);
    parts.push(state.sort ? "" : "worst first");
    if (index.indexed === index.total && shown.carried < shown.count) {
      parts.push(`${shown.carried.toLocaleString("en")} of ${shown.count.toLocaleString("en")} are in this page`);
    }
    byId("state").textContent = `${parts.filter(Boolean).join(", ")}.`;
    byId("page").textContent = `Page ${number.toLocaleString("en")} of ${last.toLocaleString("en")}`;
    byId("previous").disabled = number <= 1;
    byId("next").disabled = number >= last;
    byId("worst").disabled = !state.sort;
    if (byId("find") !== document.activeElement) byId("find").value = state.find;
  }

  function head(state) {
    const line = make("tr");
    line.append(make("th", "row", { scope: "col" }), make("th", index.binary || index.outcomes ? "result" : index.target, { scope: "col", class: "n" }));
    columns.forEach((column, at) => {
      const cell = make("th", "", { scope: "col", class: column.kind === "number" ? "n" : "" });
      const sorted = Math.abs(state.sort) === at + 1 ? Math.sign(state.sort) : 0;
      const button = make("button", column.name + (sorted ? (sorted > 0 ? " ↑" : " ↓") : ""), { type: "button", dir: "auto", title: column.name });
      button.addEventListener("click", () => {
        write({ ...shown.state, page: 1, row: null, sort: sorted > 0 ? -(at + 1) : sorted < 0 ? 0 : at + 1 });
      });
      if (sorted) cell.setAttribute("aria-sort", sorted > 0 ? "ascending" : "descending");
      cell.append(button);
      if (column.role) cell.append(make("small", column.role));
      line.append(cell);
    });
    byId("rows").tHead.replaceChildren(line);
  }

  function line(one) {
    const element = make("tr");
    const link = make("a", (one.number + 1).toLocaleString("en"), { href: address(one), title: where(one) });
    const first = make("th", "", { scope: "row" });
    first.append(link);
    element.append(first, make("td", lossWords(one.loss), { class: "n" }));
    columns.forEach((column, at) => {
      const judged = verdict(column.role, one.loss);
      element.append(cellOf(one.cells[at], "td", `${column.kind === "number" ? "n " : ""}${judged}`.trim()));
    });
    return element;
  }

  // Of several models each prediction has a verdict of its own: index.right says for which results.
  function verdict(role, loss) {
    if (Number.isNaN(loss)) return "";
    if (index.right) return Object.hasOwn(index.right, role) ? (index.right[role].includes(loss) ? "is-right" : "is-wrong") : "";
    return index.binary && (role === "label" || role === "prediction") ? (loss ? "is-wrong" : "is-right") : "";
  }

  function address(one) {
    const rest = new URLSearchParams();
    const state = shown.state;
    if (state.sort) rest.set("sort", state.sort);
    if (state.find) rest.set("find", state.find);
    rest.set("row", one.number + 1);
    return `#${state.place}&${rest}`;
  }

  function lossWords(loss) {
    if (Number.isNaN(loss)) return "n/a";
    if (index.outcomes) return index.outcomes[loss];
    return index.binary ? (loss ? "wrong" : "right") : Number(loss.toPrecision(5)).toLocaleString("en", { maximumSignificantDigits: 5 });
  }

  function cellOf(cell, tag, classes = "", limit = 200) {
    const words = text(cell);
    const attributes = { dir: "auto" };
    if (cell === null || words === "") {
      return make(tag, cell === null ? "missing" : "empty text", { class: `${classes} missing`.trim() });
    }
    if (classes) attributes.class = classes;
    if (words.length > 30) attributes.title = words.slice(0, 500);
    return make(tag, words.length > limit ? `${words.slice(0, limit)}…` : words, attributes);
  }

  // A row's dialog
  let open = null;

  function openRow(one, at) {
    open = { one, at };
    byId("row-title").textContent = `Row ${(one.number + 1).toLocaleString("en")}: ${index.binary || index.outcomes ? "" : `${index.target} `}${lossWords(one.loss)}`;
    const link = byId("row-source");
    link.textContent = one.source.link ? "Open the file" : "";
    if (one.source.link) link.href = one.source.link; else link.removeAttribute("href");
    byId("row-place").textContent = where(one);
    byId("row-values").replaceChildren(...columns.map((column, number) => {
      const entry = make("div");
      const name = make("dt", column.name, { dir: "auto" });
      if (column.role) name.append(make("small", column.role));
      const cell = one.cells[number];
      entry.append(name, column.role === "raw" && /^https?:\/\//i.test(text(cell)) ? linked(text(cell)) : cellOf(cell, "dd", "", Infinity));
      return entry;
    }));
    byId("row-previous").disabled = at <= 0;
    byId("row-next").disabled = at >= shown.slots.length - 1;
    if (!byId("row").open) byId("row").showModal();
  }

  function linked(target) {
    const entry = make("dd");
    entry.append(make("a", target, { href: target, rel: "noopener noreferrer", target: "_blank" }));
    return entry;
  }

  function closeRow() {
    open = null;
    if (byId("row").open) byId("row").close();
  }

  async function step(by) {
    const slot = shown.slots[open.at + by];
    if (slot === undefined) return;
    const { numbers } = await held();
    write({ ...shown.state, row: numbers[slot] + 1 }, { replace: true });
  }

  // Leaving the page as CSV: a text that a spreadsheet would take for a formula gets an apostrophe.
  function csvCell(words, isText) {
    const safe = isText && /^[=+\-@\t\r]/.test(words) ? `'${words}` : words;
    return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  }

  async function download() {
    const all = await rows(shown.slots);
    const titles = [...columns.map((column) => column.name), "source", "row", "line"];
    const lines = all.map((one) => [
      ...one.cells.map((cell, at) => csvCell(cell === "" ? "" : text(cell), columns[at].kind !== "number" || Array.isArray(cell))),
      csvCell(one.source.path, true), String(one.record + 1), one.line > 0 ? String(one.line) : "",
    ].join(","));
    const content = [titles.map((title) => csvCell(title, true)).join(","), ...lines].join("\r\n");
    const link = make("a", "", { download: `${shown.state.place.replace("=", "-")}.csv` });
    link.href = URL.createObjectURL(new Blob([`${content}\r\n`], { type: "text/csv" }));
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
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
    let waiting = 0;
    byId("find").addEventListener("input", (event) => {
      clearTimeout(waiting);
      const find = event.target.value.slice(0, 200);
      waiting = setTimeout(() => write({ ...shown.state, row: null, page: 1, find }, { replace: true }), 200);
    });
    byId("worst").addEventListener("click", () => write({ ...shown.state, sort: 0, page: 1, row: null }));
    byId("download").addEventListener("click", download);
    byId("previous").addEventListener("click", () => turn(-1));
    byId("next").addEventListener("click", () => turn(1));
    byId("row-previous").addEventListener("click", () => step(-1));
    byId("row-next").addEventListener("click", () => step(1));
    byId("row-close").addEventListener("click", () => byId("row").close());
    byId("row-copy").addEventListener("click", (event) => copy(byId("row-place").textContent, event.target));
    byId("row").addEventListener("close", () => {
      if (open) { open = null; write({ ...shown.state, row: null }, { replace: true }); }
    });
    document.addEventListener("keydown", keys);
    page.onChange(show);
  }

  return { start, index, block, losses, codesOf, inside };
})();
