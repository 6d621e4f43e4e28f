// What becomes of a comparison when its field, its operator or the side it is compared with is changed.
import { fresh, isUnused } from "./fresh.js";

export const needsNoValue = isUnused;

/** The fact a comparison looks at, as the picker names it. */
export const nameOf = (node) => ("derived" in node ? node.derived && `derived.${node.derived}` : node.field);

/** Another field: the operator stays if the field has it, the value if it fits. */
export function otherField(was, chosen, type, operators) {
  const op = was.field && operators.includes(was.op) ? was.op : operators[0];
  const looksAt = chosen.startsWith("derived.") ? { derived: chosen.slice(8) } : { field: chosen };
  return valued({ ...looksAt, op }, fresh(type, op, was.value));
}

/** Another operator: the field it is compared with stays if the operator compares fields. */
export function otherOperator(was, op, type, comparing) {
  const { value, than, ...next } = { ...was, op };
  return "than" in was && comparing.includes(op) ? { ...next, than } : valued(next, fresh(type, op, value));
}

/** A field to compare with instead of a value, or the other way round. */
export function otherSide({ than, value: _, ...rest }, type) {
  return than === undefined ? { ...rest, than: "" } : { ...rest, value: fresh(type, rest.op, undefined) };
}

const valued = (node, value) => (value === undefined ? node : { ...node, value });
