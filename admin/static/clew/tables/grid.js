// The grid: its heads, rows and cells, and the gaps between them, drawn from the sheet.
import { t } from "../shared/language.js";
import { el, icon, slot } from "./dom.js";
import * as marks from "./marks.js";
import { sheet } from "./state.js";

export const cellAt = (row, column) => slot("grid").querySelector(`td[data-row="${row}"][data-column="${column}"]`);

const head = () => {
  const over = el(
    "tr",
    {},
    el("th", { class: "dt-no", scope: "col" }, el("span", { class: "vh" }, t("行", "Row"))),
    el("th", { colspan: sheet.inputs, scope: "colgroup" }, t("如果", "If")),
    el("th", { colspan: sheet.width - sheet.inputs, scope: "colgroup" }, t("那么", "Then")),
    el("th", { scope: "col", class: "n" }, t("近 30 天", "30 days")),
  );
  const names = el(
    "tr",
    {},
    el("th", { class: "dt-no", scope: "col" }, "#"),
    sheet.columns.map((column, place) =>
      el(
        "th",
        {
          scope: "col",
          "data-column": place,
          draggable: sheet.may_edit ? "true" : null,
          title: sheet.may_edit ? t("拖动换列；Alt ← → 也行", "Drag to move the column, or Alt ← →") : null,
        },
        el("b", {}, marks.letter(place)),
        " ",
        column.title + (column.unit ? t(`（${column.unit}）`, ` (${column.unit})`) : ""),
      ),
    ),
    el("th", { scope: "col", class: "n" }, t("命中", "Hits")),
  );
  return el("thead", {}, over, names);
};

const cell = (row, column) => {
  const text = sheet.textAt(row, column),
    isAmber = marks.overlaps(sheet, row, column),
    problem = marks.problemAt(sheet, row, column),
    isHere = sheet.at.row === row && sheet.at.column === column;
  return el(
    "td",
    {
      role: "gridcell",
      class: marks.classOf(sheet, column, { text, isAmber, problem, isHere }),
      tabindex: isHere ? "0" : "-1",
      "data-row": row,
      "data-column": column,
      title: problem?.text ?? (text.length > 24 ? text : null),
      "aria-invalid": problem ? "true" : null,
    },
    el(
      "div",
      { class: "dt-text" },
      isAmber || problem ? icon("warn") : null,
      marks.readAs(sheet, column, text),
      isAmber ? el("span", { class: "vh" }, t("，重叠", ", overlaps")) : null,
    ),
  );
};

const row = (number) => {
  const last = sheet.isPinned(number);
  const label = last ? [icon("shield"), el("span", { class: "vh" }, t("兜底", "Catch-all"))] : String(number + 1);
  const moves = sheet.may_edit && !last;
  return el(
    "tr",
    {
      class: [last ? "dt-last" : "", marks.isStruck(sheet, number) ? "dt-struck" : ""].join(" ").trim() || null,
      "data-row": number,
    },
    el(
      "th",
      {
        scope: "row",
        class: "dt-no",
        draggable: moves ? "true" : null,
        title: moves ? t("拖动换行；Alt ↑ ↓ 也行", "Drag to move the row, or Alt ↑ ↓") : null,
      },
      label,
    ),
    sheet.columns.map((_, column) => cell(number, column)),
    el("td", { class: "n" }, String(sheet.hits[number] ?? 0)),
  );
};

const gap = (finding) =>
  el(
    "tr",
    { class: "dt-gap" },
    el("th", { scope: "row", class: "dt-no late" }, icon("warn"), el("span", { class: "vh" }, t("空缺", "Gap"))),
    finding.words.map((word) =>
      el("td", { class: "dt-hatched" }, el("span", {}, marks.isAny(word) ? t("任意", "any") : word)),
    ),
    el(
      "td",
      { colspan: sheet.width - sheet.inputs },
      sheet.catch_all
        ? t("没有一行接住，落到兜底", "No row takes it: it falls to the catch-all")
        : t("没有一行接住", "No row takes it"),
    ),
    el("td", { class: "n" }, "—"),
  );

export const drawGrid = () => {
  const body = el("tbody");
  for (let number = 0; number <= sheet.lastRow; number += 1) {
    body.append(...marks.gapsBefore(sheet, number).map(gap), row(number));
  }
  body.append(...marks.gapsBefore(sheet, sheet.lastRow + 1).map(gap));
  slot("grid").replaceChildren(head(), body);
};
