// The outcome of a trial: each clause with what it saw, and what would happen.
import { nOf, t } from "../shared/language.js";
import { h, icon } from "./dom.js";
import { changeOf, linesOf, verdictOf } from "./trial-words.js";

export function clauses(result) {
  const heads = [t("条件", "Condition"), t("当时的值", "Value"), t("结论", "Verdict")];
  const none = () => {
    const words = t("没有条件，总是成立", "No condition: it always holds");
    return h("tr", {}, h("td", { colspan: 3, class: "muted" }, words));
  };
  const rows = linesOf(result).map(line);
  return h(
    "table",
    { class: "re-clauses" },
    h("caption", { class: "vh" }, t("每个条件的值与结论", "Each condition, its value and verdict")),
    h(
      "thead",
      { class: "vh" },
      h(
        "tr",
        {},
        heads.map((one) => h("th", { scope: "col" }, one)),
      ),
    ),
    h("tbody", {}, rows.length ? rows : none()),
  );
}

function line({ holds, words, value, depth }) {
  return h(
    "tr",
    { class: holds === null ? "muted" : "" },
    h("td", { class: `re-depth-${Math.min(depth, 4)}` }, words),
    h("td", {}, value ?? ""),
    h("td", { class: "n" }, held(holds)),
  );
}
function held(holds) {
  if (holds === null) return h("span", { class: "muted" }, t("不需要", "not needed"));
  return holds
    ? h("span", { class: "done" }, icon("check", 14), t("成立", "holds"))
    : h("span", { class: "late" }, icon("x", 14), t("不成立", "fails"));
}

export function verdict(found) {
  const change = changeOf(found);
  return h(
    "div",
    { class: `re-verdict ${found.fired ? "fired" : ""}`, role: "status" },
    icon(found.fired ? "play" : "info"),
    h(
      "div",
      {},
      h("p", {}, verdictOf(found)),
      change ? h("p", { class: "small" }, change) : null,
      found.others.length ? others(found.others) : null,
      h("p", { class: "small muted" }, t("没有对外产生任何影响", "Nothing happened outside")),
    ),
  );
}

function others(list) {
  const words = t(`其他规则会做 ${list.length} 件事`, `Other rules would do ${nOf(list.length, "thing")}`);
  const items = list.map((one) => h("li", {}, one.rule, t("：", ": "), one.text));
  return h("details", {}, h("summary", { class: "small" }, words), h("ul", { class: "small" }, items));
}
