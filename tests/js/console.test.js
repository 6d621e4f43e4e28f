// Every page: keys, drafts, missing fields, why, and how far long work is.
import assert from "node:assert/strict";
import { test } from "node:test";
import { progress, told } from "../../admin/static/clew/backtests/progress.js";
import { kept, parsed } from "../../admin/static/clew/console/kept.js";
import { toldMissing } from "../../admin/static/clew/console/missing.js";
import { isSearch, meant } from "../../admin/static/clew/console/shortcuts.js";
import { fold, step } from "../../admin/static/clew/people/steps.js";
import { pace } from "../../admin/static/clew/rules/pace.js";
import { fill } from "../../admin/static/clew/shared/fill.js";
import { partOf, whyOf } from "../../admin/static/clew/why/addresses.js";

test("j and k move, g and a letter jumps, keys with Ctrl are the browser's", () => {
  assert.deepEqual(meant({ key: "k" }, false), ["move", -1]);
  assert.deepEqual(meant({ key: "l" }, true), ["go", "/leads/"]);
  assert.equal(meant({ key: "j" }, true), undefined);
  assert.equal(meant({ key: "j", ctrlKey: true }, false), undefined);
  assert.equal(isSearch({ key: "K", metaKey: true }), true);
});
test("a draft keeps texts but no token, and is read again even if somebody broke it", () => {
  assert.deepEqual(
    kept([
      { name: "note", value: "x" },
      { name: "csrf_token", value: "t" },
    ]),
    { note: "x" },
  );
  assert.deepEqual([parsed('{"note":"x"}'), parsed(null), parsed("null"), parsed("{")], [{ note: "x" }, {}, {}, null]);
});
test("what is missing is named", () => {
  const field = (label) => ({ dataset: { label } });
  assert.equal(toldMissing("补上{}后可以保存", [field("公司"), field("手机")]), "补上公司、手机后可以保存");
  assert.equal(toldMissing("补上{}后可以保存", []), "");
});
test("a row's why is that of its record; the drawer asks for a part of the page", () => {
  assert.equal(whyOf("/leads/01ABC"), "/why/lead/01ABC");
  assert.equal(whyOf("/rules/assign"), undefined);
  assert.equal(whyOf(undefined), undefined);
  const url = partOf("/why/lead/1?rule=a", "http://localhost/", { only: "not" });
  assert.equal(url.pathname + url.search, "/why/lead/1?rule=a&part=1&only=not");
});
test("a backtest's pace is counted from its first line", () => {
  const first = { at: 10, done: 100 };
  assert.deepEqual(progress({ state: "running", done: 300, total: 500 }, first, 12), {
    phase: "running",
    rate: 100,
    left: 2,
  });
  assert.equal(progress({ state: "running", done: 100, total: 500 }, first, 10).phase, "starting");
  assert.equal(progress({ state: "queued", done: 0, total: 0 }, null, 1).phase, "queued");
  assert.equal(progress({ state: "running", done: 5, total: 5 }, first, 12).phase, "comparing");
  assert.equal(told("每秒 {n} 条", 1234.4), "每秒 1,234 条");
  assert.equal(told("还要 {n} 秒", 0.2), "还要 1 秒");
});
test("an undo's pace is counted from where it was taken up", () => {
  assert.deepEqual(pace({ done: 60, all: 100 }, 20, 2000), { rate: 20, left: 2 });
  assert.deepEqual(pace({ done: 20, all: 25 }, 20, 0), { rate: 1, left: 5 });
  assert.equal(fill("{done} / {all}", { done: 3, all: 9 }), "3 / 9");
});
test("arrow keys walk the tree of teams, and stop at its ends", () => {
  assert.equal(step("ArrowDown", 0, 3), 1);
  assert.equal(step("ArrowUp", 0, 3), null);
  assert.equal(step("ArrowDown", 2, 3), null);
  assert.equal(step("End", 0, 3), 2);
  assert.equal(step("Home", 2, 3), 0);
  assert.equal(step("Enter", 1, 3), null);
  assert.equal(step("ArrowDown", -1, 3), null);
});
test("→ opens a branch and goes in, ← closes it and goes out", () => {
  assert.deepEqual(
    [fold("ArrowRight", false), fold("ArrowRight", true), fold("ArrowRight", null)],
    ["open", "in", null],
  );
  assert.deepEqual(
    [fold("ArrowLeft", true), fold("ArrowLeft", false), fold("ArrowLeft", null)],
    ["close", "out", "out"],
  );
  assert.equal(fold("ArrowDown", true), null);
});
