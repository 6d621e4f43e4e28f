"""Reads tables from CSV and spreadsheet files: every cell as text, each row with its place in the file."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import python_calamine

from ....hooks.text import Text, n_of
from .extent import BadFile, check_extent
from .formulas import armed

ERROR_COLUMNS = ("错误", "Error")
"""Added to the rows that were refused; passed over when the mended file is fed again."""
_DELIMITED = (".csv", ".tsv", ".txt")
_WORKBOOKS = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")
_DELIMITERS = ",;\t|"


@dataclass(frozen=True)
class Row:
    """One row: its line in the file (the heading is line 1), its cells by column, and what is wrong with its shape."""

    line: int
    cells: dict[str, str]
    fault: Text | None = None


@dataclass(frozen=True)
class Table:
    """A file's rows under its heading."""

    path: Path
    columns: tuple[str, ...]
    rows: tuple[Row, ...]


def read_table(path: Path) -> Table:
    """Read a CSV file (UTF-8, UTF-16 or GB 18030) or a workbook's first sheet. Raises BadFile."""
    return _table(path, read_rows(path))


def read_rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Return the cells of such a file, each row with its line, whether they have a heading or not. Raises BadFile."""
    kind = path.suffix.lower()
    if kind not in (*_DELIMITED, *_WORKBOOKS):
        raise BadFile(
            f"「{path.name}」不是能读的表格：请用 {'、'.join((*_DELIMITED, *_WORKBOOKS))}",
            f"{path.name} is no table that can be read: use one of {', '.join((*_DELIMITED, *_WORKBOOKS))}",
        )
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise BadFile(f"找不到文件「{path}」", f"no such file: {path}") from None
    except OSError as error:
        raise BadFile(f"读不了「{path}」：{error.strerror}", f"can't read {path}: {error.strerror}") from None
    if not data.strip():
        raise BadFile(f"「{path.name}」是空文件", f"{path.name} is empty")
    return _delimited(path, data) if kind in _DELIMITED else _workbook(path)


def _table(path: Path, rows: Iterator[tuple[int, list[str]]]) -> Table:
    line, heading = next(((number, cells) for number, cells in rows if any(cells)), (0, []))
    while heading and not heading[-1]:
        heading.pop()
    if not heading:
        raise BadFile(f"「{path.name}」里没有表头", f"{path.name} has no heading")
    ours = any(name in ERROR_COLUMNS for name in heading)  # A file of refused rows that comes back, mended.
    if ours:
        rows = ((number, [armed(cell) for cell in cells]) for number, cells in rows)
        heading = [armed(name) for name in heading]
    columns = [name or f"列 {number}" for number, name in enumerate(heading, 1)]
    twice = sorted({name for name in columns if columns.count(name) > 1})
    if twice:
        raise BadFile(
            f"「{path.name}」第 {line} 行有重名的列：{'、'.join(twice)}；请改名",
            f"{path.name}, line {line}: columns named alike: {', '.join(twice)}; rename them",
        )
    found = tuple(_row(number, columns, cells) for number, cells in rows if any(cells))
    if not found:
        raise BadFile(f"「{path.name}」只有表头，没有数据", f"{path.name} has a heading but no rows")
    return Table(path, tuple(name for name in columns if name not in ERROR_COLUMNS), found)


def _row(line: int, columns: list[str], cells: list[str]) -> Row:
    fault = None
    if any(cells[len(columns) :]):
        fault = Text(
            f"这一行有 {len(cells)} 格，表头只有 {len(columns)} 列；多半是少了引号",
            f"this row has {n_of(len(cells), 'cell')}, the heading {n_of(len(columns), 'column')}: quotes are missing, most likely",
        )
    padded = [*cells, *[""] * (len(columns) - len(cells))]
    named = dict(zip(columns, padded, strict=False))
    return Row(line, {name: cell for name, cell in named.items() if name not in ERROR_COLUMNS}, fault)


def _delimited(path: Path, data: bytes) -> Iterator[tuple[int, list[str]]]:
    text = _decoded(path, data)
    first = text.lstrip("\r\n").split("\n", 1)[0]
    delimiter = max(_DELIMITERS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise BadFile(
                f"「{path.name}」第 {line} 行起读不下去：引号不成对，或一格过长（{error}）",
                f"{path.name}, from line {line}: a quote without its pair, or a cell too long ({error})",
            ) from None
        yield line, [cell.strip() for cell in cells]


def _decoded(path: Path, data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        codings: Iterable[str] = ("utf-16",)
    else:
        codings = ("utf-8-sig", "gb18030")
    for coding in codings:
        try:
            text = data.decode(coding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise BadFile(
        f"「{path.name}」不是文字表格；若是 Excel 文件，请用 .xlsx 后缀，否则另存为 UTF-8 的 CSV",
        f"{path.name} holds no text: name a workbook .xlsx, or save the table as CSV in UTF-8",
    )


def _workbook(path: Path) -> Iterator[tuple[int, list[str]]]:
    if path.suffix.lower() in (".xlsx", ".xlsm"):
        check_extent(path)
    try:
        sheet = python_calamine.CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0)
        rows = sheet.to_python(skip_empty_area=False)
    except Exception as error:  # The reader has many errors without a common ancestor, panics among them.
        raise BadFile(
            f"「{path.name}」打不开：文件坏了、有密码或不是工作簿（{error}）",
            f"{path.name} can't be opened: damaged, protected by a password, or no workbook ({error})",
        ) from None
    for number, cells in enumerate(rows, 1):
        yield number, [_text(cell) for cell in cells]


def _text(cell: Any) -> str:
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))  # Workbooks keep phone numbers as 13812345678.0.
    if isinstance(cell, float):
        return f"{cell:.15g}"  # As many digits as the sheet shows: behind them is noise of its arithmetic.
    if isinstance(cell, datetime | date):
        return cell.isoformat(" ") if isinstance(cell, datetime) else cell.isoformat()
    return str(cell).strip()
