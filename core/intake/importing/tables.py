"""Reads tables from CSV and spreadsheet files: every cell as text, each row with its place in the file."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import python_calamine

from ....hooks.text import Text, n_of
from ...schema.written import without_unseen
from .codings import decoded
from .extent import BadFile, Faults, check_extent
from .formulas import armed

ERROR_COLUMNS = ("错误", "Error")
"""Added to the rows that were refused; passed over when the mended file is fed again."""
_DELIMITED = (".csv", ".tsv", ".txt")
_WORKBOOKS = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")
_DELIMITERS = ",;\t|"
_ERRORS = frozenset(
    ["#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!", "#CALC!", "#FIELD!", "#BLOCKED!"]
)
"""What a spreadsheet shows, and writes into its CSV, where it could not compute."""
_NO_RESULT = Text(
    "的公式没有算出的值；请在 Excel 里打开、保存后再传", "is a formula without its result: open and save it first"
)


@dataclass(frozen=True)
class Row:
    """One row: its line in the file (the heading is line 1), its cells by column, and what is wrong with its shape."""

    line: int
    cells: dict[str, str]
    fault: Text | None = None
    faults: Mapping[str, Text] = field(default_factory=dict)
    """What is wrong with a cell, by its column: an error of the sheet, a formula without its result."""


@dataclass(frozen=True)
class Table:
    """A file's rows under its heading."""

    path: Path
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    notes: tuple[Text, ...] = ()
    """What of the file is not read: other sheets."""


@dataclass(frozen=True)
class _Opened:
    rows: Iterator[tuple[int, list[str]]]
    faults: Faults = field(default_factory=dict)
    notes: tuple[Text, ...] = ()


def read_table(path: Path) -> Table:
    """Read a CSV file (UTF-8, UTF-16 or GB 18030) or a workbook's first visible sheet. Raises BadFile."""
    return _table(path, _open(path))


def read_rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Return the cells of such a file, each row with its line, whether they have a heading or not. Raises BadFile."""
    return _open(path).rows


def _open(path: Path) -> _Opened:
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
    return _Opened(_delimited(path, data)) if kind in _DELIMITED else _workbook(path)


def _table(path: Path, opened: _Opened) -> Table:
    rows = opened.rows
    line, heading = next(((number, cells) for number, cells in rows if any(cells)), (0, []))
    while heading and not heading[-1]:
        heading.pop()
    if not heading:
        raise BadFile(f"「{path.name}」里没有表头", f"{path.name} has no heading")
    ours = any(name in ERROR_COLUMNS for name in heading)  # A file of refused rows that comes back, mended.
    if ours:
        rows = ((number, [armed(cell) for cell in cells]) for number, cells in rows)
        heading = [armed(name) for name in heading]
    heading = [" ".join(without_unseen(name).split()) for name in heading]
    columns = [name or f"列 {number}" for number, name in enumerate(heading, 1)]
    twice = sorted({name for name in columns if columns.count(name) > 1})
    if twice:
        raise BadFile(
            f"「{path.name}」第 {line} 行有重名的列：{'、'.join(twice)}；请改名",
            f"{path.name}, line {line}: columns named alike: {', '.join(twice)}; rename them",
        )
    found = tuple(_row(number, columns, cells, opened.faults) for number, cells in rows if any(cells))
    if not found:
        raise BadFile(f"「{path.name}」只有表头，没有数据", f"{path.name} has a heading but no rows")
    return Table(path, tuple(name for name in columns if name not in ERROR_COLUMNS), found, opened.notes)


def _row(line: int, columns: list[str], cells: list[str], faults: Faults) -> Row:
    fault = None
    wrong = {}
    for at, (name, cell) in enumerate(zip(columns, cells, strict=False), 1):
        if cell in _ERRORS:
            wrong[name] = Text(f"是错误值 {cell}", f"holds the error {cell}")
        elif (line, at) in faults:
            wrong[name] = _NO_RESULT
    if any(cells[len(columns) :]):
        fault = Text(
            f"这一行有 {len(cells)} 格，表头只有 {len(columns)} 列；多半是少了引号",
            f"this row has {n_of(len(cells), 'cell')}, the heading {n_of(len(columns), 'column')}: quotes are missing, most likely",
        )
    padded = [*cells, *[""] * (len(columns) - len(cells))]
    named = dict(zip(columns, padded, strict=False))
    return Row(line, {name: cell for name, cell in named.items() if name not in ERROR_COLUMNS}, fault, wrong)


def _delimited(path: Path, data: bytes) -> Iterator[tuple[int, list[str]]]:
    text = decoded(path, data)
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


def _workbook(path: Path) -> _Opened:
    faults = check_extent(path) if path.suffix.lower() in (".xlsx", ".xlsm") else {}
    try:
        book = python_calamine.CalamineWorkbook.from_path(str(path))
        sheets = [one for one in book.sheets_metadata if one.typ == python_calamine.SheetTypeEnum.WorkSheet]
        seen = [one for one in sheets if one.visible == python_calamine.SheetVisibleEnum.Visible]
        chosen = (seen or sheets)[0].name
        rows = book.get_sheet_by_name(chosen).to_python(skip_empty_area=False)
    except Exception as error:  # The reader has many errors without a common ancestor, panics among them.
        raise BadFile(
            f"「{path.name}」打不开：文件坏了、有密码或不是工作簿（{error}）",
            f"{path.name} can't be opened: damaged, protected by a password, or no workbook ({error})",
        ) from None
    theirs = faults.get(chosen, {})
    return _Opened(_cells(rows, theirs), theirs, _other_sheets(chosen, [one.name for one in sheets]))


def _cells(rows: list[list[Any]], faults: Faults) -> Iterator[tuple[int, list[str]]]:
    wrong: dict[int, list[tuple[int, str]]] = {}
    for (number, column), shown in faults.items():
        wrong.setdefault(number, []).append((column, shown))
    for number, cells in enumerate(rows, 1):
        texts = [_text(cell) for cell in cells]
        for column, shown in wrong.get(number, ()):
            if column <= len(texts):  # So that whoever mends it sees what stood there.
                texts[column - 1] = shown
        yield number, texts


def _other_sheets(chosen: str, names: list[str]) -> tuple[Text, ...]:
    others = [name for name in names if name != chosen]
    if not others:
        return ()
    return (
        Text(
            f"只读工作表「{chosen}」；没有读的：{'、'.join(f'「{name}」' for name in others)}",
            f"only the sheet “{chosen}” is read, not {', '.join(f'“{name}”' for name in others)}",
        ),
    )


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
