"use strict";
// Instances that resemble one and were right: nearest in the codes of all features. Two levels are
// 0 or 1 apart, two ranges the share of all ranges that lies between; missing is 1 from everything.

const neighbours = (() => {
  const { index, held, codesOf } = instances;
  const MANY = 5;
  const whatIsRight = index && (index.binary || index.outcomes)
    ? "Similar instances that were right" : `Similar instances with a small ${index?.target}`;

  function apart(feature, own, sizes) {
    const { ordered, missing } = index.coded[feature];
    return Float64Array.from({ length: sizes }, (_, code) => {
      if (code === own) return 0;
      return !ordered || code === missing || own === missing ? 1 : Math.abs(code - own) / Math.max(1, missing - 1);
    });
  }

  async function distancesFrom(place) {
    const distances = new Float64Array(index.indexed);
    for (const feature of index.coded.keys()) {
      const codes = await codesOf(feature);
      const lookup = apart(feature, codes[place], index.widths[feature] === 1 ? 256 : 65536);
      for (let other = 0; other < codes.length; other += 1) distances[other] += lookup[codes[other]];
    }
    return distances;
  }

  // Losses up to this are right: none, or the best quarter of real-valued ones.
  let limit;
  function rightLimit(lossOf) {
    if (index.binary || index.outcomes) return 0;
    const losses = Float64Array.from({ length: index.carried }, (_, slot) => lossOf(slot)).filter((loss) => !Number.isNaN(loss)).sort();
    return losses[Math.floor((losses.length - 1) / 4)];
  }

  // The nearest slots; of equally near ones those that the page holds first.
  async function nearest(slot) {
    const { at, lossOf } = await held();
    limit ??= rightLimit(lossOf);
    const distances = await distancesFrom(at(slot));
    const best = [];
    for (let other = 0; other < index.carried; other += 1) {
      const distance = distances[at(other)];
      if (best.length === MANY && distance >= best[MANY - 1].distance) continue;
      if (other === slot || !(lossOf(other) <= limit)) continue;
      const place = best.findIndex((one) => distance < one.distance);
      best.splice(place < 0 ? best.length : place, 0, { slot: other, distance });
      if (best.length > MANY) best.pop();
    }
    return best;
  }

  // The features' columns in which two rows' cells differ.
  function differing(one, other) {
    const { text } = instances;
    const shown = index.coded.map(({ column }) => column).filter((column) => column >= 0);
    return shown.filter((column) => text(one.cells[column]) !== text(other.cells[column]) || (one.cells[column] === null) !== (other.cells[column] === null));
  }

  return { whatIsRight, nearest, differing };
})();
