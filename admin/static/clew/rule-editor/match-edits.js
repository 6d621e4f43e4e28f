// Related records that a rule looks at: their names, and changes that take the document and return where to go.
import { isMapping } from "./tree.js";

/** The names a rule gives to related records, with the collections they are from. */
export const rowsOf = (doc) =>
  Object.fromEntries(
    (Array.isArray(doc.match) ? doc.match : [])
      .filter((one) => isMapping(one) && one.as)
      .map((one) => [one.as, one.of]),
  );

const LETTERS = [..."cdefghijkmnpqrs"];
/** Look at the records of a collection, under a name that is free. */
export function addMatch(doc, of) {
  const list = doc.match ?? [],
    taken = new Set(list.map((one) => one?.as));
  doc.match = [...list, { as: LETTERS.find((one) => !taken.has(one)), of }];
  return `match[${list.length}]:of`;
}
export function removeMatch(doc, index) {
  doc.match.splice(index, 1);
  if (!doc.match.length) delete doc.match;
  return "match:add";
}
/** Other records: what was asked of the old ones does not fit them. */
export function setCollection(doc, index, of) {
  doc.match[index].of = of;
  delete doc.match[index].where;
  return `match[${index}]:of`;
}

/** How many there must be: "one", "at_least" or "none". */
export function quantityOf(item) {
  if (item.none) return "none";
  return "at_least" in item ? "at_least" : "one";
}
export function setQuantity(doc, index, quantity) {
  const at = doc.match[index];
  delete at.none;
  delete at.at_least;
  if (quantity === "none") at.none = true;
  if (quantity === "at_least") at.at_least = 2;
  return `match[${index}]:count`;
}
