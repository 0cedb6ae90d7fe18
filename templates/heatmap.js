"use strict";
// The heatmap: which two features, inside which region, coloured by what; and the cell looked into.

const heatmap = (() => {
  const { byId, make } = page;
  const { index } = instances;
  const { features, parse, nameOf, wordsOf, regionWords, details, amount, counts, everything, target, rates } = cells;
  const SHADES = 8;
  const given = /^[gc]/; // ids of what no search found: groups and cohorts
  const here = { down: 0, across: 1, within: "", shown: "target" };

  // What is shown of a cell: a value to colour by, its words, and a second line
  const fewest = () => Number(byId("heat").dataset.fewest);
  const rate = (measure) => ({
    measure,
    title: () => measure.title,
    of: (cell) => (cell.units < fewest() ? null : cell.events / cell.exposure),
    said: (value) => amount(value, measure),
    beside: (cell) => counts(cell, measure),
  });
  const kinds = {
    target: rate(target),
    errors: {
      measure: target,
      title: () => "error coverage",
      of: (cell, all) => (all.events && !index.signed ? cell.events / all.events : null),
      said: (value) => numbers.percent(value),
      beside: (cell) => (index.rate ? numbers.count(cell.events) : numbers.number(cell.events)),
    },
    support: {
      measure: target,
      title: () => "support",
      of: (cell) => cell.support,
      said: (value) => numbers.count(value),
      beside: (cell) => numbers.percent(cell.support / index.total),
    },
    ...Object.fromEntries(rates.map((measure, place) => [`rate${place}`, rate(measure)])),
  };

  // The table
  function draw(rows, all) {
    const kind = kinds[here.shown];
    const values = rows.flat().filter((cell) => cell.support).map((cell) => kind.of(cell, all)).filter((value) => value !== null);
    // the dark end is the worse one: of accuracy and its like the lowest value
    const best = kind.measure.falling ? 1 : 0;
    const ends = [Math.min(best, ...values), Math.max(best, ...values)];
    const [low, high] = best ? ends.reverse() : ends;
    const shade = (value) => Math.min(SHADES, 1 + Math.floor(((value - low) / (high - low || 1)) * SHADES));
    const [down, across] = [features[here.down], features[here.across]];
    byId("heat").caption.textContent = `${kind.title()} by ${down.name} and ${across.name}`;
    byId("heat-title").textContent = kind.title();
    byId("heat-low").textContent = kind.said(low);
    byId("heat-high").textContent = kind.said(high);
    head(down, across);
    byId("heat").tBodies[0].replaceChildren(...rows.map((row, at) => {
      const line = make("tr");
      line.append(make("th", down.stretches[at][0], { scope: "row", dir: "auto" }));
      line.append(...row.map((cell, column) => cellOf(cell, [[here.down, at], [here.across, column]], kind, all, shade)));
      return line;
    }));
    mark();
  }

  function head(down, across) {
    const [top, names] = byId("heat").tHead.rows;
    const group = make("th", across.name, { scope: "colgroup", colspan: across.stretches.length, dir: "auto" });
    top.replaceChildren(make("td"), group);
    names.replaceChildren(...[down.name, ...across.stretches.map(([words]) => words)].map((words) => make("th", words, { scope: "col", dir: "auto" })));
  }

  function cellOf(cell, pairs, kind, all, shade) {
    if (!cell.support) return make("td", "none", { class: "none" });
    const value = kind.of(cell, all);
    const said = value === null ? "too few" : kind.said(value);
    const place = `cell=${nameOf(pairs, here.within)}`;
    const link = make("a", said, { href: `#${place}`, title: `${wordsOf(parse(place))}: ${details(cell, all, kind.measure)}` });
    link.append(make("small", value === null ? counts(cell) : kind.beside(cell, all)));
    const element = make("td", "", { class: value === null ? "rare" : `cell shade-${shade(value)}` });
    element.append(link);
    return element;
  }

  // One stop for Tab, arrows inside; the chosen cell is marked.
  function mark() {
    const links = [...byId("heat").querySelectorAll("a")];
    const chosen = links.find((link) => link.getAttribute("href").slice(1) === page.read().place);
    for (const link of links) {
      link.tabIndex = -1;
      if (link === chosen) link.setAttribute("aria-current", "true"); else link.removeAttribute("aria-current");
    }
    if (links.length) (chosen ?? links[0]).tabIndex = 0;
  }

  const steps = { ArrowDown: [1, 0], ArrowUp: [-1, 0], ArrowRight: [0, 1], ArrowLeft: [0, -1] };

  function walk(event) {
    const link = event.target.closest("a");
    if (!link || !Object.hasOwn(steps, event.key) || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const [down, across] = steps[event.key];
    const rows = [...byId("heat").tBodies[0].rows];
    let [row, column] = [rows.indexOf(link.closest("tr")) + down, link.closest("td").cellIndex + across];
    while (rows[row]?.cells[column] && !rows[row].cells[column].querySelector("a")) { row += down; column += across; }
    const next = rows[row]?.cells[column]?.querySelector("a");
    if (!next) return;
    link.tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  }

  function whereabouts() {
    if (!here.within) return `Measured on all ${numbers.count(index.total)} instances.`;
    const said = `Measured on all instances inside “${regionWords(here.within)}”`;
    return given.test(here.within) ? `${said}.` : `${said}. Its search saw part of them: values here flatter the search.`;
  }

  let latest = 0;

  async function show() {
    const turn = (latest += 1);
    const { measure } = kinds[here.shown];
    const [rows, all] = await Promise.all([cells.crossed(here, measure), everything(measure)]);
    if (turn !== latest) return;
    draw(rows, all);
    byId("heat-said").textContent = whereabouts();
    byId("heat").dataset.drawn = turn;
  }

  // A cell that is looked into
  const article = make("article", "", { class: "finding", id: "cell", tabindex: "-1" });
  const option = make("option", "", { hidden: "" });

  function found(anchor) {
    const cell = parse(anchor);
    if (!cell) return undefined;
    index.selections[anchor.split("=")[1]] = cells.conditions(cell);
    option.value = anchor;
    option.textContent = wordsOf(cell);
    return article;
  }

  async function arrived({ place, row }) {
    const cell = parse(place);
    mark();
    if (!cell) return;
    const [own, all] = await Promise.all([cells.only(place.split("=")[1]), everything()]);
    if (page.read().place !== place) return;
    article.replaceChildren(make("h3", wordsOf(cell), { dir: "auto" }), make("p", `${details(own, all)}. Measured on all of them.`));
    if (cell.pairs.length === 2) await turnTo(cell, row === null);
  }

  // A cell that was linked to may be one of other features.
  async function turnTo({ pairs: [[down], [across]], within }, scroll) {
    if (down === here.down && across === here.across && within === here.within) return;
    Object.assign(here, { down, across, within });
    choose();
    await show();
    if (scroll) article.scrollIntoView(); // the table above it has changed its height
  }

  function choose() {
    byId("heat-down").value = here.down;
    byId("heat-across").value = here.across;
    byId("heat-shown").value = here.shown;
    const region = [...byId("heat-within").options].find((one) => withinOf(one.value) === here.within);
    byId("heat-within").value = region?.value ?? "";
  }

  const withinOf = (anchor) => anchor.split("=")[1] ?? "";

  function changed() {
    const [down, across] = [Number(byId("heat-down").value), Number(byId("heat-across").value)];
    // the same feature chosen twice: the two change places
    if (down === across) Object.assign(here, { down: here.across, across: here.down });
    else Object.assign(here, { down, across });
    here.within = withinOf(byId("heat-within").value);
    here.shown = byId("heat-shown").value;
    choose();
    if (location.hash === address()) show(); else location.hash = address();
  }

  // Its address: #heatmap=0_1&inside=r1&show=rate3
  function address() {
    const rest = `${here.within && `&inside=${here.within}`}${here.shown === "target" ? "" : `&show=${here.shown}`}`;
    return `#heatmap=${here.down}_${here.across}${rest}`;
  }

  function follow({ first = false } = {}) {
    const asked = new URLSearchParams(location.hash.slice(1));
    const pair = /^(\d{1,5})_(\d{1,5})$/.exec(asked.get("heatmap") ?? "");
    const [within, shown] = [asked.get("inside") ?? "", asked.get("show") ?? "target"];
    const known = pair && features[pair[1]] && features[pair[2]] && pair[1] !== pair[2];
    if (!known || !Object.hasOwn(kinds, shown) || (within && !Object.hasOwn(index.selections, within))) return first && show();
    Object.assign(here, { down: Number(pair[1]), across: Number(pair[2]), within, shown });
    choose();
    if (!byId("heat-tools").contains(document.activeElement)) byId("heatmap").scrollIntoView();
    return show();
  }

  function fill() {
    for (const name of ["heat-down", "heat-across"]) {
      byId(name).append(...features.map((feature, place) => make("option", feature.name, { value: place })));
    }
    byId("heat-shown").append(...rates.map((measure, place) => make("option", measure.title, { value: `rate${place}` })));
    page.fillPlaces(byId("heat-within"));
    choose();
    for (const name of ["heat-down", "heat-across", "heat-within", "heat-shown"]) {
      byId(name).addEventListener("change", changed);
    }
  }

  // The stretches of profiles become links to their instances.
  function link() {
    for (const stretch of document.querySelectorAll("[data-cell]")) {
      const place = `cell=${stretch.dataset.cell}`;
      if (!parse(place)) continue;
      const anchor = make("a", "", { href: `#${place}`, class: "place" });
      stretch.replaceWith(anchor);
      anchor.append(stretch);
    }
  }

  function start() {
    if (!byId("heat-down")) return;
    byId("instances").before(article);
    byId("chooser").append(option);
    link();
    page.onPlace(found);
    fill();
    byId("heat").setAttribute("role", "grid");
    byId("heat").addEventListener("keydown", walk);
    page.onChange(arrived);
    addEventListener("hashchange", () => follow());
    follow({ first: true });
  }

  return { start };
})();
