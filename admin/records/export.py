"""A list as a file, CSV or XLSX: what the page shows, masked as there, and no cell that a spreadsheet would run."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import IO, Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

from ...core.intake.importing.formulas import defused
from ...core.schema.fields import Field
from .wording import MISSING, RecordWords, value_of

TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""One such character, and no program opens the workbook."""
_MOST_EXACT = 10**15
"""Spreadsheets keep fifteen digits of a number; longer ones are written as text."""


def cell_of(words: RecordWords, record: Any, field: Field) -> Any:
    """Return what a file has of a value: numbers, amounts and moments as such, everything else in words."""
    value = value_of(record, field)
    if isinstance(value, bool) or field.type in ("boolean", "reference") or field.options or field.mask:
        text = words.text(record, field, exact=True)
        return "" if text == MISSING else defused(text)
    if field.type == "money" and isinstance(value, Decimal):
        return value
    if isinstance(value, int | float) and abs(value) <= _MOST_EXACT:
        return value
    if isinstance(value, datetime):
        return value.astimezone(words.ws.settings.zone).replace(tzinfo=None, microsecond=0)
    if field.type == "date" and value:
        try:
            return date.fromisoformat(str(value))
        except ValueError:
            pass
    text = words.text(record, field, exact=True)
    return "" if text == MISSING else defused(text)


def write_file(
    out: IO[bytes], export_type: str, title: str, heads: Sequence[str], rows: Iterable[Sequence[Any]]
) -> int:
    """Write rows to a file of one of `TYPES`, one after another, and return how many they were."""
    return _write_csv(out, heads, rows) if export_type == "csv" else _write_xlsx(out, title, heads, rows)


def _write_csv(out: IO[bytes], heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    # The mark in front tells Excel that it is UTF-8.
    text = io.TextIOWrapper(out, encoding="utf-8-sig", newline="", write_through=True)
    writer = csv.writer(text)
    writer.writerow([defused(head) for head in heads])
    count = 0
    for row in rows:
        writer.writerow([f"{one:%Y-%m-%d %H:%M}" if isinstance(one, datetime) else one for one in row])
        count += 1
    text.detach()
    return count


def _write_xlsx(out: IO[bytes], title: str, heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    # A sheet that is only written grows on disk, not in memory.
    book = Workbook(write_only=True)
    sheet = book.create_sheet("".join(c for c in _NOT_IN_XML.sub("", title) if c not in "[]:*?/\\")[:31] or "Clew")
    sheet.freeze_panes = "A2"
    count = 0
    sheet.append([_cell(sheet, defused(head)) for head in heads])
    for row in rows:
        sheet.append([_cell(sheet, one) for one in row])
        count += 1
    book.save(out)
    return count


def _cell(sheet: Any, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    cell = WriteOnlyCell(sheet, _NOT_IN_XML.sub("", value))
    cell.data_type = "s"
    return cell
