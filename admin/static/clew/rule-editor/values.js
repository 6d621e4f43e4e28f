// The input for a value, by the type of what it is compared with or written into.
import { t } from "../shared/language.js";
import { h, icon } from "./dom.js";
import { asNumber, reading } from "./numbers.js";
import { choice, combobox } from "./picker.js";

const YES_NO = () => [
  { value: true, label: t("是", "yes") },
  { value: false, label: t("否", "no") },
];

/** A number with its unit, and the reading beside it: 200,000 元 = 20 万元. */
export function numberInput(ctx, { key, path, label, value, unit = "", put }) {
  const note = h("span", { class: "re-reading muted small" }, reading(value, unit));
  const input = h("input", {
    type: "text",
    inputmode: "decimal",
    class: "re-input",
    "aria-label": unit ? `${label}（${unit}）` : label,
    readOnly: ctx.readOnly,
    autocomplete: "off",
    data: { key, path },
    on: {
      input: () => {
        const number = asNumber(input.value);
        note.textContent = reading(number, unit);
        put(input.value.trim() === "" ? null : (number ?? input.value), { quiet: true });
      },
      blur: () => {
        const number = asNumber(input.value);
        if (number !== undefined) input.value = number.toLocaleString("en", { maximumFractionDigits: 6 });
      },
      focus: () => {
        const number = asNumber(input.value);
        if (number !== undefined) {
          input.value = String(number);
          input.select();
        }
      },
    },
  });
  input.value = typeof value === "number" ? value.toLocaleString("en", { maximumFractionDigits: 6 }) : (value ?? "");
  return h("span", { class: "re-number" }, input, unit ? h("span", { class: "muted small" }, unit) : null, note);
}

export function textInput(ctx, { key, path, label, value, put, placeholder = "", long = false }) {
  const el = h(long ? "textarea" : "input", {
    ...(long ? { rows: 2 } : { type: "text" }),
    class: "re-input",
    "aria-label": label,
    placeholder,
    readOnly: ctx.readOnly,
    autocomplete: "off",
    data: { key, path },
    on: { input: () => put(el.value, { quiet: true }) },
  });
  el.value = value ?? "";
  return el;
}

/** Several values as tokens, each with a button to take it out. */
export function tokens(ctx, { key, path, label, value, offers, free, numeric, put }) {
  const items = Array.isArray(value) ? value : [];
  const titleOf = (one) => offers.find((offer) => offer.value === one)?.label ?? String(one);
  const left = offers.filter((offer) => !items.includes(offer.value));
  return h(
    "div",
    { class: "re-tokens", role: "group", "aria-label": label },
    items.map((one, index) =>
      h(
        "span",
        { class: "re-token" },
        titleOf(one),
        ctx.readOnly
          ? null
          : h(
              "button",
              {
                type: "button",
                "aria-label": t(`去掉 ${titleOf(one)}`, `Remove ${titleOf(one)}`),
                data: { key: `${key}:${index}` },
                on: {
                  click: () =>
                    put(
                      items.filter((_, at) => at !== index),
                      { focus: `${key}:add` },
                    ),
                },
              },
              icon("x", 12),
            ),
      ),
    ),
    ctx.readOnly
      ? null
      : combobox({
          key: `${key}:add`,
          path,
          label: t(`${label}：加一个`, `${label}: add one`),
          value: "",
          options: left,
          free,
          placeholder: t("加一个…", "Add…"),
          pick: (one) => {
            if (one !== "") put([...items, numeric ? (asNumber(String(one)) ?? one) : one], { focus: `${key}:add` });
          },
        }),
  );
}

function dateInput(ctx, { key, path, label, value, put }) {
  const bare = !value || /^\d{4}-\d\d-\d\d$/.test(value);
  if (!bare) return textInput(ctx, { key, path, label, value, put });
  const el = h("input", {
    type: "date",
    class: "re-input",
    "aria-label": label,
    readOnly: ctx.readOnly,
    data: { key, path },
    on: { input: () => put(el.value, { quiet: true }) },
  });
  el.value = value || "";
  return el;
}

/** A value nobody knows the type of: text, number or yes/no, as its writer says. */
function untyped(ctx, { key, path, label, value, put }) {
  const kind = typeof value === "number" ? "number" : typeof value === "boolean" ? "bool" : "text";
  const kinds = [
    { value: "text", label: t("文本", "Text") },
    { value: "number", label: t("数字", "Number") },
    { value: "bool", label: t("是否", "Yes/no") },
  ];
  const fresh = { text: String(value ?? ""), number: asNumber(String(value ?? "")) ?? 0, bool: true };
  return h(
    "span",
    { class: "re-pair" },
    choice({
      key: `${key}:kind`,
      label: t(`${label}的类型`, `Type of ${label}`),
      value: kind,
      options: kinds,
      readOnly: ctx.readOnly,
      pick: (one) => put(fresh[one], { focus: `${key}` }),
    }),
    single(ctx, { kind }, { key, path, label, value, put }),
  );
}

/** One value of a type. */
export function single(ctx, type, asked) {
  if (!type) return untyped(ctx, asked);
  const list = { ...asked, readOnly: ctx.readOnly, pick: (one) => asked.put(one) };
  if (type.kind === "bool") return choice({ ...list, options: YES_NO() });
  if (type.kind === "number") return numberInput(ctx, { ...asked, unit: type.unit });
  if (type.kind === "datetime") return dateInput(ctx, asked);
  const options = ctx.words.labelled(type, type.options),
    offers = options.length ? options : ctx.words.labelled(type, suggested(type));
  if (options.length && options.length <= 12) return choice({ ...list, options });
  return offers.length ? combobox({ ...list, options: offers, free: !options.length }) : textInput(ctx, asked);
}
const suggested = (type) => (type.suggestions?.length ? type.suggestions : Object.keys(type.labels || {}));

/** The value of a comparison, by type and operator. */
export function valueFor(ctx, type, op, asked) {
  const byOperator = {
    in: several,
    not_in: several,
    between,
    within_hours: hours,
    older_than_hours: hours,
    matches: () => textInput(ctx, { ...asked, placeholder: "^[A-Z]" }),
    starts_with: () => textInput(ctx, asked),
  }[op];
  if (byOperator) return byOperator(ctx, type, asked);
  return single(ctx, type?.kind === "list" ? { ...type, kind: "text" } : type, asked);
}
function several(ctx, type, asked) {
  const offers = type ? ctx.words.labelled(type, type.options?.length ? type.options : type.suggestions) : [];
  return tokens(ctx, { ...asked, offers, free: !type?.options?.length, numeric: type?.kind === "number" });
}
const hours = (ctx, _, asked) => numberInput(ctx, { ...asked, unit: t("小时", "hours") });
function between(ctx, type, asked) {
  const both = Array.isArray(asked.value) ? asked.value : [null, null];
  const kind = type?.kind === "datetime" ? type : { kind: "number", unit: type?.unit };
  const end = (index, label) =>
    single(ctx, kind, {
      key: `${asked.key}:${index}`,
      path: asked.path,
      label,
      value: both[index],
      put: (one, how) => asked.put((now) => withEnd(now, index, one), how),
    });
  return h(
    "span",
    { class: "re-pair" },
    end(0, t("下限", "From")),
    h("span", { class: "muted" }, "–"),
    end(1, t("上限", "To")),
  );
}
function withEnd(now, index, value) {
  const pair = Array.isArray(now) ? [...now] : [null, null];
  pair[index] = value;
  return pair;
}
