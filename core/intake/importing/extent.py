"""How far a workbook's cells reach: its reader makes room for all up to the farthest, and a file of 5 KB can name one."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

from ...errors import ClewError

_MOST_CELLS = 5_000_000
_MOST_BYTES = 300 * 1024 * 1024
_PART = 1 << 20
_CELL = re.compile(rb'<(?:\w+:)?c\s[^>]*?r="([A-Z]{1,3})(\d{1,7})"')


class BadFile(ClewError):
    """A file that can't be read as a table; nothing was imported."""

    code = "bad_file"


def check_extent(path: Path) -> None:
    """Raise BadFile for a workbook (.xlsx, .xlsm) that unpacks to too much, or with a cell too far from the others."""
    try:
        with zipfile.ZipFile(path) as book:
            if sum(one.file_size for one in book.infolist()) > _MOST_BYTES:
                raise BadFile(
                    f"「{path.name}」展开后超过 300 MB；请只留要导入的行，另存为 CSV",
                    f"{path.name} unpacks to more than 300 MB: keep the rows that are to come in, and save them as CSV",
                )
            for one in book.namelist():
                if one.startswith("xl/worksheets/") and one.endswith(".xml"):
                    _check_sheet(path, book, one)
    except (OSError, zipfile.BadZipFile, NotImplementedError, RuntimeError):
        return  # Whoever reads it says what is wrong with it.


def _check_sheet(path: Path, book: zipfile.ZipFile, name: str) -> None:
    rows = columns = 1
    farthest = ""
    with book.open(name) as sheet:
        rest = b""
        while part := sheet.read(_PART):
            text = rest + part
            for found in _CELL.finditer(text):
                row, column = int(found[2]), _number(found[1])
                if row > rows or column > columns:
                    rows, columns, farthest = max(rows, row), max(columns, column), (found[1] + found[2]).decode()
            rest = text[-200:]
    if rows * columns > _MOST_CELLS:
        raise BadFile(
            f"「{path.name}」里有一格远在 {farthest}；请删去多余的行列，或另存为 CSV",
            f"{path.name} has a cell as far out as {farthest}: delete the rows and columns around it, or save it as CSV",
        )


def _number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
