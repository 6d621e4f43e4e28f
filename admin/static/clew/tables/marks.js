// What is to be said of a cell or a row: overlaps, problems, gaps, how it reads.
import { t } from "../shared/language.js";

export const letter = (column) => String.fromCharCode(65 + column);
export const isAny = (text) => text === "-" || text === "";

export const overlaps = (sheet, row, column) =>
  sheet.findings.some(
    (one) =>
      one.kind === "overlap" && one.level !== "info" && one.rows.includes(row + 1) && one.places.includes(column),
  );
export const problemAt = (sheet, row, column) => {
  const [kind, place] = sheet.part(column);
  return sheet.problems.find((one) => one.row === row && one.kind === kind && one.column === place);
};
/** A row that can never decide: others take all it would. */
export const isStruck = (sheet, row) =>
  sheet.findings.some((one) => ["shadowed", "never"].includes(one.kind) && one.rows[0] === row + 1);
export const gapsBefore = (sheet, row) => sheet.findings.filter((one) => one.kind === "gap" && one.at === row + 1);

/** What a cell shows: any, nothing, or its text. */
export const readAs = (sheet, column, text) => {
  if (!isAny(text)) return text;
  return column < sheet.inputs ? t("任意", "any") : "—";
};
export const classOf = (sheet, column, { text, isAmber, problem, isHere }) =>
  [
    column < sheet.inputs ? "" : "dt-out",
    isAny(text) ? "dt-any" : "",
    isAmber ? "dt-amber" : "",
    problem ? "dt-bad" : "",
    isHere ? "at" : "",
  ]
    .filter(Boolean)
    .join(" ");

/** Where a problem is, for people: a cell, a row, or a place in the document. */
export const placeOf = (sheet, { row, column, kind, path }) => {
  if (row < 0) return path;
  return column < 0
    ? t(`第 ${row + 1} 行`, `Row ${row + 1}`)
    : `${letter(columnOf(sheet, { column, kind }))}${row + 1}`;
};
/** The column of the grid a problem is in; one of a whole row is in the first. */
export const columnOf = (sheet, { column, kind }) => {
  if (column < 0) return 0;
  return kind === "then" ? sheet.inputs + column : column;
};

/** The row a finding is about: that of the gap, the later one of an overlap, else the first. */
export const rowOf = ({ kind, at, rows }) => {
  if (kind === "gap" || kind === "rest") return at - 1;
  return rows[kind === "overlap" && rows.length > 1 ? 1 : 0] - 1;
};

/** What is counted above the findings: [number, tone, words], none of nothing. */
export const counts = ({ problems, findings }) => {
  const count = (...kinds) => findings.filter((one) => one.level !== "info" && kinds.includes(one.kind)).length;
  const gaps = count("gap"),
    both = count("overlap");
  return [
    [problems.length, "late", t("处要改正", "to correct")],
    [gaps, "late", t("空缺", gaps === 1 ? "gap" : "gaps")],
    [both, "risk", t("重叠", both === 1 ? "overlap" : "overlaps")],
    [count("shadowed", "never"), "", t("遮挡", "shadowed")],
  ].filter(([number]) => number);
};
