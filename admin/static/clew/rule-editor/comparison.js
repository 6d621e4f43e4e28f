// One comparison of the condition builder: a field, how it is compared, and with what.
import { quoted, t } from "../shared/language.js";
import { nameOf, needsNoValue, otherField, otherOperator, otherSide } from "./comparison-edits.js";
import { h } from "./dom.js";
import { choice, combobox } from "./picker.js";
import { copyTool, removeTool, row } from "./rows.js";
import { get, set } from "./store.js";
import { addAfter, beside, core, duplicate, moves, rearrange, remove } from "./tree.js";
import { valueFor } from "./values.js";

const WORD = { all: () => t("且", "and"), any: () => t("或", "or") };

/** How a row of conditions is moved, dropped and added to. */
export function ordering(ctx, scope, path) {
  return {
    move: (key, role) =>
      ctx.store.change((doc) => {
        const at = rearrange(doc, scope.base, path, moves[key]);
        return at && `${at}${role}`;
      }),
    drop: (from, after) =>
      ctx.store.change((doc) => {
        const at = beside(doc, scope.base, from, path, after);
        return at && `${at}:handle`;
      }),
    add: () => scope.act(addAfter, path),
  };
}

export function comparison(ctx, scope, item, path, joined) {
  const { inner, nots } = core(item),
    name = nameOf(inner);
  const facts = ctx.words.facts(ctx.store.doc, scope.rows);
  const one = {
    ...{ ctx, scope, path, inner, nots, name, facts },
    at: `${path}${".not".repeat(nots)}`,
    type: "derived" in inner ? null : ctx.words.type(name, scope.rows),
    title: name
      ? facts.find((fact) => fact.value === name)?.label || inner.derived || name
      : t("新条件", "New condition"),
  };
  const label = quoted(one.title);
  return row(ctx, {
    path,
    kind: scope.base,
    label,
    lead: lead(one, label, joined),
    controls: [
      fieldOf(one),
      name ? operatorOf(one) : null,
      name ? h("div", { class: "re-value" }, ...sides(one)) : null,
    ],
    tools: [copyTool(label, () => scope.act(duplicate, path)), removeTool(label, () => scope.act(remove, path))],
    ...ordering(ctx, scope, path),
  });
}

/** Change the comparison by `edit(what it was)`, and go to the control `role`. */
const edited = ({ ctx, at, path }, edit, role) =>
  ctx.store.change((doc) => {
    set(doc, at, edit(get(doc, at)));
    return `${path}:${role}`;
  });

function fieldOf(one) {
  const { ctx, scope, path, at, inner, name, facts } = one;
  const pick = (chosen) => {
    const type = chosen.startsWith("derived.") ? null : ctx.words.type(chosen, scope.rows);
    const able = ctx.words.operators(type?.kind || "any").map((each) => each.name);
    edited(one, (was) => otherField(was, chosen, type, able), "op");
  };
  return combobox({
    key: `${path}:field`,
    path: `${at}.${"derived" in inner ? "derived" : "field"}`,
    label: t("字段", "Field"),
    value: name,
    options: facts,
    pick,
    placeholder: t("选字段，可输入查找", "Choose a field, type to find"),
    readOnly: ctx.readOnly,
    className: "re-field",
  });
}

function operatorOf(one) {
  const { ctx, path, at, inner, title, type } = one;
  return choice({
    key: `${path}:op`,
    path: `${at}.op`,
    label: t(`${title}怎样比较`, `How to compare ${title}`),
    value: inner.op,
    options: ctx.words.operators(type?.kind || "any").map((each) => ({ value: each.name, label: each.title })),
    pick: (op) => edited(one, (was) => otherOperator(was, op, type, ctx.words.vocabulary.comparing), "op"),
    readOnly: ctx.readOnly,
    className: "re-op",
  });
}

/** The value or the field it is compared with, and the way from one to the other. */
function sides(one) {
  const { ctx, path, inner, type } = one;
  const both = ctx.words.vocabulary.comparing.includes(inner.op) && type?.kind !== "list" && type?.kind !== "bool";
  const swap = () => edited(one, (was) => otherSide(was, type), "value");
  return [
    "than" in inner ? otherFact(one) : itsValue(one),
    both && !ctx.readOnly
      ? h(
          "button",
          { type: "button", class: "re-swap small", data: { key: `${path}:swap` }, on: { click: swap } },
          "than" in inner ? t("改比固定值", "a value") : t("比字段", "a field"),
        )
      : null,
  ];
}

function otherFact({ ctx, path, at, inner, title, facts }) {
  return combobox({
    key: `${path}:value`,
    path: `${at}.than`,
    label: t(`${title}与哪个字段比`, `The field to compare ${title} with`),
    value: inner.than,
    options: facts,
    pick: (chosen) => ctx.store.put(`${at}.than`, chosen),
    readOnly: ctx.readOnly,
  });
}

function itsValue({ ctx, path, at, inner, title, type }) {
  if (needsNoValue(inner.op)) return h("span", { class: "re-no-value" });
  const where = `${at}.value`;
  return valueFor(ctx, type, inner.op, {
    key: `${path}:value`,
    path: where,
    label: t(`${title}的值`, `Value of ${title}`),
    value: inner.value,
    put: (value, how) => ctx.store.put(where, typeof value === "function" ? value(ctx.store.get(where)) : value, how),
  });
}

function lead({ ctx, path, inner, nots }, label, joined) {
  const negate = () =>
    ctx.store.change((doc) => {
      set(doc, path, nots ? inner : { not: get(doc, path) });
      return `${path}:not`;
    });
  const not = h(
    "button",
    {
      type: "button",
      class: `re-not ${nots ? "" : "re-quiet"}`,
      "aria-pressed": String(Boolean(nots)),
      disabled: ctx.readOnly,
      "aria-label": t(`取反：${label}不成立才算`, `Negate: ${label} must not hold`),
      title: t("取反：不成立才算", "Negate"),
      data: { key: `${path}:not`, path: `${path}.not` },
      on: { click: negate },
    },
    t("非", "not"),
  );
  const word = joined && joined !== "all" ? WORD[joined]() : "";
  return h("span", { class: "re-join muted" }, word, nots || !ctx.readOnly ? not : null);
}
