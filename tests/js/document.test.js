// The rule editor's document: places by path, one way to change it, undo, patches.
import assert from "node:assert/strict";
import { test } from "node:test";
import { patched } from "../../admin/static/clew/rule-editor/patch.js";
import { get, Store, set, steps } from "../../admin/static/clew/rule-editor/store.js";

test("a path walks through mappings and lists", () => {
  assert.deepEqual(steps("when.all[0].not.field"), ["when", "all", 0, "not", "field"]);
  const doc = { then: [{ notify: { to: "role:ops" } }] };
  assert.equal(get(doc, "then[0].notify.to"), "role:ops");
  assert.equal(get(doc, "when.all[2].field"), undefined);
  set(doc, "valid.from", "2026-11-24");
  set(doc, "then[0].notify.to", undefined);
  assert.deepEqual(doc, { then: [{ notify: {} }], valid: { from: "2026-11-24" } });
});

test("each change can be undone and done again, and tells where to go", () => {
  const store = new Store({ title: "a" }),
    told = [];
  store.addEventListener("change", ({ detail }) => told.push(detail));
  store.change((doc) => {
    doc.title = "b";
    return "title:zh";
  });
  assert.deepEqual([store.doc.title, told[0].focus, store.canUndo, store.canRedo], ["b", "title:zh", true, false]);
  store.undo();
  assert.deepEqual([store.doc.title, store.canRedo], ["a", true]);
  store.redo();
  assert.equal(store.doc.title, "b");
});
test("what changes nothing is no step", () => {
  const store = new Store({ title: "a" });
  store.change((doc) => {
    doc.title = "a";
  });
  assert.equal(store.canUndo, false);
});
test("typing in one field soon after is one step; a while later it is another", (context) => {
  let now = 1000;
  context.mock.method(Date, "now", () => now);
  const store = new Store({});
  store.put("title", "a");
  store.put("title", "ab");
  now += 5000;
  store.put("title", "abc");
  store.undo();
  assert.deepEqual(store.doc, { title: "ab" });
  store.undo();
  assert.deepEqual(store.doc, {});
});
test("a document on record starts anew", () => {
  const store = new Store({ title: "a" });
  store.put("title", "b");
  store.reset({ title: "c" });
  assert.deepEqual([store.doc, store.canUndo], [{ title: "c" }, false]);
});

test("a patch adds, replaces and removes, and leaves the document it came for alone", () => {
  const doc = { then: [1, 2], "a/b": 1 };
  const next = patched(doc, [
    { op: "add", path: "/then/1", value: 9 },
    { op: "add", path: "/then/-", value: 3 },
    { op: "remove", path: "/then/0" },
    { op: "replace", path: "/a~1b", value: 2 },
  ]);
  assert.deepEqual(next, { then: [9, 2, 3], "a/b": 2 });
  assert.deepEqual(doc, { then: [1, 2], "a/b": 1 });
});
for (const path of ["/no/where", "/then/7", "/gone"]) {
  test(`a patch of ${path} does not fit`, () => {
    assert.throws(() => patched({ then: [1] }, [{ op: "replace", path, value: 1 }]));
  });
}
