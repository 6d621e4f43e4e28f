// What a trial found, in words and lines; what is known of the test cases.
import { nOf, t } from "../shared/language.js";

/** The clauses as lines: words, what was seen, whether it held (null: not needed), how deep. */
export function linesOf(result) {
  return [...result.match.map((one) => ({ ...one, depth: 0 })), ...linesUnder(result.clause, 0)];
}
const HEADS = {
  any: () => t("以下任意一条", "any of"),
  all: () => t("以下全部", "all of"),
  not: () => t("以下不成立", "this does not hold"),
};
function linesUnder(clause, depth) {
  if (clause.kind === "leaf") return [{ ...clause, depth }];
  // What all must hold at the root needs no line of its own.
  const isRoot = !depth && clause.kind === "all";
  const within = clause.items.flatMap((one) => linesUnder(one, isRoot ? depth : depth + 1));
  return isRoot ? within : [{ ...clause, words: HEADS[clause.kind](), value: "", depth }, ...within];
}

/** What would happen, or why nothing would. */
export function verdictOf(found) {
  if (found.fired) {
    const what = found.mine.join(t("，并", ", and ")) || t("认定事实，不做动作", "derives facts only");
    return found.when
      ? t(`${found.when} 会触发：${what}`, `It would have fired (${found.when}): ${what}`)
      : t(`会触发：${what}`, `It would fire: ${what}`);
  }
  if (found.outranked.length)
    return t("条件成立，但同组有更优先的规则先执行", "It holds, but a rule of its group comes first");
  if (!found.in_force && found.clause.holds)
    return t("条件成立，但不在有效期内", "It holds, but is not in force at this time");
  return found.when
    ? t(`${found.when} 不会触发`, `It would not have fired (${found.when})`)
    : t("不会触发", "It would not fire");
}

/** The smallest change that would make it fire, "" if it fires or none is known. */
export function changeOf(found) {
  if (found.fired || !found.changes.length) return "";
  const change = found.changes
    .map((one) => t(`${one.name}改为 ${one.after}`, `${one.name} to ${one.after}`))
    .join(t("，且", ", and "));
  return t(`最小的改变：${change}`, `The smallest change: ${change}`);
}

/** The facts that conditions look at, each once, in reading order; `known` has the names of facts. */
export function factsRead(node, known) {
  const found = new Set();
  const walk = (at) => {
    if (!at || typeof at !== "object") return;
    if (typeof at.field === "string" && known.has(at.field)) found.add(at.field);
    for (const inner of Object.values(at)) walk(inner);
  };
  walk(node);
  return [...found];
}

/** The action and the argument of a path such as then[0].notify.body. */
export function argumentAt(path) {
  const [, index, , arg] = /^then\[(\d+)\]\.([^.]*)\.(.*)$/.exec(path) || [];
  return { index, arg };
}

export function caseTitle(one, index) {
  const title = typeof one?.title === "string" ? one.title : one?.title?.[t("zh", "en")];
  return title || t(`第 ${index + 1} 个`, `Case ${index + 1}`);
}
/** The moment of a test case, where it is one that stands for itself: with its offset. */
export const caseMoment = (one) => (/(Z|[+-]\d\d:\d\d)$/.test(one.at ?? "") ? one.at : null);

/** How the cases fare: results may be fewer than cases. */
export function tally(cases, results) {
  if (!cases.length) return t("还没有用例", "No test case yet");
  const passed = results.filter((one) => one.passed).length,
    failed = results.length - passed,
    open = cases.length - results.length;
  const zh = [`${passed} 通过`, failed ? `${failed} 未过` : "", open > 0 ? `${open} 未跑` : ""];
  const en = [`${passed} pass`, failed ? `${failed} fail` : "", open > 0 ? `${open} not run` : ""];
  const said = (list, comma) => list.filter(Boolean).join(comma);
  return t(`已有 ${cases.length} 个用例，${said(zh, "，")}`, `${nOf(cases.length, "test case")}: ${said(en, ", ")}`);
}
