// A decision table's page: keys, editing in place, paste, drag, dialogs. It follows /tables/<code>.

import { cellAt, drawBar, drawFindings, drawFoot, drawGrid, drawHead } from "./grid.js";
import {
  addColumn,
  addRow,
  adopt,
  applyPatch,
  ask,
  change,
  changed,
  dropColumn,
  dropRow,
  el,
  inputs,
  isPinned,
  lastRow,
  moveColumn,
  moveRow,
  onChange,
  part,
  put,
  redo,
  root,
  say,
  send,
  slot,
  state,
  t,
  textAt,
  undo,
  width,
} from "./state.js";

const $ = (q) => root.querySelector(q);
const grid = slot("grid"),
  formula = slot("formula");
let editing = null,
  drag = null;

const count = (test) => state.findings.filter(test).length;
const reason = () => {
  const v = state.version;
  if (!state.may_edit) return t("你的角色可以看，不能改", "Your role may look, not edit");
  if (state.failed) return state.saving;
  if (state.problems.length)
    return t(`还有 ${state.problems.length} 处要改正`, `${state.problems.length} to correct first`);
  const gaps = count((one) => one.kind === "gap"),
    errors = count((one) => one.level === "error");
  if (gaps) return t(`还有 ${gaps} 个空缺要补上`, `${gaps} ${gaps === 1 ? "gap" : "gaps"} to fill first`);
  if (errors)
    return t(`还有 ${errors} 处重叠要分开`, `${errors} ${errors === 1 ? "overlap" : "overlaps"} to part first`);
  if (state.others.length)
    return t(`与其他规则有 ${state.others.length} 处冲突`, `${state.others.length} conflicts with other rules`);
  if (state.saving) return state.saving;
  if (!v) return t("还没有改动", "Nothing changed yet");
  if (v.state === "review")
    return t(`等同事审批：${v.approvers.join("、")}`, `With a colleague: ${v.approvers.join(", ")}`);
  const plain = (one) => JSON.stringify({ ...one, version: 0 });
  if (state.base && plain(state.base) === plain(state.document))
    return t("与现行版本没有差别", "No different from the version in force");
  return "";
};

const repair = (fix) => {
  change(() => applyPatch(fix.patch));
  say(fix.text);
  focusCell();
};
const acts = {
  addRow: () => {
    const at = isPinned(state.at.row)
      ? state.at.row
      : Math.min(state.at.row + 1, lastRow() + (state.catch_all ? 0 : 1));
    change(() => addRow(at));
    select(at, 0);
  },
  addColumn: () => $("#dt-column").showModal(),
  up: () => shiftRow(-1),
  down: () => shiftRow(1),
  dropRow: () => {
    if (isPinned(state.at.row) || lastRow() === 0) return;
    change(() => {
      dropRow(state.at.row);
      state.at.row = Math.min(state.at.row, lastRow());
    });
    focusCell();
  },
  dropColumn: () => {
    change(() => {
      dropColumn(state.at.column);
      state.at.column = Math.min(state.at.column, width() - 1);
    });
    focusCell();
  },
};

const draw = () => {
  const inside = grid.contains(document.activeElement) && !editing;
  if (!editing) drawGrid();
  drawBar();
  drawFoot(acts);
  drawHead(reason());
  drawFindings(repair);
  drawBanner();
  if (inside) cellAt(state.at.row, state.at.column)?.focus({ preventScroll: true });
};
onChange(draw);

const drawBanner = () => {
  const banner = slot("banner"),
    conflict = state.conflict;
  banner.hidden = !conflict;
  banner.replaceChildren(
    ...(conflict
      ? [
          el("span", {}, conflict.text),
          el(
            "button",
            {
              type: "button",
              class: "button small",
              onclick: () => {
                adopt(conflict.grid);
                state.version = conflict.version;
                state.conflict = null;
                changed();
              },
            },
            t("用对方的", "Take theirs"),
          ),
          el(
            "button",
            {
              type: "button",
              class: "button small",
              onclick: () => {
                state.version = conflict.version;
                state.conflict = null;
                send();
              },
            },
            t("用我的覆盖", "Keep mine"),
          ),
        ]
      : []),
  );
};

