// Applying a repair: add, remove and replace as RFC 6902 has them. Throws where the patch does not fit.
import { clone } from "./store.js";

export function patched(document, patch) {
  const found = clone(document);
  for (const step of patch) apply(found, step);
  return found;
}

function apply(document, { op, path, value }) {
  const way = path.split("/").slice(1).map(unescaped);
  const last = way.pop(),
    at = way.reduce((here, key) => here[key], document);
  const fits = at !== null && typeof at === "object" && (op === "add" || last in at);
  if (!fits) throw new Error(path);
  if (Array.isArray(at)) splice(at, op, last === "-" ? at.length : Number(last), value);
  else if (op === "remove") delete at[last];
  else at[last] = clone(value);
}
const unescaped = (key) => key.replaceAll("~1", "/").replaceAll("~0", "~");
function splice(list, op, at, value) {
  list.splice(at, op === "add" ? 0 : 1, ...(op === "remove" ? [] : [clone(value)]));
}
