// A decision table in the browser: its document, what is shown of it, undo, and the way to the server.
const chinese = document.documentElement.lang !== "en";
export const t = (zh, en) => (chinese ? zh : en);
export const root = document.getElementById("table");
export const slot = (name) => root.querySelector(`[data-slot="${name}"]`);
export const icon = (name) => root.querySelector(`[data-icon="${name}"] svg`).cloneNode(true);
export const el = (tag, values = {}, ...inside) => {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (name === "class") made.className = value;
    else if (name in made && typeof value === "boolean") made[name] = value;
    else made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...inside.flat().filter((one) => one !== null && one !== undefined && one !== false));
  return made;
};
const MOST_UNDO = 200;
const SHOWN = [
  "document",
  "shown",
  "hits",
  "columns",
  "problems",
  "findings",
  "others",
  "unseen",
  "catch_all",
  "title",
  "hit",
  "applies",
];

const given = JSON.parse(document.getElementById("table-state").textContent);
export const state = { ...given, typed: [], undo: [], redo: [], at: { row: 0, column: 0 }, saving: "", conflict: null };

const listeners = [];
export const onChange = (act) => listeners.push(act);
export const changed = () => listeners.forEach((act) => act());
export const say = (text) => {
  slot("live").textContent = text;
};

export const inputs = () => state.document.inputs.length;
export const width = () => state.document.inputs.length + state.document.outputs.length;
export const letter = (column) => String.fromCharCode(65 + column);
export const part = (column) => (column < inputs() ? ["when", column] : ["then", column - inputs()]);
export const lastRow = () => state.document.rows.length - 1;
export const isPinned = (row) => state.catch_all && row === lastRow();

// What a cell holds, as one types it.
export const textAt = (row, column) => {
  const [kind, place] = part(column);
  const raw = state.document.rows[row]?.[kind]?.[place];
  if (state.typed.some((one) => one[0] === row && one[1] === kind && one[2] === place)) return String(raw ?? "");
  return state.shown[row]?.[kind]?.[place] ?? "";
};

const snapshot = () =>
  JSON.stringify({ ...Object.fromEntries(SHOWN.map((key) => [key, state[key]])), typed: state.typed });
const restore = (text) => Object.assign(state, JSON.parse(text));

// Every change goes through here: it can be undone, and is read, checked and saved by the server.
export const change = (act, silent = false) => {
  if (!state.may_edit) return;
  state.undo.push(snapshot());
  if (state.undo.length > MOST_UNDO) state.undo.shift();
  state.redo = [];
  act(state.document);
  changed();
  if (!silent) send();
};
const step = (from, to, words) => {
  if (!from.length) return;
  to.push(snapshot());
  restore(from.pop());
  state.at.row = Math.min(state.at.row, lastRow());
  state.at.column = Math.min(state.at.column, width() - 1);
  changed();
  send();
  say(words);
};
export const undo = () => step(state.undo, state.redo, t("已撤销", "Undone"));
export const redo = () => step(state.redo, state.undo, t("已重做", "Done again"));

export const put = (row, column, text) => {
  const [kind, place] = part(column);
  state.document.rows[row][kind][place] = text;
  state.typed = state.typed.filter((one) => !(one[0] === row && one[1] === kind && one[2] === place));
  state.typed.push([row, kind, place]);
  state.catch_all = state.catch_all && (row !== lastRow() || kind === "then");
};
const moveTyped = (map) => {
  state.typed = state.typed.map(map).filter(Boolean);
};

export const freeId = () => {
  const taken = new Set(state.document.rows.map((row) => row.id));
  let number = state.document.rows.length + 1;
  while (taken.has(`r${number}`)) number += 1;
  return `r${number}`;
};
export const addRow = (before, row = null) => {
  const blank = {
    id: freeId(),
    when: state.document.inputs.map(() => "-"),
    then: state.document.outputs.map(() => null),
  };
  const made = row || blank;
  state.document.rows.splice(before, 0, made);
  const shown = { when: made.when.map(shownOf), then: made.then.map((one) => (one === null ? "" : String(one))) };
  state.shown.splice(before, 0, shown);
  state.hits.splice(before, 0, 0);
  moveTyped(([r, k, c]) => [r >= before ? r + 1 : r, k, c]);
};
const shownOf = (source) => (typeof source === "string" ? source : source === null ? "-" : JSON.stringify(source));
export const dropRow = (row) => {
  for (const list of [state.document.rows, state.shown, state.hits]) list.splice(row, 1);
  moveTyped(([r, k, c]) => (r === row ? null : [r > row ? r - 1 : r, k, c]));
};
export const moveRow = (from, to) => {
  for (const list of [state.document.rows, state.shown, state.hits]) list.splice(to, 0, ...list.splice(from, 1));
  moveTyped(([r, k, c]) => {
    if (r === from) return [to, k, c];
    if (from < to) return [r > from && r <= to ? r - 1 : r, k, c];
    return [r >= to && r < from ? r + 1 : r, k, c];
  });
};
const eachRow = (kind, act) =>
  state.document.rows.forEach((row, index) => {
    act(row[kind]);
    if (state.shown[index]) act(state.shown[index][kind]);
  });
