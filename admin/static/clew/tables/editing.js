// Editing in place: the keys of the grid, the box in a cell, the formula bar, paste and copy.
import { nOf, t } from "../shared/language.js";
import { cells, paste } from "./clipboard.js";
import { focusCell, hereCell, select, shiftColumn, shiftRow, step } from "./cursor.js";
import { el, say, slot } from "./dom.js";
import { history, inEdit, onCell } from "./shortcuts.js";
import { change, changed, redo, sheet, undo } from "./state.js";

const grid = slot("grid"),
  formula = slot("formula");
let editing = null;
export const isEditing = () => editing !== null;

const textHere = () => sheet.textAt(sheet.at.row, sheet.at.column);
const edit = (start = null) => {
  const cell = hereCell();
  if (!sheet.may_edit || !cell || editing) return;
  const box = el("input", {
    class: "dt-edit",
    type: "text",
    autocomplete: "off",
    spellcheck: "false",
    list: "dt-offers",
    "aria-label": slot("at").textContent,
  });
  const before = textHere();
  box.value = start ?? before;
  editing = { box, before, ...sheet.at };
  cell.replaceChildren(box);
  box.addEventListener("input", () => {
    formula.value = box.value;
  });
  box.addEventListener("blur", () => finish(true));
  box.focus();
  if (start === null) box.select();
  formula.value = box.value;
};
const finish = (keep) => {
  if (!editing) return;
  const { box, before, row, column } = editing;
  editing = null;
  if (keep && box.value.trim() !== before) change(() => sheet.put(row, column, box.value.trim()));
  else changed();
};

// ---- Keys: an act that returns false leaves the key to the browser
const acts = {
  move: (down, right) => select(sheet.at.row + down, sheet.at.column + right),
  shift: (down, right) => (down ? shiftRow(down) : shiftColumn(right)),
  first: () => select(sheet.at.row, 0),
  last: () => select(sheet.at.row, sheet.width - 1),
  step,
  edit,
  clear: () => {
    const { row, column } = sheet.at;
    change(() => sheet.put(row, column, column < sheet.inputs ? "-" : ""));
  },
  undo: () => {
    undo();
    focusCell();
  },
  redo: () => {
    redo();
    focusCell();
  },
  giveUp: () => {
    finish(false);
    focusCell();
  },
  finish: (down) => {
    finish(true);
    select(sheet.at.row + down, sheet.at.column);
  },
  finishAndStep: (back) => {
    finish(true);
    if (!step(back)) focusCell();
  },
};
grid.addEventListener("keydown", (event) => {
  const wasEditing = isEditing(),
    [act, ...rest] = (wasEditing ? inEdit(event) : onCell(event)) ?? [];
  if (act && acts[act](...rest) !== false) event.preventDefault();
  if (act || wasEditing) event.stopPropagation();
});
// A Chinese input method begins with a key that is no character: the cell is edited from then on.
grid.addEventListener("keydown", (event) => {
  if (!editing && event.key === "Process") edit("");
});
document.addEventListener("keydown", (event) => {
  if (event.target.closest("input,textarea,select,dialog") || grid.contains(event.target)) return;
  const [act] = history(event) ?? [];
  if (!act) return;
  event.preventDefault();
  if (act === "undo") undo();
  else redo();
});

// ---- Pointer
grid.addEventListener("click", (event) => {
  const cell = event.target.closest("td[data-row]");
  if (!cell || event.target.closest("input")) return;
  const again = cell === hereCell() && cell === document.activeElement;
  select(+cell.dataset.row, +cell.dataset.column);
  if (again && matchMedia("(pointer:coarse)").matches) edit();
});
grid.addEventListener("dblclick", (event) => {
  if (event.target.closest("td[data-row]")) edit();
});

// ---- The formula bar
formula.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    formula.value = textHere();
    focusCell();
  }
  if (event.key === "Enter") {
    event.preventDefault();
    focusCell();
  }
});
formula.addEventListener("change", () => {
  const text = formula.value.trim(),
    { row, column } = sheet.at;
  if (text !== textHere()) change(() => sheet.put(row, column, text));
});

// ---- From and to a spreadsheet
grid.addEventListener("paste", (event) => {
  if (editing || !sheet.may_edit) return;
  event.preventDefault();
  const block = cells(event.clipboardData.getData("text/plain"));
  change(() => paste(sheet, block, sheet.at));
  say(t(`贴入 ${block.length} 行`, `${nOf(block.length, "row")} pasted`));
});
grid.addEventListener("copy", (event) => {
  if (editing) return;
  event.preventDefault();
  event.clipboardData.setData("text/plain", textHere());
});
