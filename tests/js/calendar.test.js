// Windows of a working day: read, written, moved and stretched.
import assert from "node:assert/strict";
import { test } from "node:test";
import { called, moved, read, stepped, written } from "../../admin/static/clew/company/week.js";

test("windows are read and written, over midnight and to its end", () => {
  assert.deepEqual(read("13:30–18:00，9:00-12:00"), [
    { start: 540, end: 720 },
    { start: 810, end: 1080 },
  ]);
  assert.deepEqual(read("20:00-02:00, 25:00-26:00, x"), [{ start: 1200, end: 1560 }]);
  assert.equal(written(read("20:00-02:00")), "20:00-02:00");
  assert.equal(written(read("18:00-24:00")), "18:00-24:00");
  assert.deepEqual(read(""), []);
});
test("a window moves in steps, and never into another one", () => {
  const day = read("09:00-12:00, 12:15-18:00");
  assert.equal(written(moved(day, 0, -15)), "08:45-11:45, 12:15-18:00");
  assert.equal(written(moved(day, 0, 15, "end")), "09:00-12:15, 12:15-18:00");
  assert.equal(moved(day, 0, 30), day);
  assert.equal(written(moved(day, 1, 400, "end")), "09:00-12:00, 12:15-00:40");
  assert.equal(moved(read("00:00-09:00"), 0, -15).length, 1);
  assert.equal(stepped(22), 15);
});
test("a bar says its hours", () => {
  assert.equal(called({ start: 810, end: 1080 }, "次日 {}"), "13:30–18");
  assert.equal(called({ start: 1200, end: 1560 }, "次日 {}"), "20–次日 2");
});
