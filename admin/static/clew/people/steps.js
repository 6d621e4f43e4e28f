// Where an arrow key leads in a list of links, of which the one at `from` has the focus; null: nowhere.
export function step(key, from, count) {
  if (!count || from < 0) return null;
  const to = { ArrowDown: from + 1, ArrowUp: from - 1, Home: 0, End: count - 1 }[key];
  return to === undefined || to < 0 || to >= count ? null : to;
}
