"""A list as a file, CSV or XLSX: what the page shows, masked as there, and no cell that a spreadsheet would run."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

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


def as_csv(heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """Return rows as CSV; the mark in front tells Excel that it is UTF-8."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([defused(head) for head in heads])
    for row in rows:
        writer.writerow([f"{one:%Y-%m-%d %H:%M}" if isinstance(one, datetime) else one for one in row])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def as_xlsx(title: str, heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """Return rows as a workbook of one sheet; texts are cells of text, whatever they begin with."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("".join(c for c in _NOT_IN_XML.sub("", title) if c not in "[]:*?/\\")[:31] or "Clew")
    sheet.freeze_panes = "A2"
    for row in ([defused(head) for head in heads], *rows):
        sheet.append([_cell(sheet, one) for one in row])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _cell(sheet: Any, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    cell = WriteOnlyCell(sheet, _NOT_IN_XML.sub("", value))
    cell.data_type = "s"
    return cell