// ---- Where one is

const focusCell = () => {
  const cell = cellAt(state.at.row, state.at.column);
  cell?.focus();
  cell?.scrollIntoView({ block: "nearest", inline: "nearest" });
};
const select = (row, column) => {
  const old = cellAt(state.at.row, state.at.column);
  old?.classList.remove("at");
  old?.setAttribute("tabindex", "-1");
  state.at = { row: Math.max(0, Math.min(lastRow(), row)), column: Math.max(0, Math.min(width() - 1, column)) };
  const cell = cellAt(state.at.row, state.at.column);
  cell?.classList.add("at");
  cell?.setAttribute("tabindex", "0");
  drawBar();
  drawFoot(acts);
  focusCell();
};
const shiftRow = (by) => {
  const to = state.at.row + by;
  if (isPinned(state.at.row) || to < 0 || to > lastRow() || isPinned(to)) return;
  change(() => {
    moveRow(state.at.row, to);
    state.at.row = to;
  });
  say(t(`移到第 ${to + 1} 行`, `Now row ${to + 1}`));
  focusCell();
};
const shiftColumn = (by) => {
  const to = state.at.column + by;
  if (to < 0 || to >= width() || part(to)[0] !== part(state.at.column)[0]) return;
  change(() => {
    moveColumn(state.at.column, to);
    state.at.column = to;
  });
  focusCell();
};

// ---- Editing a cell in place

const edit = (start = null) => {
  const cell = cellAt(state.at.row, state.at.column);
  if (!state.may_edit || !cell || editing) return;
  const box = el("input", {
    class: "dt-edit",
    type: "text",
    autocomplete: "off",
    spellcheck: "false",
    list: "dt-offers",
    "aria-label": slot("at").textContent,
  });
  const before = textAt(state.at.row, state.at.column);
  box.value = start ?? before;
  editing = { box, before, ...state.at };
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
  if (keep && box.value.trim() !== before) change(() => put(row, column, box.value.trim()));
  else draw();
};
const step = (back) => {
  const place = state.at.row * width() + state.at.column + (back ? -1 : 1);
  if (place < 0 || place > lastRow() * width() + width() - 1) return false;
  select(Math.floor(place / width()), place % width());
  return true;
};

