"""The first pass: every row read, checked as the door will check it, and put into order. Writes nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from ....hooks.text import Text
from ...errors import ClewError, Invalid
from ...storage.records import canonical
from ...storage.system_tables import IdempotencyKey
from ...workspace import Workspace
from .mapping import Source
from .tables import Row, Table
from .targets import Target, moment, target

_LONGEST_KEY = 150
_PART = 500


@dataclass(frozen=True)
class Refused:
    """A row that was not imported, and why."""

    table: Table
    row: Row
    why: Text


@dataclass(frozen=True)
class Item:
    """A row ready to be imported: `key` makes it count once; `at` is when it happened, if the file says so."""

    target: Target
    table: Table
    row: Row
    key: str
    external_id: str
    values: dict[str, Any]
    at: datetime | None
    when: datetime | None
    """When its turn comes: `at`, but never before a row that it refers to."""


@dataclass
class Plan:
    """What an import will do: what is `pending`, in order; what is `standing` in already; what was refused."""

    pending: list[Item] = field(default_factory=list)
    standing: list[Item] = field(default_factory=list)
    copies: list[Item] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)

    @property
    def known(self) -> int:
        """How many rows came in before."""
        return len(self.standing)

    @property
    def repeated(self) -> int:
        """How many rows stand in the files once more, word for word."""
        return len(self.copies)

    @property
    def rows(self) -> int:
        """How many rows the files have."""
        return len(self.pending) + self.known + self.repeated + len(self.refused)


def make_plan(ws: Workspace, parts: Sequence[tuple[Table, Source]], history: bool = False) -> Plan:
    """Check every row of every file and return the plan. With `history` each row must say its time."""
    plan = Plan()
    seen: dict[str, Item] = {}
    coming: dict[tuple[str, str], Item] = {}
    targets = {source.kind: target(ws, source.kind) for _, source in parts}
    done = _known_keys(_key(source, row) for table, source in parts for row in table.rows)
    for table, source in sorted(parts, key=lambda part: targets[part[1].kind].order):
        for row in table.rows:
            try:
                item = _item(ws, targets[source.kind], table, source, row, history, coming)
            except ClewError as error:
                plan.refused.append(Refused(table, row, reason(error)))
                continue
            first = seen.setdefault(item.key, item)
            if first is not item and first.values == item.values:
                plan.copies.append(item)
                continue
            if first is not item:
                plan.refused.append(Refused(table, row, _twice(source, row, first)))
                continue
            for name in item.target.known_as(item.values, item.external_id):
                coming.setdefault((item.target.kind, name), item)
            if item.key in done or item.target.stands_already(item.values):
                plan.standing.append(item)
            else:
                plan.pending.append(item)
    never = datetime.min.replace(tzinfo=UTC)
    plan.pending.sort(key=lambda item: (item.when or never, item.target.order))
    return plan


def reason(error: ClewError) -> Text:
    """Return what is wrong, in people's words: our own names of the fields say nothing to them."""
    if not isinstance(error, Invalid):
        return error.text
    return Text("；".join(p.text.zh for p in error.problems), "; ".join(p.text.en for p in error.problems))


def _item(
    ws: Workspace,
    goal: Target,
    table: Table,
    source: Source,
    row: Row,
    history: bool,
    coming: dict[tuple[str, str], Item],
) -> Item:
    if row.fault:
        raise ClewError(row.fault.zh, row.fault.en)
    values: dict[str, Any] = source.values(row.cells)
    external = row.cells[source.key] if source.key else str(values.get("external_id", ""))
    if source.key and not external:
        raise ClewError(f"「{source.key}」是空的；它是这一行的编号", f"{source.key!r} is empty; it is the row's id")
    at = moment(ws, row.cells[source.occurred_at]) if source.occurred_at else None
    if history and at is None:
        raise ClewError(
            f"缺少时间{f'（列「{source.occurred_at}」）' if source.occurred_at else ''}；--history 的每一行都要有",
            f"has no time{f' (column {source.occurred_at!r})' if source.occurred_at else ''}; --history needs one",
        )
    when = goal.read(values, external, at, coming)
    return Item(goal, table, row, _key(source, row), external, values, at, when)


def _key(source: Source, row: Row) -> str:
    value = row.cells.get(source.key, "") if source.key else ""
    if not value or len(value) > _LONGEST_KEY:
        value = hashlib.sha256(canonical(value or row.cells).encode()).hexdigest()
    return f"import:{source.kind}:{value}"


def _known_keys(keys: Iterable[str]) -> set[str]:
    wanted = list(dict.fromkeys(keys))
    found: set[str] = set()
    for start in range(0, len(wanted), _PART):
        part = wanted[start : start + _PART]
        found |= {row.key for row in IdempotencyKey.select(IdempotencyKey.key).where(IdempotencyKey.key.in_(part))}
    return found


def _twice(source: Source, row: Row, first: Item) -> Text:
    value = row.cells.get(source.key, "")
    where = f"{first.table.path.name}:{first.row.line}"
    return Text(
        f"编号「{value}」在 {where} 已出现，内容不同；请改编号或删去一行",
        f"the id {value!r} stands in {where} with other content: change one id or remove one row",
    )
