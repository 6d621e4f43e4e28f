"""Why: the chain of causes from an effect back to its origin, read from the journal by its indexes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from ...hooks.text import Text
from ...rules.explain.account import explain
from ...rules.wording.sentences import field_words
from ..errors import NotFound
from ..journal.origin import Actor
from ..kinds import Deadline, Lead
from ..kinds.deadline_clock import clock_of, team_of
from ..replay.history import evaluation_point, historical_state
from ..rulebook.moments import reads_of
from ..schema.kind import Kind
from ..storage.records import Record
from ..storage.statements import by_id
from ..storage.system_tables import Firing, JournalLine
from ..time.working_calendar import NoWorkingTime, WorkingCalendar
from ..timeline.derivation import hours_words
from ..timeline.describer import Describer
from ..timeline.rule_versions import Versions
from ..timeline.viewer import Viewer, find, spoken
from ..workspace import Workspace
from .candidates import candidates
from .clauses import Mask, clauses_of
from .links import Derivation, Link, Seen, Why, joined

_LONGEST = 40
_LONGEST_NUMBER = 20
_MOST_DAYS = 62
"""Of so many days at most it is told what they counted."""
_MOST_EFFECTS = 4
_TOLD_FIRST = ("lead.outcome_changed", "lead.escalated", "lead.assigned", "lead.stage_changed")
_BY_TIME = ("deadline.missed", "deadline.warned")
_HIDDEN = Text("你无权查看的一步", "A step you may not see")
# Filled in along with what they belong to, so never asked for by themselves.
_ALONG = {"lost_reason"}
_WANTED = Text("台账没有记下它的事实", "the facts it saw are not on record")


def why(ws: Workspace, kind: str, record_id: str, actor: Actor, field: str = "") -> Why:
    """Explain a record: the newest things that rules and plugins did to it, or the newest change of one `field`.

    `kind` is a kind of record, or one of owner, stage, escalation, outcome, lock, message, badge; or it is
    "line", and `record_id` a number in the journal. Raises NotFound, or Forbidden for one who may not
    see the record.
    """
    viewer = Viewer(ws, actor)
    if kind == "line":
        return _of_line(viewer, record_id)
    kind, record, field = find(ws.kinds, kind, record_id, field)
    viewer.require(kind, record)
    asked = f" --field {spoken(field)}" if field else ""
    command = f"clew why {kind} {record.id}{asked}" if kind != "lead" or field else f"clew why {record.id}"
    return _explained(viewer, kind, record, field, _effects(ws.kinds[kind], record, field), command)


def _of_line(viewer: Viewer, number: str) -> Why:
    line = by_id(JournalLine, int(number)) if number.isdecimal() and len(number) < _LONGEST_NUMBER else None
    if line is None:
        raise NotFound(f"台账里没有第 {number} 行。", f"the journal has no line {number}")
    _, record, _ = find(viewer.ws.kinds, line.record_kind, line.record_id, "")
    viewer.require(line.record_kind, record)
    return _explained(viewer, line.record_kind, record, "", [line], f"clew why line {line.seq}")


def _explained(viewer: Viewer, kind: str, record: Record, field: str, effects: list[JournalLine], command: str) -> Why:
    describer = Describer(viewer, Versions())
    chain = _Chain(describer, record)
    merged = _merged(effects)
    describer.prepare(merged)
    links = _once_derived([chain.link(line) for line in merged])
    shown = [one for one in links if one.seq in {line.seq for line in effects}]
    return Why(
        kind=kind,
        record_id=record.id,
        field=field,
        title=_title(describer, effects, shown),
        links=tuple(links),
        command=command,
        lead_id=chain.lead_id,
        subject=chain.subject(viewer.ws.kinds[kind], record),
        triggers=tuple(dict.fromkeys(one.kind for one in links)),
    )


def _effects(here: Kind, record: Record, field: str) -> list[JournalLine]:
    """Return the lines to explain, the newest first."""
    kind = here.name
    own = (JournalLine.record_kind == kind) & (JournalLine.record_id == record.id)
    lines = list(JournalLine.select().where(own).order_by(JournalLine.seq.desc()))
    if field:
        said = [line for line in lines if field in line.after or field in (line.after.get("extra") or {})]
        # What was there from the start, and never changed, came with the record.
        return said[:1] or lines[-1:]
    found: dict[int, JournalLine] = {}
    told = {one.field for one in here.events if one.headline is not None or one.value is not None}
    seen: set[str] = _ALONG | (here.along - told)
    for line in lines:
        about = set(line.after) - seen
        # A person's change hides what was done to the field before: that no longer stands.
        seen |= set(line.after) if line.kind != f"{kind}.created" else set()
        if about and (line.cause_rule or line.cause_plugin or line.cause_seq):
            found[line.seq] = line
    if kind == "lead" and not any("owner_id" in line.after for line in found.values()):
        found |= {line.seq: line for line in lines if line.kind == "lead.assigned"}
        found = dict(sorted(found.items(), reverse=True)[:1]) if len(found) > _MOST_EFFECTS else found
    return list(found.values())[:_MOST_EFFECTS] or lines[:1]


def _merged(effects: Iterable[JournalLine]) -> list[JournalLine]:
    """Return the lines of all chains together, the newest first: what they share stands once."""
    found: dict[int, JournalLine] = {}
    waiting = list(effects)
    while waiting and len(found) < _LONGEST:
        line = waiting.pop()
        if line.seq in found:
            continue
        found[line.seq] = line
        cause = _cause(line)
        if cause is not None:
            waiting.append(cause)
    return [found[seq] for seq in sorted(found, reverse=True)]


def _once_derived(links: list[Link]) -> list[Link]:
    """Leave a deadline's derivation with its newest link: where it was missed, if it was."""
    told: set[str] = set()
    found = []
    for link in links:
        found.append(replace(link, derivation=None) if link.derivation and link.record_id in told else link)
        if link.derivation:
            told.add(link.record_id)
    return found


