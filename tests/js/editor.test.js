// The rule editor's words: numbers, vocabulary, lists, readiness, YAML lines, trials, keys.
import assert from "node:assert/strict";
import { test } from "node:test";
import { asNumber, reading } from "../../admin/static/clew/rule-editor/numbers.js";
import { around, matching } from "../../admin/static/clew/rule-editor/options.js";
import { errorsIn, friendly, whyNot, within } from "../../admin/static/clew/rule-editor/readiness.js";
import { meant } from "../../admin/static/clew/rule-editor/shortcuts.js";
import * as trial from "../../admin/static/clew/rule-editor/trial-words.js";
import { Words } from "../../admin/static/clew/rule-editor/words.js";
import { lineOf, spanOf } from "../../admin/static/clew/rule-editor/yaml-lines.js";

for (const [typed, wanted] of [
  ["20万", 200000],
  ["1.5 亿", 150000000],
  ["200,000", 200000],
  ["-3", -3],
  ["三", undefined],
  ["1.2.3", undefined],
  ["", undefined],
]) {
  test(`“${typed}” is read as ${wanted}`, () => assert.equal(asNumber(typed), wanted));
}
for (const [value, unit, wanted] of [
  [200000, "元", "= 20 万元"],
  [-200000, "元", "= -20 万元"],
  [2.5e8, "元", "= 2.5 亿元"],
  [9999, "元", ""],
  [90, "分钟", "= 1.5 小时"],
  [72, "小时", "= 3 天"],
  [30, "分钟", ""],
  ["x", "元", ""],
]) {
  test(`${value} ${unit} reads “${wanted}”`, () => assert.equal(reading(value, unit), wanted));
}

const words = new Words({
  fields: [
    { name: "lead.region", title: "地区", group: "线索", kind: "text" },
    { name: "customer.region", title: "地区", group: "客户", kind: "text" },
  ],
  actions: [],
  collections: [{ name: "contract", title: "合同", fields: [{ name: "amount", title: "金额", kind: "number" }] }],
  operators: { any: [{ name: "==" }], text: [{ name: "in" }] },
  derived: ["big"],
});
test("facts are on offer with the rows' first and the derived last; equal titles say their group", () => {
  const facts = words.facts({ derive: { hot: true } }, { c: "contract" });
  assert.deepEqual(
    facts.map((one) => [one.value, one.label]),
    [
      ["c.amount", "金额"],
      ["lead.region", "地区 · 线索"],
      ["customer.region", "地区 · 客户"],
      ["derived.big", "big"],
      ["derived.hot", "hot"],
    ],
  );
});
test("a fact's type is that of the row it names, else of the field", () => {
  assert.equal(words.type("c.amount", { c: "contract" }).kind, "number");
  assert.equal(words.type("lead.region").title, "地区");
  assert.equal(words.type("c.amount"), null);
  assert.deepEqual(words.operators("no such"), [{ name: "==" }]);
});

test("options fit by any of their texts; those that start with the words come first", () => {
  const options = [
    { label: "The lead", value: "a" },
    { label: "Lead time", value: "b" },
    { label: "Other", value: "c", hint: "x" },
  ];
  assert.deepEqual(
    matching(options, " LEAD ").map((one) => one.value),
    ["b", "a"],
  );
  assert.deepEqual(
    matching(options, "x").map((one) => one.value),
    ["c"],
  );
  assert.equal(matching(options, "").length, 3);
});
test("arrows go around a list's ends", () => {
  assert.deepEqual([around(3, 2, 1), around(3, 0, -1), around(0, -1, 1)], [0, 2, -1]);
});

const found = (more = {}) => ({ problems: [], findings: [], tests: [], changes: 1, ...more });
for (const [preview, state, wanted] of [
  [found(), { readOnly: true }, "你只能查看；修改请找运营"],
  [found(), { version: { state: "review" } }, "已在审批中"],
  [null, {}, "正在检查"],
  [found({ problems: [{}] }), {}, "还有 1 处要填"],
  [found({ findings: [{ level: "error" }, { level: "info" }] }), {}, "还有 1 个冲突要处理"],
  [found({ tests: [{ passed: false }] }), {}, "有 1 个用例没通过"],
  [found(), {}, "改一处后可以提交"],
  [found({ changes: 0 }), { version: {} }, "与现行版本没有差别"],
  [found(), { version: {}, unsaved: true }, "还没存上"],
  [found(), { version: {} }, ""],
]) {
  test(`a draft waits because: ${wanted || "it need not"}`, () => assert.equal(whyNot(preview, state), wanted));
}
test("problems, conflicts and failing cases are errors", () => {
  assert.equal(
    errorsIn(found({ problems: [{}], findings: [{ level: "error" }, { level: "warning" }], tests: [{}] })),
    3,
  );
});
for (const [path, value, wanted] of [
  ["when.all[0].field", "", "还没选字段"],
  ["when.value", [], "还没填值"],
  ["when.value", 0, "as it was"],
  ["then[0]", { "": {} }, "还没选动作"],
  ["then", undefined, "还没有动作：这条规则什么也不做"],
  ["trigger", "", "还没选什么时候看"],
  ["title", "", "还没起名字"],
]) {
  test(`what is open at ${path} is said as: ${wanted}`, () => {
    assert.equal(friendly({ path, text: "as it was" }, { get: () => value }).text, wanted);
  });
}
test("a place is within itself and what is around it, not beside a longer name", () => {
  assert.deepEqual(
    ["when", "when.all[0]", "then[1].a"].map((path) => within(path, "when")),
    [true, true, false],
  );
  assert.equal(within("whenever", "when"), false);
});

