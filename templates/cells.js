"use strict";
// Cells: the instances in a stretch of one feature or of two, perhaps inside a region. A cell's
// address, #cell=0_2-1_5-r1, says stretch 2 of feature 0 (the most telling one), stretch 5 of
// feature 1, region r1. Everything is counted from the codes that the page carries.

const cells = (() => {
  const { index } = instances;
  const features = index ? index.features : [];
  const form = /^cell=(\d{1,5})_(\d{1,3})(?:-(\d{1,5})_(\d{1,3}))?(?:-([a-z]\d{1,6}))?$/;

  function parse(anchor) {
    const found = form.exec(anchor);
    if (!found) return null;
    const pairs = [[found[1], found[2]], [found[3], found[4]]].filter(([feature]) => feature !== undefined);
    const within = found[5] ?? "";
    const known = pairs.every(([feature, stretch]) => features[feature]?.stretches[stretch]);
    if (!known || found[1] === found[3] || (within && !Object.hasOwn(index.selections, within))) return null;
    return { pairs: pairs.map((pair) => pair.map(Number)), within };
  }

  const nameOf = (pairs, within) => [...pairs.map((pair) => pair.join("_")), within].filter(Boolean).join("-");

  function wordsOf({ pairs, within }) {
    const said = pairs.map(([feature, stretch]) => `${features[feature].name}: ${features[feature].stretches[stretch][0]}`);
    return said.join(", ") + (within ? `, inside ${regionWords(within)}` : "");
  }

  const regionWords = (name) => document.querySelector(`.finding[id$="=${name}"]`)?.dataset.words ?? name;

  const conditions = ({ pairs, within }) => [
    ...pairs.map(([feature, stretch]) => [features[feature].codes, features[feature].stretches[stretch][1]]),
    ...(within ? index.selections[within] : []),
  ];

  // Counting
  async function weights() {
    return index.weighted ? new Float32Array(await instances.block("weight")) : null;
  }

  // What is measured: the target, or a rate of what became of each instance.
  const target = index && { title: index.target, events: index.events, exposure: index.exposure, rate: index.rate, counted: index.counted, signed: index.signed };
  const rates = index?.outcome?.rates.map((each) => ({ ...each, rate: true, counted: index.independent })) ?? [];

  // The number of each indexed row of which a measure is the mean; NaN where it has none.
  async function numbersOf(measure) {
    if (measure === target) return instances.losses();
    const bytes = await instances.block("outcome");
    const codes = index.outcome.width === 1 ? new Uint8Array(bytes) : new Uint16Array(bytes);
    const lookup = new Float32Array(65536).fill(NaN);
    for (const code of measure.among) lookup[code] = 0;
    for (const code of measure.hits) lookup[code] = 1;
    return Float32Array.from(codes, (code) => lookup[code]);
  }

  // The sums of each cell; `cellAt` gives each indexed row its cell.
  async function sums(name, cellAt, size, measure = target) {
    const [mask, loss, weight] = await Promise.all([instances.inside(name), numbersOf(measure), weights()]);
    const summed = Array.from({ length: size }, () => ({ support: 0, units: 0, events: 0, exposure: 0 }));
    for (let place = 0; place < mask.length; place += 1) {
      if (!mask[place]) continue;
      const cell = summed[cellAt(place)];
      cell.support += 1;
      if (Number.isNaN(loss[place])) continue;
      const exposure = weight ? weight[place] : 1;
      cell.units += 1;
      cell.exposure += exposure;
      cell.events += exposure * loss[place];
    }
    return summed;
  }

  async function stretchesOf(feature) {
    const codes = await instances.codesOf(features[feature].codes);
    const lookup = new Uint16Array(65536);
    features[feature].stretches.forEach(([, held], stretch) => held.forEach((code) => { lookup[code] = stretch; }));
    return (place) => lookup[codes[place]];
  }

  async function crossed({ down, across, within }, measure = target) {
    const [row, column] = await Promise.all([stretchesOf(down), stretchesOf(across)]);
    const width = features[across].stretches.length;
    const summed = await sums(within, (place) => row(place) * width + column(place), features[down].stretches.length * width, measure);
    return features[down].stretches.map((_, at) => summed.slice(at * width, (at + 1) * width));
  }

  const only = async (name, measure = target) => (await sums(name, () => 0, 1, measure))[0];
  const wholes = new Map();
  const everything = (measure = target) => {
    if (!wholes.has(measure)) wholes.set(measure, only("", measure));
    return wholes.get(measure);
  };

  // Words
  const amount = (value, measure = target) => (measure.rate ? numbers.percent(value) : numbers.number(value));
  const counts = (cell, measure = target) => (measure.rate ? `${numbers.count(cell.events)} of ` : "") + numbers.count(cell.exposure);
  function details(cell, all, measure = target) {
    if (!cell.exposure) return `${numbers.count(cell.support)} instances`;
    const rate = `${measure.title} ${amount(cell.events / cell.exposure, measure)} (${measure.rate ? "" : "over "}${counts(cell, measure)} ${cell.exposure === 1 ? measure.exposure.replace(/s$/, "") : measure.exposure})`;
    const interval = measure.counted ? `, interval ${numbers.interval(cell.events, cell.exposure)}` : "";
    const share = all.events && !measure.signed ? `; ${numbers.percent(cell.events / all.events)} of all ${measure.events}` : "";
    return `${numbers.count(cell.support)} instances; ${rate}${interval}${share}`;
  }

  return { features, parse, nameOf, wordsOf, regionWords, conditions, target, rates, crossed, only, everything, amount, counts, details };
})();
