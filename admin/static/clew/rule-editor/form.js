// The form: when the rule looks, what must hold, what it does, and everything about it.
import { actions } from "./actions.js";
import { conditions } from "./conditions.js";
import { h, icon, t } from "./dom.js";
import { choice, combobox } from "./picker.js";
import { addButton, removeTool } from "./rows.js";
import { isMapping } from "./tree.js";
import { textInput } from "./values.js";

/** Draw the whole form; a part that can't be shown says so, and the others stay usable. */
export function drawForm(ctx) {
  const rows = rowsOf(ctx.store.doc);
  const parts = [
    section(ctx, "trigger", t("什么时候看", "When it looks"), t("触发", "trigger"), () => trigger(ctx)),
    section(
      ctx,
      "when",
      t("满足什么条件", "What must hold"),
      t("从上到下，可拖动排序", "top to bottom; drag to order"),
      () => [
        ...(isMapping(ctx.store.doc.when ?? {}) ? [conditions(ctx, "when", rows)] : unreadable()),
        matches(ctx, rows),
      ],
    ),
    section(ctx, "then", t("然后做什么", "What it does"), t("按顺序执行", "in this order"), () =>
      Array.isArray(ctx.store.doc.then ?? []) ? actions(ctx, rows) : unreadable(),
    ),
  ];
  // A new rule begins with its name.
  return ctx.startedNew ? [about(ctx), ...parts] : [...parts, about(ctx)];
}

/** The names a rule gives to related records, with the collections they are from. */
export const rowsOf = (doc) =>
  Object.fromEntries(
    (Array.isArray(doc.match) ? doc.match : [])
      .filter((one) => isMapping(one) && one.as)
      .map((one) => [one.as, one.of]),
  );
const unreadable = () => [
  h(
    "p",
    { class: "re-unreadable" },
    icon("alert-triangle"),
    t(
      "这一部分表单读不了，内容没有丢；请在 YAML 里改。",
      "The form can't read this part. Nothing is lost: change it in the YAML.",
    ),
  ),
];

function section(ctx, name, title, hint, draw) {
  let inside;
  try {
    inside = draw();
  } catch (error) {
    console.warn("rule editor:", name, error.message);
    inside = unreadable();
  }
  return h(
    "section",
    { class: "re-section", "aria-label": title, data: { part: name } },
    h("h2", {}, title, " ", h("span", { class: "muted small" }, hint)),
    inside,
    h("p", { class: "re-fault small late", hidden: true, data: { fault: name } }),
  );
}

function trigger(ctx) {
  const value = ctx.store.doc.trigger,
    names = Array.isArray(value) ? value : [value ?? ""];
  const options = ctx.words.vocabulary.triggers.map((one) => ({ value: one.name, label: one.title, hint: one.name }));
  const put = (next, focus) =>
    ctx.store.put("trigger", next.length === 1 && !Array.isArray(value) ? next[0] : next, { focus });
  return h(
    "div",
    { class: "re-trigger" },
    names.map((name, index) =>
      h(
        "span",
        { class: "re-pair" },
        index ? h("span", { class: "muted" }, t("或", "or")) : null,
        combobox({
          key: `trigger:${index}`,
          path: "trigger",
          label: t("触发事件", "Event"),
          value: name,
          options,
          placeholder: t("选一个时机", "Choose an event"),
          readOnly: ctx.readOnly,
          pick: (one) =>
            put(
              names.map((old, at) => (at === index ? one : old)),
              `trigger:${index}`,
            ),
        }),
        index && !ctx.readOnly
          ? removeTool(t("触发事件", "event"), () =>
              put(
                names.filter((_, at) => at !== index),
                "trigger:0",
              ),
            )
          : null,
      ),
    ),
    ctx.readOnly || !names[0]
      ? null
      : addButton(
          t("再加一个时机", "Another event"),
          () => put([...names, ""], `trigger:${names.length}`),
          "trigger:add",
        ),
  );
}

const COUNTS = () => [
  { value: "one", label: t("有一条", "there is one") },
  { value: "at_least", label: t("至少有几条", "at least") },
  { value: "none", label: t("没有", "there is none") },
];

