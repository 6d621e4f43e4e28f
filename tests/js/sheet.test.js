// A decision table's sheet: cells, rows, columns, undo, repairs, and what the server says.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Sheet } from "../../admin/static/clew/tables/sheet.js";

let sheet;
beforeEach(() => {
  const row = (id, when, then) => ({ id, when, then });
  const shown = (when, then) => ({ when, then });
  sheet = new Sheet({
    may_edit: true,
    document: {
      inputs: [{ field: "lead.region" }, { field: "lead.budget" }],
      outputs: [{ action: "assign", arg: "to" }],
      rows: [
        row("r1", ["华东", "> 10"], ["一部"]),
        row("r2", ["华南", "-"], ["二部"]),
        row("r3", ["-", "-"], ["大客户部"]),
      ],
    },
    shown: [shown(["华东", "> 10"], ["一部"]), shown(["华南", "任意"], ["二部"]), shown(["-", "-"], ["大客户部"])],
    hits: [5, 3, 1],
    columns: [{ title: "地区" }, { title: "预算" }, { title: "分给" }],
    ...{
      problems: [],
      findings: [],
      others: [],
      unseen: [],
      catch_all: true,
      title: "分配",
      hit: "first",
      applies: "",
    },
  });
});
const ids = () => sheet.document.rows.map((row) => row.id);
const firsts = () => sheet.document.rows.map((row) => row.when[0]);

test("columns belong to the inputs, then to the outputs", () => {
  assert.deepEqual([sheet.inputs, sheet.width, sheet.lastRow], [2, 3, 2]);
  assert.deepEqual(
    [sheet.part(1), sheet.part(2)],
    [
      ["when", 1],
      ["then", 0],
    ],
  );
});

test("a cell shows what the server made of it, and what was typed since", () => {
  assert.equal(sheet.textAt(1, 1), "任意");
  sheet.put(1, 1, "< 5");
  assert.equal(sheet.textAt(1, 1), "< 5");
  assert.deepEqual(sheet.typed, [[1, "when", 1]]);
  sheet.put(1, 1, "< 6");
  assert.equal(sheet.typed.length, 1);
});

test("a condition in the last row makes it catch the rest no more; another output does not", () => {
  sheet.put(2, 2, "一部");
  assert.equal(sheet.isPinned(2), true);
  sheet.put(2, 0, "华北");
  assert.equal(sheet.isPinned(2), false);
});

test("a new row is blank, has a free id, and moves what was typed below it", () => {
  sheet.put(1, 0, "华北");
  sheet.addRow(1);
  assert.deepEqual(ids(), ["r1", "r4", "r2", "r3"]);
  assert.deepEqual(sheet.document.rows[1], { id: "r4", when: ["-", "-"], then: [null] });
  assert.deepEqual([sheet.typed, sheet.hits], [[[2, "when", 0]], [5, 0, 3, 1]]);
});

test("a dropped row takes what was typed in it along", () => {
  sheet.put(0, 0, "华北");
  sheet.put(1, 0, "西南");
  sheet.dropRow(0);
  assert.deepEqual([ids(), sheet.typed], [["r2", "r3"], [[0, "when", 0]]]);
});

for (const [from, to, wanted, typed] of [
  [0, 2, ["r2", "r3", "r1"], [2, 0, 1]],
  [2, 0, ["r3", "r1", "r2"], [1, 2, 0]],
]) {
  test(`a row moved from ${from} to ${to} keeps its hits and what was typed`, () => {
    for (const row of [0, 1, 2]) sheet.put(row, 2, "x");
    const hits = Object.fromEntries(ids().map((id, index) => [id, sheet.hits[index]]));
    sheet.moveRow(from, to);
    assert.deepEqual(ids(), wanted);
    assert.deepEqual(
      sheet.hits,
      wanted.map((id) => hits[id]),
    );
    assert.deepEqual(
      sheet.typed.map(([row]) => row),
      typed,
    );
  });
}

test("columns are added at the end of their kind, moved within it, and dropped", () => {
  sheet.addColumn({ field: "lead.source" }, { title: "来源" });
  assert.deepEqual(
    sheet.columns.map((one) => one.title),
    ["地区", "预算", "来源", "分给"],
  );
  assert.deepEqual(sheet.document.rows[0].when, ["华东", "> 10", "-"]);
  sheet.addColumn({ action: "notify", arg: "to" }, { title: "通知" });
  assert.deepEqual(sheet.document.rows[0].then, ["一部", null]);
  assert.equal(sheet.moveColumn(0, 1), true);
  assert.deepEqual(firsts(), ["> 10", "-", "-"]);
  assert.equal(sheet.moveColumn(0, 3), false, "no input among the outputs");
  sheet.put(0, 2, "官网");
  sheet.dropColumn(0);
  assert.deepEqual([sheet.width, sheet.typed], [4, [[0, "when", 1]]]);
});

test("undo brings everything back, redo does it again, a new change ends redo", () => {
  assert.equal(sheet.undo(), false);
  sheet.remember();
  sheet.dropRow(0);
  sheet.goTo(1, 2);
  assert.equal(sheet.undo(), true);
  assert.deepEqual(ids(), ["r1", "r2", "r3"]);
  assert.equal(sheet.redo(), true);
  assert.deepEqual(ids(), ["r2", "r3"]);
  sheet.undo();
  sheet.remember();
  assert.equal(sheet.redo(), false);
});

test("where one is stays within the table", () => {
  sheet.goTo(9, 9);
  assert.deepEqual(sheet.at, { row: 2, column: 2 });
  sheet.goTo(-1, -1);
  assert.deepEqual(sheet.at, { row: 0, column: 0 });
});

test("a repair adds, moves, removes rows and replaces cells", () => {
  sheet.applyPatch([
    { op: "add", path: "/rows/1", value: { id: "gap", when: [["华北", "西北"], null], then: ["三部"] } },
    { op: "move", from: "/rows/0", path: "/rows/1" },
    { op: "replace", path: "/rows/2/when/0", value: "华中" },
    { op: "remove", path: "/rows/3" },
  ]);
  assert.deepEqual(ids(), ["gap", "r1", "r2"]);
  assert.deepEqual(sheet.shown[0], { when: ['["华北","西北"]', "-"], then: ["三部"] });
  assert.equal(sheet.textAt(2, 0), "华中");
});

test("a look keeps what could not be read as it was typed, and takes the rest", () => {
  sheet.put(0, 1, "> > 5");
  sheet.put(1, 0, "华北");
  const problem = { row: 0, kind: "when", column: 1, text: "?" };
  sheet.adoptLook({ problems: [problem], title: "新名字" });
  assert.deepEqual([sheet.typed, sheet.title], [[[0, "when", 1]], "新名字"]);
});
