"""Which values of records that are there give way to the file's: a whole field, or one value alone, each by its tick."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...errors import NotFound
from ...storage.database import write_transaction
from ...storage.queries import locked, tuples
from ...storage.records import canonical
from ...storage.system_tables import ImportBatch, ImportRow
from .existing import EMPTY

_SINGLE = "single_ticks"
_LONGEST_MARK = 16


@dataclass(frozen=True)
class Differing:
    """A field that the file says otherwise: of how many records, and how many of these values it takes the place of."""

    values: int
    over: int


def is_ticked(document: Mapping[str, Any], line: int, name: str, pair: Sequence[Any]) -> bool:
    """Return whether the file's value of a row takes the place of the one that is there.

    What was said of the one value goes before what was said of its field, as long as both values, `pair`, are those
    that it was said of: a value that changed since was seen by nobody.
    """
    mark, on = document.get(_SINGLE, {}).get(str(line), {}).get(name, ("", False))
    return bool(on) if mark == _mark(pair) else name in document.get("ticks", ())


def tick_fields(batch: ImportBatch, fields: Sequence[str]) -> None:
    """Say of whole fields that the file's values take the place of others; a field said anew is said of all its values."""

    def change(document: dict[str, Any]) -> None:
        anew = set(document.get("ticks", ())) ^ set(fields)
        singles = {
            line: {name: said for name, said in names.items() if name not in anew}
            for line, names in document.get(_SINGLE, {}).items()
        }
        document["ticks"] = sorted(set(fields))
        document[_SINGLE] = {line: names for line, names in singles.items() if names}

    _change(batch, change)


def tick_values(batch: ImportBatch, said: Mapping[tuple[int, str], bool]) -> None:
    """Say of single values, by line and field, whether the file's takes the place of the one that is there.

    Raises NotFound for a value that does not differ.
    """
    lines = sorted({line for line, _ in said})
    columns = (ImportRow.line, ImportRow.differences)
    rows = ImportRow.select(*columns).where((ImportRow.batch_id == batch.id) & ImportRow.line.in_(lines))
    there = dict(tuples(rows))
    marks: dict[tuple[int, str], str] = {}
    for line, name in said:
        pair = there.get(line, {}).get(name)
        if pair is None or pair[0] in EMPTY:
            raise NotFound("这个值没有不同。", f"line {line} has no other {name!r}")
        marks[line, name] = _mark(pair)

    def change(document: dict[str, Any]) -> None:
        singles = {line: dict(names) for line, names in document.get(_SINGLE, {}).items()}
        for (line, name), on in said.items():
            singles.setdefault(str(line), {})[name] = [marks[line, name], on]
        document[_SINGLE] = singles

    _change(batch, change)


def differing(batch: ImportBatch) -> dict[str, Differing]:
    """Return for each field how many records have another value than the file, and how many of these are ticked."""
    found: dict[str, Differing] = {}
    for _, name, on in _values(batch):
        so_far = found.get(name, Differing(0, 0))
        found[name] = Differing(so_far.values + 1, so_far.over + on)
    return found


def _values(batch: ImportBatch) -> Iterator[tuple[int, str, bool]]:
    differs = (ImportRow.batch_id == batch.id) & (ImportRow.plan == "differ")
    for line, differences in tuples(ImportRow.select(ImportRow.line, ImportRow.differences).where(differs)):
        for name, pair in differences.items():
            if pair[0] not in EMPTY:
                yield line, name, is_ticked(batch.document, line, name, pair)


def _mark(pair: Sequence[Any]) -> str:
    """Return what tells two values apart from any others, without saying them: the document outlives the rows."""
    return hashlib.sha256(canonical(list(pair)).encode()).hexdigest()[:_LONGEST_MARK]


def _change(batch: ImportBatch, change: Callable[[dict[str, Any]], None]) -> None:
    """Change the document as it is by now: ticks come one after the other."""
    still = (ImportBatch.id == batch.id) & (ImportBatch.state == "draft")
    with write_transaction():
        row = locked(ImportBatch.select(ImportBatch.id, ImportBatch.document).where(still)).first()
        if row is None:
            return
        document = dict(row.document)
        change(document)
        ImportBatch.update(document=document).where(still).execute()
    batch.document = document
