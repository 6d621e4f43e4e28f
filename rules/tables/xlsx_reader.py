"""Decision tables read from XLSX files; what is wrong in a file is said of its cell (C3).

A file that would eat the machine is refused before it is unpacked.
"""

from __future__ import annotations

import io
import itertools
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import openpyxl
from openpyxl.utils import get_column_letter

from ..language.errors import Problems
from ..language.vocabulary import Vocabulary
from .cells import BadCell
from .columns import column_of, output_of
from .model import HIT_POLICIES, MOST_ROWS
from .xlsx_cells import FIRST_ROW, GRID, HEAD, HIT_ZH, JSON, cell_source, decoded, input_key, output_key, value_source

LARGEST = 5_000_000
_LARGEST_INSIDE = 60_000_000
_MOST_PARTS = 300
_MOST_COLUMNS = 45
_Rows = list[tuple[Any, ...]]


def read_xlsx(
    data: bytes, vocabulary: Vocabulary | None = None, base: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Return the document a file holds; what its second sheet leaves out comes from `base`.

    Raises RuleError, whose problems name the cells. The document itself is not checked any further.
    """
    problems = Problems()
    sheets = _open(data, problems)
    problems.raise_if_any()
    shared = {key: value for key, value in (base or {}).items() if key != "rows"}
    if sheets.get(HEAD):
        shared = _read_shared(sheets[HEAD], problems)
    grid = sheets.get(GRID) or next((rows for name, rows in sheets.items() if name != HEAD), [])
    document = _read_grid(grid, shared, vocabulary, problems)
    problems.raise_if_any()
    return document


def _open(data: bytes, problems: Problems) -> dict[str, _Rows]:
    """Return the values of a file's sheets; formulas, and files that would eat the machine, are refused."""
    if len(data) > LARGEST:
        problems.add("xlsx", f"文件超过 {LARGEST // 1_000_000} MB", f"the file is over {LARGEST // 1_000_000} MB")
        return {}
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as parts:
            inside = parts.infolist()
            if len(inside) > _MOST_PARTS or sum(part.file_size for part in inside) > _LARGEST_INSIDE:
                problems.add("xlsx", "文件解开后太大", "the file is too large when unpacked")
                return {}
            for part in inside:
                if part.filename.endswith((".xml", ".rels")) and b"<!DOCTYPE" in parts.read(part):
                    problems.add(
                        "xlsx", "文件里有不允许的 XML 声明", "the file holds an XML declaration that is not allowed"
                    )
                    return {}
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True)
        return {sheet.title: _values(sheet, problems) for sheet in book.worksheets[:4]}
    except Exception:  # openpyxl raises anything on broken files: KeyError, ValueError, expat's own, …
        problems.add(
            "xlsx",
            "不是可读的 XLSX 文件；请用 Excel 另存为 .xlsx",
            "is no XLSX file that can be read; save it as .xlsx",
        )
        return {}


def _values(sheet: Any, problems: Problems) -> _Rows:
    sheet.reset_dimensions()
    found: _Rows = []
    most = MOST_ROWS + FIRST_ROW
    for number, cells in enumerate(itertools.islice(sheet.iter_rows(max_col=_MOST_COLUMNS + 1), most + 1), 1):
        if number > most:
            problems.add(f"A{number}", f"最多 {MOST_ROWS} 行", f"holds more than {MOST_ROWS} rows")
            break
        for cell in cells:
            if cell.data_type == "f":
                zh, en = "是公式；请只粘贴值，或在前面加单引号", "is a formula; paste values, or put a quote in front"
                problems.add(cell.coordinate, zh, en, found=str(cell.value))
        found.append(tuple(cell.value for cell in cells))
    return found


def _read_shared(rows: _Rows, problems: Problems) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for number, cells in enumerate(rows[1:], 2):
        name = str(cells[0]).strip() if cells and cells[0] is not None else ""
        if not name:
            continue
        value = cells[1] if len(cells) > 1 else None
        if isinstance(value, str) and value.startswith(JSON):
            value = decoded(value, f"{HEAD}!B{number}", problems)
        key, _, language = name.rpartition(".")
        if key and language in ("zh", "en"):
            found.setdefault(key, {})[language] = "" if value is None else str(value)
        else:
            found[name] = value
    hit = found.get("hit")
    for policy, zh in HIT_ZH.items():
        if isinstance(hit, str) and hit not in HIT_POLICIES and zh == hit:
            found["hit"] = policy
    return found


