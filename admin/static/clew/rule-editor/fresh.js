// A value to begin with, when a condition gets another field or operator: what was there is kept if it fits.
const UNUSED = ["missing", "present"];
const MANY = ["in", "not_in"];
const HOURS = ["within_hours", "older_than_hours"];
const ANY_TEXT = ["starts_with", "matches", "contains"];
const TYPES = { number: "number", bool: "boolean", text: "string", datetime: "string", list: "string" };

/** Does the operator look at no value at all? */
export const isUnused = (op) => UNUSED.includes(op);

export function fresh(type, op, before) {
  if (isUnused(op)) return undefined;
  const wanted = TYPES[HOURS.includes(op) ? "number" : type?.kind];
  const first = Array.isArray(before) ? before[0] : before;
  const kept = fits(first, wanted, ANY_TEXT.includes(op) ? [] : type?.options) ? first : undefined;
  if (MANY.includes(op)) return several(before, kept);
  if (op === "between") return Array.isArray(before) && before.length === 2 ? before : [kept ?? null, null];
  return kept ?? empty(wanted);
}

function fits(value, wanted, options) {
  return wanted === undefined || (typeof value === wanted && (!options?.length || options.includes(value)));
}
function several(before, kept) {
  if (kept === undefined) return [];
  if (Array.isArray(before)) return before;
  return kept === "" ? [] : [kept];
}
function empty(wanted) {
  if (wanted === "boolean") return true;
  return wanted === "number" ? null : "";
}
