// The checks beside the grid: what is wrong, each with a way to its place and its repairs.
import { nOf, t } from "../shared/language.js";
import { el, icon, slot } from "./dom.js";
import { cellAt } from "./grid.js";
import { columnOf, counts, placeOf, rowOf } from "./marks.js";
import { same } from "./same.js";
import { changed, sheet } from "./state.js";

const NAMES = { gap: t("空缺：", "Gap: "), rest: t("归兜底：", "To the rest: ") };
const SIGNS = { shadowed: "hidden", never: "hidden" };
const go = (row, column) => () => {
  sheet.goTo(row, column ?? 0);
  changed();
  cellAt(sheet.at.row, sheet.at.column)?.focus();
};
const link = (words, act) => el("button", { type: "button", class: "link", onclick: act }, words);
const article = (kind, sign, ...inside) =>
  el("article", { class: `dt-finding ${kind}` }, icon(sign), el("div", {}, ...inside));

const finding = (one, repair) =>
  article(
    `${one.kind} ${one.level}`,
    SIGNS[one.kind] || "warn",
    el("h3", {}, link((NAMES[one.kind] ?? "") + one.text, go(rowOf(one), one.places[0]))),
    one.detail ? el("p", {}, one.detail[0].toUpperCase() + one.detail.slice(1) + t("。", ".")) : null,
    one.witness ? el("p", {}, example(one)) : null,
    sheet.may_edit && one.repairs.length ? el("div", { class: "actions" }, repairs(one, repair)) : null,
  );
const example = ({ witness, takes }) =>
  t(`例：${witness}`, `For example ${witness}`) + (takes ? t(` → 第 ${takes} 行`, ` → row ${takes}`) : "");
const repairs = (one, repair) =>
  one.repairs.slice(0, 3).map((fix, place) => {
    const tone = place === 0 && one.kind === "gap" ? " primary" : "";
    return el("button", { type: "button", class: `button small${tone}`, onclick: () => repair(fix) }, fix.text);
  });

const problem = (one) => {
  const place = placeOf(sheet, one),
    words = `${place}${place ? t("：", ": ") : ""}${one.text}`;
  return article(
    "problem",
    "warn",
    el("h3", {}, one.row >= 0 ? link(words, go(one.row, columnOf(sheet, one))) : words),
  );
};
const problems = () => {
  const once = new Map(sheet.problems.map((one) => [one.text + one.row + one.column, one]));
  return [...once.values()].slice(0, 30).map(problem);
};

const clash = (others) => {
  const left = others.length - 3,
    more = t(`还有 ${left} 条同样的`, `and ${left} more like these`);
  return article(
    "error",
    "warn",
    el("h3", {}, t("与其他规则冲突", "At odds with other rules")),
    others.slice(0, 3).map((text) => el("p", {}, text)),
    left > 0 ? el("p", {}, more) : null,
  );
};
const fine = () =>
  article(
    "fine",
    "check",
    el("h3", {}, t("没有空缺、重叠和遮挡", "No gaps, overlaps or shadowed rows")),
    el("p", {}, t("改一格，这里马上重查。", "Change a cell and it is checked at once.")),
  );
const notes = (quiet, unseen, repair) => {
  const number = quiet.length + unseen.length;
  return el(
    "details",
    {},
    el("summary", {}, t(`另有 ${number} 条提示`, nOf(number, "more note"))),
    quiet.slice(0, 40).map((one) => finding(one, repair)),
    unseen.map((one) => el("p", { class: "small muted" }, one)),
  );
};

export const drawFindings = (repair) => {
  const { findings, others, unseen } = sheet;
  if (same("findings", findings, sheet.problems, others, unseen)) return;
  const tags = counts(sheet).map(([number, tone, words]) => el("span", { class: `tag ${tone}` }, `${number} ${words}`));
  slot("counts").replaceChildren(...tags);
  const loud = findings.filter((one) => one.level !== "info"),
    quiet = findings.filter((one) => one.level === "info");
  const wrong = [...problems(), ...(others.length ? [clash(others)] : [])];
  const more = quiet.length || unseen.length ? [notes(quiet, unseen, repair)] : [];
  const list = slot("findings"),
    open = list.querySelector("details")?.open;
  list.replaceChildren(
    ...wrong,
    ...(wrong.length || loud.length ? [] : [fine()]),
    ...loud.map((one) => finding(one, repair)),
    ...more,
  );
  if (open && more.length) more[0].open = true;
};
