// Conditions as a tree that can be rearranged: nodes are found by identity, so that a move never loses its way.
import { clone, get, set } from "./store.js";

export const isMapping = (node) => node !== null && typeof node === "object" && !Array.isArray(node);
/** What stands under any number of `not`, and that number. */
export function core(node) {
  let inner = node,
    nots = 0;
  while (isMapping(inner) && "not" in inner) {
    inner = inner.not;
    nots += 1;
  }
  return { inner, nots };
}
/** The items of a group, null for a comparison. */
export function itemsOf(node) {
  const { inner } = core(node);
  return isMapping(inner) ? (Array.isArray(inner.all) ? inner.all : Array.isArray(inner.any) ? inner.any : null) : null;
}
export const blank = () => ({ field: "", op: "==", value: "" });

/** The items at the root of `base` ("when", "match[0].where") with their paths, as they are written. */
export function rootItems(doc, base) {
  const node = get(doc, base);
  if (node === undefined) return [];
  if (isMapping(node) && Array.isArray(node.all))
    return node.all.map((item, index) => ({ item, path: `${base}.all[${index}]` }));
  return [{ item: node, path: base }];
}
function rootList(doc, base) {
  const node = get(doc, base);
  if (node === undefined) set(doc, base, { all: [] });
  else if (!Array.isArray(node.all)) set(doc, base, { all: [node] });
  return get(doc, base).all;
}
function locate(list, path, wanted, parent = null) {
  for (const [index, item] of list.entries()) {
    const here = { list, index, path: `${path}[${index}]`, parent };
    if (item === wanted) return here;
    const { inner, nots } = core(item),
      kind = Array.isArray(inner?.all) ? "all" : Array.isArray(inner?.any) ? "any" : "";
    const found = kind && locate(inner[kind], `${here.path}${".not".repeat(nots)}.${kind}`, wanted, here);
    if (found) return found;
  }
  return null;
}
const prune = (list) => {
  for (let index = list.length - 1; index >= 0; index -= 1) {
    const items = itemsOf(list[index]);
    if (items) {
      prune(items);
      if (!items.length) list.splice(index, 1);
    }
  }
};

/** Rearrange what stands at `path` under `base`; returns the path where it stands afterwards (null: it is gone). */
export function rearrange(doc, base, path, act) {
  const node = path === null ? null : get(doc, path);
  const list = rootList(doc, base);
  const kept = act(node, node && locate(list, `${base}.all`, node), list) ?? node;
  prune(list);
  const at = kept && locate(list, `${base}.all`, kept);
  if (!list.length) set(doc, base, undefined);
  else if (list.length === 1 && !itemsOf(list[0])) {
    set(doc, base, list[0]);
    return at ? base : null;
  }
  return at ? at.path : null;
}

export const remove = (_, at) => {
  at.list.splice(at.index, 1);
  return null;
};
export const duplicate = (node, at) => {
  const twin = clone(node);
  at.list.splice(at.index + 1, 0, twin);
  return twin;
};
export const addAfter = (_, at) => {
  const made = blank();
  at.list.splice(at.index + 1, 0, made);
  return made;
};
export const moves = {
  ArrowUp: (node, at) => {
    if (at.index) {
      at.list.splice(at.index, 1);
      at.list.splice(at.index - 1, 0, node);
    }
  },
  ArrowDown: (node, at) => {
    if (at.index < at.list.length - 1) {
      at.list.splice(at.index, 1);
      at.list.splice(at.index + 1, 0, node);
    }
  },
  // Out of its group, to stand after it.
  ArrowLeft: (node, at) => {
    if (at.parent) {
      at.list.splice(at.index, 1);
      at.parent.list.splice(at.parent.index + 1, 0, node);
    }
  },
  // Into the group before it, or else the one after.
  ArrowRight: (node, at) => {
    const before = itemsOf(at.list[at.index - 1]),
      after = itemsOf(at.list[at.index + 1]);
    if (!before && !after) return;
    at.list.splice(at.index, 1);
    if (before) before.push(node);
    else after.unshift(node);
  },
};
/** Put `node` before or after `other`, wherever that stands; never into itself. */
export function beside(doc, base, path, otherPath, after) {
  const other = get(doc, otherPath);
  return rearrange(doc, base, path, (node, at, list) => {
    const inside = itemsOf(node);
    if (node === other || (inside && locate(inside, "", other))) return;
    at.list.splice(at.index, 1);
    const to = locate(list, "", other);
    to.list.splice(to.index + (after ? 1 : 0), 0, node);
  });
}