def _cause(line: JournalLine) -> JournalLine | None:
    if line.cause_seq:
        return JournalLine.get_or_none(JournalLine.seq == line.cause_seq)
    if line.kind in _BY_TIME:  # Time's passing writes it; what started the clock is its cause.
        own = (JournalLine.record_kind == "deadline") & (JournalLine.record_id == line.record_id)
        return JournalLine.get_or_none(own & (JournalLine.kind == "deadline.created"))
    return None


class _Chain:
    """Turns lines into links for one viewer."""

    def __init__(self, describer: Describer, record: Record) -> None:
        self.describer, self.viewer = describer, describer.viewer
        customer_id = getattr(record, "customer_id", None)
        lead_id = getattr(record, "lead_id", None)
        lead = record if isinstance(record, Lead) else by_id(Lead, lead_id)
        self.customer_id = lead.customer_id if lead else customer_id or record.id
        self.own = record.id
        # Whoever was given a task may ask why, but does not thereby see the lead it is about.
        self.lead_id = lead.id if lead and self.viewer.sees("lead", lead.id) else None
        self.inside = self.lead_id is not None or (lead is None and customer_id is None)
        self.inside = self.inside or self.viewer.reads_customer(self.customer_id)

    def subject(self, here: Kind, record: Record) -> tuple[str, str] | None:
        """Return the record that rules mean on this one's events, if the viewer may see it."""
        if self.lead_id is not None and here.name in ("lead", *(one.name for one in self._acting_on_leads())):
            return "lead", self.lead_id
        return (here.name, record.id) if here.ruled and not here.acts_on and here.name != "lead" else None

    def _acting_on_leads(self) -> list[Kind]:
        return [kind for kind in self.viewer.ws.kinds.values() if not kind.ruled or kind.acts_on == "lead"]

    def link(self, line: JournalLine) -> Link:
        cause = _cause(line)
        shown, whole = self._open(line), self.viewer.whole(line.record_kind, line.record_id)
        rule_facts, note = self._facts(line) if self.inside and shown and line.cause_rule else ((), Text("", ""))
        who = self.describer.who(line)
        return Link(
            seq=line.seq,
            at=line.at,
            kind=line.kind,
            record_kind=line.record_kind,
            record_id=line.record_id,
            what=self.describer.headline(line, whole) if shown else _HIDDEN,
            who=who if shown else replace(who, ip=""),
            changes=self.describer.changes(line, whole) if shown else (),
            facts=rule_facts,
            note=note,
            derivation=self._derivation(line) if line.kind in ("deadline.created", *_BY_TIME) else None,
            cause_seq=cause.seq if cause else None,
            reason=line.reason if shown else "",
        )

    def _open(self, line: JournalLine) -> bool:
        """Say whether the viewer may read a line: that of the record itself, or of a customer they may see."""
        if line.record_id == self.own:
            return True
        if not self.viewer.reads(line.record_kind, line.record_id):
            return False
        if line.customer_id is None or line.customer_id == self.customer_id:
            return self.inside
        return self.viewer.reads_customer(line.customer_id)

    def _facts(self, line: JournalLine) -> tuple[tuple[Seen, ...], Text]:
        """Return what the rule saw before it wrote this line, clause by clause, and a note where that is not all."""
        version = int(line.cause_version or 0)
        event = self._decided_on(line)
        rows = Firing.select().where((Firing.seq == event) & (Firing.rule == line.cause_rule))
        # A rule that was set aside may have been tried again as another version.
        fired = rows.order_by((Firing.version == version).desc(), Firing.id).first()
        rule = self.describer.versions.rule(line.cause_rule, version)
        if fired is None or rule is None:
            return self._bare(fired), _WANTED if fired is None else Text("", "")
        facts = dict(fired.facts)
        if rule.match:
            facts |= (
                historical_state(self.describer.ws.configuration, evaluation_point(event), reads_of(rule)).facts(
                    reads_of(rule)
                )
                | fired.facts
            )
        found = explain(rule, facts, fired.at, derived_of(fired.facts))
        if not found.holds:
            return self._bare(fired), Text("", "")
        note = candidates(self.describer.ws, fired) if line.kind == "lead.assigned" else Text("", "")
        return clauses_of(rule, found, self.describer, self._mask_of(fired)), note

    def _decided_on(self, line: JournalLine) -> int:
        """Return the event whose rule wrote this line: its cause, or the cause of the line it was written along with."""
        at: JournalLine | None = line
        while at is not None and at.cause_seq is not None:
            cause = JournalLine.get_or_none(JournalLine.seq == at.cause_seq)
            if cause is None or cause.depth < at.depth:
                return int(at.cause_seq)
            at = cause
        return line.cause_seq or 0

    def _bare(self, fired: Firing | None) -> tuple[Seen, ...]:
        names, mask = fired.facts.items() if fired else (), self._mask_of(fired)
        return tuple(
            Seen(
                Text(*(field_words(name, self.describer.vocabulary, language) for language in ("zh", "en"))),
                self.describer.fact(name, mask(name, value)),
                None,
            )
            for name, value in names
        )

    def _mask_of(self, fired: Firing | None) -> Mask:
        """Return how the facts a rule saw are read: whole by who sees the record whole that it was about."""
        whole = fired is not None and self.viewer.whole(fired.record_kind, fired.record_id)
        return lambda name, value: self.viewer.fact(name, value, whole)

    def _derivation(self, line: JournalLine) -> Derivation | None:
        row = Deadline.get_or_none(Deadline.id == line.record_id)
        if row is None:
            return None
        ws, store = self.describer.ws, self.describer.ws.setting.store
        team_id = team_of(row, ws.kinds, store)
        clock, zone = clock_of(ws.calendar, store, row.owner_id, team_id), ws.settings.zone
        days: list[tuple[Text, int]] = []
        day = row.started_at.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
        while day < row.due_at and len(days) < _MOST_DAYS:
            ends = (day + timedelta(days=1)).astimezone(zone)
            minutes = clock.minutes_between(max(day, row.started_at), min(ends, row.due_at))
            days.append((_day_words(day, bool(minutes)), minutes))
            day = ends
        note = Text("", "")
        if row.segments:
            note = Text(
                "中间停过或换过人，逐步推导见 clew deadline", "it stood still or changed hands: see `clew deadline`"
            )
        elif _was_counted_otherwise(row, clock):
            note = Text("工作日历后来改过", "the working calendar has changed since")
        return Derivation(
            self.describer.deadline(row.name),
            row.started_at,
            row.working_minutes,
            row.due_at,
            tuple(days),
            hours_words(ws, row.owner_id, team_id, clock),
            note,
        )


