// What is said about a rule: name and purpose in both languages, validity, order.
import { t } from "../shared/language.js";
import { follows, isChinese, withText, written } from "./about-edits.js";
import { h, icon } from "./dom.js";
import { isMapping } from "./tree.js";
import { textInput } from "./values.js";

/** Name, purpose, validity, order: seldom changed, so folded away once there is a name. */
export function about(ctx) {
  const doc = ctx.store.doc,
    both = (name, zh, en) => two(ctx, name, zh, en);
  const text = (path, label, hint, type = "text") => field(ctx, path, label, hint, type);
  const english = ["title", "purpose"].some((name) => isChinese(doc[name]?.en ?? ""));
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
        if (language === "zh" && follows(doc[name])) show(`${name}:en`, text);
        doc[name] = withText(doc[name], language, text);
        document.querySelector("[data-english]")?.toggleAttribute("hidden", !isChinese(doc[name].en));
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
function show(key, text) {
  const input = document.querySelector(`[data-key="${key}"]`);
  if (input) input.value = text;
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
      input: () => ctx.store.change((doc) => written(doc, path, input.value.trim(), type), { key: path, quiet: true }),
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
