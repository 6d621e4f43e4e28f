"""Decision tables written as XLSX files that people can work in; xlsx_reader.py reads them without loss."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import openpyxl
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from ..language.vocabulary import Vocabulary
from .cell_parser import document_cell
from .cell_texts import cell_text
from .cells import BadCell, Column
from .columns import Output, column_of, output_of
from .model import table_from_document
from .output_values import value_text
from .xlsx_cells import FIRST_ROW, GRID, HEAD, HIT_ZH, JSON, cell_source, encoded, input_key, output_key, value_source

_LONGEST = 32_000
_PLAIN = re.compile(r"[^\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]*")
_NOTES = ("备注 Note", "Note (English)")


def write_xlsx(document: Mapping[str, Any], vocabulary: Vocabulary | None = None) -> bytes:
    """Return the table as an XLSX file; `read_xlsx` gives back the equal document. Raises RuleError."""
    table_from_document(document, vocabulary)
    book = openpyxl.Workbook()
    grid = book.worksheets[0]
    grid.title = GRID
    columns = [column_of(one, vocabulary) for one in document["inputs"]]
    outputs = [output_of(one, vocabulary) for one in document["outputs"]]
    _write_heads(grid, document, columns, outputs)
    for number, row in enumerate(document["rows"], FIRST_ROW):
        _put(grid, number, 1, row["id"])
        for place, (source, column) in enumerate(zip(row["when"], columns, strict=True), 2):
            _put(grid, number, place, _shown_cell(source, column))
        for place, (value, output) in enumerate(zip(row["then"], outputs, strict=True), 2 + len(columns)):
            _put(grid, number, place, _shown_value(value, output))
        for place, text in enumerate(_shown_note(row), 2 + len(columns) + len(outputs)):
            _put(grid, number, place, text)
    _style(grid, len(columns), len(outputs), len(document["rows"]))
    _write_shared(book.create_sheet(HEAD), document)
    found = io.BytesIO()
    book.save(found)
    return found.getvalue()


def _write_heads(grid: Worksheet, document: Mapping[str, Any], columns: list[Column], outputs: list[Output]) -> None:
    hit = str(document.get("hit", "first"))
    _put(grid, 1, 1, f"{document['title']['zh']} · {HIT_ZH[hit]} {hit}")
    _put(grid, 2, 1, "id")
    _put(grid, 3, 1, "行 Row")
    for place, column in enumerate(columns, 2):
        _put(grid, 2, place, input_key(column))
        _put(grid, 3, place, _title(column.title, column.name))
    for place, output in enumerate(outputs, 2 + len(columns)):
        _put(grid, 2, place, output_key(output))
        _put(grid, 3, place, _title(output.title, output.derive or output.arg))
    _put(grid, 1, 2, "如果 If")
    _put(grid, 1, 2 + len(columns), "那么 Then")
    for place, (key, text) in enumerate(zip(("note", "note.en"), _NOTES, strict=True), 2 + len(columns) + len(outputs)):
        _put(grid, 2, place, key)
        _put(grid, 3, place, text)


def _title(title: tuple[str, str], name: str) -> str:
    zh, en = title
    return " ".join(dict.fromkeys(word for word in (zh, en) if word)) or name


def _put(grid: Worksheet, row: int, column: int, value: Any) -> None:
    cell = grid.cell(row, column)
    cell.value = value
    if isinstance(value, str):
        cell.data_type = "s"  # 「= 5」 is a text, not a formula.


def _style(grid: Worksheet, inputs: int, outputs: int, rows: int) -> None:
    line = Side(style="thin", color="D5D9E0")
    last = 1 + inputs + outputs
    for number in (1, 2, 3):
        for place in range(1, last + 3):
            head = grid.cell(number, place)
            head.font = Font(
                bold=number == 3, color="5C6370" if number == 2 else "1F2329", size=9 if number == 2 else 11
            )
            head.fill = PatternFill("solid", fgColor="F2F4F7" if place <= 1 + inputs else "EDF2FE")
    for cells in grid.iter_rows(min_row=FIRST_ROW, max_row=FIRST_ROW + rows - 1, max_col=last + 2):
        for cell in cells:
            cell.alignment = Alignment(wrap_text=True, vertical="top")
            cell.border = Border(bottom=line, right=line)
    for place in range(1, last + 3):
        width = max((_width(grid.cell(row, place).value) for row in range(2, min(rows, 200) + FIRST_ROW)), default=8)
        grid.column_dimensions[get_column_letter(place)].width = min(max(width + 2, 10), 44)
    grid.freeze_panes = grid.cell(FIRST_ROW, 2).coordinate
    grid.auto_filter.ref = f"A3:{get_column_letter(last + 2)}{FIRST_ROW + rows - 1}"


def _width(value: object) -> int:
    """Return how wide a text stands; a Chinese character takes two."""
    text = "" if value is None else str(value)
    return max((sum(2 if ord(char) > 0x2E80 else 1 for char in line) for line in text.splitlines()), default=0)


def _shown_cell(source: Any, column: Column) -> Any:
    def back(value: Any) -> Any:
        return None if value is None else cell_source(value, column)

    try:
        text = cell_text(document_cell(source, column), column)
    except BadCell:
        return encoded(source)
    return _first_that_reads([source, text], source, back)


def _shown_value(value: Any, output: Output) -> Any:
    # An option in words: nobody should have to know that 全体在岗的销售 is "everyone".
    candidates = [value_text(value, output), value] if isinstance(value, str) else [value, value_text(value, output)]
    return _first_that_reads(candidates, value, lambda shown: value_source(shown, output))


def _first_that_reads(candidates: Sequence[Any], wanted: Any, read: Callable[[Any], Any]) -> Any:
    """Return the first candidate that a file can hold and that reads back as what is wanted."""
    for candidate in candidates:
        if candidate is not None and not _fits(candidate):
            continue
        try:
            found = read(candidate)
        except BadCell:
            continue
        if found == wanted and type(found) is type(wanted):
            return candidate
    return encoded(wanted)


def _fits(value: Any) -> bool:
    if isinstance(value, str):
        plain = _PLAIN.fullmatch(value) and "_x" not in value and "\r" not in value
        return bool(plain) and 0 < len(value) <= _LONGEST and not value.startswith(JSON) and value == value.strip()
    if isinstance(value, float) and (value.is_integer() or float(f"{value:.15g}") != value):
        return False  # A spreadsheet would make 5 of 5.0, and keeps 15 digits.
    return isinstance(value, bool | int | float) and (isinstance(value, bool) or abs(value) < 10**15)


def _shown_note(row: Mapping[str, Any]) -> tuple[Any, Any]:
    note = row.get("note")
    if isinstance(note, Mapping):
        pair = note["zh"], note["en"]
        return pair if all(_fits(one) for one in pair) else (encoded(note), None)
    if "note" not in row or _fits(note):
        return note, None
    return encoded(note), None


def _write_shared(sheet: Worksheet, document: Mapping[str, Any]) -> None:
    _put(sheet, 1, 1, "项 Key")
    _put(sheet, 1, 2, "值 Value")
    number = 2
    for key, value in document.items():
        if key == "rows":
            continue
        pairs = [(key, value)]
        if isinstance(value, Mapping) and set(value) == {"zh", "en"} and all(_fits(one) for one in value.values()):
            pairs = [(f"{key}.zh", value["zh"]), (f"{key}.en", value["en"])]
        for name, one in pairs:
            text = json.dumps(one, ensure_ascii=False)
            plain = isinstance(one, str | int | float) and _fits(one)
            _put(sheet, number, 1, name)
            _put(sheet, number, 2, one if plain else JSON + text if _fits("j" + text) else encoded(one))
            number += 1
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 16, 90
    for cells in sheet.iter_rows(min_row=2):
        cells[1].alignment = Alignment(wrap_text=True, vertical="top")
    sheet.freeze_panes = "A2"
