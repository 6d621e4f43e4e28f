"""A workbook before it is read: how far its cells reach, and which of them hold an error or no result.

Its reader makes room for all up to the farthest cell, and a file of 5 KB can name one; and it reads a cell that
shows #N/A, or a formula that nobody computed, as an empty one.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Mapping
from html import unescape
from pathlib import Path, PurePosixPath

from ...errors import ClewError

_MOST_CELLS = 5_000_000
_MOST_BYTES = 300 * 1024 * 1024
_PART = 1 << 20
_LONGEST_CELL = 200_000
_CELL = re.compile(rb'<(?:\w+:)?c\s[^>]*?\br="([A-Z]{1,3})(\d{1,7})"')
_WHOLE = re.compile(rb"<(?:\w+:)?c\s([^>]*?)(?:/>|>(.*?)</(?:\w+:)?c>)", re.S)
_AT = re.compile(rb'\br="([A-Z]{1,3})(\d{1,7})"')
_ERROR = re.compile(rb"\bt=[\"']e[\"']")
_TEXT = re.compile(rb"\bt=[\"']str[\"']")
_FORMULA = re.compile(rb"<(?:\w+:)?f[\s/>]")
_VALUE = re.compile(rb"<(?:\w+:)?v(?:\s[^>]*)?>([^<]+)<")
_INLINE = re.compile(rb"<(?:\w+:)?is[\s>]")
_SHEET = re.compile(r"<(?:\w+:)?sheet\s([^>]*?)/?>")
_RELATION = re.compile(r"<(?:\w+:)?Relationship\s([^>]*?)/?>")
_ATTRIBUTE = re.compile(r"([\w:]+)\s*=\s*[\"']([^\"']*)[\"']")
Faults = Mapping[tuple[int, int], str]
"""Cells that can't be read, by row and column, counted from 1: the error one shows, or "" for a formula without result."""


class BadFile(ClewError):
    """A file that can't be read as a table; nothing was imported."""

    code = "bad_file"


def check_extent(path: Path) -> Mapping[str, Faults]:
    """Return by the sheets of a workbook (.xlsx, .xlsm) the cells that hold an error, or a formula without its result.

    Raises BadFile for one that unpacks to too much, or with a cell too far from the others.
    """
    try:
        with zipfile.ZipFile(path) as book:
            if sum(one.file_size for one in book.infolist()) > _MOST_BYTES:
                raise BadFile(
                    f"「{path.name}」展开后超过 300 MB；请只留要导入的行，另存为 CSV",
                    f"{path.name} unpacks to more than 300 MB: keep the rows that are to come in, and save them as CSV",
                )
            names = _sheet_names(book)
            return {
                names.get(one, one): _check_sheet(path, book, one)
                for one in book.namelist()
                if one.startswith("xl/worksheets/") and one.endswith(".xml")
            }
    except (OSError, zipfile.BadZipFile, NotImplementedError, RuntimeError):
        return {}  # Whoever reads it says what is wrong with it.


def _sheet_names(book: zipfile.ZipFile) -> dict[str, str]:
    """Return the names of a workbook's sheets by the part of the archive that holds each."""
    try:
        text = book.read("xl/workbook.xml").decode("utf-8")
        relations = book.read("xl/_rels/workbook.xml.rels").decode("utf-8")
    except (KeyError, UnicodeDecodeError):
        return {}
    targets = {one.get("Id", ""): one.get("Target", "") for one in map(_attributes, _RELATION.findall(relations))}
    found = {}
    for one in map(_attributes, _SHEET.findall(text)):
        number = next((value for name, value in one.items() if name.rpartition(":")[2] == "id"), "")
        target = targets.get(number, "")
        part = target.lstrip("/") if target.startswith("/") else str(PurePosixPath("xl") / target)
        found[part] = unescape(one.get("name", ""))
    return found


def _attributes(text: str) -> dict[str, str]:
    return dict(_ATTRIBUTE.findall(text))


def _check_sheet(path: Path, book: zipfile.ZipFile, name: str) -> Faults:
    rows = columns = 1
    farthest = ""
    faults: dict[tuple[int, int], str] = {}
    with book.open(name) as sheet:
        rest = b""
        while part := sheet.read(_PART):
            text = rest + part
            for found in _CELL.finditer(text):
                row, column = int(found[2]), _number(found[1])
                if row > rows or column > columns:
                    rows, columns, farthest = max(rows, row), max(columns, column), (found[1] + found[2]).decode()
            end = 0
            for whole in _WHOLE.finditer(text):
                end = whole.end()
                if (fault := _fault(whole[1], whole[2] or b"")) is not None and (at := _AT.search(whole[1])):
                    faults[int(at[2]), _number(at[1])] = fault
            rest = text[max(end, len(text) - _LONGEST_CELL) :]
    if rows * columns > _MOST_CELLS:
        raise BadFile(
            f"「{path.name}」里有一格远在 {farthest}；请删去多余的行列，或另存为 CSV",
            f"{path.name} has a cell as far out as {farthest}: delete the rows and columns around it, or save it as CSV",
        )
    return faults


def _fault(attributes: bytes, inner: bytes) -> str | None:
    value = _VALUE.search(inner)
    if _ERROR.search(attributes):
        return unescape(value[1].decode("utf-8", "replace")).strip() if value else "#N/A"
    # A formula may well result in an empty text.
    bare = value is None and not _INLINE.search(inner) and not _TEXT.search(attributes)
    return "" if bare and _FORMULA.search(inner) else None


def _number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
