// Related records (contracts, follow-ups…): which, how many, and what must hold of them.
import { t } from "../shared/language.js";
import { conditions } from "./conditions.js";
import { h } from "./dom.js";
import { addMatch, quantityOf, removeMatch, setCollection, setQuantity } from "./match-edits.js";
import { choice } from "./picker.js";
import { addButton, removeTool, unreadable } from "./rows.js";
import { isMapping } from "./tree.js";

const COUNTS = () => [
  { value: "one", label: t("有一条", "there is one") },
  { value: "at_least", label: t("至少有几条", "at least") },
  { value: "none", label: t("没有", "there is none") },
];

export function matches(ctx, rows) {
  const list = ctx.store.doc.match ?? [],
    [first] = ctx.words.vocabulary.collections;
  if (!Array.isArray(list)) return unreadable();
  const words = t("看相关记录（合同、跟进…）", "Look at related records");
  const add = () => ctx.store.change((doc) => addMatch(doc, first.name));
  return h(
    "div",
    { class: "re-matches" },
    list.map((item, index) => match(ctx, item, index, rows)),
    ctx.readOnly || !first ? null : h("div", { class: "re-adds" }, addButton(words, add, "match:add")),
  );
}

function match(ctx, item, index, rows) {
  const path = `match[${index}]`;
  if (!isMapping(item)) return h("code", { class: "re-raw" }, JSON.stringify(item));
  const label = ctx.words.collections.get(item.of)?.title || item.of;
  const remove = () => ctx.store.change((doc) => removeMatch(doc, index));
  return h(
    "div",
    { class: "re-match re-group-box", role: "group", "aria-label": label, data: { row: path, path } },
    h(
      "div",
      { class: "re-group-head" },
      h("span", { class: "muted small" }, t("并且", "and")),
      which(ctx, item, index, path),
      h("span", { class: "muted small" }, t("中", "")),
      howMany(ctx, item, index, path),
      quantityOf(item) === "at_least" ? number(ctx, item, path) : null,
      h("span", { class: "muted small" }, t(`符合（在下面叫 ${item.as}）`, `fitting (called ${item.as} below)`)),
      h("span", { class: "re-space" }),
      ctx.readOnly ? null : removeTool(label, remove),
    ),
    isMapping(item.where ?? {}) ? conditions(ctx, `${path}.where`, rows) : unreadable(),
    h("p", { class: "re-fault small late", hidden: true, data: { fault: path } }),
  );
}

function which(ctx, item, index, path) {
  return choice({
    key: `${path}:of`,
    path,
    label: t("哪些记录", "Which records"),
    value: item.of,
    options: ctx.words.vocabulary.collections.map((one) => ({ value: one.name, label: one.title })),
    readOnly: ctx.readOnly,
    pick: (one) => ctx.store.change((doc) => setCollection(doc, index, one)),
  });
}

function howMany(ctx, item, index, path) {
  return choice({
    key: `${path}:count`,
    path,
    label: t("有多少", "How many"),
    value: quantityOf(item),
    options: COUNTS(),
    readOnly: ctx.readOnly,
    pick: (one) => ctx.store.change((doc) => setQuantity(doc, index, one)),
  });
}

function number(ctx, item, path) {
  const where = `${path}.at_least`;
  const input = h("input", {
    type: "number",
    min: 1,
    class: "re-input re-count",
    "aria-label": t("几条", "How many"),
    readOnly: ctx.readOnly,
    data: { key: `${path}:at_least`, path: where },
    on: { input: () => ctx.store.put(where, Number(input.value) || input.value, { quiet: true }) },
  });
  input.value = item.at_least;
  return input;
}
