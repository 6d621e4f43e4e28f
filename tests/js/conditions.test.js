// Conditions as a tree that can be rearranged, and comparisons that are changed.
import assert from "node:assert/strict";
import { test } from "node:test";
import { nameOf, otherField, otherOperator, otherSide } from "../../admin/static/clew/rule-editor/comparison-edits.js";
import { fresh } from "../../admin/static/clew/rule-editor/fresh.js";
import {
  addAfter,
  beside,
  core,
  duplicate,
  itemsOf,
  moves,
  rearrange,
  remove,
  rootItems,
} from "../../admin/static/clew/rule-editor/tree.js";

const is = (field) => ({ field, op: "==", value: 1 });
const tree = () => ({ when: { all: [is("a"), { any: [is("b"), is("c")] }, is("d")] } });
const drawn = (node) => {
  const { inner, nots } = core(node),
    items = itemsOf(node);
  const text = items ? `${inner.all ? "all" : "any"}(${items.map(drawn).join(" ")})` : inner.field;
  return "!".repeat(nots) + text;
};

test("one condition needs no group around it", () => {
  const doc = { when: is("a") };
  assert.deepEqual(
    rootItems(doc, "when").map((one) => one.path),
    ["when"],
  );
  rearrange(doc, "when", "when", addAfter);
  assert.equal(drawn(doc.when), "all(a )");
  assert.equal(rearrange(doc, "when", "when.all[1]", remove), null);
  assert.equal(drawn(doc.when), "a");
  rearrange(doc, "when", "when", remove);
  assert.equal(doc.when, undefined);
});

for (const [path, key, wanted, at] of [
  ["when.all[0]", "ArrowDown", "all(any(b c) a d)", "when.all[1]"],
  ["when.all[2]", "ArrowUp", "all(a d any(b c))", "when.all[1]"],
  ["when.all[0]", "ArrowUp", "all(a any(b c) d)", "when.all[0]"],
  ["when.all[0]", "ArrowRight", "all(any(a b c) d)", "when.all[0].any[0]"],
  ["when.all[2]", "ArrowRight", "all(a any(b c d))", "when.all[1].any[2]"],
  ["when.all[1].any[0]", "ArrowLeft", "all(a any(c) b d)", "when.all[2]"],
]) {
  test(`${key} takes ${path} to ${at}`, () => {
    const doc = tree();
    assert.equal(rearrange(doc, "when", path, moves[key]), at);
    assert.equal(drawn(doc.when), wanted);
  });
}

test("a group that was emptied is gone", () => {
  const doc = { when: { all: [is("a"), { not: { any: [is("b")] } }] } };
  rearrange(doc, "when", "when.all[1].not.any[0]", moves.ArrowLeft);
  assert.equal(drawn(doc.when), "all(a b)");
});
test("a twin is a copy, not the same", () => {
  const doc = tree();
  rearrange(doc, "when", "when.all[1]", duplicate);
  doc.when.all[1].any[0].field = "x";
  assert.equal(drawn(doc.when), "all(a any(x c) any(b c) d)");
});
test("a condition is dropped beside another, never into itself", () => {
  const doc = tree();
  assert.equal(beside(doc, "when", "when.all[0]", "when.all[1].any[1]", false), "when.all[0].any[1]");
  assert.equal(drawn(doc.when), "all(any(b a c) d)");
  beside(doc, "when", "when.all[0]", "when.all[0].any[0]", true);
  assert.equal(drawn(doc.when), "all(any(b a c) d)");
});

const text = { kind: "text" },
  number = { kind: "number" },
  choice = { kind: "text", options: ["新", "旧"] };
for (const [type, op, before, wanted] of [
  [number, ">=", 5, 5],
  [number, ">=", "五", null],
  [number, "between", 5, [5, null]],
  [number, "between", [1, 2], [1, 2]],
  [text, "in", "华东", ["华东"]],
  [text, "in", "", []],
  [text, "==", ["华东", "华南"], "华东"],
  [choice, "==", "别的", ""],
  [choice, "contains", "别的", "别的"],
  [{ kind: "bool" }, "==", 3, true],
  [{ kind: "list" }, "contains", 3, ""],
  [{ kind: "datetime" }, "within_hours", "2026-11-24", null],
  [text, "missing", "x", undefined],
  [null, "==", 3, 3],
]) {
  test(`for ${type?.kind} ${op}, ${JSON.stringify(before)} becomes ${JSON.stringify(wanted)}`, () => {
    assert.deepEqual(fresh(type, op, before), wanted);
  });
}

test("another field keeps the operator it has, and the value that fits", () => {
  const was = { field: "lead.budget", op: ">=", value: 5 };
  assert.deepEqual(otherField(was, "lead.size", number, ["==", ">="]), { field: "lead.size", op: ">=", value: 5 });
  assert.deepEqual(otherField(was, "lead.region", text, ["==", "in"]), { field: "lead.region", op: "==", value: "" });
  assert.deepEqual(otherField(was, "derived.big", null, ["=="]), { derived: "big", op: "==", value: 5 });
  assert.equal(nameOf({ derived: "big" }), "derived.big");
});
test("another operator keeps the field to compare with where it compares fields", () => {
  const was = { field: "a", op: ">", than: "b" };
  assert.deepEqual(otherOperator(was, "<", number, [">", "<"]), { field: "a", op: "<", than: "b" });
  assert.deepEqual(otherOperator(was, "in", text, [">", "<"]), { field: "a", op: "in", value: [] });
  assert.deepEqual(otherOperator({ field: "a", op: "==", value: 1 }, "missing", number, []), {
    field: "a",
    op: "missing",
  });
});
test("a value gives way to a field, and a field to a value", () => {
  assert.deepEqual(otherSide({ field: "a", op: ">", value: 5 }, number), { field: "a", op: ">", than: "" });
  assert.deepEqual(otherSide({ field: "a", op: ">", than: "b" }, number), { field: "a", op: ">", value: null });
});