grid.addEventListener("keydown", (event) => {
  const { key } = event;
  if (editing) {
    if (key === "Escape") {
      event.preventDefault();
      finish(false);
      focusCell();
    }
    if (key === "Enter") {
      event.preventDefault();
      finish(true);
      select(state.at.row + (event.shiftKey ? -1 : 1), state.at.column);
    }
    if (key === "Tab") {
      event.preventDefault();
      finish(true);
      if (!step(event.shiftKey)) focusCell();
    }
    event.stopPropagation();
    return;
  }
  const { row, column } = state.at,
    moves = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
  if (event.altKey && key in moves) {
    event.preventDefault();
    if (moves[key][0]) shiftRow(moves[key][0]);
    else shiftColumn(moves[key][1]);
  } else if ((event.ctrlKey || event.metaKey) && key.toLowerCase() === "z") {
    event.preventDefault();
    if (event.shiftKey) redo();
    else undo();
    focusCell();
  } else if ((event.ctrlKey || event.metaKey) && key.toLowerCase() === "y") {
    event.preventDefault();
    redo();
    focusCell();
  } else if (event.ctrlKey || event.metaKey) return;
  else if (key in moves) {
    event.preventDefault();
    select(row + moves[key][0], column + moves[key][1]);
  } else if (key === "Home") {
    event.preventDefault();
    select(row, 0);
  } else if (key === "End") {
    event.preventDefault();
    select(row, width() - 1);
  } else if (key === "Tab") {
    if (step(event.shiftKey)) event.preventDefault();
  } else if (key === "Enter" || key === "F2") {
    event.preventDefault();
    edit();
  } else if (key === "Delete" || key === "Backspace") {
    event.preventDefault();
    change(() => put(row, column, column < inputs() ? "-" : ""));
  } else if (key.length === 1 && !event.altKey && !event.isComposing) {
    event.preventDefault();
    edit(key);
  } else return;
  event.stopPropagation();
});
// A Chinese input method begins with a key that is no character: the cell is edited from then on.
grid.addEventListener("keydown", (event) => {
  if (!editing && event.key === "Process") edit("");
});
document.addEventListener("keydown", (event) => {
  if (event.target.closest("input,textarea,select,dialog") || grid.contains(event.target)) return;
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z") {
    event.preventDefault();
    undo();
  }
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "y") {
    event.preventDefault();
    redo();
  }
});
grid.addEventListener("click", (event) => {
  const cell = event.target.closest("td[data-row]");
  if (!cell || event.target.closest("input")) return;
  const again =
    +cell.dataset.row === state.at.row && +cell.dataset.column === state.at.column && cell === document.activeElement;
  select(+cell.dataset.row, +cell.dataset.column);
  if (again && matchMedia("(pointer:coarse)").matches) edit();
});
grid.addEventListener("dblclick", (event) => {
  if (event.target.closest("td[data-row]")) edit();
});
formula.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    formula.value = textAt(state.at.row, state.at.column);
    focusCell();
  }
  if (event.key === "Enter") {
    event.preventDefault();
    focusCell();
  }
});
formula.addEventListener("change", () => {
  const text = formula.value.trim();
  if (text !== textAt(state.at.row, state.at.column)) change(() => put(state.at.row, state.at.column, text));
});

// ---- From and to Excel

const cells = (text) =>
  text
    .replace(/\r/g, "")
    .replace(/\n$/, "")
    .split("\n")
    .map((line) => line.split("\t"));
grid.addEventListener("paste", (event) => {
  if (editing || !state.may_edit) return;
  event.preventDefault();
  const block = cells(event.clipboardData.getData("text/plain")),
    { row, column } = state.at;
  const rows = block.length,
    pinned = isPinned(lastRow());
  change(() => {
    block.forEach((line, down) => {
      let at = row + down;
      if (at > lastRow() || (isPinned(at) && down > 0)) {
        at = pinned ? lastRow() : lastRow() + 1;
        addRow(at);
      }
      line.forEach((text, right) => {
        if (column + right < width()) put(at, column + right, text.trim());
      });
    });
  });
  say(t(`贴入 ${rows} 行`, `${rows} rows pasted`));
});
grid.addEventListener("copy", (event) => {
  if (editing) return;
  event.preventDefault();
  event.clipboardData.setData("text/plain", textAt(state.at.row, state.at.column));
});

// ---- Drag

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
  grid.querySelectorAll(".dt-over").forEach((one) => one.classList.remove("dt-over"));
  if (!drag || !over) return;
  event.preventDefault();
  over.classList.add("dt-over");
});
grid.addEventListener("drop", (event) => {
  const over = target(event);
  if (!drag || !over) return;
  event.preventDefault();
  if ("row" in drag) {
    const from = drag.row,
      before = +over.dataset.row,
      to = before > from ? before - 1 : before;
    if (to !== from && !isPinned(from))
      change(() => {
        moveRow(from, to);
        state.at.row = to;
      });
  } else {
    const from = drag.column,
      to = +over.dataset.column;
    if (part(from)[0] === part(to)[0] && from !== to)
      change(() => {
        moveColumn(from, to);
        state.at.column = to;
      });
  }
  drag = null;
});
grid.addEventListener("dragend", () => {
  drag = null;
  draw();
});

// ---- Dialogs and buttons

