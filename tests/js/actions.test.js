// Actions, derived facts, related records and what is said about a rule.
import assert from "node:assert/strict";
import { test } from "node:test";
import { follows, withText, written } from "../../admin/static/clew/rule-editor/about-edits.js";
import * as edits from "../../admin/static/clew/rule-editor/action-edits.js";
import * as related from "../../admin/static/clew/rule-editor/match-edits.js";

const arg = (name, kind, more = {}) => ({ name, kind, required: false, options: [], ...more });
const notify = {
  args: [
    arg("to", "text"),
    arg("team", "text"),
    arg("title", "text", { required: true }),
    arg("level", "text", { required: true, options: ["info", "late"] }),
    arg("minutes", "number", { required: true }),
    arg("lines", "texts", { required: true }),
  ],
  one_of: [["to", "team"]],
};

test("a new action keeps the arguments that fit, and begins those it must have", () => {
  assert.deepEqual(edits.argsFor(notify, { title: "t", level: "no such", other: 1 }), {
    ...{ title: "t", level: "info", minutes: null, lines: [], to: "" },
  });
  assert.equal(edits.argsFor(notify, { team: "华东一部" }).team, "华东一部");
  assert.deepEqual(edits.argsFor(undefined, { a: 1 }), {});
});
test("actions are added, copied, replaced, moved and removed", () => {
  const doc = {};
  assert.equal(edits.addAction(doc), "then[0]:action");
  edits.replaceAction(doc, 0, "notify", notify);
  edits.copyAction(doc, 0);
  doc.then[1].notify.title = "second";
  assert.equal(edits.addAction(doc, 1), "then[1]:action");
  assert.deepEqual(
    doc.then.map((one) => Object.keys(one)[0]),
    ["notify", "", "notify"],
  );
  assert.equal(edits.moveAction(doc, 0, 1), "then[1]");
  assert.equal(edits.moveAction(doc, 0, -1), null);
  assert.equal(edits.removeAction(doc, 2), "then[1]:action");
  edits.removeAction(doc, 0);
  assert.equal(edits.removeAction(doc, 0), "then:add");
});
test("an action is dropped before or after another", () => {
  const doc = { then: ["a", "b", "c"] };
  edits.dropAction(doc, 0, 2, true);
  assert.deepEqual(doc.then, ["b", "c", "a"]);
  edits.dropAction(doc, 2, 0, false);
  assert.deepEqual(doc.then, ["a", "b", "c"]);
});
test("derived facts have names of their own, in their order", () => {
  const doc = {};
  edits.addFact(doc);
  assert.equal(edits.addFact(doc), "derive.fact_2:name");
  edits.renameFact(doc, "fact", "big");
  assert.deepEqual(Object.keys(doc.derive), ["big", "fact_2"]);
  edits.removeFact(doc, "big");
  edits.removeFact(doc, "fact_2");
  assert.deepEqual(doc, {});
});

test("related records get a free name, a quantity, and lose their conditions with their collection", () => {
  const doc = { match: [{ as: "c", of: "contract" }] };
  assert.equal(related.addMatch(doc, "follow_up"), "match[1]:of");
  assert.deepEqual(related.rowsOf(doc), { c: "contract", d: "follow_up" });
  related.setQuantity(doc, 0, "at_least");
  assert.equal(related.quantityOf(doc.match[0]), "at_least");
  related.setQuantity(doc, 0, "none");
  doc.match[0].where = {};
  related.setCollection(doc, 0, "task");
  assert.deepEqual(doc.match[0], { as: "c", of: "task", none: true });
  related.removeMatch(doc, 1);
  assert.equal(related.removeMatch(doc, 0), "match:add");
  assert.deepEqual(doc, {});
});

test("the English follows the Chinese until somebody writes it", () => {
  const first = withText(undefined, "zh", "升级");
  assert.deepEqual(first, { zh: "升级", en: "升级" });
  const both = withText(first, "en", "Escalate");
  assert.equal(follows(both), false);
  assert.deepEqual(withText(both, "zh", "升级二"), { zh: "升级二", en: "Escalate" });
});
test("an empty field is left out, with what held it alone", () => {
  const doc = { priority: 1 };
  written(doc, "valid.from", "2026-11-24", "date");
  written(doc, "priority", "12", "number");
  written(doc, "owner", "沈可", "text");
  assert.deepEqual(doc, { priority: 12, valid: { from: "2026-11-24" }, owner: "沈可" });
  written(doc, "valid.from", "", "date");
  written(doc, "owner", "", "text");
  written(doc, "priority", "12a", "number");
  assert.deepEqual(doc, { priority: "12a" });
});
