"""Why a rule's related records fit or not: for each item how many rows pass each clause, and which comes nearest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..engine.joins import CompiledMatch
from ..engine.joins_rows import given_rows
from ..language.conditions import ALWAYS, All, Condition, holds
from ..language.documents import Rule
from ..language.match import Match, alias_of
from ..language.values import FactView, Value, normalise
from .changes import Change, smallest
from .clauses import Clause, clause_of


@dataclass(frozen=True)
class RowClause:
    """One clause of an item's `where`, and how many of the rows pass it, whatever the others say."""

    path: str
    condition: Condition
    passed: int


@dataclass(frozen=True)
class ItemAccount:
    """How one item of a match fared; `holds` None: not looked at, an item before it having found no row.

    `rows` were given, `passing` of them pass all clauses together with the rows that items before it found.
    `nearest` is the row (counted from 0) it holds by, or the one that came nearest, with its clauses.
    """

    path: str
    item: Match
    holds: bool | None
    rows: int
    passing: int = 0
    clauses: tuple[RowClause, ...] = ()
    nearest: int | None = None
    nearest_clause: Clause | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the account as JSON."""
        found: dict[str, Any] = {"path": self.path, "as": self.item.alias, "of": self.item.of, "holds": self.holds}
        found |= {"none": self.item.none, "at_least": self.item.at_least, "rows": self.rows, "passing": self.passing}
        found["clauses"] = [{"path": one.path, "passed": one.passed} for one in self.clauses]
        if self.nearest is not None and self.nearest_clause is not None:
            found["nearest"] = {"row": self.nearest, "condition": self.nearest_clause.to_dict()}
        return found

    def clause(self) -> Clause:
        """Return the item as one clause among those of the condition."""
        items = () if self.nearest_clause is None else (self.nearest_clause,)
        return Clause(self.path, "match", self.holds, value=self.passing, items=items)


def accounts_of(rule: Rule, view: FactView) -> tuple[ItemAccount, ...]:
    """Account for every item of the rule's match, in order, as far as they had to be looked at."""
    found: list[ItemAccount] = []
    bound: Mapping[str, Value | None] = {}
    for number, item in enumerate(rule.match):
        path = f"match[{number}]"
        if found and not found[-1].holds:
            found.append(ItemAccount(path, item, None, len(given_rows(view, item.of))))
            continue
        match = CompiledMatch(rule, number + 1)
        together = match.find(view)
        if together is not None:
            bound = match.rows_in(together)
        found.append(_account(path, item, view, bound, together is not None))
    return tuple(found)


def _account(
    path: str, item: Match, view: FactView, bound: Mapping[str, Value | None], holds_together: bool
) -> ItemAccount:
    parts = _parts(item.where, f"{path}.where")
    rows = given_rows(view, item.of)
    passed = [[holds(part, shown) for _, part in parts] for shown in (_showing(item, row, view, bound) for row in rows)]
    counts = [sum(row[place] for row in passed) for place in range(len(parts))]
    nearest = _nearest(passed)
    clause = None
    if nearest is not None:
        clause = clause_of(item.where, _showing(item, rows[nearest], view, bound), f"{path}.where")
    return ItemAccount(
        path,
        item,
        holds_together,
        len(rows),
        sum(all(row) for row in passed),
        tuple(RowClause(where, part, count) for (where, part), count in zip(parts, counts, strict=True)),
        nearest,
        clause,
    )


def _parts(where: Condition, path: str) -> list[tuple[str, Condition]]:
    if where == ALWAYS:
        return []
    if isinstance(where, All):
        return [(f"{path}.all[{index}]", part) for index, part in enumerate(where.items)]
    return [(path, where)]


def _nearest(passed: Sequence[Sequence[bool]]) -> int | None:
    """Return the first row that passes all clauses, else the one that fails the fewest; None without rows."""
    return max(range(len(passed)), key=lambda number: (sum(passed[number]), -number), default=None)


def _showing(item: Match, row: Mapping[str, Any], view: FactView, bound: Mapping[str, Value | None]) -> FactView:
    """Return a view that shows this row beside those found before it."""
    own = {f"{item.alias}.{name}": normalise(f"{item.alias}.{name}", value) for name, value in row.items()}
    others = {name: value for name, value in bound.items() if alias_of(name) != item.alias}
    return view.copy({**others, **own})


def smallest_in_rows(rule: Rule, view: FactView, accounts: Sequence[ItemAccount]) -> tuple[Change, ...]:
    """Return the fewest changes of the nearest row that make the whole match hold, tried out; () if none is found."""
    failed = next((one for one in accounts if one.holds is False), None)
    if failed is None or failed.nearest is None or not failed.item.binds:
        return ()
    item, number = failed.item, failed.nearest
    match = CompiledMatch(rule, accounts.index(failed))
    found = match.find(view)
    before = {} if found is None else match.rows_in(found)
    rows = given_rows(view, item.of)
    changes = smallest(item.where, _showing(item, rows[number], view, before))
    if not changes or any(alias_of(one.name) != item.alias or one.derived for one in changes):
        return ()
    named = {one.name.removeprefix(f"{item.alias}."): one.after for one in changes}
    mended = [{**row, **named} if place == number else row for place, row in enumerate(rows)]
    changed = FactView({**view.facts, item.of: mended}, view.now)
    changed.derived = view.derived
    if CompiledMatch(rule).find(changed) is None:
        return ()
    return tuple(replace(one, name=f"{item.of}[{number}].{one.name.removeprefix(f'{item.alias}.')}") for one in changes)
