"""The world as it was at a line of the journal: rebuilt from the journal alone, for "why not?" asked of the past."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from peewee import fn

from ..backtest.facts import Facts, lead_of
from ..backtest.lines import Line, text_of, those
from ..backtest.store import World
from ..errors import NotFound
from ..models import Dispatch, JournalLine

if TYPE_CHECKING:
    from ..workspace import Workspace

State = Literal["decided", "waiting", "dead", "unheard"]
_OF_A_CUSTOMER = ("customer", "contact", "lead", "follow_up", "contract", "task", "deadline")
# Lines that can give a lead another owner or outcome; the other lines of a lead say neither (records.line_kind).
_TELL_OWNERS = ("lead.created", "lead.assigned", "lead.stage_changed", "lead.outcome_changed")
_COUNTS_LEADS = ("owner.open_leads", "sellers")


@dataclass(frozen=True)
class Sight:
    """What the rules could see when they decided on a line: the journal up to line `upto`, at the moment `at`.

    `state` says whether they decided: an event may still wait, be a dead letter, or concern no rule.
    """

    line: JournalLine
    at: datetime
    upto: int
    state: State


@dataclass
class Past:
    """A lead's world at one moment. `gaps` names records whose beginning the journal does not hold."""

    sight: Sight
    world: World
    lead_id: str | None
    gaps: list[str] = field(default_factory=list)

    def facts(self, names: Iterable[str]) -> dict[str, Any]:
        """Return these facts as they were; one that was missing is None."""
        found = Facts(self.world, line_of(self.sight.line), self.sight.at)
        return {name: found.get(name) for name in names}


def sight_of(seq: int) -> Sight:
    """Return what the rules saw of the line `seq`. Raises NotFound.

    Rules decide a little after the line was written, and see what was written in between. Where they
    had an effect, its first line tells to which line they saw; else the moment of their decision does,
    and among lines of that very moment the order in which events are handled.
    """
    line = JournalLine.get_or_none(JournalLine.seq == seq)
    if line is None:
        raise NotFound(f"台账里没有第 {seq} 行。", f"the journal has no line {seq}")
    row = Dispatch.get_or_none((Dispatch.seq == seq) & (Dispatch.consumer == "rules"))
    if row is None:
        return Sight(line, line.at, seq, "unheard")
    if row.state != "done":
        return Sight(line, line.at, seq, "dead" if row.state == "dead" else "waiting")
    caused = JournalLine.select(fn.MIN(JournalLine.seq)).where(
        (JournalLine.cause_seq == seq) & (JournalLine.cause_rule != "")
    )
    if first := caused.scalar():
        return Sight(line, row.done_at, int(first) - 1, "decided")
    return Sight(line, row.done_at, _seen_at(seq, row.done_at), "decided")


def _seen_at(seq: int, moment: datetime) -> int:
    """Return the last line that was there when rules without effect decided on line `seq`."""
    seen = int(JournalLine.select(fn.MAX(JournalLine.seq)).where(JournalLine.at < moment).scalar() or 0)
    last = max(seq, seen)
    names = ("seq", "cause_seq", "depth")
    query = JournalLine.select(*(getattr(JournalLine, name) for name in names)).order_by(JournalLine.seq)
    depths: dict[int, int] = {}
    for line in query.where((JournalLine.at == moment) | (JournalLine.seq == seq)):
        # Events are handled in the order of their lines: what an earlier one led to was written before.
        # A line as deep as its cause was written along with it (`Transaction.follow`).
        along = line.cause_seq in depths and depths[line.cause_seq] == line.depth
        if line.seq <= seq or along or (line.cause_seq is not None and line.cause_seq < seq):
            depths[line.seq] = line.depth
            last = max(last, line.seq)
    return last


def past_of(ws: Workspace, sight: Sight, reads: Iterable[str]) -> Past:
    """Rebuild what the rules could see of a line; `reads` names the facts and collections that will be asked for."""
    wanted = set(reads)
    past = Past(sight, World(ws.settings.zone), None)
    upto = sight.upto
    owners = any(name in wanted for name in _COUNTS_LEADS)
    kinds = ["team", "user"]
    if any("working" in name for name in wanted):
        kinds.append("calendar_day")  # Working time was counted by the holidays known then.
    _fold(past, _lines(JournalLine.record_kind.in_(kinds), upto))
    customers = _customers(sight.line, upto)
    own = list(_lines((JournalLine.customer_id.in_(customers)) & JournalLine.record_kind.in_(_OF_A_CUSTOMER), upto))
    if owners:
        elsewhere = JournalLine.customer_id.not_in(customers) if customers else JournalLine.seq > 0
        own += _lines(elsewhere & JournalLine.kind.in_(_TELL_OWNERS), upto)
    _fold(past, own)
    found = lead_of(past.world, line_of(sight.line))
    past.lead_id = found["id"] if found else None
    return past


def line_of(row: JournalLine) -> Line:
    """Return a line of the journal as backtests read it."""
    return Line(
        row.seq,
        text_of(row.at),
        row.kind,
        row.record_kind,
        row.record_id,
        row.record_revision,
        row.channel,
        row.actor_kind,
        row.actor_id,
        row.cause_seq,
        row.cause_rule,
        row.cause_version,
        row.cause_plugin,
        row.depth,
        row.before,
        row.after,
    )


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


def _fold(past: Past, lines: Iterable[Line]) -> None:
    for line in lines:
        held = past.world.records.get(line.record_kind)
        if held is None:
            continue
        if line.record_id not in held and line.revision and not line.kind.endswith(".created"):
            past.gaps.append(f"{line.record_kind} {line.record_id}")
            continue
        past.world.fold(line)
