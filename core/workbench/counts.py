"""How much of each thing waits, all asked for at once: the rail, today's page and the API say the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from peewee import SQL, Select, fn

from ..storage.database import database
from .waiting import Part, Waiting


@dataclass(frozen=True)
class Counts:
    """How many rows each thing has that waits."""

    things: tuple[Waiting, ...]
    by_name: Mapping[str, int]

    def __getitem__(self, name: str) -> int:
        return self.by_name.get(name, 0)

    def total(self, *, kind: str | None = None, part: Part | None = None) -> tuple[int, bool]:
        """Return how much there is to do, and whether some of it is late; of one kind or part if asked."""
        fitting = [
            one
            for one in self.things
            if one.counted and self[one.name] and kind in (None, one.kind) and part in (None, one.part)
        ]
        return sum(self[one.name] for one in fitting), any(one.late for one in fitting)

    def urgency(self, part: Part) -> tuple[bool, bool]:
        """Return what parts are put in order by: those with something late come first, empty ones last."""
        total, late = self.total(part=part)
        return not late, not total


def count(things: Sequence[Waiting]) -> Counts:
    """Count the rows of things that wait, with one statement."""
    if not things:
        return Counts((), {})
    query: Any = None
    for number, one in enumerate(things):
        key = one.rows.model._meta.primary_key
        rows = one.rows.select(key).alias(f"waiting{number}")
        counted = Select([rows], [SQL(str(number)), fn.COUNT(SQL("*"))])
        query = counted if query is None else query.union_all(counted)
    text, values = database.get_sql_context().sql(query).query()
    found = dict(database.execute_sql(text, values))
    return Counts(tuple(things), {one.name: int(found.get(number, 0)) for number, one in enumerate(things)})
