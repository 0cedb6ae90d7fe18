"use strict";
// A cohort of the reader's own: conditions are composed, counted at once, and kept in the address,
// #own=0_2to14.20-5_0.9: codes 2 to 14 and 20 of feature 0, and 0 and 9 of feature 5.

const own = (() => {
  const { byId, make } = page;
  const { index } = instances;
  const NOTHING = "own=all";
  const item = String.raw`\d{1,5}(?:to\d{1,5})?`;
  const form = new RegExp(`^own=(?:all|\\d{1,4}_${item}(?:\\.${item})*(?:-\\d{1,4}_${item}(?:\\.${item})*)*)$`);
  let conditions = []; // [feature, codes], at most one of a feature
  let known = []; // what codes stand for, by feature

  // The address
  function codesIn(said) {
    return said.split(".").flatMap((one) => {
      const [first, last] = one.split("to").map(Number);
      return Array.from({ length: Math.max(0, Math.min(65536, (last ?? first) - first + 1)) }, (_, at) => first + at);
    });
  }

  function parse(anchor) {
    if (!form.test(anchor)) return null;
    if (anchor === NOTHING) return [];
    const found = anchor.slice(4).split("-").map((said) => {
      const [feature, codes] = said.split("_");
      return [Number(feature), [...new Set(codesIn(codes))].sort((a, b) => a - b)];
    });
    const fits = ([feature, codes]) => index.coded[feature] && codes.at(-1) <= index.coded[feature].missing
      && words.conditionOf(known[feature], index.coded[feature], codes) !== null;
    return found.every(fits) && new Set(found.map(([feature]) => feature)).size === found.length ? found : null;
  }

  function anchorOf(selection) {
    const said = ([feature, codes]) => {
      const runs = [];
      for (const code of codes) {
        if (runs.length && code === runs.at(-1)[1] + 1) runs.at(-1)[1] = code; else runs.push([code, code]);
      }
      return `${feature}_${runs.map(([first, last]) => (first === last ? first : `${first}to${last}`)).join(".")}`;
    };
    return selection.length ? `own=${selection.map(said).join("-")}` : NOTHING;
  }

  const go = (selection) => { location.hash = `#${anchorOf(selection)}`; };

  // What is composed
  function chip([feature, codes]) {
    const said = words.conditionOf(known[feature], index.coded[feature], codes, true) || `any ${known[feature].name}`;
    const line = make("li", "", { dir: "auto" });
    const button = make("button", "×", { type: "button", "aria-label": `Remove: ${said}`, title: "Remove" });
    button.addEventListener("click", () => {
      byId("own-feature").focus();
      go(conditions.filter(([other]) => other !== feature));
    });
    line.append(make("span", said), button);
    return line;
  }

  async function outcomes(name) {
    const [mask, losses] = await Promise.all([instances.inside(name), instances.losses()]);
    const counted = index.outcomes.map(() => 0);
    let support = 0;
    mask.forEach((inside, place) => {
      support += inside;
      if (inside && counted[losses[place]] !== undefined) counted[losses[place]] += 1;
    });
    return `${numbers.count(support)} instances: ${index.outcomes.map((said, at) => `${numbers.count(counted[at])} ${said}`).join(", ")}.`;
  }

  async function counts(name) {
    if (index.outcomes) return outcomes(name);
    const [cell, all] = await Promise.all([cells.only(name), cells.everything()]);
    const rest = all.exposure - cell.exposure;
    const elsewhere = cell.exposure && rest > 0 ? `; elsewhere ${cells.amount((all.events - cell.events) / rest)}` : "";
    return `${cells.details(cell, all)}${elsewhere}.`;
  }

  // What else is counted of each instance: the rates of a confusion table.
  async function rateOf(measure, name) {
    const [cell, all] = await Promise.all([cells.only(name, measure), cells.everything(measure)]);
    const said = (events, exposure) => (exposure > 0 ? cells.amount(events / exposure, measure) : "n/a");
    const line = make("tr");
    line.append(make("th", measure.title, { scope: "row" }));
    const values = {
      here: said(cell.events, cell.exposure),
      interval: cell.exposure && measure.counted ? numbers.interval(cell.events, cell.exposure) : "",
      counted: `${cells.counts(cell, measure)} ${measure.exposure}`,
      elsewhere: said(all.events - cell.events, all.exposure - cell.exposure),
    };
    line.append(...Object.entries(values).map(([label, words]) => make("td", words, { class: "n", "data-label": label })));
    return line;
  }

  const otherRates = cells.rates.filter(({ title }) => title !== cells.target.title);

  async function arrived({ place }) {
    const parsed = parse(place);
    if (!parsed) return;
    conditions = parsed;
    byId("own-conditions").replaceChildren(...conditions.map(chip));
    byId("own-conditions").hidden = !conditions.length;
    const said = await counts(place.slice(4));
    const rates = await Promise.all(otherRates.map((measure) => rateOf(measure, place.slice(4))));
    if (conditions !== parsed) return;
    byId("own-rates").tBodies[0].replaceChildren(...rates);
    byId("own-rates").closest("details").hidden = !rates.length;
    byId("own-counts").textContent = conditions.length ? said : `No condition yet: all ${said}`;
    byId("own-counts").dataset.of = place;
  }

  function found(anchor) {
    const parsed = parse(anchor);
    if (!parsed) return undefined;
    index.selections[anchor.slice(4)] = parsed;
    byId("own-option").value = anchor;
    return byId("own");
  }

  // The form: what can be said depends on the feature.
  const chosen = () => Number(byId("own-feature").value);
  const last = (feature) => index.coded[feature].missing;

  function offer() {
    const { ordered } = index.coded[chosen()];
    const meaning = known[chosen()];
    const kinds = [...(ordered ? [["range", "lies between"]] : [["in", "is one of"], ["out", "is none of"]]), ...(meaning.missing ? [["missing", "is missing"], ["present", "is not missing"]] : [])];
    byId("own-kind").replaceChildren(...kinds.map(([kind, said]) => make("option", said, { value: kind })));
    const bounds = (signs) => [make("option", "any", { value: "" }), ...(meaning.bounds ?? []).map(([said, above], at) => make("option", `${signs[above ? 0 : 1]} ${said}`, { value: at }))];
    byId("own-low").replaceChildren(...bounds(["≥", ">"]));
    byId("own-high").replaceChildren(...bounds(["<", "≤"]));
    byId("own-levels").replaceChildren(byId("own-levels").firstElementChild, ...(meaning.levels ?? []).map((_, code) => box(meaning, code)));
    fit();
  }

  function box(meaning, code) {
    const label = make("label", "", { dir: "auto" });
    label.append(make("input", "", { type: "checkbox", value: code }), words.levelOf(meaning, code, true));
    return label;
  }

  function fit() {
    const kind = byId("own-kind").value;
    byId("own-range").hidden = kind !== "range";
    byId("own-levels").hidden = kind !== "in" && kind !== "out";
    byId("own-also").parentElement.hidden = !known[chosen()].missing || kind === "missing" || kind === "present";
    byId("own-wrong").textContent = "";
  }

  const span = (first, beyond) => Array.from({ length: Math.max(0, beyond - first) }, (_, at) => first + at);

  const composed = {
    range: () => {
      const [low, high] = [byId("own-low").value, byId("own-high").value];
      return low === "" && high === "" ? [] : span(low === "" ? 0 : Number(low) + 1, high === "" ? last(chosen()) : Number(high) + 1);
    },
    in: () => [...byId("own-levels").querySelectorAll("input:checked")].map((one) => Number(one.value)),
    out: () => {
      const named = composed.in();
      return named.length ? span(0, last(chosen())).filter((code) => !named.includes(code)) : [];
    },
    missing: () => [last(chosen())],
    present: () => span(0, last(chosen())),
  };

  function add(event) {
    event.preventDefault();
    const feature = chosen();
    const codes = composed[byId("own-kind").value]();
    const also = !byId("own-also").parentElement.hidden && byId("own-also").checked;
    const wrong = byId("own-kind").value === "range" ? "Choose a lower bound, an upper bound above it, or both." : "Choose a level, and leave one out.";
    byId("own-wrong").textContent = codes.length ? "" : wrong;
    if (!codes.length) return;
    const taken = [feature, also ? [...codes, last(feature)] : codes];
    go([...conditions.filter(([other]) => other !== feature), taken]);
    byId("own-also").checked = false;
    offer();
  }

  // What any place offers: its conditions as an option of the command, and as a start for one's own.
  async function beside({ place }) {
    const selection = index.selections[place.split("=")[1]] ?? [];
    const text = selection.length ? await words.option(selection) : null;
    byId("cohort").hidden = !text;
    byId("cohort").title = text ?? "";
    byId("cohort").dataset.of = place;
    const start = anchorOf(words.merged(selection));
    byId("change").hidden = !byId("own") || !parse(start) || place.startsWith("own=");
    byId("change").href = `#${start}`;
    byId("change").textContent = selection.length ? "Change its conditions" : "Compose a cohort of your own";
  }

  async function start() {
    known = await words.meanings();
    if (!known.length) return;
    byId("cohort").addEventListener("click", (event) => page.copy(event.target.title, event.target));
    page.onChange(beside);
    if (!byId("own")) return;
    byId("own").classList.add("finding");
    byId("chooser").append(make("option", "Your own cohort …", { value: NOTHING, id: "own-option" }));
    byId("own-feature").append(...known.map((meaning, feature) => make("option", instances.columns[index.coded[feature].column]?.name ?? meaning.name, { value: feature })));
    byId("own-feature").addEventListener("change", offer);
    byId("own-kind").addEventListener("change", fit);
    byId("own-form").addEventListener("submit", add);
    offer();
    page.onPlace(found);
    page.onChange(arrived);
  }

  return { start };
})();
