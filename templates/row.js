"use strict";
// The dialog of one row: all its values, its line, its neighbours.

const row = (() => {
  const { byId, make, copy } = page;
  const { index, columns, text, rows, where } = instances;
  const MOST = 4; // differences that are named
  let open = null;

  // `around` says how the table shows the row: its words and marks, its column order, its address.
  function show(one, at, around) {
    open = { one, at };
    byId("row-title").textContent = `Row ${(one.number + 1).toLocaleString("en")}: ${index.binary || index.outcomes ? "" : `${index.target} `}${around.lossWords(one.loss)}`;
    const link = byId("row-source");
    link.textContent = one.source.link ? "Open the file" : "";
    if (one.source.link) link.href = one.source.link; else link.removeAttribute("href");
    byId("row-place").textContent = where(one);
    const order = [...around.order].sort((a, b) => content.isRaw(b) - content.isRaw(a));
    byId("row-values").replaceChildren(...order.map((column) => entry(one, column, around)));
    byId("row-previous").disabled = !(at > 0);
    byId("row-next").disabled = !(at >= 0 && at < around.count - 1);
    if (!byId("row").open) byId("row").showModal();
    byId("row").scrollTop = 0;
    resembling(one, around);
  }

  function entry(one, at, around) {
    const { name, role } = columns[at];
    const title = make("dt", name, { dir: "auto" });
    if (role && role !== name) title.append(make("small", role));
    const line = make("div", "", content.isRaw(at) ? { class: "raw" } : {});
    line.append(title, content.inFull(one, at, around.verdict(role, one.loss)));
    return line;
  }

  async function resembling(one, around) {
    const list = byId("near");
    byId("near-title").textContent = neighbours.whatIsRight;
    list.replaceChildren();
    const found = await neighbours.nearest(one.slot);
    const others = await rows(found.map(({ slot }) => slot));
    if (open?.one !== one) return;
    list.replaceChildren(...others.map((other) => likeness(one, other, around)));
    if (!others.length) list.append(make("li", "None is in this page."));
    list.dataset.of = one.number;
  }

  function likeness(one, other, around) {
    const line = make("li");
    line.append(make("a", `Row ${(other.number + 1).toLocaleString("en")}`, { href: around.address(other) }));
    const picture = [...columns.keys()].map((at) => content.imageOf(other, at)).find(Boolean);
    if (picture) line.append(picture.image);
    const differing = neighbours.differing(one, other);
    line.append(make("span", differing.length ? "" : "the same in all features", { class: "quiet" }));
    differing.slice(0, MOST).forEach((at) => line.lastChild.append(difference(one, other, at)));
    if (differing.length > MOST) line.lastChild.append(make("span", `and ${differing.length - MOST} more`));
    return line;
  }

  function difference(one, other, at) {
    const said = (cell) => (cell === null ? "missing" : text(cell) === "" ? "empty text" : text(cell).slice(0, 40));
    const words = make("span", "", { class: "difference" });
    words.append(make("bdi", columns[at].name.slice(0, 60)), " ", make("s", said(one.cells[at])), " ", make("b", said(other.cells[at])));
    return words;
  }

  function close() {
    open = null;
    if (byId("row").open) byId("row").close();
  }

  // `step` walks on, `closed` is told when the reader closes the window.
  function start(step, closed) {
    byId("row-previous").addEventListener("click", () => step(-1));
    byId("row-next").addEventListener("click", () => step(1));
    byId("row-close").addEventListener("click", () => byId("row").close());
    byId("row-copy").addEventListener("click", (event) => copy(byId("row-place").textContent, event.target));
    byId("row-json").addEventListener("click", (event) => copy(csv.json(open.one), event.target));
    byId("row").addEventListener("close", () => {
      const one = open?.one;
      open = null;
      if (one) closed(one);
    });
  }

  return { show, close, start, place: () => open?.at };
})();
