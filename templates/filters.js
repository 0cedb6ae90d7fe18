"use strict";
// The form that says which rows are shown: a search, a result, conditions on columns.

const filters = (() => {
  const { byId, make } = page;
  const { columns } = instances;
  const { kinds, parse, wordsOf, results } = arrange;

  function fill() {
    byId("filter-column").append(...columns.map((column, at) => make("option", column.name.slice(0, 60), { value: at + 1 })));
    byId("filter-kind").append(...Object.entries(kinds).map(([kind, { said }]) => make("option", said, { value: kind })));
    byId("only").append(...results().map(([loss, said]) => make("option", `only ${said}`, { value: loss })));
    byId("only").parentElement.hidden = !results().length;
  }

  // The condition that the form holds; a browser says what is wrong with it.
  function written() {
    const [column, kind, value] = ["filter-column", "filter-kind", "filter-value"].map((name) => byId(name).value);
    const bounded = kind === "from" || kind === "to";
    const isNumber = /^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i.test(value);
    const wrong = bounded && columns[column - 1].kind === "number" && !isNumber;
    byId("filter-value").setCustomValidity(wrong ? "A number is needed here." : "");
    return byId("filter").reportValidity() ? `${column}.${kind}.${kinds[kind].valued ? value : ""}` : null;
  }

  // What is in force, each with a button that takes it away.
  function show(state, change) {
    const known = state.where.filter(parse);
    byId("filters").replaceChildren(...known.map((said) => {
      const words = wordsOf(parse(said));
      const line = make("li", "", { dir: "auto" });
      const button = make("button", "×", { type: "button", "aria-label": `Remove: ${words}`, title: "Remove" });
      button.addEventListener("click", () => {
        change({ where: state.where.filter((one) => one !== said) });
        byId("filter-column").focus();
      });
      line.append(make("span", words), button);
      return line;
    }));
    byId("filters").hidden = !known.length;
    byId("only").value = results().some(([loss]) => loss === state.only) ? state.only : "";
    if (byId("find") !== document.activeElement) byId("find").value = state.find;
  }

  function start(current, change) {
    fill();
    let waiting = 0;
    byId("find").addEventListener("input", (event) => {
      clearTimeout(waiting);
      const find = event.target.value.slice(0, 200);
      waiting = setTimeout(() => change({ find }, { replace: true }), 200);
    });
    byId("only").addEventListener("change", (event) => change({ only: event.target.value === "" ? null : Number(event.target.value) }));
    byId("filter-kind").addEventListener("change", (event) => { byId("filter-value").hidden = !kinds[event.target.value].valued; });
    byId("filter-value").addEventListener("input", (event) => event.target.setCustomValidity(""));
    byId("filter").addEventListener("submit", (event) => {
      event.preventDefault();
      const said = written();
      const { where } = current();
      if (said !== null && !where.includes(said)) change({ where: [...where, said] });
      if (said !== null) byId("filter-value").value = "";
    });
  }

  return { start, show };
})();
