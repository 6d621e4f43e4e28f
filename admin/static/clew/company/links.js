// Invitation links as a CSV file that a spreadsheet opens as text: no cell is a formula.
const cell = (text) => `"${(/^[=+\-@\t\r]/.test(text) ? `'${text}` : text).replaceAll('"', '""')}"`;

/** Return rows as CSV, with the mark by which spreadsheets know UTF-8. */
export const csv = (rows) => `\ufeff${rows.map((row) => row.map(cell).join(",")).join("\r\n")}\r\n`;