function matches(ctx, rows) {
  const list = ctx.store.doc.match;
  if (list !== undefined && !Array.isArray(list)) return unreadable();
  const taken = new Set((list || []).map((one) => one?.as));
  const free = () => [..."cdefghijkmnpqrs"].find((one) => !taken.has(one));
  const add = () =>
    ctx.store.change((doc) => {
      (doc.match ??= []).push({ as: free(), of: ctx.words.vocabulary.collections[0].name });
      return `match[${doc.match.length - 1}]:of`;
    });
  return h(
    "div",
    { class: "re-matches" },
    (list || []).map((item, index) => match(ctx, item, index, rows)),
    ctx.readOnly || !ctx.words.vocabulary.collections.length
      ? null
      : h(
          "div",
          { class: "re-adds" },
          addButton(t("看相关记录（合同、跟进…）", "Look at related records"), add, "match:add"),
        ),
  );
}

function match(ctx, item, index, rows) {
  const path = `match[${index}]`;
  if (!isMapping(item)) return h("code", { class: "re-raw" }, JSON.stringify(item));
  const count = item.none ? "none" : "at_least" in item ? "at_least" : "one";
  const quantity = (one) =>
    ctx.store.change((doc) => {
      const at = doc.match[index];
      delete at.none;
      delete at.at_least;
      if (one === "none") at.none = true;
      if (one === "at_least") at.at_least = 2;
      return `${path}:count`;
    });
  const number =
    count !== "at_least"
      ? null
      : h("input", {
          type: "number",
          min: 1,
          class: "re-input re-count",
          "aria-label": t("几条", "How many"),
          readOnly: ctx.readOnly,
          data: { key: `${path}:at_least`, path: `${path}.at_least` },
          on: {
            input: (event) =>
              ctx.store.put(`${path}.at_least`, Number(event.target.value) || event.target.value, { quiet: true }),
          },
        });
  if (number) number.value = item.at_least;
  const label = ctx.words.collections.get(item.of)?.title || item.of;
  return h(
    "div",
    { class: "re-match re-group-box", role: "group", "aria-label": label, data: { row: path, path } },
    h(
      "div",
      { class: "re-group-head" },
      h("span", { class: "muted small" }, t("并且", "and")),
      choice({
        key: `${path}:of`,
        path,
        label: t("哪些记录", "Which records"),
        value: item.of,
        options: ctx.words.vocabulary.collections.map((one) => ({ value: one.name, label: one.title })),
        readOnly: ctx.readOnly,
        pick: (one) =>
          ctx.store.change((doc) => {
            doc.match[index].of = one;
            delete doc.match[index].where;
            return `${path}:of`;
          }),
      }),
      h("span", { class: "muted small" }, t("中", "")),
      choice({
        key: `${path}:count`,
        path,
        label: t("有多少", "How many"),
        value: count,
        options: COUNTS(),
        readOnly: ctx.readOnly,
        pick: quantity,
      }),
      number,
      h("span", { class: "muted small" }, t(`符合（在下面叫 ${item.as}）`, `fitting (called ${item.as} below)`)),
      h("span", { class: "re-space" }),
      ctx.readOnly
        ? null
        : removeTool(label, () =>
            ctx.store.change((doc) => {
              doc.match.splice(index, 1);
              if (!doc.match.length) delete doc.match;
              return "match:add";
            }),
          ),
    ),
    isMapping(item.where ?? {}) ? conditions(ctx, `${path}.where`, rows) : unreadable(),
    h("p", { class: "re-fault small late", hidden: true, data: { fault: path } }),
  );
}

