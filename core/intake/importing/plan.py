"""The first pass: every row read, checked as the door will check it, and put into order. Writes nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from ....hooks.text import Text, n_of
from ...errors import ClewError, Invalid, Problem
from ...storage.records import canonical
from ...storage.system_tables import IdempotencyKey
from ...workspace import Workspace
from ..identify import Among, anyone
from .comparing import OTHER, TWICE, Doubt, doubts_of, serial_note
from .items import Item, Refused
from .mapping import Source
from .tables import Row, Table
from .targets import OUTCOME, Target, moment, target

_LONGEST_KEY = 150
_PART = 500


@dataclass
class Plan:
    """What an import will do: what is `pending`, in order; what is `standing` in already; what was refused."""

    pending: list[Item] = field(default_factory=list)
    standing: list[Item] = field(default_factory=list)
    copies: list[Item] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    doubts: list[Doubt] = field(default_factory=list)
    """Rows among the pending of which somebody has to say what is meant."""
    notes: list[Text] = field(default_factory=list)
    """What is worth saying about the files."""

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


def make_plan(
    ws: Workspace, parts: Sequence[tuple[Table, Source]], history: bool = False, among: Among = anyone
) -> Plan:
    """Check every row of every file and return the plan. With `history` each row must say its time.

    `among` returns the customers and contacts that leads are held against.
    """
    plan = Plan(notes=[note for table, _ in parts for note in table.notes])
    seen: dict[str, Item] = {}
    coming: dict[tuple[str, str], Item] = {}
    targets = {source.kind: target(ws, source.kind) for _, source in parts}
    for kind, goal in targets.items():
        goal.prepare(row.cells[one.key] for table, one in parts if one.kind == kind and one.key for row in table.rows)
    done = _known_keys(
        targets[source.kind].key(_key(source, row), row.cells) for table, source in parts for row in table.rows
    )
    for table, source in sorted(parts, key=lambda part: targets[part[1].kind].order):
        for row in table.rows:
            try:
                item = _item(ws, targets[source.kind], table, source, row, history, coming)
            except ClewError as error:
                problems = tuple(error.problems) if isinstance(error, Invalid) else ()
                plan.refused.append(Refused(table, row, reason(error), problems))
                continue
            first = seen.setdefault(_key(source, row), item)
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
    _object(plan, targets)
    never = datetime.min.replace(tzinfo=UTC)
    plan.pending.sort(key=lambda item: (item.when or never, item.target.order))
    leads = [item for item in plan.pending if item.target.name == "lead"]
    plan.doubts = doubts_of(ws, leads, among)
    if (note := serial_note(leads)) is not None:
        plan.notes.append(note)
    return plan


def refuse_doubts(plan: Plan) -> None:
    """Refuse the rows of another company's phone, where nobody can be asked; remark on those that come twice."""
    others = {id(one.item): one for one in plan.doubts if one.kind == OTHER}
    plan.pending = [item for item in plan.pending if id(item) not in others]
    plan.refused += [Refused(one.item.table, one.item.row, one.why) for one in others.values()]
    twice = [one for one in plan.doubts if one.kind == TWICE]
    if twice:
        first = twice[0]
        line = first.item.row.line
        plan.notes.append(
            Text(
                f"{len(twice)} 行和前面的行是同一家客户，各建一条线索，例：第 {line} 行{first.why.zh}",
                f"{n_of(len(twice), 'row')} of a customer that is in the file before: a lead each, e.g. line {line}, {first.why.en}",
            )
        )
    plan.doubts = []


def _object(plan: Plan, targets: Mapping[str, Target]) -> None:
    """Refuse the rows whose record is there and is another one, or was decided about by people since."""
    for name, goal in targets.items():
        outcomes = name == OUTCOME
        items = [one for one in (plan.pending if outcomes else plan.standing) if one.target is goal]
        refused = goal.objections([(one.key, one.external_id, one.values) for one in items])
        wrong = {id(items[place]): why for place, why in refused.items()}
        plan.refused += [Refused(one.table, one.row, wrong[id(one)]) for one in items if id(one) in wrong]
        plan.pending = [one for one in plan.pending if id(one) not in wrong]
        plan.standing = [one for one in plan.standing if id(one) not in wrong]


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
    problems = [_of_cell(name, row.faults[name]) for name in source.used() if name in row.faults]
    values: dict[str, Any] = source.values({name: "" if name in row.faults else row.cells[name] for name in row.cells})
    external = row.cells[source.key] if source.key else str(values.get("external_id", ""))
    if source.key and not external:
        words = Text(f"「{source.key}」是空的；它是这一行的编号", f"{source.key!r} is empty; it is the row's id")
        problems.append(Problem(source.key, words))
    at = None
    try:
        at = moment(ws, row.cells[source.occurred_at]) if source.occurred_at else None
    except Invalid as error:
        problems += error.problems
    else:
        if history and at is None:
            zh = f"缺少时间{f'（列「{source.occurred_at}」）' if source.occurred_at else ''}；--history 的每一行都要有"
            en = f"has no time{f' (column {source.occurred_at!r})' if source.occurred_at else ''}; --history needs one"
            problems.append(Problem("received_at", Text(zh, en)))
    try:
        when = goal.read(values, external, at, coming)
    except Invalid as error:
        raise Invalid([*problems, *error.problems]) from None
    except ClewError as error:
        raise Invalid([*problems, Problem("", error.text)]) if problems else error from None
    if problems:
        raise Invalid(problems)
    return Item(goal, table, row, goal.key(_key(source, row), row.cells), external, values, at, when)


def _of_cell(column: str, fault: Text) -> Problem:
    return Problem(column, Text(f"「{column}」{fault.zh}", f"“{column}” {fault.en}"))


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
