// The set-up: invitation links as a file that a spreadsheet opens without running anything.
import assert from "node:assert/strict";
import { test } from "node:test";
import { csv } from "../../admin/static/clew/company/links.js";

test("links become a file that spreadsheets read as UTF-8, and no name is a formula", () => {
  const rows = [
    ["姓名", "链接"],
    ['=HYPERLINK("x")', "http://a.example/join/k"],
    ["王,磊", "@x"],
  ];
  assert.equal(
    csv(rows),
    '\ufeff"姓名","链接"\r\n"\'=HYPERLINK(""x"")","http://a.example/join/k"\r\n"王,磊","\'@x"\r\n',
  );
});
