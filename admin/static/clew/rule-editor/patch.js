// Applying a repair: add, remove and replace as RFC 6902 has them. Throws where the patch does not fit.
import { clone } from "./store.js";

export function patched(document, patch) {
  const found = clone(document);
  for (const { op, path, value } of patch) {
    const way = path
        .split("/")
        .slice(1)
        .map((one) => one.replaceAll("~1", "/").replaceAll("~0", "~")),
      last = way.pop();
    const at = way.reduce((here, key) => here[key], found);
    if (at === null || typeof at !== "object") throw new Error(path);
    if (op !== "add" && !(last in at)) throw new Error(path);
    if (Array.isArray(at))
      at.splice(
        last === "-" ? at.length : Number(last),
        op === "add" ? 0 : 1,
        ...(op === "remove" ? [] : [clone(value)]),
      );
    else if (op === "remove") delete at[last];
    else at[last] = clone(value);
  }
  return found;
}
