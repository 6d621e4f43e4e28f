// Where one is in the grid, and the ways to go on: to a cell, to the next one, with the row or the column.
import { t } from "../shared/language.js";
import { say } from "./dom.js";
import { cellAt } from "./grid.js";
import { change, sheet } from "./state.js";

const listeners = [];
export const onMove = (act) => listeners.push(act);

export const hereCell = () => cellAt(sheet.at.row, sheet.at.column);
export const focusCell = () => {
  const cell = hereCell();
  cell?.focus();
  cell?.scrollIntoView({ block: "nearest", inline: "nearest" });
};
export const select = (row, column) => {
  const old = hereCell();
  old?.classList.remove("at");
  old?.setAttribute("tabindex", "-1");
  sheet.goTo(row, column);
  const cell = hereCell();
  cell?.classList.add("at");
  cell?.setAttribute("tabindex", "0");
  for (const act of listeners) act();
  focusCell();
};
/** To the next cell, or the one before, row after row; false at the table's end. */
export const step = (back) => {
  const place = sheet.at.row * sheet.width + sheet.at.column + (back ? -1 : 1);
  if (place < 0 || place >= (sheet.lastRow + 1) * sheet.width) return false;
  select(Math.floor(place / sheet.width), place % sheet.width);
  return true;
};
export const shiftRow = (by) => {
  const from = sheet.at.row,
    to = from + by;
  if (sheet.isPinned(from) || to < 0 || to > sheet.lastRow || sheet.isPinned(to)) return;
  change(() => {
    sheet.moveRow(from, to);
    sheet.at.row = to;
  });
  say(t(`移到第 ${to + 1} 行`, `Now row ${to + 1}`));
  focusCell();
};
export const shiftColumn = (by) => {
  const from = sheet.at.column,
    to = from + by;
  if (to < 0 || to >= sheet.width || sheet.part(to)[0] !== sheet.part(from)[0]) return;
  change(() => {
    sheet.moveColumn(from, to);
    sheet.at.column = to;
  });
  focusCell();
};