export const addColumn = (document, head) => {
  const kind = "field" in document || "derived" in document ? "input" : "output";
  const where = kind === "input" ? "when" : "then";
  state.columns.splice(kind === "input" ? inputs() : width(), 0, head);
  state.document[kind + "s"].push(document);
  state.document.rows.forEach((row, index) => {
    row[where].push(kind === "input" ? "-" : null);
    state.shown[index][where].push(kind === "input" ? "-" : "");
  });
};
export const dropColumn = (column) => {
  const [kind, place] = part(column);
  state.document[kind === "when" ? "inputs" : "outputs"].splice(place, 1);
  state.columns.splice(column, 1);
  eachRow(kind, (cells) => cells.splice(place, 1));
  moveTyped(([r, k, c]) => (k !== kind ? [r, k, c] : c === place ? null : [r, k, c > place ? c - 1 : c]));
};
export const moveColumn = (from, to) => {
  const [kind, place] = part(from),
    [other, target] = part(to);
  if (kind !== other || place === target) return false;
  for (const list of [state.document[kind === "when" ? "inputs" : "outputs"]])
    list.splice(target, 0, ...list.splice(place, 1));
  state.columns.splice(to, 0, ...state.columns.splice(from, 1));
  eachRow(kind, (cells) => cells.splice(target, 0, ...cells.splice(place, 1)));
  state.typed = [];
  return true;
};

// A repair's patch (RFC 6902) touches rows only.
export const applyPatch = (patch) => {
  for (const step of patch) {
    const [, , row, kind, place] = step.path.split("/");
    if (step.op === "remove") dropRow(+row);
    else if (step.op === "add") addRow(+row, step.value);
    else if (step.op === "move") moveRow(+step.from.split("/")[2], +row);
    else {
      state.document.rows[+row][kind][+place] = step.value;
      state.shown[+row][kind][+place] = shownOf(step.value);
    }
  }
};

export const ask = async (path, body) => {
  const form = body instanceof FormData;
  const answer = await fetch(`/tables/${state.code}/${path}`, {
    method: "POST",
    headers: { "X-CSRFToken": root.dataset.csrf, ...(form ? {} : { "Content-Type": "application/json" }) },
    body: form ? body : JSON.stringify(body),
  });
  const found = await answer
    .json()
    .catch(() => ({ error: t("服务器没有答上来，请稍后再试。", "The server did not answer; try again.") }));
  if (!answer.ok) throw Object.assign(new Error(found.error || String(answer.status)), { found });
  return found;
};
export const adopt = (grid) => {
  for (const key of SHOWN) if (key in grid) state[key] = grid[key];
  state.typed = [];
};

let busy = false,
  again = false;
export const send = async () => {
  if (state.conflict) return;
  if (busy) {
    again = true;
    return;
  }
  busy = true;
  state.saving = t("正在保存…", "Saving…");
  changed();
  let failed = "";
  try {
    const found = await ask("look", {
      document: state.document,
      typed: state.typed,
      save: true,
      revision: state.version?.revision ?? null,
    });
    if (found.conflict) state.conflict = found.conflict;
    else {
      state.version = found.version;
      if (!again) {
        const unread = found.problems.filter(
          (one) =>
            one.row >= 0 && state.typed.some((p) => p[0] === one.row && p[1] === one.kind && p[2] === one.column),
        );
        const kept = state.typed.filter((p) =>
          unread.some((one) => p[0] === one.row && p[1] === one.kind && p[2] === one.column),
        );
        adopt(found);
        state.typed = kept;
      }
    }
  } catch (error) {
    failed = `${t("没有存下：", "Not saved: ")}${error.message}`;
  }
  busy = false;
  state.saving = failed;
  state.failed = Boolean(failed);
  changed();
  if (again && !failed) {
    again = false;
    send();
  }
  again = false;
};
