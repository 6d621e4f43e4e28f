// What a text typed into the search means for words that the page has: which fit, and which part of them to mark.

const letter = /[\p{L}\p{N}]/u;
const plain = (text) => text.normalize("NFKC").toLowerCase();

/** The letters and digits of a text as they are compared, each with where in the text it stands. */
function folded(text) {
  const found = [];
  let at = 0;
  for (const one of text) {
    for (const each of plain(one)) if (letter.test(each)) found.push({ each, at, end: at + one.length });
    at += one.length;
  }
  return found;
}

const fold = (text) =>
  folded(text)
    .map(({ each }) => each)
    .join("");

/** The words of what was typed; the spaces and hyphens within a number part nothing. */
export function words(typed) {
  const text = plain(typed).trim();
  const parts = /^\+?[\d\s()-]{6,}$/.test(text) ? [text] : text.split(/\s+/);
  return [...new Set(parts.map(fold).filter(Boolean))];
}

/** Whether a text holds every word of what was typed. */
export const fits = (text, typed) => {
  const held = fold(text),
    asked = words(typed);
  return asked.length > 0 && asked.every((one) => held.includes(one));
};

/** A text cut into pieces, [piece, whether it is part of what was looked for]. */
export function marked(text, typed) {
  const here = folded(text),
    held = here.map(({ each }) => each).join("");
  const hit = new Array(text.length).fill(false);
  for (const word of words(typed)) {
    const start = held.indexOf(word);
    if (start < 0) continue;
    // Positions in `held` are those of UTF-16; one entry of `here` may take two.
    let at = 0;
    for (const one of here) {
      if (at >= start && at < start + word.length) hit.fill(true, one.at, one.end);
      at += one.each.length;
    }
  }
  const pieces = [];
  let at = 0;
  for (const one of text) {
    const last = pieces.at(-1);
    if (last && last[1] === hit[at]) last[0] += one;
    else pieces.push([one, hit[at]]);
    at += one.length;
  }
  return pieces;
}

/** Keeps only the newest question: `begin` returns a function that says whether its answer is still wanted. */
export function newest() {
  let latest = 0;
  return () => {
    latest += 1;
    const mine = latest;
    return () => mine === latest;
  };
}
