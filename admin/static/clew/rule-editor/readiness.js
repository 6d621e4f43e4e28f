// Whether a draft can be sent, and what to say of what is still missing.
import { nOf, t } from "../shared/language.js";

const count = (list, test) => list.filter(test).length;
const failing = (preview) => count(preview.tests, (one) => !one.passed);
const conflicts = (preview) => count(preview.findings, (one) => one.level === "error");
export const errorsIn = (preview) => preview.problems.length + conflicts(preview) + failing(preview);

/** Is `path` the place `around`, or within it? */
export const within = (path, around) =>
  path === around || path.startsWith(`${around}.`) || path.startsWith(`${around}[`);

const isEmpty = (value) => value === "" || value === null || (Array.isArray(value) && !value.length);
const BLANKS = [
  [/\.(field|derived|than)$/, (found) => found === "", () => t("还没选字段", "Choose a field")],
  [/^then\[\d+\]$/, (found) => found && "" in found, () => t("还没选动作", "Choose an action")],
  [
    /^then$/,
    (found) => !found?.length,
    () => t("还没有动作：这条规则什么也不做", "No action yet: the rule does nothing"),
  ],
  [/^trigger(\[\d+\])?$/, (found) => !found, () => t("还没选什么时候看", "Choose when it looks")],
  [/\.value$/, isEmpty, () => t("还没填值", "Fill in the value")],
  [/^title$/, () => true, () => t("还没起名字", "Give it a name")],
  [/^purpose$/, () => true, () => t("还没写目的：为什么要有这条规则", "Say why there is this rule")],
];

/** Say of what was left open what to do, rather than what a reader of the document missed. */
export function friendly(problem, store) {
  const { path } = problem,
    found = path ? store.get(path) : undefined;
  const blank = BLANKS.find(([where, isOpen]) => where.test(path) && isOpen(found));
  return blank ? { path, blank: true, text: blank[2]() } : problem;
}

/** Why the draft can't be sent yet, or "" if it can. */
export function whyNot(preview, state) {
  if (state.readOnly) return t("你只能查看；修改请找运营", "You may only look; ask operations for changes");
  if (state.version?.state === "review") return t("已在审批中", "In review already");
  if (!preview) return t("正在检查", "Checking");
  return unsound(preview) || unchanged(preview, state);
}
function unsound(preview) {
  const open = preview.problems.length,
    errors = conflicts(preview),
    fail = failing(preview);
  if (open) return t(`还有 ${open} 处要填`, `${open} to fill in`);
  if (errors) return t(`还有 ${errors} 个冲突要处理`, `${errors} to settle`);
  return fail ? t(`有 ${fail} 个用例没通过`, `${nOf(fail, "test case fails", "test cases fail")}`) : "";
}
function unchanged(preview, state) {
  if (!state.version) return t("改一处后可以提交", "Change something first");
  if (preview.changes === 0) return t("与现行版本没有差别", "No different from the version in force");
  return state.unsaved ? t("还没存上", "Not saved yet") : "";
}