const refuse = (error) => {
  const said = (error.found?.problems ?? []).map((one) => (one.path ? `${one.path}${t("：", ": ")}` : "") + one.text);
  return said.length ? said.slice(0, 8).join(t("；", "; ")) : error.message;
};
const tell = (text) => {
  const banner = slot("banner");
  banner.hidden = false;
  banner.classList.add("bad");
  banner.replaceChildren(
    el("span", {}, text),
    el(
      "button",
      {
        type: "button",
        class: "button small",
        onclick: () => {
          banner.classList.remove("bad");
          draw();
        },
      },
      t("知道了", "All right"),
    ),
  );
};
const dialogs = {
  submit: () => {
    if (reason()) {
      say(reason());
      return;
    }
    slot("refused").textContent = "";
    slot("approvers").textContent = t(
      `由同事审批（${state.version.approvers.join("、")}），作者不能批准自己的草稿。`,
      `A colleague approves it (${state.version.approvers.join(", ")}); authors can't approve their own.`,
    );
    $("#dt-submit").showModal();
  },
  send: async () => {
    try {
      state.version = (await ask("submit", { note: $("#dt-note").value })).version;
      $("#dt-submit").close();
      say(t("已提交审批", "Sent for approval"));
      changed();
    } catch (error) {
      slot("refused").textContent = refuse(error);
    }
  },
  "add-column": () => {
    const chosen = $("#dt-new-column").value,
      [action, ...arg] = chosen.split(".");
    const input = chosen.startsWith("field:");
    const words = $("#dt-new-column").selectedOptions[0].textContent;
    const made = input ? { field: chosen.slice(6) } : { action, arg: arg.join(".") };
    $("#dt-column").close();
    change(() => {
      addColumn(made, { kind: input ? "input" : "output", title: words, name: chosen, offers: [], unit: "" });
      state.at.column = input ? inputs() - 1 : width() - 1;
    });
    focusCell();
  },
  settings: () => {
    const { title, trigger } = state.document;
    $("#dt-zh").value = title?.zh ?? "";
    $("#dt-en").value = title?.en ?? "";
    $("#dt-trigger").value = Array.isArray(trigger) ? trigger[0] : trigger;
    $("#dt-group").value = state.document.group ?? "";
    $("#dt-priority").value = state.document.priority ?? 0;
    $("#dt-settings").showModal();
  },
  "keep-settings": () => {
    const group = $("#dt-group").value.trim(),
      priority = Number($("#dt-priority").value) || 0;
    const zh = $("#dt-zh").value.trim(),
      trigger = $("#dt-trigger").value,
      { trigger: old } = state.document;
    $("#dt-settings").close();
    change((document) => {
      if (zh) {
        document.title = { zh, en: $("#dt-en").value.trim() || zh };
        state.title = t(zh, document.title.en);
      }
      if (trigger && trigger !== (Array.isArray(old) ? old[0] : old)) document.trigger = trigger;
      if (group) document.group = group;
      else delete document.group;
      if (priority || "priority" in document) document.priority = priority;
    });
  },
  discard: async () => {
    try {
      location.href = (await ask("discard", { revision: state.version?.revision })).to;
    } catch (error) {
      $("#dt-settings").close();
      tell(error.message);
    }
  },
};
root.addEventListener("click", (event) => {
  const act = event.target.closest("[data-act]")?.dataset.act;
  if (act) dialogs[act]();
});
slot("hit")?.addEventListener("change", (event) =>
  change((document) => {
    document.hit = event.target.value;
    state.hit = event.target.value;
  }),
);
slot("file")?.addEventListener("change", async (event) => {
  const form = new FormData();
  form.append("file", event.target.files[0]);
  event.target.value = "";
  try {
    const found = await ask("import", form);
    change(() => {
      adopt(found);
      state.at = { row: 0, column: 0 };
    });
    say(t("已读入，可以撤销", "Read; this can be undone"));
  } catch (error) {
    tell(`${t("没有导入：", "Not imported: ")}${refuse(error)}`);
  }
});
draw();
