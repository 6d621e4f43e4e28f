// The arguments of an action, each by its kind: a number, lines, a field, a choice, a text with {facts} in it.
import { t } from "../shared/language.js";
import { beginning } from "./action-edits.js";
import { h, uid } from "./dom.js";
import { choice, combobox } from "./picker.js";
import { addButton } from "./rows.js";
import { get } from "./store.js";
import { numberInput, single, textInput } from "./values.js";

const LONG = new Set(["message", "body", "reason", "purpose"]);

/** All of them: alternatives, then those that are there, then what only the YAML knows, then those on offer. */
export function argumentsOf(ctx, action) {
  const { spec, args } = action,
    all = spec?.args || [],
    alternatives = (spec?.one_of || []).filter((some) => some.length > 1),
    names = new Set(alternatives.flat());
  const single = all.filter((arg) => !names.has(arg.name)),
    there = (arg) => arg.required || arg.name in args;
  const known = new Set(all.map((one) => one.name)),
    unknown = Object.entries(args).filter(([name]) => !known.has(name));
  const left = single.filter((arg) => !there(arg));
  return [
    ...alternatives.map((some) => alternative(ctx, action, some)),
    ...single.filter(there).map((arg) => labelled(title(arg.title), argument(ctx, action, arg), arg)),
    ...unknown.map(([name, value]) => stranger(ctx, action, name, value)),
    ...(left.length && !ctx.readOnly ? [onOffer(ctx, action, left)] : []),
  ];
}

const title = (words) => h("span", { class: "re-label small muted" }, words);
const labelled = (head, control, arg) =>
  h("div", { class: `re-arg ${LONG.has(arg.name) || arg.kind === "texts" ? "re-wide" : ""}` }, head, control);

/** One of several arguments: which of them, and its value. */
function alternative(ctx, action, some) {
  const { spec, args, at, path } = action,
    specOf = (name) => spec.args.find((one) => one.name === name);
  const used = some.find((one) => one in args) ?? some[0],
    arg = specOf(used);
  const pick = (chosen) =>
    ctx.store.change((doc) => {
      const here = get(doc, at);
      for (const one of some) delete here[one];
      here[chosen] = "";
      return `${path}:${chosen}`;
    });
  const which = choice({
    key: `${path}:which-${some[0]}`,
    label: t("按什么指定", "By"),
    value: used,
    options: some.map((one) => ({ value: one, label: specOf(one).title })),
    pick,
    readOnly: ctx.readOnly,
    className: "re-bare",
  });
  return labelled(h("span", { class: "re-which" }, which), argument(ctx, action, arg), arg);
}

/** An argument that the vocabulary does not know: kept, and changed where it is a text. */
function stranger(ctx, { at, path }, name, value) {
  const where = `${at}.${name}`,
    put = (one, how) => ctx.store.put(where, one, how);
  const control =
    typeof value === "string"
      ? textInput(ctx, { key: `${path}:${name}`, path: where, label: name, value, put })
      : h("code", { class: "re-raw" }, JSON.stringify(value));
  return labelled(title(name), control, { name });
}

function onOffer(ctx, { at, path }, left) {
  const add = (arg) => ctx.store.put(`${at}.${arg.name}`, beginning(arg), { focus: `${path}:${arg.name}` });
  return h(
    "div",
    { class: "re-optional" },
    left.map((arg) => addButton(arg.title, () => add(arg), `${path}:add-${arg.name}`)),
  );
}

function argument(ctx, { args, at, path, rows }, arg) {
  const where = `${at}.${arg.name}`;
  const put = (one, how) => ctx.store.put(where, !arg.required && (one === "" || one === null) ? undefined : one, how);
  const asked = { key: `${path}:${arg.name}`, path: where, label: arg.title, value: args[arg.name], put };
  const list = { ...asked, readOnly: ctx.readOnly, pick: (one) => put(one) };
  if (arg.kind === "number") return numberInput(ctx, { ...asked, unit: unitOf(arg) });
  if (arg.kind === "texts") return lines(ctx, asked);
  if (arg.kind === "field") return combobox({ ...list, options: fields(ctx, arg, asked.value) });
  if (arg.kind === "scalar") return single(ctx, ctx.words.type(args.field), asked);
  if (arg.options.length && !arg.prefixes.length) return closed(ctx, arg, list);
  const offers = ctx.words.labelled(arg, [...new Set([...arg.options, ...arg.suggestions])]);
  if (!offers.length) return template(ctx, asked, arg, rows);
  return combobox({ ...list, options: offers, free: !arg.options.length || arg.prefixes.length > 0 });
}

function unitOf(arg) {
  const counts = /minutes|warn/.test(arg.name) && !/分钟|minute/.test(arg.title);
  return counts ? t("分钟 · 工作时间", "working minutes") : "";
}

function closed(ctx, arg, list) {
  const none = arg.required ? [] : [{ value: "", label: t("不指定", "Unset") }];
  const options = [...none, ...ctx.words.labelled(arg, arg.options)];
  return choice({ ...list, options, value: list.value ?? "" });
}

/** The fields on offer: those the action suggests and the one in use, else all. */
function fields(ctx, arg, value) {
  if (!arg.suggestions.length) return ctx.words.facts(ctx.store.doc, {}, { derived: false });
  const names = new Set([...arg.suggestions, ...(value ? [value] : [])]);
  return [...names].map((one) => {
    const type = ctx.words.type(one);
    return { value: one, label: type?.title || one, group: type?.group };
  });
}

/** A text with {facts} in it: a picker puts them in, and the trial's record shows how it reads. */
function template(ctx, asked, arg, rows) {
  const input = textInput(ctx, { ...asked, long: LONG.has(arg.name) });
  if (ctx.readOnly) return input;
  const insert = (name) => {
    const from = input.selectionStart ?? input.value.length,
      to = input.selectionEnd ?? from;
    input.setRangeText(`{${name}}`, from, to, "end");
    asked.put(input.value, { quiet: true });
    open.hidden = false;
    picker.hidden = true;
    input.focus();
  };
  const picker = h("span", { hidden: true, class: "re-insert" });
  const open = h(
    "button",
    {
      type: "button",
      class: "re-swap small",
      id: uid("insert"),
      on: {
        click: () => {
          picker.replaceChildren(
            combobox({
              label: t("插入哪个字段", "Which field to insert"),
              value: "",
              options: ctx.words.facts(ctx.store.doc, rows),
              placeholder: t("查找字段", "Find a field"),
              pick: insert,
            }),
          );
          picker.hidden = false;
          open.hidden = true;
          picker.querySelector("input").focus();
        },
      },
    },
    t("＋字段", "+ field"),
  );
  return h(
    "div",
    { class: "re-template" },
    input,
    open,
    picker,
    h("p", { class: "small muted re-rendered", hidden: true, data: { rendered: asked.path } }),
  );
}

function lines(ctx, asked) {
  const items = Array.isArray(asked.value) ? asked.value : [];
  if (items.some((one) => typeof one !== "string" || one.includes("\n")))
    return h("code", { class: "re-raw" }, JSON.stringify(asked.value));
  const el = h("textarea", {
    class: "re-input",
    rows: Math.max(3, items.length + 1),
    "aria-label": t(`${asked.label}，一行一条`, `${asked.label}, one a line`),
    readOnly: ctx.readOnly,
    data: { key: asked.key, path: asked.path },
    on: {
      input: () =>
        asked.put(
          el.value.split("\n").filter((one) => one.trim()),
          { quiet: true },
        ),
    },
  });
  el.value = items.join("\n");
  return el;
}