/** Name, purpose, validity, order: seldom changed, so folded away once there is a name. */
function about(ctx) {
  const doc = ctx.store.doc,
    both = (name, zh, en) => two(ctx, name, zh, en);
  const text = (path, label, hint, type = "text") => field(ctx, path, label, hint, type);
  const english = ["title", "purpose"].some((name) => /[\u4e00-\u9fff]/.test(doc[name]?.en ?? ""));
  const box = h(
    "details",
    {
      class: "re-section re-about",
      open: ctx.aboutOpen ?? (ctx.startedNew || !doc.title?.zh),
      data: { part: "about" },
      on: {
        toggle: () => {
          ctx.aboutOpen = box.open;
        },
      },
    },
    h(
      "summary",
      {},
      h("h2", {}, ctx.startedNew ? t("名称与目的", "Name and purpose") : t("更多", "More")),
      h(
        "span",
        { class: "muted small" },
        ctx.startedNew
          ? t("还有有效期、优先级", "validity and priority, too")
          : t("名称、目的、有效期、优先级", "name, purpose, validity, priority"),
      ),
    ),
    h(
      "div",
      { class: "re-about-grid" },
      both("title", t("名称", "Name"), t("英文名称", "English name")),
      both(
        "purpose",
        t("目的：为什么要有这条规则", "Purpose: why there is this rule"),
        t("英文目的", "Purpose in English"),
      ),
      h(
        "p",
        { class: "small risk re-english", hidden: !english, data: { english: "" } },
        icon("alert-triangle", 14),
        t(
          "英文还没写，先用中文代替；看英文界面的同事会读到中文。",
          "The English is missing: colleagues who read English see Chinese.",
        ),
      ),
      text("owner", t("负责人", "Owner"), t("选填：谁为这条规则负责", "optional: who answers for the rule")),
      text("valid.from", t("从哪天起有效", "Valid from"), t("选填", "optional"), "date"),
      text(
        "valid.until",
        t("到哪天为止", "Valid until"),
        t("选填，当天起不再执行", "optional; from that day on it rests"),
        "date",
      ),
      text("priority", t("优先级", "Priority"), t("越大越先；默认 0", "higher goes first; 0 by default"), "number"),
      text(
        "group",
        t("互斥组", "Group"),
        t("选填：同组只有最优先的一条生效", "optional: only the first of a group acts"),
      ),
      ctx.isNew
        ? text(
            "id",
            t("编号", "Id"),
            t("选填：小写字母与连字符，保存后不能改", "optional: lower case and hyphens; fixed once saved"),
          )
        : h("div", { class: "field" }, h("span", { class: "small" }, t("编号", "Id")), h("code", {}, doc.id)),
    ),
    h("p", { class: "re-fault small late", hidden: true, data: { fault: "title" } }),
    h("p", { class: "re-fault small late", hidden: true, data: { fault: "purpose" } }),
  );
  return box;
}

function two(ctx, name, zhLabel, enLabel) {
  const value = isMapping(ctx.store.doc[name]) ? ctx.store.doc[name] : { zh: "", en: "" };
  const put = (language) => (text) =>
    ctx.store.change(
      (doc) => {
        const was = isMapping(doc[name]) ? doc[name] : { zh: "", en: "" };
        // The English follows the Chinese until somebody writes it.
        const follows = language === "zh" && (!was.en || was.en === was.zh);
        doc[name] = { ...was, [language]: text, ...(follows ? { en: text } : {}) };
        if (follows) {
          const other = document.querySelector(`[data-key="${name}:en"]`);
          if (other) other.value = text;
        }
        document.querySelector("[data-english]")?.toggleAttribute("hidden", !/[\u4e00-\u9fff]/.test(doc[name].en));
      },
      { key: `${name}.${language}`, quiet: true },
    );
  const one = (language, label) => {
    const input = textInput(ctx, {
      key: `${name}:${language}`,
      path: `${name}.${language}`,
      label,
      value: value[language],
      put: put(language),
    });
    // English that only repeats the Chinese is there to be written over.
    if (language === "en")
      input.addEventListener("focus", () => {
        if (input.value === ctx.store.get(`${name}.zh`)) input.select();
      });
    return h("label", { class: "field" }, h("span", { class: "small" }, label), input);
  };
  return [one("zh", zhLabel), one("en", enLabel)];
}

function field(ctx, path, label, hint, type) {
  const value = ctx.store.get(path),
    dated = type === "date" && (!value || /^\d{4}-\d\d-\d\d$/.test(value));
  const input = h("input", {
    type: dated ? "date" : "text",
    inputmode: type === "number" ? "numeric" : null,
    class: "re-input",
    readOnly: ctx.readOnly,
    data: { key: path, path },
    on: {
      input: () =>
        ctx.store.change(
          (doc) => {
            const text = input.value.trim(),
              next = text === "" ? undefined : type === "number" && /^-?\d+$/.test(text) ? Number(text) : text,
              [head, tail] = path.split(".");
            if (!tail) {
              if (next === undefined) delete doc[head];
              else doc[head] = next;
              return;
            }
            doc[head] = { ...(isMapping(doc[head]) ? doc[head] : {}), [tail]: next };
            if (next === undefined) delete doc[head][tail];
            if (!Object.keys(doc[head]).length) delete doc[head];
          },
          { key: path, quiet: true },
        ),
    },
  });
  input.value = value ?? "";
  return h(
    "label",
    { class: "field" },
    h("span", { class: "small" }, label),
    input,
    h("span", { class: "hint" }, hint),
  );
}
