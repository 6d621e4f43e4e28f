// Drafts of fields and processes: what was edited goes on top of what is in force by now, and nothing else.
import assert from "node:assert/strict";
import { test } from "node:test";
import { inParts, whole } from "../../admin/static/clew/company/process-document.js";
import { onTop } from "../../admin/static/clew/console/kept.js";

const stage = (name, zh = name) => ({ name, zh, en: name, required: [] });
const title = { zh: "流程", en: "Process" };
const process = (stages, transitions) => ({ title, stages, transitions });

test("a value that was edited stays, one that was not is as it is in force", () => {
  const base = { label: ["痛点"], required: [], hint: [""] };
  const value = { ...base, label: ["最痛的一点"] };
  assert.deepEqual(onTop({ label: ["痛"], required: ["1"], hint: [""] }, { base, value }), {
    label: ["最痛的一点"],
    required: ["1"],
    hint: [""],
  });
});
test("a process comes apart and together again", () => {
  const one = process([stage("a"), stage("b")], [["a", "b"]]);
  assert.deepEqual(whole(inParts(one)), one);
});
test("stages that both added, renamed and took out are all there, and no way leads to one that is gone", () => {
  const base = inParts(
    process(
      [stage("a"), stage("b"), stage("c")],
      [
        ["a", "b"],
        ["b", "c"],
      ],
    ),
  );
  const mine = inParts(process([stage("a", "甲"), stage("c"), stage("mine")], [["c", "mine"]]));
  const theirs = inParts(
    process(
      [stage("a"), stage("b", "乙"), stage("theirs")],
      [
        ["a", "b"],
        ["b", "theirs"],
      ],
    ),
  );
  const found = whole(onTop(theirs, { base, value: mine }));
  assert.deepEqual(
    found.stages.map((one) => [one.name, one.zh]),
    [
      ["a", "甲"],
      ["mine", "mine"],
      ["theirs", "theirs"],
    ],
  );
  assert.deepEqual(found.transitions, []);
});
