// The condition builder: comparisons and groups, nested as deep as people can follow.
import { h, quoted, t } from "./dom.js";
import { choice, combobox } from "./picker.js";
import { addButton, copyTool, removeTool, row } from "./rows.js";
import { get, set } from "./store.js";
import {
  addAfter,
  beside,
  blank,
  core,
  duplicate,
  isMapping,
  itemsOf,
  moves,
  rearrange,
  remove,
  rootItems,
} from "./tree.js";
import { fresh, valueFor } from "./values.js";

const KINDS = () => [
  { value: "all", label: t("以下全部成立", "all of these hold") },
  { value: "any", label: t("以下任意一条成立", "any of these holds") },
  { value: "not any", label: t("以下都不成立", "none of these holds") },
  { value: "not all", label: t("以下不全成立", "not all of these hold") },
];
const WORD = { all: () => t("且", "and"), any: () => t("或", "or") };

/** The list of conditions at `base`; `rows` maps related records' names to their collections. */
export function conditions(ctx, base, rows = {}) {
  const items = rootItems(ctx.store.doc, base);
  const act = (how, path, options) =>
    ctx.store.change((doc) => {
      const at = rearrange(doc, base, path, how);
      return at ? `${at}:field` : `${base}:add`;
    }, options);
  const scope = { base, rows, act };
  return h(
    "div",
    { class: "re-conditions", data: { path: base } },
    items.length
      ? items.map(({ item, path }, index) => node(ctx, scope, item, path, index ? "all" : ""))
      : h(
          "p",
          { class: "muted small re-none" },
          base === "when"
            ? t("没有条件：每次触发都执行。", "No condition: it acts every time.")
            : t("不限：任何一条都算。", "Any of them counts."),
        ),
    ctx.readOnly
      ? null
      : h(
          "div",
          { class: "re-adds" },
          addButton(
            t("加条件", "Add a condition"),
            () =>
              act((_, __, list) => {
                const made = blank();
                list.push(made);
                return made;
              }, null),
            `${base}:add`,
          ),
          addButton(
            t("加一组「任意成立」", "Add an “any of” group"),
            () =>
              act((_, __, list) => {
                const made = { any: [blank(), blank()] };
                list.push(made);
                return made;
              }, null),
            `${base}:add-any`,
          ),
        ),
  );
}

function node(ctx, scope, item, path, joined) {
  const { inner, nots } = core(item);
  if (itemsOf(item) && nots < 2) return group(ctx, scope, item, path, joined);
  if (isMapping(inner) && ("field" in inner || "derived" in inner) && nots < 2)
    return leaf(ctx, scope, item, path, joined);
  const label = t("只能在 YAML 里改的条件", "A condition that only the YAML can change");
  return row(ctx, {
    path,
    kind: scope.base,
    label,
    controls: h("code", { class: "re-raw" }, JSON.stringify(item)),
    tools: [removeTool(label, () => scope.act(remove, path))],
    ...ordering(ctx, scope, path),
  });
}

