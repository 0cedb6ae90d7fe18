"use strict";
// Blocks: the data of the instances in pieces, base64 of gzip, inflated when they are looked at. They
// stand in the page, or each in a script beside it, which calls `blocks.arrived`.

const blocks = (() => {
  const { byId, make } = page;
  const RECENT = 32;
  const source = byId("index");
  const index = source ? JSON.parse(source.textContent) : null;
  const awaited = new Map();

  function arrived(name, key, text) {
    awaited.get(name)?.(key, text);
  }

  // The text of a block beside the page. Where there is none the reader is told, and nothing more
  // comes of it: what waits for the block waits.
  function beside(name, forget) {
    return new Promise((resolve) => {
      const { folder, key } = index.beside;
      const script = make("script", "", { src: `${folder}/${name}.js` });
      const end = (trouble) => {
        if (!awaited.delete(name)) return;
        script.remove();
        forget();
        byId("state").textContent = `${decodeURIComponent(folder)}/${name}.js ${trouble}: the page and the folder of its rows must be of one run and lie side by side.`;
      };
      awaited.set(name, (found, text) => {
        if (found !== key) { end("belongs to another page"); return; }
        awaited.delete(name);
        script.remove();
        resolve(text);
      });
      script.addEventListener("error", () => end("cannot be loaded"));
      script.addEventListener("load", () => end("holds nothing"));
      document.head.append(script);
    });
  }

  async function inflate(name, forget) {
    const text = index.beside ? await beside(name, forget) : byId(name).textContent;
    const packed = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
    return new Response(stream).arrayBuffer();
  }

  const inflated = new Map();

  function block(name) {
    if (!inflated.has(name)) inflated.set(name, inflate(name, () => inflated.delete(name)));
    return inflated.get(name);
  }

  // Groups of rows: a few are kept, as all of them together may be larger than the memory.
  const groups = new Map();

  function group(number) {
    const forget = () => groups.delete(number);
    const found = groups.get(number)
      ?? inflate(`rows-${number}`, forget).then((bytes) => JSON.parse(new TextDecoder().decode(bytes)));
    forget();
    groups.set(number, found);
    if (groups.size > RECENT) groups.delete(groups.keys().next().value);
    return found;
  }

  return { index, block, group, arrived };
})();
