// Where an arrow key leads in a list of links, of which the one at `from` has the focus; null: nowhere.
export function step(key, from, count) {
  if (!count || from < 0) return null;
  const to = { ArrowDown: from + 1, ArrowUp: from - 1, Home: 0, End: count - 1 }[key];
  return to === undefined || to < 0 || to >= count ? null : to;
}

// What ← and → do in a tree at a branch that is `open` or not (null: it has none below): open, close, in or out; null: nothing.
export function fold(key, open) {
  if (key === "ArrowRight") return open === null ? null : open ? "in" : "open";
  if (key === "ArrowLeft") return open ? "close" : "out";
  return null;
}