def _was_counted_otherwise(row: Deadline, clock: WorkingCalendar) -> bool:
    try:
        if row.working_days:
            return bool(clock.add_days(row.started_at, row.working_days) != row.due_at)
        return bool(clock.add_minutes(row.started_at, row.working_minutes) != row.due_at)
    except NoWorkingTime:
        return True


def derived_of(facts: dict[str, Any]) -> dict[str, Any]:
    """Return what other rules had derived, from the facts of a firing."""
    return {name.removeprefix("derived."): value for name, value in facts.items() if name.startswith("derived.")}


def _day_words(day: datetime, worked: bool) -> Text:
    zh, en = f"{day.month}月{day.day}日 周{'一二三四五六日'[day.weekday()]}", f"{day:%a} {day.day} {day:%b}"
    return Text(zh, en) if worked else Text(f"{zh} 不计", f"{en} not counted")


def _title(describer: Describer, effects: list[JournalLine], links: list[Link]) -> Text:
    """Return the question that is answered: 为什么是王磊负责，又升级给林岚？"""
    told = []
    for line, link in zip(sorted(effects, key=lambda one: -one.seq), links, strict=True):
        owner = describer.person(line.after.get("owner_id")) if line.kind == "lead.assigned" else ""
        rank = _TOLD_FIRST.index(line.kind) if line.kind in _TOLD_FIRST else len(_TOLD_FIRST)
        told.append((rank, -line.seq, Text(f"是{owner}负责", f"Owned by {owner}") if owner else link.what))
    chosen = {seq: what for _, seq, what in sorted(told, key=lambda one: one[:2])[:2]}
    parts = [chosen[seq] for seq in sorted(chosen, reverse=True)]
    if not parts:
        return Text("为什么会这样？", "Why is it so?")
    parts = [parts[0], *(Text(one.zh, one.en[:1].lower() + one.en[1:]) for one in parts[1:])]
    words = joined(parts, "，又", "; ")
    return Text(f"为什么{words.zh}？", f"Why: {words.en}")
