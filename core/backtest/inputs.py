"""Which lines of history are given to a backtest as they were, and how they apply to records that went another way.

Given is what people, imports, the API, the web form and plugins did. What rules and deadlines did is
left out: the simulated life brings it forth itself.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ..errors import ClewError
from ..replay.lines import Line
from ..replay.memory import Row
from .effects import Subject, subject_in
from .transaction import By, SimulatedTransaction

_MADE_BY_RULES = ("task", "deadline")
ABOUT_OTHERS = (*_MADE_BY_RULES, "notification", "follow_up")
"""The kinds whose records are about another one."""
_ALONG = {"owner_id": "assigned_at", "stage": "stage_since", "outcome": "closed_at"}
"""Moments that the door sets along with a field: they go where the field goes."""


def is_consequence(line: Line) -> bool:
    """Say whether a line followed from rules, deadlines or the door itself, so that it is not given."""
    if line.rule or line.kind == "deadline.missed":
        return True
    if line.record_kind == "deadline":
        return line.kind != "deadline.created"
    if line.record_kind == "pause":  # A person pauses and resumes; what closes a deadline ends its pause.
        return line.actor_kind not in ("user", "import")
    if line.record_kind == "task":  # A lead that ends takes its tasks along, and brings them back.
        return line.cause_seq is not None and "closed_because" in line.after
    if line.record_kind != "lead" or not line.revision:
        return False
    return not line.after or (line.cause_seq is not None and "first_response_at" in line.after)


def ends_a_group(line: Line) -> bool:
    """Say whether the events before this line had run when it was written."""
    return bool(line.rule) or line.kind in ("deadline.missed", "deadline.warned")


class Identities:
    """Finds, for a record that rules made in history, the one that they made in the simulated life.

    Both are the n-th of their record with the same title.
    """

    def __init__(self) -> None:
        self._then: dict[str, tuple[tuple[str, ...], int]] = {}
        self._counts: dict[tuple[str, ...], int] = defaultdict(int)
        self._now: dict[tuple[str, ...], list[str]] = defaultdict(list)

    def happened(self, line: Line) -> None:
        """Hear of a record that rules made in history."""
        if line.kind.endswith(".created") and line.record_kind in _MADE_BY_RULES:
            key = _key(line.record_kind, line.after)
            self._then[line.record_id] = (key, self._counts[key])
            self._counts[key] += 1

    def made(self, line: Line) -> None:
        """Hear of a record that the simulated life made."""
        if line.kind.endswith(".created") and line.record_kind in _MADE_BY_RULES:
            self._now[_key(line.record_kind, line.after)].append(line.record_id)

    def here(self, record_id: str) -> str | None:
        """Return the simulated record that stands for the one history speaks of; None if none was made."""
        if record_id not in self._then:
            return record_id
        key, number = self._then[record_id]
        made = self._now.get(key, ())
        return made[number] if number < len(made) else None

    def subject_of(self, line: Line) -> Subject:
        """Return the kind and id of the record that a line of history was about; ("", "") if it does not say."""
        if line.record_id in self._then:
            _, about, record_id, *_ = self._then[line.record_id][0]
            return about, record_id
        if line.record_kind in ABOUT_OTHERS:
            return subject_in(line.after)
        return line.record_kind, line.record_id


def _key(kind: str, values: Mapping[str, Any]) -> tuple[str, ...]:
    get = values.get
    return kind, *subject_in(values), get("sop") or "", get("title") or "", get("name") or ""


def grouped(lines: Iterable[Line], identities: Identities, seen: Any) -> Iterator[list[Line]]:
    """Yield what was written at one moment before any event of it ran: mostly one transaction's lines."""
    group: list[Line] = []
    for line in lines:
        seen(line)
        if group and (group[0].at != line.at or ends_a_group(line)):
            yield group
            group = []
        if line.rule:
            identities.happened(line)
        if not is_consequence(line):
            group.append(line)
    if group:
        yield group


def give(tx: SimulatedTransaction, line: Line, identities: Identities) -> bool:
    """Let one line of history happen in memory; return False if it no longer fits there."""
    mark = tx.mark
    try:
        return _give(tx, line, identities)
    except ClewError:
        # A rule of this run would have refused it.
        tx.take_back(mark)
        return False


def _give(tx: SimulatedTransaction, line: Line, identities: Identities) -> bool:
    if not line.revision:
        return True
    tx.by = By(line.channel, line.actor_kind, line.actor_id, line.depth, line.cause_seq)
    kind = line.record_kind
    held = tx.store.records.get(kind)
    if line.kind == f"{kind}.created":
        return _give_record(tx, line, identities)
    if held is None:
        return True
    record_id = identities.here(line.record_id)
    row = held.get(record_id) if record_id else None
    if row is None or record_id is None:
        return False
    values = dict(line.after)
    here = tx.kinds[kind]
    by_people, lifts = line.actor_kind in ("user", "import"), "locked" in values
    if row.locked and by_people and not lifts and not values.keys() <= here.course:
        return False  # A rule of this run has locked it, and people change nothing but its course then.
    if here.staged:
        if not _fits(tx, row, line):
            return False
        for field, along in _ALONG.items():
            if field in values and getattr(row, field) == values[field]:
                values.pop(along, None)
    elif kind == "task" and row.state != line.before.get("state", row.state):
        return False
    tx.change_as_it_was(kind, record_id, values, line.seq)
    return True


def _give_record(tx: SimulatedTransaction, line: Line, identities: Identities) -> bool:
    """Put a record in; a pause, only if the deadline that stands for the one of history runs in this life."""
    kind = line.record_kind
    if kind != "pause":
        if kind != "notification" and kind in tx.kinds:
            tx.create_as_it_was(kind, line.after, line.record_id, line.seq)
        return True
    record_id = identities.here(str(line.after.get("deadline_id")))
    deadline = tx.store.get("deadline", record_id)
    if deadline is None or deadline.state != "open":
        return False
    tx.create_as_it_was("pause", {**line.after, "deadline_id": record_id}, line.record_id, line.seq)
    return True


def _fits(tx: SimulatedTransaction, row: Row, line: Line) -> bool:
    """Say whether a person could have moved or closed the record like this from where it stands in this life."""
    after, before = line.after, line.before
    if "stage" in after and row.stage != before.get("stage") and row.stage != after["stage"]:
        process = tx.context.configuration.processes.of_record(tx.kinds[line.record_kind], row)
        if row.outcome not in (None, "open") or not process.allows(row.stage, after["stage"]):
            return False
    return not ("outcome" in after and row.outcome not in (before.get("outcome"), after["outcome"]))
