"use strict";
// A selection in the language of `--cohort` (docs/configuration.md), from what its codes stand for.

const words = (() => {
  const { index, block } = instances;
  let kept;

  // By feature, see terrain/report/codes.py; read when somebody asks.
  async function meanings() {
    if (!index?.coded.some(({ missing }) => missing >= 0)) return [];
    kept ??= JSON.parse(new TextDecoder().decode(await block("words")));
    return kept;
  }

  // Conditions on one feature together; a selection may name it twice.
  function merged(selection) {
    const found = new Map();
    for (const [feature, codes] of selection) {
      const earlier = found.get(feature);
      found.set(feature, earlier ? earlier.filter((code) => codes.includes(code)) : [...codes].sort((a, b) => a - b));
    }
    return [...found];
  }

  function levelOf({ levels, shown }, code, visible) {
    return (visible && shown[code]) || levels[code];
  }

  function setWords(meaning, values, last, visible) {
    const negated = values.length * 2 > last && last > 2;
    const named = negated ? Array.from({ length: last }, (_, code) => code).filter((code) => !values.includes(code)) : values;
    const said = named.map((code) => levelOf(meaning, code, visible));
    if (said.length === 1) return `${negated ? "!=" : "="} ${said[0]}`;
    return `${negated ? "not in" : "in"} {${said.join(", ")}}`;
  }

  function rangeWords(name, bounds, first, last) {
    const [low, high] = [bounds[first - 1], bounds[last]];
    const [above, below] = [low?.[1] ? ">=" : ">", high?.[1] ? "<" : "<="];
    if (!low) return `${name} ${below} ${high[0]}`;
    return high ? `${low[0]} ${above.replace(">", "<")} ${name} ${below} ${high[0]}` : `${name} ${above} ${low[0]}`;
  }

  // A condition; "" holds for every instance, null for none or cannot be said.
  function conditionOf(meaning, { missing, ordered, column }, codes, visible = false) {
    const name = visible && column >= 0 ? instances.columns[column].name : meaning.name;
    const values = codes.filter((code) => code !== missing);
    const also = codes.includes(missing) && (meaning.missing || !values.length);
    if (!codes.length) return null;
    if (!values.length) return `${name} is missing`;
    if (values.length === missing) return also || !meaning.missing ? "" : `${name} is not missing`;
    if (ordered && values.at(-1) - values[0] >= values.length) return null;
    const said = ordered
      ? rangeWords(name, meaning.bounds, values[0], values.at(-1))
      : `${name} ${setWords(meaning, values, missing, visible)}`;
    return also ? `${said} or missing` : said;
  }

  // Quoted for a shell. What cannot be seen is written as an escape; NUL no command line can hold.
  const hidden = /[\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/u;

  function quoted(said) {
    if (said.includes("\0") || !said.isWellFormed()) return null;
    if (!hidden.test(said)) return `'${said.replaceAll("'", "'\\''")}'`;
    const escaped = [...said].map((letter) => {
      if (letter === "'" || letter === "\\") return `\\${letter}`;
      if (!hidden.test(letter)) return letter;
      return `\\U${letter.codePointAt(0).toString(16).padStart(8, "0")}`;
    });
    return `$'${escaped.join("")}'`;
  }

  // A selection as an option of the command; null if it holds everything, nothing, or cannot be said.
  async function option(selection) {
    const known = await meanings();
    const said = known.length ? merged(selection).map(([feature, codes]) => conditionOf(known[feature], index.coded[feature], codes)) : [null];
    const text = said.includes(null) ? null : quoted(said.filter(Boolean).join(" and "));
    return text && text !== "''" ? `--cohort ${text}` : null;
  }

  return { meanings, merged, levelOf, conditionOf, quoted, option };
})();