def _read_grid(
    rows: _Rows, shared: dict[str, Any], vocabulary: Vocabulary | None, problems: Problems
) -> dict[str, Any]:
    keys = [str(key).strip() if key is not None else "" for key in (rows[1] if len(rows) > 1 else ())]
    inputs, outputs = _named(shared.get("inputs"), shared.get("outputs"))
    places: list[tuple[str, int, Any]] = []
    for place, key in enumerate(keys):
        if place and key and key not in ("note", "note.en"):
            kind, document = _column(key, inputs, outputs, vocabulary)
            places.append((kind, place, document))
    if not places or keys[:1] != ["id"]:
        zh = "第 2 行须是列名：A2 写 id，其后每列写字段（如 lead.budget）或动作.参数（如 assign.team）"
        problems.add(
            "A2", zh, "row 2 names the columns: id in A2, then facts (lead.budget) and arguments (assign.team)"
        )
        return {}
    document = {key: value for key, value in shared.items() if key not in ("inputs", "outputs", "rows")}
    document["inputs"] = [one for kind, _, one in places if kind == "input"]
    document["outputs"] = [one for kind, _, one in places if kind == "output"]
    notes = [keys.index(name) if name in keys else None for name in ("note", "note.en")]
    document["rows"] = list(_read_rows(rows, places, notes, vocabulary, problems))
    order = [*shared, *document]
    return {key: document[key] for key in dict.fromkeys(order) if key in document}


def _named(inputs: Any, outputs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the columns as the second sheet has them, by key."""
    known_in = {input_key(column_of(one, None)): one for one in _mappings(inputs)}
    return known_in, {output_key(output_of(one, None)): one for one in _mappings(outputs)}


def _mappings(value: Any) -> Iterator[Mapping[str, Any]]:
    yield from (one for one in value if isinstance(one, Mapping)) if isinstance(value, list) else ()


def _column(
    key: str, inputs: Mapping[str, Any], outputs: Mapping[str, Any], vocabulary: Vocabulary | None
) -> tuple[str, Any]:
    if key in inputs:
        return "input", inputs[key]
    if key in outputs:
        return "output", outputs[key]
    if key.startswith("derived:"):
        return "input", {"derived": key.removeprefix("derived:")}
    if key.startswith("derive:"):
        return "output", {"derive": key.removeprefix("derive:")}
    action, _, arg = key.partition(".")
    if vocabulary is not None and action in vocabulary.actions:
        return "output", {"action": action, "arg": arg}
    return "input", {"field": key}


def _read_rows(
    rows: _Rows,
    places: Sequence[tuple[str, int, Any]],
    notes: Sequence[int | None],
    vocabulary: Vocabulary | None,
    problems: Problems,
) -> Iterator[dict[str, Any]]:
    given = [str(cells[0]).strip() for cells in rows[FIRST_ROW - 1 :] if cells and cells[0] is not None]
    free = (name for number in itertools.count(1) if (name := f"r{number}") not in given)
    seen: set[str] = set()
    for number, cells in enumerate(rows[FIRST_ROW - 1 :], FIRST_ROW):
        if all(value is None or value == "" for value in cells):
            continue
        row_id = str(cells[0]).strip() if cells[0] is not None else ""
        # A row copied in Excel brings its neighbour's id with it.
        row_id = row_id if row_id and row_id not in seen else next(free)
        seen.add(row_id)
        row: dict[str, Any] = {"id": row_id, "when": [], "then": []}
        for kind, place, document in places:
            value = cells[place] if place < len(cells) else None
            at = f"{get_column_letter(place + 1)}{number}"
            row["when" if kind == "input" else "then"].append(_read(kind, value, document, vocabulary, at, problems))
        row |= _read_note([cells[p] if p is not None and p < len(cells) else None for p in notes], number, problems)
        yield row


def _read(kind: str, value: Any, document: Any, vocabulary: Vocabulary | None, at: str, problems: Problems) -> Any:
    try:
        if isinstance(value, str) and value.startswith(JSON):
            return decoded(value, at, problems)
        if kind == "input":
            return None if value is None else cell_source(value, column_of(document, vocabulary))
        return value_source(value, output_of(document, vocabulary))
    except BadCell as bad:
        problems.add(at, bad.zh, bad.en, found=value, allowed=bad.allowed, word=bad.word or None, called=bad.called)
        return None


def _read_note(pair: Sequence[Any], number: int, problems: Problems) -> dict[str, Any]:
    zh, en = pair
    if isinstance(zh, str) and zh.startswith(JSON):
        return {"note": decoded(zh, f"A{number}", problems)}
    if zh is None and en is None:
        return {}
    return {"note": str(zh)} if en is None else {"note": {"zh": str(zh or en), "en": str(en)}}
