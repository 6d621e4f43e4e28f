// What finds and follows: words that fit, which part is marked, when to ask again, and working time as it runs.
import assert from "node:assert/strict";
import { test } from "node:test";
import { added, EVERY, pause } from "../../admin/static/clew/console/following.js";
import { fits, marked, newest, words } from "../../admin/static/clew/console/matching.js";
import { span, standing, windows, worked } from "../../admin/static/clew/console/spans.js";

const zh = {
  minutes: "{minutes} 分",
  hours: "{hours} 小时",
  hours_minutes: "{hours} 小时 {minutes} 分",
  day: "{days} 天",
  days: "{days} 天",
  left: "剩 {span}",
  late: "已超 {span}",
};
const MINUTE = 60_000;

test("words are compared whatever their width and case; a number is one word", () => {
  assert.deepEqual(words(" ＨＴ-２０２６  恒锐 "), ["ht2026", "恒锐"]);
  assert.deepEqual(words("138 1234-5678"), ["13812345678"]);
  assert.deepEqual(words("-"), []);
  assert.ok(fits("新建线索 New lead", "新建 lead"));
  assert.ok(!fits("新建线索", "x 新建"));
  assert.ok(!fits("新建线索", ""));
});
test("what fits is marked where it stands, past what does not count", () => {
  assert.deepEqual(marked("浙江恒锐精密", "恒锐"), [
    ["浙江", false],
    ["恒锐", true],
    ["精密", false],
  ]);
  assert.deepEqual(marked("ＨＴ-2026", "ht20"), [
    ["ＨＴ", true],
    ["-", false],
    ["20", true],
    ["26", false],
  ]);
  assert.deepEqual(marked("𠮷野 <b>", "野"), [
    ["𠮷", false],
    ["野", true],
    [" <b>", false],
  ]);
  assert.deepEqual(marked("", "x"), []);
});
test("only the newest question's answer is wanted", () => {
  const begin = newest();
  const first = begin();
  assert.ok(first());
  const second = begin();
  assert.deepEqual([first(), second()], [false, true]);
});
test("pages ask at times of their own, and less often the longer the server is away", () => {
  assert.equal(pause(0, 0.5), EVERY);
  assert.ok(pause(0, 0) < EVERY && pause(0, 1) > EVERY);
  assert.equal(pause(2, 0.5), EVERY * 4);
  assert.equal(pause(50, 0.5), 120_000);
  assert.deepEqual(added(["a", "b"], ["c", "a"]), ["c"]);
});
test("spans read as the server writes them", () => {
  assert.deepEqual(
    [0, 59, 60, 75, 449, 450, 562, 675].map((one) => span(one, zh)),
    ["0 分", "59 分", "1 小时", "1 小时 15 分", "7 小时 29 分", "1 天", "1.2 天", "1.5 天"],
  );
  const en = { ...zh, day: "{days} day", days: "{days} days" };
  assert.deepEqual(
    [450, 675, 900].map((one) => span(one, en)),
    ["1 day", "1.5 days", "2 days"],
  );
});
test("a countdown runs through working time only: it rests at noon, turns amber under half, then late", () => {
  // Open for 10 minutes, closed for 60, then open again.
  const spans = windows(`0-${10 * MINUTE} ${70 * MINUTE}-${200 * MINUTE}`);
  const given = { left: 20 * MINUTE, total: 30, now: 0, spans };
  const at = (minute) => standing(given, minute * MINUTE, zh);
  assert.equal(worked(spans, 0, 75 * MINUTE), 15 * MINUTE);
  assert.deepEqual(at(0), { state: "ok", share: 33, text: "剩 20 分" });
  assert.deepEqual(at(10), { state: "risk", share: 67, text: "剩 10 分" });
  assert.deepEqual(at(69), at(10));
  assert.deepEqual(at(80), { state: "late", share: 100, text: "已超 0 分" });
  assert.deepEqual(at(88), { state: "late", share: 100, text: "已超 8 分" });
  assert.deepEqual(standing({ ...given, spans: windows("") }, 500 * MINUTE, zh).text, "剩 20 分");
});
