"""Reading a list of people: a pasted block, or the cells of a file; with a head or without."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ....hooks.text import Text
from ...errors import Invalid, Problem
from ...intake.importing.tables import read_rows
from ...schema.identity import normal_email, normal_phone
from ...schema.validator import unstorable
from .words import column_of, roles_meant

MOST_ROWS = 1000
"""So many rows are taken at a time; a larger company comes as a folder."""
LONGEST = 2_000_000
_LONGEST_CELL = 300
_SHARE = 0.5


@dataclass(frozen=True)
class Sheet:
    """What was read: each row's line and its values by column; the heads that were known, and those left out."""

    rows: tuple[tuple[int, Mapping[str, str]], ...]
    heads: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()


def read_block(text: str) -> Sheet:
    """Read a pasted block: cells apart by tabs (as spreadsheets copy them), commas, semicolons or bars.

    Raises Invalid if it is empty, too long, holds what can't be saved, or no column can be told.
    """
    if len(text) > LONGEST:
        raise _refused("贴进来的太长了；请上传文件", "this is too long to paste: upload the file")
    if any(unstorable(text)):
        raise _refused(
            "里面有不能保存的字符；请从表格里重新复制", "it holds characters that can't be saved: copy it again"
        )
    text = text.strip("\ufeff\r\n")
    if not text.strip():
        raise _refused("先从表格里复制几行，粘贴在这里", "copy some rows of a spreadsheet and paste them here")
    first = text.splitlines()[0]
    apart = "\t" if "\t" in first else max(",，;；|", key=first.count)
    try:
        # A quote is only a quote where cells may hold line breaks: within a sheet's own format.
        rows = list(csv.reader(io.StringIO(text), delimiter=apart))
    except csv.Error as error:
        raise _refused(f"读不了这一块：{error}", f"this block can't be read: {error}") from None
    return read_cells(enumerate(rows, 1))


def read_file(path: Path) -> Sheet:
    """Read a CSV file or a workbook's first sheet. Raises BadFile, and Invalid as `read_block` does."""
    return read_cells(read_rows(path))


def read_cells(numbered: Iterable[tuple[int, Sequence[str]]]) -> Sheet:
    """Read rows of cells, each with its line. Raises Invalid."""
    rows = []
    for line, cells in numbered:
        clean = [unicodedata.normalize("NFKC", cell).strip() for cell in cells]
        if any(clean):
            rows.append((line, clean))
        if len(rows) > MOST_ROWS + 1:
            raise _too_many()
    if not rows:
        raise _refused("里面一行都没有", "there is not one row in it")
    places = _head(rows[0][1])
    body = rows[1:] if places else rows
    heads = tuple(rows[0][1][at] for at in places.values()) if places else ()
    left = tuple(cell for at, cell in enumerate(rows[0][1]) if places and cell and at not in places.values())
    if len(body) > MOST_ROWS:
        raise _too_many()
    if not body:
        raise _refused("只有表头，没有人", "there is a head but nobody below it")
    places = places or _guessed([cells for _, cells in body])
    if "name" not in places:
        raise _refused(
            "认不出哪一列是姓名；请连表头一起粘贴（姓名、部门、岗位、邮箱）",
            "no column can be told to be the name: paste the head, too (name, team, role, e-mail)",
        )
    read = tuple((line, _values(cells, places)) for line, cells in body)
    return Sheet(tuple(row for row in read if any(row[1].values())), heads, left)


def _values(cells: Sequence[str], places: Mapping[str, int]) -> dict[str, str]:
    return {name: cells[at][:_LONGEST_CELL] if at < len(cells) else "" for name, at in places.items()}


def _head(row: Sequence[str]) -> dict[str, int]:
    """Return where each column stands if the row is a head; the first of several alike counts."""
    found: dict[str, int] = {}
    for at, cell in enumerate(row):
        if name := column_of(cell):
            found.setdefault(name, at)
    return found if len(found) > 1 or (found and len(row) == 1) else {}


def _guessed(rows: Sequence[Sequence[str]]) -> dict[str, int]:
    """Return where the columns stand in rows without a head, by what most cells are; the rest are name, then team."""
    width = max(len(row) for row in rows)
    found: dict[str, int] = {}
    for at in range(width):
        cells = [row[at] for row in rows if at < len(row) and row[at]]
        kinds = {"email": _is_email, "phone": _is_phone, "role": lambda cell: bool(roles_meant(cell))}
        for name, fits in kinds.items():
            if name not in found and cells and sum(map(fits, cells)) / len(cells) > _SHARE:
                found[name] = at
                break
    left = [at for at in range(width) if at not in found.values() and _is_words(rows, at)]
    return {**found, **dict(zip(("name", "team"), left, strict=False))}


def _is_words(rows: Sequence[Sequence[str]], at: int) -> bool:
    """Say whether a column may hold names: numbers and addresses are none."""
    cells = [row[at] for row in rows if at < len(row) and row[at]]
    return bool(cells) and sum(not cell.isdigit() and not _is_email(cell) for cell in cells) / len(cells) > _SHARE


def _is_email(cell: str) -> bool:
    try:
        return bool(normal_email(cell))
    except Invalid:
        return False


def _is_phone(cell: str) -> bool:
    try:
        return bool(normal_phone(cell))
    except Invalid:
        return False


def _too_many() -> Invalid:
    return _refused(
        f"一次最多 {MOST_ROWS} 人；请分几次，或用 clew company import",
        f"at most {MOST_ROWS} people at a time: take several turns, or `clew company import`",
    )


def _refused(zh: str, en: str) -> Invalid:
    return Invalid([Problem("rows", Text(zh, en))])
