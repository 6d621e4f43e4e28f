// A decision table's page: what is drawn when the sheet changes. It follows /tables/<code>.
import { t } from "../shared/language.js";
import { drawBar, drawFoot, drawHead } from "./around.js";
import { focusCell, hereCell, onMove, select, shiftRow } from "./cursor.js";
import "./dialogs.js";
import { el, root, say, slot } from "./dom.js";
import "./drag.js";
import { isEditing } from "./editing.js";
import { drawFindings } from "./findings.js";
import { drawGrid } from "./grid.js";
import { whyNot } from "./readiness.js";
import { change, changed, onChange, send, sheet } from "./state.js";

const repair = (fix) => {
  change(() => sheet.applyPatch(fix.patch));
  say(fix.text);
  focusCell();
};
const acts = {
  addRow: () => {
    const at = sheet.isPinned(sheet.at.row)
      ? sheet.at.row
      : Math.min(sheet.at.row + 1, sheet.lastRow + (sheet.catch_all ? 0 : 1));
    change(() => sheet.addRow(at));
    select(at, 0);
  },
  addColumn: () => root.querySelector("#dt-column").showModal(),
  up: () => shiftRow(-1),
  down: () => shiftRow(1),
  dropRow: () => {
    if (sheet.isPinned(sheet.at.row) || sheet.lastRow === 0) return;
    change(() => {
      sheet.dropRow(sheet.at.row);
      sheet.at.row = Math.min(sheet.at.row, sheet.lastRow);
    });
    focusCell();
  },
  dropColumn: () => {
    change(() => {
      sheet.dropColumn(sheet.at.column);
      sheet.at.column = Math.min(sheet.at.column, sheet.width - 1);
    });
    focusCell();
  },
};

const draw = () => {
  const inside = slot("grid").contains(document.activeElement) && !isEditing();
  if (!isEditing()) drawGrid();
  drawBar();
  drawFoot(acts);
  drawHead(whyNot(sheet));
  drawFindings(repair);
  drawBanner();
  if (inside) hereCell()?.focus({ preventScroll: true });
};
onChange(draw);
onMove(() => {
  drawBar();
  drawFoot(acts);
});

/** Somebody else saved meanwhile: theirs or mine. */
const drawBanner = () => {
  const banner = slot("banner"),
    conflict = sheet.conflict;
  banner.hidden = !conflict;
  banner.replaceChildren(...(conflict ? answers(conflict) : []));
};
const answers = (conflict) => {
  const settle = (next) => () => {
    sheet.version = conflict.version;
    sheet.conflict = null;
    next();
  };
  const theirs = settle(() => {
    sheet.adopt(conflict.grid);
    changed();
  });
  const button = (words, act) => el("button", { type: "button", class: "button small", onclick: act }, words);
  return [
    el("span", {}, conflict.text),
    button(t("用对方的", "Take theirs"), theirs),
    button(t("用我的覆盖", "Keep mine"), settle(send)),
  ];
};

draw();
