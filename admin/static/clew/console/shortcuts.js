// What a key means on a page: [act, …arguments], or nothing. After g a letter jumps.
const JUMPS = { t: "/", c: "/customers/", l: "/leads/", r: "/rules/" };
const ACTS = {
  g: ["jump"],
  j: ["move", 1],
  k: ["move", -1],
  Enter: ["open"],
  e: ["edit"],
  a: ["assign"],
  w: ["why"],
  u: ["undo"],
  "/": ["find"],
  "?": ["help"],
};

export const isSearch = ({ key, ctrlKey, metaKey }) => (ctrlKey || metaKey) && key.toLowerCase() === "k";

export function meant({ key, ctrlKey, metaKey, altKey }, jumping) {
  if (ctrlKey || metaKey || altKey) return undefined;
  if (jumping) return key in JUMPS ? ["go", JUMPS[key]] : undefined;
  return ACTS[key];
}
