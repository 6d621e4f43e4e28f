// Rows and columns that are dragged by their heads.
import { slot } from "./dom.js";
import { change, changed, sheet } from "./state.js";

const grid = slot("grid");
let drag = null;

/** Put a row before another; the one that catches the rest stays where it is. */
const dropRow = (from, before) => {
  const to = before > from ? before - 1 : before;
  if (to === from || sheet.isPinned(from)) return;
  change(() => {
    sheet.moveRow(from, to);
    sheet.at.row = to;
  });
};
const dropColumn = (from, to) => {
  if (sheet.part(from)[0] !== sheet.part(to)[0] || from === to) return;
  change(() => {
    sheet.moveColumn(from, to);
    sheet.at.column = to;
  });
};

grid.addEventListener("dragstart", (event) => {
  const row = event.target.closest("tr[data-row]"),
    column = event.target.closest("th[data-column]");
  drag = row ? { row: +row.dataset.row } : column ? { column: +column.dataset.column } : null;
  event.dataTransfer.effectAllowed = "move";
});
const target = (event) =>
  drag && "row" in drag ? event.target.closest("tr[data-row]") : event.target.closest("th[data-column]");
grid.addEventListener("dragover", (event) => {
  const over = target(event);
  for (const one of grid.querySelectorAll(".dt-over")) one.classList.remove("dt-over");
  if (!drag || !over) return;
  event.preventDefault();
  over.classList.add("dt-over");
});
grid.addEventListener("drop", (event) => {
  const over = target(event);
  if (!drag || !over) return;
  event.preventDefault();
  if ("row" in drag) dropRow(drag.row, +over.dataset.row);
  else dropColumn(drag.column, +over.dataset.column);
  drag = null;
});
grid.addEventListener("dragend", () => {
  drag = null;
  changed();
});
