// Where in a YAML text a problem is.

/** The line, from 1, of a problem at `path` ("line 7 …", or a place in the document); 0 where none is found. */
export function lineOf(text, path) {
  const told = /line (\d+)/.exec(path);
  if (told) return Number(told[1]);
  const names = (path.match(/[^.[\]]+/g) || []).filter((one) => !/^\d+$/.test(one)),
    last = names.pop();
  if (!last) return 0;
  const key = new RegExp(`(^|[\\s{,-])${last.replace(/[^\w]/g, ".")}\\s*:`);
  return text.split("\n").findIndex((line) => key.test(line)) + 1;
}

/** The first and last place of a line in the text. */
export function spanOf(text, line) {
  const lines = text.split("\n"),
    from = lines.slice(0, line - 1).join("\n").length + (line > 1 ? 1 : 0);
  return [from, from + (lines[line - 1] || "").length];
}
