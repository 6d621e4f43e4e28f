// Which options of a list fit what was typed, and where the arrows lead in it.
const MOST = 80;
const lower = (text) => String(text).toLowerCase();

/** Options with the typed words in any of their texts; those that start with them come first. */
export function matching(options, typed) {
  const words = lower(typed.trim());
  if (!words) return options.slice(0, MOST);
  const fits = (one) => [one.label, one.value, one.group, one.hint].some((text) => text && lower(text).includes(words));
  const later = (one) => Number(!lower(one.label).startsWith(words));
  return options
    .filter(fits)
    .slice(0, MOST)
    .sort((a, b) => later(a) - later(b));
}

/** The next place in a list of `length`, around its ends; -1 in an empty one. */
export function around(length, now, by) {
  return length ? (now + by + length) % length : -1;
}
