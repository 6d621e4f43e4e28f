// A decision table as it is edited: its document, what is shown of it, where one is, undo. It knows nothing of the page.
const MOST_UNDO = 200;
// What the server tells of a table, and what one step of undo brings back.
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
const shownOf = (source) => {
  if (typeof source === "string") return source;
  return source === null ? "-" : JSON.stringify(source);
};
const KINDS = { when: "inputs", then: "outputs" };

export class Sheet {
  constructor(given) {
    Object.assign(this, given);
    this.typed = [];
    this.undone = [];
    this.done = [];
    this.at = { row: 0, column: 0 };
    this.saving = "";
    this.conflict = null;
  }

  // ---- Where things are
  get inputs() {
    return this.document.inputs.length;
  }
  get width() {
    return this.document.inputs.length + this.document.outputs.length;
  }
  get lastRow() {
    return this.document.rows.length - 1;
  }
  /** The part of a row a column is in, and its place there. */
  part(column) {
    return column < this.inputs ? ["when", column] : ["then", column - this.inputs];
  }
  /** The row that catches the rest stays last. */
  isPinned(row) {
    return this.catch_all && row === this.lastRow;
  }
  /** Go to a cell, or to the nearest there is. */
  goTo(row, column) {
    const within = (number, last) => Math.max(0, Math.min(last, number));
    this.at = { row: within(row, this.lastRow), column: within(column, this.width - 1) };
  }

  // ---- Cells
  isTyped(row, kind, place) {
    return this.typed.some((one) => one[0] === row && one[1] === kind && one[2] === place);
  }
  /** What a cell holds, as one types it. */
  textAt(row, column) {
    const [kind, place] = this.part(column);
    const cells = this.isTyped(row, kind, place) ? this.document.rows : this.shown;
    return String(cells[row]?.[kind]?.[place] ?? "");
  }
  put(row, column, text) {
    const [kind, place] = this.part(column);
    this.document.rows[row][kind][place] = text;
    if (!this.isTyped(row, kind, place)) this.typed.push([row, kind, place]);
    this.catch_all = this.catch_all && (row !== this.lastRow || kind === "then");
  }
  #moveTyped(map) {
    this.typed = this.typed.map(map).filter(Boolean);
  }

  // ---- Rows
  freeId() {
    const taken = new Set(this.document.rows.map((row) => row.id));
    let number = this.document.rows.length + 1;
    while (taken.has(`r${number}`)) number += 1;
    return `r${number}`;
  }
  addRow(before, row = null) {
    const made = row || {
      id: this.freeId(),
      when: this.document.inputs.map(() => "-"),
      then: this.document.outputs.map(() => null),
    };
    this.document.rows.splice(before, 0, made);
    const shown = { when: made.when.map(shownOf), then: made.then.map((one) => (one === null ? "" : String(one))) };
    this.shown.splice(before, 0, shown);
    this.hits.splice(before, 0, 0);
    this.#moveTyped(([r, k, c]) => [r >= before ? r + 1 : r, k, c]);
  }
  dropRow(row) {
    for (const list of [this.document.rows, this.shown, this.hits]) list.splice(row, 1);
    this.#moveTyped(([r, k, c]) => (r === row ? null : [r > row ? r - 1 : r, k, c]));
  }
  moveRow(from, to) {
    for (const list of [this.document.rows, this.shown, this.hits]) list.splice(to, 0, ...list.splice(from, 1));
    const moved = (row) => {
      if (row === from) return to;
      if (from < to) return row > from && row <= to ? row - 1 : row;
      return row >= to && row < from ? row + 1 : row;
    };
    this.#moveTyped(([r, k, c]) => [moved(r), k, c]);
  }

  // ---- Columns
  #eachRow(kind, act) {
    for (const [index, row] of this.document.rows.entries()) {
      act(row[kind]);
      if (this.shown[index]) act(this.shown[index][kind]);
    }
  }
  addColumn(document, head) {
    const isInput = "field" in document || "derived" in document,
      kind = isInput ? "when" : "then";
    this.columns.splice(isInput ? this.inputs : this.width, 0, head);
    this.document[KINDS[kind]].push(document);
    for (const [index, row] of this.document.rows.entries()) {
      row[kind].push(isInput ? "-" : null);
      this.shown[index][kind].push(isInput ? "-" : "");
    }
  }
  dropColumn(column) {
    const [kind, place] = this.part(column);
    this.document[KINDS[kind]].splice(place, 1);
    this.columns.splice(column, 1);
    this.#eachRow(kind, (cells) => cells.splice(place, 1));
    const moved = (other) => (other > place ? other - 1 : other);
    this.#moveTyped(([r, k, c]) => {
      if (k !== kind) return [r, k, c];
      return c === place ? null : [r, k, moved(c)];
    });
  }
  /** Move a column among its kind; false where it can't go there. */
  moveColumn(from, to) {
    const [kind, place] = this.part(from),
      [other, target] = this.part(to);
    if (kind !== other || place === target) return false;
    const list = this.document[KINDS[kind]];
    list.splice(target, 0, ...list.splice(place, 1));
    this.columns.splice(to, 0, ...this.columns.splice(from, 1));
    this.#eachRow(kind, (cells) => cells.splice(target, 0, ...cells.splice(place, 1)));
    this.typed = [];
    return true;
  }

  /** A repair's patch (RFC 6902) touches rows only. */
  applyPatch(patch) {
    for (const step of patch) {
      const [, , row, kind, place] = step.path.split("/");
      if (step.op === "remove") this.dropRow(+row);
      else if (step.op === "add") this.addRow(+row, step.value);
      else if (step.op === "move") this.moveRow(+step.from.split("/")[2], +row);
      else {
        this.document.rows[+row][kind][+place] = step.value;
        this.shown[+row][kind][+place] = shownOf(step.value);
      }
    }
  }

  // ---- Undo, and what the server says
  #snapshot() {
    return JSON.stringify({ ...Object.fromEntries(SHOWN.map((key) => [key, this[key]])), typed: this.typed });
  }
  /** Keep what is, so that the change to come can be undone. */
  remember() {
    this.done.push(this.#snapshot());
    if (this.done.length > MOST_UNDO) this.done.shift();
    this.undone = [];
  }
  undo() {
    return this.#step(this.done, this.undone);
  }
  redo() {
    return this.#step(this.undone, this.done);
  }
  #step(from, to) {
    if (!from.length) return false;
    to.push(this.#snapshot());
    Object.assign(this, JSON.parse(from.pop()));
    this.goTo(this.at.row, this.at.column);
    return true;
  }
  /** Take what the server made of the table. */
  adopt(grid) {
    for (const key of SHOWN) if (key in grid) this[key] = grid[key];
    this.typed = [];
  }
  /** The same after a look: cells that it could not read stay as they were typed. */
  adoptLook(found) {
    const unread = (p) =>
      found.problems.some((one) => one.row >= 0 && one.row === p[0] && one.kind === p[1] && one.column === p[2]);
    const kept = this.typed.filter(unread);
    this.adopt(found);
    this.typed = kept;
  }
}
