// Why a table's draft can't be sent yet, or "" if it can.
import { nOf, t } from "../shared/language.js";

export function whyNot(sheet) {
  if (!sheet.may_edit) return t("你的角色可以看，不能改", "Your role may look, not edit");
  if (sheet.failed) return sheet.saving;
  return unsound(sheet) || sheet.saving || unchanged(sheet);
}

function unsound({ problems, findings, others }) {
  const count = (test) => findings.filter(test).length;
  const gaps = count((one) => one.kind === "gap"),
    errors = count((one) => one.level === "error");
  if (problems.length) return t(`还有 ${problems.length} 处要改正`, `${problems.length} to correct first`);
  if (gaps) return t(`还有 ${gaps} 个空缺要补上`, `${gaps} ${gaps === 1 ? "gap" : "gaps"} to fill first`);
  if (errors)
    return t(`还有 ${errors} 处重叠要分开`, `${errors} ${errors === 1 ? "overlap" : "overlaps"} to part first`);
  return others.length
    ? t(`与其他规则有 ${others.length} 处冲突`, `${nOf(others.length, "conflict")} with other rules`)
    : "";
}

function unchanged({ version, base, document }) {
  if (!version) return t("还没有改动", "Nothing changed yet");
  if (version.state === "review")
    return t(`等同事审批：${version.approvers.join("、")}`, `With a colleague: ${version.approvers.join(", ")}`);
  const plain = (one) => JSON.stringify({ ...one, version: 0 });
  return base && plain(base) === plain(document)
    ? t("与现行版本没有差别", "No different from the version in force")
    : "";
}
