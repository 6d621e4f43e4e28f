"""A decision table under inspection: its rows as boxes over the facts it looks at, and records drawn from boxes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from ..boxes.box import Box, Space, meet, put
from ..boxes.dimension import dimension_of
from ..boxes.meeting import meeting
from ..language.conditions import Leaf, holds, leaves
from ..language.values import FactView, Key
from ..language.vocabulary import FieldType, Title, Vocabulary
from .cells import Cell, Column
from .masks import cell_of_mask, condition_of, words_of
from .model import Row, Table, rules_of
from .repairs import Repair

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
        """The input columns; `looked_at` has one column for each fact of the space."""
        self.looked_at, self.space = _space(table, vocabulary, now)
        at = [self.space.places[column.key] for column in self.columns]
        self.at = [place if place not in at[:number] else None for number, place in enumerate(at)]
        """For each column the place of its fact in a box, None where a column before it looks at that fact too."""
        self.universe = self.space.boxes(table.head.when)
        self.boxes = [self._box(row) for row in table.rows]
        self.rules = rules_of(table)
        last = table.rows[-1]
        self.catch_all = len(table.rows) if last.catches_all and table.hit != "collect" else 0
        self.unseen: list[Title] = []

    def _box(self, row: Row) -> Box:
        box = self.space.whole
        for cell, column in zip(row.cells, self.columns, strict=True):
            place = self.space.places[column.key]
            mask = self.space.dimensions[place].mask(condition_of(cell, column))
            box = put(box, place, box[place] & mask)
        return box

    @cached_property
    def earlier(self) -> list[list[int]]:
        """For each row but the catch-all, the rows before it whose boxes meet its own; all from 0."""
        found: list[list[int]] = [[] for _ in self.ordinary()]
        for one, other in sorted(meeting(self.boxes[: len(found)], self.space.whole)):
            found[other].append(one)
        return found

    def cell(self, place: int, mask: int) -> Cell | None:
        """Return the cell that takes these values of the fact at a place, None where no cell can say it."""
        return cell_of_mask(self.space.dimensions[place], mask, self.looked_at[place])

    def words(self, place: int, mask: int) -> Title:
        """Return these values of the fact at a place in words."""
        dimension, column = self.space.dimensions[place], self.looked_at[place]
        return words_of(dimension, mask, column, "zh"), words_of(dimension, mask, column, "en")

    def real(self, box: Box) -> Box | None:
        """Return a part of the box in which the table's own condition holds, None if there is none."""
        found = (meet(box, part) for part in self.universe)
        return next((part for part in found if part is not None), None)

    def witness(self, box: Box, holding: Sequence[int], failing: Sequence[int] = ()) -> dict[str, Any] | None:
        """Return a record of the box for which the rules of rows (from 0) hold, and others don't; None if it fails."""
        part = self.real(box)
        if part is None:
            return None
        sample = {key: value for key, value in self.space.sample(part).items() if value is not None}
        facts: dict[str, Any] = {key: value for key, value in sample.items() if isinstance(key, str)}
        view = FactView(facts, self.now)
        derived: dict[str, Any] = {key[0]: value for key, value in sample.items() if isinstance(key, tuple)}
        view.derived = derived
        taking = [row for row, rule in enumerate(self.rules) if holds(rule.when, view)]
        if not set(holding) <= set(taking) or not set(failing).isdisjoint(taking):
            return None
        return {"facts": facts, "derived": derived, "takes": taking[0] + 1 if taking else 0}

    def ordinary(self) -> range:
        """The rows, from 0, but for the catch-all."""
        return range(len(self.boxes) - (1 if self.catch_all else 0))

    def places(self, dimensions: Sequence[int]) -> tuple[int, ...]:
        """Return the input columns that look at the facts at these places."""
        at = enumerate(self.columns)
        return tuple(place for place, column in at if self.space.places[column.key] in dimensions)

    def column_at(self, dimension: int) -> int | None:
        """Return the one column that looks at a fact, None if two do or it is the table's `when`."""
        places = self.places([dimension])
        return places[0] if len(places) == 1 else None


def title_of(column: Column) -> Title:
    """Return a column's title, or its fact's name where it has none."""
    zh, en = column.title
    return zh or en or column.name, en or zh or column.name


def _space(table: Table, vocabulary: Vocabulary | None, now: datetime) -> tuple[list[Column], Space]:
    """Return the facts that a table looks at, each as the first column that does, and the space of them."""
    asked: dict[Key, list[Leaf]] = defaultdict(list)
    columns: dict[Key, Column] = {}
    for place, column in enumerate(table.inputs):
        columns.setdefault(column.key, column)
        for row in table.rows:
            asked[column.key] += leaves(condition_of(row.cells[place], column))
    fields: Mapping[Any, FieldType] = vocabulary.fields if vocabulary else {}
    for leaf in leaves(table.head.when):
        if leaf.than is None:
            asked[leaf.key].append(leaf)
            known = fields.get(leaf.key)
            kind, options = (known.kind, known.options) if known else (None, ())
            columns.setdefault(leaf.key, Column(leaf.name, leaf.derived, kind, options))
    found = [dimension_of(key, fields.get(key), list(dict.fromkeys(asked[key])), now) for key in columns]
    return list(columns.values()), Space(found)
