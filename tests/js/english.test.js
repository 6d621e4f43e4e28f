// The same words on a page in English.
import assert from "node:assert/strict";
import { test } from "node:test";

globalThis.document = { documentElement: { lang: "en" } };
const { nOf, quoted, t } = await import("../../admin/static/clew/shared/language.js");
const { reading } = await import("../../admin/static/clew/rule-editor/numbers.js");
const { tally } = await import("../../admin/static/clew/rule-editor/trial-words.js");
const { counts } = await import("../../admin/static/clew/tables/marks.js");

test("words, quotes, units and plurals are English", () => {
  assert.equal(t("是", "yes"), "yes");
  assert.equal(quoted("x"), "“x”");
  assert.equal(reading(200000, "yuan"), "");
  assert.equal(reading(90, "minutes"), "= 1.5 h");
  assert.equal(tally([1, 2], [{ passed: true }]), "2 test cases: 1 pass, 1 not run");
  assert.equal(tally([1], [{ passed: true }]), "1 test case: 1 pass");
  assert.equal(nOf(1, "rule"), "1 rule");
  assert.equal(nOf(2400, "copy", "copies"), "2,400 copies");
  const gap = { kind: "gap", level: "error" };
  assert.equal(counts({ problems: [], findings: [gap] })[0][2], "gap");
  assert.equal(counts({ problems: [], findings: [gap, gap] })[0][2], "gaps");
});