test("a problem is found in the YAML by its line, or by the last name of its path", () => {
  const text = "title: x\nwhen:\n  all:\n    - {field: a, op: ==}\nthen:\n  - notify: {}\n";
  assert.equal(lineOf(text, "line 7, column 2"), 7);
  assert.equal(lineOf(text, "when.all[0].op"), 4);
  assert.equal(lineOf(text, "then[0].notify"), 6);
  assert.equal(lineOf(text, "nowhere"), 0);
  assert.equal(lineOf(text, ""), 0);
  assert.equal(text.slice(...spanOf(text, 2)), "when:");
  assert.equal(text.slice(...spanOf(text, 1)), "title: x");
});

const leaf = (name, holds) => ({ kind: "leaf", words: name, value: 1, holds });
test("a trial's clauses are lines: no head for what all must hold at the root, one for each group", () => {
  const clause = {
    kind: "all",
    items: [
      leaf("a", true),
      { kind: "any", holds: false, items: [leaf("b", false)] },
      { kind: "not", holds: null, items: [leaf("c", null)] },
    ],
  };
  const lines = trial.linesOf({ match: [leaf("m", true)], clause });
  assert.deepEqual(
    lines.map((one) => [one.depth, one.words]),
    [
      [0, "m"],
      [0, "a"],
      [0, "以下任意一条"],
      [1, "b"],
      [0, "以下不成立"],
      [1, "c"],
    ],
  );
});
test("a trial says what would happen, else why nothing would", () => {
  const result = { fired: false, mine: [], outranked: [], in_force: true, clause: { holds: true }, changes: [] };
  assert.equal(trial.verdictOf({ ...result, fired: true, mine: ["升级", "通知"] }), "会触发：升级，并通知");
  assert.equal(trial.verdictOf({ ...result, fired: true }), "会触发：认定事实，不做动作");
  assert.equal(trial.verdictOf({ ...result, outranked: ["x"] }), "条件成立，但同组有更优先的规则先执行");
  assert.equal(trial.verdictOf({ ...result, in_force: false }), "条件成立，但不在有效期内");
  assert.equal(trial.verdictOf(result), "不会触发");
  assert.equal(trial.verdictOf({ ...result, when: "昨天 13:58" }), "昨天 13:58 不会触发");
  assert.equal(trial.changeOf({ ...result, changes: [{ name: "预算", after: "10" }] }), "最小的改变：预算改为 10");
  assert.equal(trial.changeOf(result), "");
});
test("the facts a rule reads are named once, in order", () => {
  const node = { all: [{ field: "b" }, { not: { field: "a" } }, { field: "b" }, { field: "c.x" }, { field: "" }] };
  assert.deepEqual(trial.factsRead(node, new Set(["a", "b"])), ["b", "a"]);
});
test("test cases: their titles, their moments, how they fare", () => {
  assert.equal(trial.caseTitle({ title: { zh: "大单", en: "Big" } }, 0), "大单");
  assert.equal(trial.caseTitle({}, 1), "第 2 个");
  assert.equal(trial.caseMoment({ at: "2026-11-24T09:00:00+08:00" }), "2026-11-24T09:00:00+08:00");
  assert.equal(trial.caseMoment({ at: "2026-11-24" }), null);
  assert.equal(trial.tally([], []), "还没有用例");
  assert.equal(trial.tally([1, 2, 3], [{ passed: true }, { passed: false }]), "已有 3 个用例，1 通过，1 未过，1 未跑");
  assert.deepEqual(trial.argumentAt("then[1].notify.body"), { index: "1", arg: "body" });
});

for (const [event, wanted] of [
  [{ key: "z", ctrlKey: true }, "undo"],
  [{ key: "Z", metaKey: true, shiftKey: true }, "redo"],
  [{ key: "s", ctrlKey: true }, "save"],
  [{ key: "F6", shiftKey: true }, "back"],
  [{ key: "z" }, undefined],
  [{ key: "z", ctrlKey: true, altKey: true }, undefined],
]) {
  test(`in the editor ${JSON.stringify(event)} means ${wanted}`, () => assert.equal(meant(event), wanted));
}
