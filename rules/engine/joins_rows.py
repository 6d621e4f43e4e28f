"""The rows of a collection that pass an item's own test, their fields ready to be read by conditions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ..language.errors import FactError, shown
from ..language.match import Match
from ..language.values import FactView, Key, Value, normalise, typed
from .compiled_conditions import Test

MOST_ROWS = 5000

Row = tuple[Value | None, ...]


class Ask(NamedTuple):
    """That a row's field equals (or differs from) a text, or another fact that may be a text."""

    field: str
    equal: bool
    than: Key | None
    text: str | None


class ItemRows:
    """Rows in the order they were given; `names` are those of their fields as conditions write them."""

    __slots__ = ("_by_field", "_names", "rows")

    def __init__(self, names: Sequence[str], rows: list[Row]) -> None:
        self._names = tuple(names)
        self.rows = rows
        self._by_field: dict[str, dict[Any, list[int]]] = {}

    def __len__(self) -> int:
        return len(self.rows)

    def show(self, place: int, view: FactView) -> None:
        """Let conditions that read `view` see this row."""
        read = view
        for name, value in zip(self._names, self.rows[place], strict=True):
            read[name] = value

    def value(self, place: int, name: str) -> Value | None:
        """Return one field of one row."""
        return self.rows[place][self._names.index(name)]

    def values(self, name: str) -> list[Value | None]:
        """Return one field of every row."""
        at = self._names.index(name)
        return [row[at] for row in self.rows]

    def having(self, name: str, value: Any) -> Sequence[int]:
        """Return the places of the rows whose field has this (typed) value."""
        if name not in self._by_field:
            found: defaultdict[Any, list[int]] = defaultdict(list)
            for place, one in enumerate(self.values(name)):
                if one is not None:
                    found[typed(one)].append(place)
            self._by_field[name] = found
        return self._by_field[name].get(value, ())


def rows_of(
    view: FactView,
    match: Match,
    names: Sequence[str],
    asks: Sequence[Ask],
    test: Test | None,
    scratch: FactView,
    most: int = MOST_ROWS,
) -> ItemRows:
    """Return the first rows that pass `test`, which sees each in turn through `scratch`. Raises FactError.

    `asks` are part of the test, and cheap to look at beforehand.
    """
    given = given_rows(view, match.of)
    for ask in asks:
        text = ask.text if ask.than is None else view[ask.than]
        field = ask.field
        # Only of a plain text is it sure what rules will read: anything else goes on to the test.
        if type(text) is not str:
            continue
        if ask.equal:
            given = [row for row in given if (value := row.get(field)) == text or type(value) is not str]
        else:
            given = [row for row in given if row.get(field) != text]
    if not given:
        return ItemRows(names, [])
    fields = [(name, name.removeprefix(f"{match.alias}.")) for name in names]
    read = scratch
    found: list[Row] = []
    for row in given:
        for name, field in fields:
            value = row.get(field)
            kind: type = type(value)
            if kind is int or kind is bool or (kind is str and value):
                read[name] = value
            else:
                read[name] = normalise(name, value)
        if test is None or test(scratch):
            found.append(tuple([read[name] for name in names]))
            if len(found) == most:
                break
    return ItemRows(names, found)


def given_rows(view: FactView, collection: str) -> Sequence[Mapping[str, Any]]:
    """Return a collection's rows as the facts carry them; none when the fact is missing."""
    given: Any = view.facts.get(collection)
    if given is None:
        return ()
    plain = type(given) is list and set(map(type, given)) <= {dict}
    if not plain and not (isinstance(given, list | tuple) and all(isinstance(row, Mapping) for row in given)):
        raise FactError(
            f"事实「{collection}」的值 {shown(given)} 不是记录的列表",
            f"fact {collection!r} is {shown(given)}, and has to be a list of mappings, one a record",
        )
    if len(given) > MOST_ROWS:
        raise FactError(
            f"事实「{collection}」有 {len(given)} 行，最多 {MOST_ROWS} 行",
            f"fact {collection!r} has {len(given)} rows; at most {MOST_ROWS} are taken",
        )
    rows: Sequence[Mapping[str, Any]] = given
    return rows
