"""A decision table under inspection: its rows as boxes over the facts it looks at, and records drawn from boxes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ..language.conditions import Leaf, holds, leaves
from ..language.vocabulary import Title, Vocabulary
from .cells import Column
from .masks import condition_of
from .model import Row, Table, rules_of
from .regions import Box, Space, dimension_of, meet, view_of
from .repairs import Repair

MOST_STEPS = 100_000
MOST_PIECES = 2_000
MOST_SHOWN = 40


@dataclass(frozen=True)
class TableFinding:
    """Something to know of a table. `kind` is gap, rest, overlap, shadowed or never; `rows` count from 1.

    A gap lies between rows of its kind and falls to the catch-all; `rest` is what no row was meant to take.
    `places` are the input columns it shows in, `at` is the row before which a gap belongs, `words` what
    a gap takes in each input column. `facts` (and `derived`) are a record that shows it, which row
    `takes` (0: none). `more` says whether the rest holds this region too.
    """

    kind: str
    level: str
    rows: tuple[int, ...]
    zh: str
    en: str
    facts: Mapping[str, Any]
    derived: Mapping[str, Any] = field(default_factory=dict)
    takes: int = 0
    places: tuple[int, ...] = ()
    at: int = 0
    words: tuple[Title, ...] = ()
    repairs: tuple[Repair, ...] = ()


class Grid:
    """A table with what its cells tell apart; `unseen` gathers what was not looked at."""

    def __init__(self, document: Mapping[str, Any], table: Table, vocabulary: Vocabulary | None, now: datetime) -> None:
        self.document, self.table, self.now = document, table, now
        self.columns = table.inputs
        self.space = _space(table, vocabulary, now)
        self.universe = self.space.boxes(table.head.when)
        self.boxes = [self._box(row) for row in table.rows]
        self.rules = rules_of(table)
        last = table.rows[-1]
        self.catch_all = len(table.rows) if last.catches_all and table.hit != "collect" else 0
        self.unseen: list[Title] = []

    def _box(self, row: Row) -> Box:
        box = self.space.whole
        for cell, column in zip(row.cells, self.columns, strict=True):
            place = self.space.places[column.name, column.derived]
            dimension = self.space.dimensions[place]
            mask = dimension.mask(condition_of(cell, column), self.now)
            box = (*box[:place], box[place] & mask, *box[place + 1 :])
        return box

    def real(self, box: Box) -> Box | None:
        """Return a part of the box in which the table's own condition holds, None if there is none."""
        found = (meet(box, part) for part in self.universe)
        return next((part for part in found if part is not None), None)

    def witness(self, box: Box, holding: Sequence[int], failing: Sequence[int] = ()) -> dict[str, Any] | None:
        """Return a record of the box for which the rules of rows (from 0) hold, and others don't; None if it fails."""
        part = self.real(box)
        if part is None:
            return None
        sample = self.space.sample(part)
        view = view_of(sample, self.now)
        if not all(holds(self.rules[row].when, view) for row in holding):
            return None
        if any(holds(self.rules[row].when, view) for row in failing):
            return None
        taking = [place for place, rule in enumerate(self.rules) if holds(rule.when, view)]
        return {
            "facts": {name: value for (name, derived), value in sample.items() if not derived and value is not None},
            "derived": {name: value for (name, derived), value in sample.items() if derived and value is not None},
            "takes": taking[0] + 1 if taking else 0,
        }

    def ordinary(self) -> range:
        """The rows, from 0, but for the catch-all."""
        return range(len(self.boxes) - (1 if self.catch_all else 0))

    def places(self, dimensions: Sequence[int]) -> tuple[int, ...]:
        """Return the input columns that look at the facts at these places."""
        at = [self.space.places[column.name, column.derived] for column in self.columns]
        return tuple(place for place, dimension in enumerate(at) if dimension in dimensions)

    def column_at(self, dimension: int) -> int | None:
        """Return the one column that looks at a fact, None if two do or it is the table's `when`."""
        places = self.places([dimension])
        return places[0] if len(places) == 1 else None


def title_of(column: Column) -> Title:
    """Return a column's title, or its fact's name where it has none."""
    zh, en = column.title
    return zh or en or column.name, en or zh or column.name


def _space(table: Table, vocabulary: Vocabulary | None, now: datetime) -> Space:
    asked: dict[tuple[str, bool], list[Leaf]] = {}
    columns: dict[tuple[str, bool], Column] = {}
    for place, column in enumerate(table.inputs):
        key = (column.name, column.derived)
        columns.setdefault(key, column)
        for row in table.rows:
            asked.setdefault(key, []).extend(leaves(condition_of(row.cells[place], column)))
    for leaf in leaves(table.head.when):
        key = (leaf.name, leaf.derived)
        if leaf.than is not None:
            continue
        asked.setdefault(key, []).append(leaf)
        if key not in columns:
            known = vocabulary.fields.get(leaf.name) if vocabulary and not leaf.derived else None
            kind, options = (known.kind, known.options) if known else (None, ())
            columns[key] = Column(leaf.name, leaf.derived, kind, options)
    found = []
    for key, column in columns.items():
        known = vocabulary.fields.get(column.name) if vocabulary and not column.derived else None
        distinct = list(dict.fromkeys(asked.get(key, [])))
        found.append(dimension_of(column, distinct, now, known.suggestions if known else ()))
    return Space(tuple(found), now)
