"""The state at a line of the journal, rebuilt from the journal alone: what the rules could see when they decided."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from peewee import fn

from ..configuration.configuration import Configuration
from ..errors import NotFound
from ..facts.facts import EventData, EventFacts, Setting
from ..schema.kind import Calendar
from ..schema.registry import Kinds
from ..storage.statements import by_id
from ..storage.system_tables import Dispatch, JournalLine
from ..time.calendars import Calendars
from .lines import Line, those
from .memory import CALENDARS, InMemoryStore, kept_kinds

State = Literal["decided", "waiting", "dead", "unheard"]
COUNTS_LEADS = ("owner.open_leads", "sellers")
"""Facts that take a look at the lines of every lead."""


@dataclass(frozen=True)
class EvaluationPoint:
    """What the rules could see when they decided on a line: the journal up to line `upto`, at the moment `at`.

    `state` says whether they decided: an event may still wait, be a dead letter, or concern no rule.
    """

    line: JournalLine
    at: datetime
    upto: int
    state: State


@dataclass
class HistoricalState:
    """The records around an event at one moment. `gaps` names records whose beginning the journal does not hold."""

    point: EvaluationPoint
    store: InMemoryStore
    kinds: Kinds
    calendar: Calendar
    gaps: list[str] = field(default_factory=list)

    @property
    def record(self) -> Any:
        """The event's own record as it was then; None if it was not there."""
        return self.store.get(self.point.line.record_kind, self.point.line.record_id)

    def facts(self, names: Iterable[str]) -> dict[str, Any]:
        """Return these facts as they were; one that was missing is None."""
        line = self.point.line
        setting = Setting(self.kinds, self.calendar, self.store)
        found = EventFacts(setting, EventData.of(line), line.record_kind, self.record, self.point.at)
        return {name: found.get(name) for name in names}


def evaluation_point(seq: int) -> EvaluationPoint:
    """Return what the rules saw of the line `seq`. Raises NotFound.

    Rules decide a little after the line was written, and see what was written in between. Where they
    had an effect, its first line tells to which line they saw; else the moment of their decision does,
    and among lines of that very moment the order in which events are handled.
    """
    line = by_id(JournalLine, seq)
    if line is None:
        raise NotFound(f"台账里没有第 {seq} 行。", f"the journal has no line {seq}")
    row = Dispatch.get_or_none((Dispatch.seq == seq) & (Dispatch.consumer == "rules"))
    if row is None:
        return EvaluationPoint(line, line.at, _seen_at(seq, line.at), "unheard")
    if row.state != "done":
        state: State = "dead" if row.state in ("dead", "closed") else "waiting"
        return EvaluationPoint(line, line.at, _seen_at(seq, line.at), state)
    caused = JournalLine.select(fn.MIN(JournalLine.seq)).where(
        (JournalLine.cause_seq == seq) & (JournalLine.cause_rule != "")
    )
    if first := caused.scalar():
        return EvaluationPoint(line, row.done_at, int(first) - 1, "decided")
    return EvaluationPoint(line, row.done_at, _seen_at(seq, row.done_at), "decided")


def _seen_at(seq: int, moment: datetime) -> int:
    """Return the last line that was there when rules decided on line `seq` at a moment, without an effect that tells."""
    seen = int(JournalLine.select(fn.MAX(JournalLine.seq)).where(JournalLine.at < moment).scalar() or 0)
    last = max(seq, seen)
    names = ("seq", "cause_seq", "depth")
    query = JournalLine.select(*(getattr(JournalLine, name) for name in names)).order_by(JournalLine.seq)
    depths: dict[int, int] = {}
    for line in query.where((JournalLine.at == moment) | (JournalLine.seq == seq)):
        # Events are handled in the order of their lines: what an earlier one led to was written before.
        # A line as deep as its cause was written along with it (`Transaction.automatically`).
        along = line.cause_seq in depths and depths[line.cause_seq] == line.depth
        if line.seq <= seq or along or (line.cause_seq is not None and line.cause_seq < seq):
            depths[line.seq] = line.depth
            last = max(last, line.seq)
    return last


def historical_state(configuration: Configuration, point: EvaluationPoint, reads: Iterable[str]) -> HistoricalState:
    """Rebuild what the rules could see of a line; `reads` names the facts and collections that will be asked for."""
    wanted = set(reads)
    kinds = configuration.kinds
    state = HistoricalState(point, InMemoryStore(kinds), kinds, configuration.calendar)
    upto = point.upto
    working = any("working" in name for name in wanted)
    people = ["team", "user", *(CALENDARS if working else ())]  # By the holidays known then.
    if not working and "sellers" in wanted:
        people.append("leave")
    _apply(state, _lines(JournalLine.record_kind.in_(people), upto))
    customers = _customers(point.line, upto)
    belonging = [name for name in kept_kinds(kinds) if name not in ("team", "user", *CALENDARS)]
    own = list(_lines((JournalLine.customer_id.in_(customers)) & JournalLine.record_kind.in_(belonging), upto))
    if any(name in wanted for name in COUNTS_LEADS):
        elsewhere = JournalLine.customer_id.not_in(customers) if customers else JournalLine.seq > 0
        own += _lines(elsewhere & JournalLine.kind.in_(_lines_that_tell_owners(kinds)), upto)
    _apply(state, own)
    if working:
        state.calendar = calendars_of(state.store, configuration.calendar)
    return state


def calendars_of(store: InMemoryStore, today: Calendars) -> Calendars:
    """Return the working calendars as the records in memory say; the installation's zone is today's."""
    return Calendars.of(today.zone, *(store.records[kind].values() for kind in CALENDARS))


def _lines_that_tell_owners(kinds: Kinds) -> list[str]:
    """Return the lines that can give a lead another owner or outcome: those called by these, or by what tells more."""
    lead = kinds["lead"]
    named = [one.name for one in lead.events if one.field]
    last = max(named.index(one.name) for one in lead.events if one.field in ("owner_id", "outcome"))
    return ["lead.created", *(f"lead.{name}" for name in named[: last + 1])]


def _customers(line: JournalLine, upto: int) -> list[str]:
    """Return the customers the line's record had so far: a merger moves a lead to another one."""
    own = (JournalLine.record_kind == line.record_kind) & (JournalLine.record_id == line.record_id)
    query = JournalLine.select(JournalLine.customer_id).where(own & (JournalLine.seq <= upto))
    found = {row.customer_id for row in query if row.customer_id}
    for moved in JournalLine.select().where(JournalLine.customer_id.in_(found) & (JournalLine.record_kind == "lead")):
        found |= {side["customer_id"] for side in (moved.before, moved.after) if side.get("customer_id")}
    return sorted(found)


def _lines(condition: Any, upto: int) -> Iterator[Line]:
    return those(condition & (JournalLine.seq <= upto))


def _apply(state: HistoricalState, lines: Iterable[Line]) -> None:
    for line in lines:
        held = state.store.records.get(line.record_kind)
        if held is None:
            continue
        if line.record_id not in held and line.revision and not line.kind.endswith(".created"):
            state.gaps.append(f"{line.record_kind} {line.record_id}")
            continue
        state.store.apply(line)