function ordering(ctx, scope, path) {
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

function group(ctx, scope, item, path, joined) {
  const { inner, nots } = core(item),
    kind = Array.isArray(inner.all) ? "all" : "any";
  const listPath = `${path}${".not".repeat(nots)}.${kind}`,
    now = nots ? `not ${kind}` : kind;
  const label = t("条件组", "Group of conditions");
  const turn = (chosen) =>
    ctx.store.change((doc) => {
      const list = itemsOf(get(doc, path)),
        wanted = { [chosen.endsWith("any") ? "any" : "all"]: list };
      set(doc, path, chosen.startsWith("not") ? { not: wanted } : wanted);
      return `${path}:group`;
    });
  const controls = h(
    "div",
    { class: "re-group-box" },
    h(
      "div",
      { class: "re-group-head" },
      h("span", { class: "muted small" }, joined ? t("并且，", "and ") : ""),
      choice({
        key: `${path}:group`,
        path,
        label: t("这一组怎样成立", "How this group holds"),
        value: now,
        options: KINDS(),
        pick: turn,
        readOnly: ctx.readOnly,
        className: "re-bare",
      }),
    ),
    inner[kind].map((one, index) => node(ctx, scope, one, `${listPath}[${index}]`, index ? kind : "")),
    ctx.readOnly
      ? null
      : h(
          "div",
          { class: "re-adds" },
          addButton(
            t("加条件", "Add a condition"),
            () =>
              scope.act((found) => {
                const made = blank();
                itemsOf(found).push(made);
                return made;
              }, path),
            `${listPath}:add`,
          ),
          addButton(
            t("加一组", "Add a group"),
            () =>
              scope.act((found) => {
                const made = { [kind === "any" ? "all" : "any"]: [blank()] };
                itemsOf(found).push(made);
                return made;
              }, path),
            `${listPath}:add-group`,
          ),
        ),
  );
  const el = row(ctx, {
    path,
    kind: scope.base,
    label,
    controls,
    tools: [copyTool(label, () => scope.act(duplicate, path)), removeTool(label, () => scope.act(remove, path))],
    ...ordering(ctx, scope, path),
  });
  el.classList.add("re-is-group");
  return el;
}

function leaf(ctx, scope, item, path, joined) {
  const { inner, nots } = core(item),
    at = `${path}${".not".repeat(nots)}`;
  const derived = "derived" in inner,
    name = derived ? inner.derived : inner.field;
  const type = derived ? null : ctx.words.type(name, scope.rows);
  const facts = ctx.words.facts(ctx.store.doc, scope.rows),
    title = name
      ? facts.find((one) => one.value === (derived ? `derived.${name}` : name))?.label || name
      : t("新条件", "New condition");
  const operators = ctx.words.operators(type?.kind || "any"),
    label = quoted(title);
  const pickField = (chosen) =>
    ctx.store.change((doc) => {
      const was = get(doc, at),
        isDerived = chosen.startsWith("derived."),
        kind = isDerived ? null : ctx.words.type(chosen, scope.rows);
      const able = ctx.words.operators(kind?.kind || "any"),
        op = able.some((one) => one.name === was.op) && was.field ? was.op : able[0].name;
      const value = fresh(kind, op, was.value);
      const next = {
        ...(isDerived ? { derived: chosen.slice(8) } : { field: chosen }),
        op,
        ...(value === undefined ? {} : { value }),
      };
      set(doc, at, next);
      return `${path}:op`;
    });
  const pickOp = (op) =>
    ctx.store.change((doc) => {
      const was = get(doc, at),
        next = { ...was, op };
      delete next.value;
      delete next.than;
      const value = fresh(type, op, was.value);
      if ("than" in was && ctx.words.vocabulary.comparing.includes(op)) next.than = was.than;
      else if (value !== undefined) next.value = value;
      set(doc, at, next);
      return `${path}:op`;
    });
  const put = (value, how) =>
    ctx.store.put(`${at}.value`, typeof value === "function" ? value(ctx.store.get(`${at}.value`)) : value, how);
  const compares = ctx.words.vocabulary.comparing.includes(inner.op) && type?.kind !== "list" && type?.kind !== "bool";
  const value = !name
    ? null
    : "than" in inner
      ? combobox({
          key: `${path}:value`,
          path: `${at}.than`,
          label: t(`${title}与哪个字段比`, `The field to compare ${title} with`),
          value: inner.than,
          options: facts,
          pick: (one) => ctx.store.put(`${at}.than`, one),
          readOnly: ctx.readOnly,
        })
      : ["missing", "present"].includes(inner.op)
        ? h("span", { class: "re-no-value" })
        : valueFor(ctx, type, inner.op, {
            key: `${path}:value`,
            path: `${at}.value`,
            label: t(`${title}的值`, `Value of ${title}`),
            value: inner.value,
            put,
          });
  const swap = () =>
    ctx.store.change((doc) => {
      const { than, value: was, ...rest } = get(doc, at);
      set(doc, at, than === undefined ? { ...rest, than: "" } : { ...rest, value: fresh(type, inner.op, undefined) });
      return `${path}:value`;
    });
  const negate = () =>
    ctx.store.change((doc) => {
      set(doc, path, nots ? inner : { not: get(doc, path) });
      return `${path}:not`;
    });
  const controls = [
    combobox({
      key: `${path}:field`,
      path: `${at}.${derived ? "derived" : "field"}`,
      label: t("字段", "Field"),
      value: derived ? `derived.${name}` : name,
      options: facts,
      pick: pickField,
      placeholder: t("选字段，可输入查找", "Choose a field, type to find"),
      readOnly: ctx.readOnly,
      className: "re-field",
    }),
    !name
      ? null
      : choice({
          key: `${path}:op`,
          path: `${at}.op`,
          label: t(`${title}怎样比较`, `How to compare ${title}`),
          value: inner.op,
          options: operators.map((one) => ({ value: one.name, label: one.title })),
          pick: pickOp,
          readOnly: ctx.readOnly,
          className: "re-op",
        }),
    !name
      ? null
      : h(
          "div",
          { class: "re-value" },
          value,
          compares && !ctx.readOnly
            ? h(
                "button",
                { type: "button", class: "re-swap small", data: { key: `${path}:swap` }, on: { click: swap } },
                "than" in inner ? t("改比固定值", "a value") : t("比字段", "a field"),
              )
            : null,
        ),
  ];
  const lead = h(
    "span",
    { class: "re-join muted" },
    joined && joined !== "all" ? WORD[joined]() : "",
    nots || !ctx.readOnly
      ? h(
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
        )
      : null,
  );
  return row(ctx, {
    path,
    kind: scope.base,
    label,
    lead,
    controls,
    tools: [copyTool(label, () => scope.act(duplicate, path)), removeTool(label, () => scope.act(remove, path))],
    ...ordering(ctx, scope, path),
  });
}
