"use strict";
// A cell as a reader sees it: text, a missing value, a link, an image. Nothing is ever markup, and
// no image comes from elsewhere: one behind an address is a link.

const content = (() => {
  const { byId, make } = page;
  const { index, columns, text } = instances;
  const SHORT = 200;
  const WIDE = 30;
  const address = /^https?:\/\/\S+$/i;
  const addresses = /(https?:\/\/[^\s<>"'`]+[^\s<>"'`.,;:!?)\]}])/i;
  const embedded = new Map(index ? index.media.map(([from, path], number) => [`${from} ${path}`, number]) : []);

  function link(target, words = target) {
    return make("a", words, { href: target, rel: "noopener noreferrer", target: "_blank", dir: "auto" });
  }

  const isAddress = (words) => address.test(words) && URL.canParse(words);

  // The image of a cell: carried in the page, or a file beside the page or on this disk.
  function imageOf(one, at) {
    const words = text(one.cells[at]);
    if (columns[at].holds !== "image" || words === "" || address.test(words)) return null;
    const carried = embedded.get(`${one.from} ${words}`);
    const place = carried === undefined ? file(one, at, words) : byId(`media-${carried}`).textContent;
    if (!place) return null;
    const image = make("img", "", { src: place, alt: words, loading: "lazy", decoding: "async" });
    image.addEventListener("load", () => image.classList.toggle("tiny", image.naturalWidth <= 64));
    image.addEventListener("error", () => image.replaceWith(make("span", `${words} (no image there)`, { class: "missing" })));
    return { image, place, carried: carried !== undefined };
  }

  function file(one, at, words) {
    if (!columns[at].from || words.startsWith("//") || !words.isWellFormed()) return "";
    const base = words.startsWith("/") ? "file://" : columns[at].from === "source" ? one.source.folder : index.here;
    return base + words.split("/").map(encodeURIComponent).join("/");
  }

  function empty(cell, tag, classes) {
    return make(tag, cell === null ? "missing" : "empty text", { class: `${classes} missing`.trim() });
  }

  // In the table: short, images small.
  function inTable(one, at, classes) {
    const cell = one.cells[at];
    const words = text(cell);
    if (cell === null || words === "") return empty(cell, "td", classes);
    const shape = columns[at].holds === "text" ? "long" : "";
    const element = make("td", "", { dir: "auto", class: `${classes} ${shape}`.trim() });
    if (words.length > WIDE) element.title = words.slice(0, 500);
    const picture = imageOf(one, at);
    if (picture) element.append(picture.image);
    else if (isAddress(words)) element.append(link(words));
    else if (shape) element.append(make("span", words.slice(0, 600)));
    else element.textContent = words.length > SHORT ? `${words.slice(0, SHORT)}…` : words;
    return element;
  }

  // In full: line breaks kept, addresses as links, the image large above its path.
  function inFull(one, at, classes) {
    const cell = one.cells[at];
    const words = text(cell);
    if (cell === null || words === "") return empty(cell, "dd", classes);
    const element = make("dd", "", { dir: "auto", ...(classes ? { class: classes } : {}) });
    const picture = imageOf(one, at);
    if (picture) element.append(picture.image, make("br"), picture.carried ? make("span", words) : link(picture.place, words));
    else if (isAddress(words)) element.append(link(words));
    else element.append(...words.split(addresses).map((part) => (isAddress(part) ? link(part) : document.createTextNode(part))));
    return element;
  }

  const isRaw = (at) => columns[at].holds !== "" || columns[at].role === "raw";

  return { inTable, inFull, imageOf, isRaw };
})();
