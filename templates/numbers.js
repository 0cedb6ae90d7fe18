"use strict";
// Numbers as the rest of the page writes them (terrain/report/format.py).

const numbers = (() => {
  const sign = (said) => said.replace(/^-/, "−");

  // Rounded as Python does: a tie goes to the even digit, where toFixed takes the larger.
  function fixed(value, digits) {
    const halves = Math.abs(value) * 2 ** (digits + 1); // exact; a tie if it is odd
    const below = (halves * 5 ** digits - 1) / 2;
    const even = halves % 2 === 1 && below % 2 === 0;
    return (even ? Math.sign(value) * (below / 10 ** digits) : value).toFixed(digits);
  }

  const grouped = (value, digits, least = 0) =>
    Number(fixed(value, digits)).toLocaleString("en", { minimumFractionDigits: least, maximumFractionDigits: digits });

  const count = (value) => (Number.isInteger(value) ? grouped(value, 0) : grouped(value, 1, 1));

  function percent(share) {
    if (share === 0 || share === 1) return `${share * 100}%`;
    if (!(share > 0 && share < 1)) return sign(`${fixed(share * 100, 1)}%`);
    const distance = Math.min(share, 1 - share) * 100;
    if (distance < 0.01) return share < 0.5 ? "< 0.01%" : "> 99.99%";
    return `${fixed(share * 100, distance >= 1 ? 1 : 2)}%`;
  }

  function number(value) {
    if (value === 0) return "0";
    const magnitude = Math.floor(Math.log10(Math.abs(value)));
    if (magnitude > -5 && magnitude < 15) return sign(grouped(value, Math.max(0, 3 - magnitude)));
    return sign(value.toExponential(2).replace(/\.?0+e/, "e").replace(/e([+-])(\d)$/, "e$10$2"));
  }

  // Wilson's 95% interval of a rate.
  function interval(events, exposure) {
    const z = 1.959963984540054;
    const rate = events / exposure;
    const middle = rate + (z * z) / (2 * exposure);
    const half = z * Math.sqrt((rate * (1 - rate)) / exposure + (z * z) / (4 * exposure * exposure));
    const whole = 1 + (z * z) / exposure;
    const low = events === 0 ? 0 : (middle - half) / whole;
    const high = events === exposure ? 1 : (middle + half) / whole;
    return `${percent(low).replace("%", "")}–${percent(high)}`;
  }

  return { count, percent, number, interval };
})();
