// Names for rules and the API, suggested from a title.

const LONGEST = 40;

/** A name of small letters, digits and underscores that none of `taken` has; "" where a title has no Latin letter. */
export function suggested(title, taken) {
  const stem = title
    .normalize("NFKD")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "_")
    .replace(/^[0-9_]+|_+$/g, "")
    .slice(0, LONGEST - 3);
  if (stem.length < 2) return "";
  let name = stem;
  for (let n = 2; taken.includes(name); n += 1) name = `${stem}_${n}`;
  return name;
}
