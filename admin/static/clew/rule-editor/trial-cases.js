// The test cases of a rule: how each fares, trying one again, dropping one.
import { t } from "../shared/language.js";
import { h, icon, tag } from "./dom.js";
import { caseMoment, caseTitle, tally } from "./trial-words.js";

const casesOf = (ctx) => (Array.isArray(ctx.store.doc.tests) ? ctx.store.doc.tests : []);
const resultsOf = (ctx) => ctx.preview?.tests || [];

export const casesNote = (ctx) => h("span", { class: "muted small" }, tally(casesOf(ctx), resultsOf(ctx)));

/** The cases as a list; `tryWith(facts, event, at)` tries one. */
export function casesList(ctx, tryWith) {
  const cases = casesOf(ctx),
    results = resultsOf(ctx);
  if (!cases.length) return "";
  const items = cases.map((one, index) => {
    const title = caseTitle(one, index);
    return h(
      "li",
      {},
      fared(results[index]),
      name(one, title, tryWith),
      ctx.readOnly ? null : dropper(ctx, index, title),
    );
  });
  return h("ul", { class: "re-cases", "aria-label": t("用例", "Test cases") }, items);
}

function fared(result) {
  if (!result) return tag(t("未跑", "not run"));
  return result.passed ? tag(t("通过", "passes"), "done", "check") : tag(t("未过", "fails"), "late", "x");
}

function name(one, title, tryWith) {
  const click = () => tryWith(one.facts || {}, one.event, caseMoment(one));
  const hint = t("用这个用例试算", "Try it with this case");
  return h("button", { type: "button", class: "re-case-name", title: hint, on: { click } }, title);
}

function dropper(ctx, index, title) {
  const click = () =>
    ctx.store.change((doc) => {
      doc.tests.splice(index, 1);
      if (!doc.tests.length) delete doc.tests;
      return "trial:keep";
    });
  const label = t(`删除用例：${title}`, `Delete test case: ${title}`);
  return h("button", { type: "button", class: "icon-button re-tool", "aria-label": label, on: { click } }, icon("x"));
}
