// From and to a spreadsheet: a block of lines with tabs between the cells.
export const cells = (text) =>
  text
    .replace(/\r/g, "")
    .replace(/\n$/, "")
    .split("\n")
    .map((line) => line.split("\t"));

/** Put a block in from a cell on. Rows that are missing are added, before the row that catches the rest. */
export function paste(sheet, block, { row, column }) {
  const pinned = sheet.isPinned(sheet.lastRow);
  for (const [down, line] of block.entries()) {
    let at = row + down;
    if (at > sheet.lastRow || (sheet.isPinned(at) && down > 0)) {
      at = pinned ? sheet.lastRow : sheet.lastRow + 1;
      sheet.addRow(at);
    }
    for (const [right, text] of line.entries()) {
      if (column + right < sheet.width) sheet.put(at, column + right, text.trim());
    }
  }
}
