"use strict";
// The page without its instances: theme, keys, the tree, what is chosen, and the address that says it.

const page = (() => {
  const root = document.documentElement;
  const byId = (name) => document.getElementById(name);
  root.dataset.script = "on";

  // Making elements: text goes in as text, never as markup.
  function make(tag, text = "", attributes = {}) {
    const element = document.createElement(tag);
    element.textContent = text;
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    return element;
  }

  // The address: #region=r1&page=2&row=17&sort=-3&find=text&only=1&where=3.has.foo, where the last
  // can be repeated. What does not fit the page is ignored.
  const places = new Map([...document.querySelectorAll(".finding")].map((one) => [one.id, one]));
  const finders = []; // of places that are made when they are asked for: cells, a cohort of the reader's
  const articleOf = (anchor) => places.get(anchor) ?? finders.map((find) => find(anchor)).find(Boolean);

  function read() {
    const asked = new URLSearchParams(location.hash.slice(1));
    const whole = (name, fallback) => {
      const text = asked.get(name) ?? "";
      return /^-?\d{1,9}$/.test(text) ? Number(text) : fallback;
    };
    const place = ["whole", "region", "cohort", "node", "group", "win", "cell", "own"]
      .map((kind) => `${kind}=${asked.get(kind)}`)
      .find((anchor) => articleOf(anchor));
    return {
      place,
      page: Math.max(1, whole("page", 1)),
      row: whole("row", null),
      sort: whole("sort", 0),
      find: (asked.get("find") ?? "").slice(0, 200),
      only: whole("only", null),
      where: asked.getAll("where").slice(0, 20).map((said) => said.slice(0, 300)),
    };
  }

  function address(state) {
    const rest = new URLSearchParams();
    if (state.page > 1) rest.set("page", state.page);
    if (state.sort) rest.set("sort", state.sort);
    if (state.find) rest.set("find", state.find);
    if (state.only !== null) rest.set("only", state.only);
    for (const said of state.where) rest.append("where", said);
    if (state.row !== null) rest.set("row", state.row);
    return `#${[state.place, rest.toString()].filter(Boolean).join("&")}`;
  }

  function write(state, { replace = false } = {}) {
    const hash = address(state);
    if (hash === location.hash) return;
    if (replace) {
      history.replaceState(null, "", hash);
      arrive();
    } else {
      location.hash = hash;
    }
  }

  // What is chosen
  let chosen = null;
  const listeners = [];

  function choose(anchor) {
    if (chosen === anchor) return;
    chosen = anchor;
    const article = articleOf(anchor);
    for (const one of document.querySelectorAll(".finding")) one.toggleAttribute("data-chosen", one === article);
    for (const link of document.querySelectorAll("[aria-current]")) link.removeAttribute("aria-current");
    for (const link of document.querySelectorAll(`a[href="#${CSS.escape(anchor)}"], a[href="#${anchor}"]`)) {
      link.setAttribute("aria-current", "true");
    }
    byId("chooser").value = anchor;
  }

  function arrive({ first = false } = {}) {
    const state = read();
    if (!state.place && !first) return;
    const before = chosen;
    const place = state.place ?? places.keys().next().value;
    if (!place) return;
    choose(place);
    // a form inside the place keeps the focus while it changes the place
    const here = articleOf(place).contains(document.activeElement);
    if (state.place && before !== place && state.row === null && !here) {
      articleOf(place).scrollIntoView();
      articleOf(place).focus({ preventScroll: true });
    }
    for (const listener of listeners) listener({ ...state, place });
  }

  function fillPlaces(select) {
    const labels = { whole: "Everything", region: "Regions", cohort: "Your cohorts", node: "Nodes of the tree", group: "Groups", win: "Where the rival wins" };
    for (const [kind, label] of Object.entries(labels)) {
      const options = [...places].filter(([anchor]) => anchor.startsWith(`${kind}=`));
      if (!options.length) continue;
      const section = make("optgroup", "", { label });
      for (const [anchor, article] of options) section.append(make("option", article.dataset.words, { value: anchor }));
      select.append(section);
    }
  }

  function fillChooser() {
    fillPlaces(byId("chooser"));
    byId("chooser").addEventListener("change", (event) => { location.hash = `#${event.target.value}`; });
  }

  // The tree: one stop for Tab, arrows inside
  function walkTree() {
    const items = [...document.querySelectorAll('[role="treeitem"]')];
    if (!items.length) return;
    const stop = (item) => items.forEach((one) => { one.tabIndex = one === item ? 0 : -1; });
    const parent = (item) => item.closest('[role="group"]')?.parentElement.querySelector('[role="treeitem"]');
    const child = (item) => item.parentElement.querySelector(':scope > ul [role="treeitem"]');
    const moves = {
      ArrowDown: (item) => items[items.indexOf(item) + 1],
      ArrowUp: (item) => items[items.indexOf(item) - 1],
      ArrowLeft: parent,
      ArrowRight: child,
      Home: () => items[0],
      End: () => items.at(-1),
    };
    stop(items[0]);
    document.querySelector('[role="tree"]').addEventListener("focusin", (event) => crumbs(event.target.closest('[role="treeitem"]'), parent));
    document.querySelector('[role="tree"]').addEventListener("keydown", (event) => {
      const item = event.target.closest('[role="treeitem"]');
      if (!item || !Object.hasOwn(moves, event.key) || event.altKey || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      const next = moves[event.key](item);
      if (next) { stop(next); next.focus(); }
    });
  }

  // The way to a node in words, each step a link
  function crumbs(item, parent) {
    const steps = [];
    for (let step = item; step; step = parent(step)) steps.unshift(step);
    byId("crumbs").replaceChildren(...steps.flatMap((step, place) => [
      place ? " › " : "",
      make("a", step.querySelector("bdi").title || step.querySelector("bdi").textContent, { href: step.getAttribute("href"), dir: "auto" }),
    ]));
  }

  // Theme: auto, light, dark; remembered for this visit where the browser allows it
  function remember(name, value) {
    try {
      if (value === undefined) return sessionStorage.getItem(name);
      sessionStorage.setItem(name, value);
    } catch { /* a file:// page may have no storage: then nothing is remembered */ }
    return null;
  }

  function themes() {
    const names = ["auto", "light", "dark"];
    const show = (name) => {
      if (name === "auto") delete root.dataset.theme; else root.dataset.theme = name;
      byId("theme").textContent = `Theme: ${name}`;
      remember("terrain-theme", name);
    };
    byId("theme").addEventListener("click", () => {
      show(names[(names.indexOf(root.dataset.theme ?? "auto") + 1) % names.length]);
    });
    const kept = remember("terrain-theme");
    if (names.includes(kept)) show(kept);
  }

  // Copying, with the old way for pages opened from a disk
  async function copy(text, button) {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      const area = make("textarea");
      area.value = text;
      (document.querySelector("dialog[open]") ?? document.body).append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
    }
    const said = button.textContent;
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = said; }, 1200);
  }

  // The words of a chart's mark beside the pointer
  function tips() {
    const tip = make("div", "", { class: "tip", hidden: "" });
    document.body.append(tip);
    document.addEventListener("pointerover", (event) => {
      const mark = event.target.closest?.('.chart a [role="img"]');
      tip.hidden = !mark;
      if (!mark) return;
      tip.textContent = mark.getAttribute("aria-label");
      const box = mark.getBoundingClientRect();
      tip.style.left = `${Math.max(8, Math.min(box.left, innerWidth - tip.offsetWidth - 8))}px`;
      tip.style.top = `${box.bottom + 8}px`;
    });
  }

  function keys() {
    const help = byId("keys");
    byId("help").addEventListener("click", () => help.showModal());
    document.addEventListener("keydown", (event) => {
      const typing = event.target.closest?.("input, textarea, select");
      if (event.key !== "?" || typing || document.querySelector("dialog[open]")) return;
      help.showModal();
    });
  }

  // On paper everything is unfolded
  function printing() {
    let opened = [];
    addEventListener("beforeprint", () => {
      opened = [...document.querySelectorAll("details:not([open])")];
      opened.forEach((one) => { one.open = true; });
    });
    addEventListener("afterprint", () => opened.forEach((one) => { one.open = false; }));
  }

  // What every page has
  function furnish() {
    themes();
    tips();
    keys();
    printing();
    for (const button of document.querySelectorAll("[data-copy]")) {
      button.addEventListener("click", () => copy(button.dataset.copy, button));
    }
    for (const button of document.querySelectorAll("[data-copies]")) {
      button.addEventListener("click", () => copy(byId(button.dataset.copies).textContent, button));
    }
  }

  function start() {
    fillChooser();
    walkTree();
    furnish();
    addEventListener("hashchange", () => arrive());
    arrive({ first: true });
  }

  return {
    byId, make, read, write, address, copy, furnish, start, fillPlaces,
    onChange: (listener) => listeners.push(listener),
    onPlace: (finder) => finders.push(finder),
  };
})();
