// Around the sheet: keys, paste, settings, marks, and why a table can't be sent.
import assert from "node:assert/strict";
import { test } from "node:test";
import { cells, paste } from "../../admin/static/clew/tables/clipboard.js";
import * as marks from "../../admin/static/clew/tables/marks.js";
import { whyNot } from "../../admin/static/clew/tables/readiness.js";
import { columnFor, settle } from "../../admin/static/clew/tables/settings.js";
import { Sheet } from "../../admin/static/clew/tables/sheet.js";
import { history, inEdit, onCell } from "../../admin/static/clew/tables/shortcuts.js";

const sheet = (given = {}) =>
  new Sheet({
    may_edit: true,
    document: { inputs: [{}], outputs: [{}], rows: [{ id: "r1", when: ["-"], then: [null] }] },
    shown: [{ when: ["-"], then: [""] }],
    ...{ hits: [0], columns: [{}, {}], problems: [], findings: [], others: [], catch_all: true },
    ...given,
  });

for (const [event, wanted] of [
  [{ key: "ArrowDown" }, ["move", 1, 0]],
  [{ key: "ArrowLeft", altKey: true }, ["shift", 0, -1]],
  [{ key: "Tab", shiftKey: true }, ["step", true]],
  [{ key: "F2" }, ["edit"]],
  [{ key: "7" }, ["edit", "7"]],
  [{ key: "Backspace" }, ["clear"]],
  [{ key: "Z", ctrlKey: true, shiftKey: true }, ["redo"]],
  [{ key: "z", metaKey: true }, ["undo"]],
  [{ key: "c", ctrlKey: true }, undefined],
  [{ key: "a", isComposing: true }, undefined],
  [{ key: "Shift" }, undefined],
]) {
  test(`on a cell ${JSON.stringify(event)} means ${wanted}`, () => assert.deepEqual(onCell(event), wanted));
}
test("while a cell is edited Enter, Tab and Escape end it, and letters are letters", () => {
  assert.deepEqual(inEdit({ key: "Enter", shiftKey: true }), ["finish", -1]);
  assert.deepEqual(inEdit({ key: "Tab", shiftKey: false }), ["finishAndStep", false]);
  assert.deepEqual(inEdit({ key: "Escape" }), ["giveUp"]);
  assert.equal(inEdit({ key: "a" }), undefined);
  assert.equal(history({ key: "z" }), undefined);
});

test("a block from a spreadsheet goes in from a cell on, with rows added before the one that catches the rest", () => {
  const block = cells("华东\t一部\r\n华南\t二部\t多余\n");
  assert.deepEqual(block, [
    ["华东", "一部"],
    ["华南", "二部", "多余"],
  ]);
  const one = sheet();
  one.addRow(0);
  paste(one, block, { row: 0, column: 0 });
  assert.deepEqual(
    one.document.rows.map((row) => [...row.when, ...row.then]),
    [
      ["华东", "一部"],
      ["华南", "二部"],
      ["-", null],
    ],
  );
});

test("settings: a title in one language stands for both, an emptied group is dropped", () => {
  const document = { trigger: ["lead.created", "lead.changed"], group: "assignment" };
  settle(document, { zh: "分配", en: "", trigger: "lead.created", group: "", priority: 0 });
  assert.deepEqual(document, { title: { zh: "分配", en: "分配" }, trigger: ["lead.created", "lead.changed"] });
  settle(document, { zh: "", en: "", trigger: "lead.won", group: "g", priority: 3 });
  assert.deepEqual([document.trigger, document.group, document.priority], ["lead.won", "g", 3]);
});
test("the list of columns names fields and actions' arguments", () => {
  assert.deepEqual(columnFor("field:lead.region"), { field: "lead.region" });
  assert.deepEqual(columnFor("assign.to"), { action: "assign", arg: "to" });
});

test("problems and findings know their place", () => {
  const one = sheet({ document: { inputs: [{}, {}], outputs: [{}], rows: [] } });
  assert.equal(marks.placeOf(one, { row: 2, column: 0, kind: "then" }), "C3");
  assert.equal(marks.placeOf(one, { row: 2, column: -1, kind: "when" }), "第 3 行");
  assert.equal(marks.placeOf(one, { row: -1, column: -1, path: "title" }), "title");
  assert.equal(marks.columnOf(one, { column: -1, kind: "then" }), 0);
  assert.equal(marks.rowOf({ kind: "gap", at: 4 }), 3);
  assert.equal(marks.rowOf({ kind: "overlap", rows: [1, 3] }), 2);
  assert.equal(marks.rowOf({ kind: "shadowed", rows: [2, 1] }), 1);
});
test("counts leave out what is nothing, and remarks", () => {
  const found = marks.counts({
    problems: [{}],
    findings: [
      { kind: "gap", level: "error" },
      { kind: "overlap", level: "info" },
      { kind: "never", level: "warning" },
    ],
  });
  assert.deepEqual(
    found.map(([number, , words]) => [number, words]),
    [
      [1, "处要改正"],
      [1, "空缺"],
      [1, "遮挡"],
    ],
  );
});
test("a cell of no condition reads any, one of no value a dash", () => {
  assert.deepEqual(
    [marks.readAs(sheet(), 0, "-"), marks.readAs(sheet(), 1, ""), marks.readAs(sheet(), 0, "华东")],
    ["任意", "—", "华东"],
  );
});

const version = { state: "draft", approvers: ["周敏"] };
for (const [given, wanted] of [
  [{ may_edit: false }, "你的角色可以看，不能改"],
  [{ failed: true, saving: "没有存下" }, "没有存下"],
  [{ problems: [{}, {}] }, "还有 2 处要改正"],
  [{ findings: [{ kind: "gap", level: "error" }] }, "还有 1 个空缺要补上"],
  [{ findings: [{ kind: "overlap", level: "error" }] }, "还有 1 处重叠要分开"],
  [{ others: ["x"] }, "与其他规则有 1 处冲突"],
  [{ version: undefined }, "还没有改动"],
  [{ version: { ...version, state: "review" } }, "等同事审批：周敏"],
  [{ base: { version: 1, rows: [] }, document: { version: 2, rows: [] } }, "与现行版本没有差别"],
  [{}, ""],
]) {
  test(`a table with ${JSON.stringify(given)} waits because: ${wanted || "it need not"}`, () => {
    const one = sheet({ version });
    assert.equal(whyNot(Object.assign(one, given)), wanted);
  });
}
