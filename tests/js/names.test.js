// Names suggested from a title: small letters, never one that is taken, nothing where there is no Latin letter.
import assert from "node:assert/strict";
import { test } from "node:test";
import { suggested } from "../../admin/static/clew/company/names.js";

test("a name follows the title", () => {
  assert.equal(suggested("Sample", []), "sample");
  assert.equal(suggested("  Trade-fair visit (2026) ", []), "trade_fair_visit_2026");
  assert.equal(suggested("3D Café prints", []), "d_cafe_prints");
  assert.equal(suggested("样品", []), "");
  assert.equal(suggested("X", []), "");
  assert.ok(suggested("a very long title ".repeat(9), []).length <= 40);
});
test("a name that is taken gets a number", () => {
  assert.equal(suggested("Sample", ["sample"]), "sample_2");
  assert.equal(suggested("Sample", ["sample", "sample_2"]), "sample_3");
});
