"""Simulated transactions: the same lifecycle and actions as the door's, on records in memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from itertools import count
from typing import Any, NamedTuple

from ...hooks.text import Text
from ...rules.engine.ruleset import Ruleset
from ..configuration.configuration import Configuration
from ..errors import Invalid, Problem
from ..facts.facts import EventData, EventFacts, Setting
from ..journal.origin import Actor, Cause, Origin
from ..replay.history import calendars_of
from ..replay.lines import Firing, Line, text_of
from ..replay.memory import CALENDARS, InMemoryStore, Row
from ..schema.kind import Change, Consequence, Kind, LifecycleContext, Touch, Values
from ..storage.ids import new_id
from ..time.calendars import Calendars
from ..write import lifecycle
from ..write.stages import StageCheck

_serial = count(1)


class By(NamedTuple):
    """Who changes something, and what led to it."""

    channel: str
    actor_kind: str
    actor_id: str = ""
    depth: int = 0
    cause_seq: int | None = None
    firing: Firing | None = None


class Created(NamedTuple):
    """A record that a simulated transaction made."""

    record: Row


class SimulationContext:
    """What a simulated life is lived with: the configuration of today, the rules of one run, the records.

    `judging` are the kinds of record that one of the rules judges before they are written.
    """

    def __init__(self, configuration: Configuration, ruleset: Ruleset, store: InMemoryStore) -> None:
        self.configuration, self.ruleset, self.store = configuration, ruleset, store
        named = {trigger for rule in ruleset.rules for trigger in rule.trigger}
        self.judging = frozenset(
            name for name, kind in configuration.kinds.items() if kind.judged and f"{name}.saving" in named
        )
        self._calendar: Calendars | None = None
        self._calendar_of: tuple[int, ...] = ()
        self._actors: dict[tuple[str, str], Actor] = {}
        self._prefix: tuple[datetime | None, str] = (None, "")

    @property
    def calendar(self) -> Calendars:
        """The working calendars, as the records in memory say."""
        revisions = tuple(self.store.revisions[kind] for kind in CALENDARS)
        if self._calendar is None or revisions != self._calendar_of:
            self._calendar, self._calendar_of = calendars_of(self.store, self.configuration.calendar), revisions
        return self._calendar

    def actor(self, by: By) -> Actor:
        """Return who changes something, as lifecycles see it."""
        found = self._actors.get(by[1:3])
        if found is None:
            found = self._actors[by[1:3]] = Actor(by.actor_kind, by.actor_id)
        return found

    def new_id(self, now: datetime) -> str:
        """Return an id that sorts by its moment, after what history made in the same millisecond."""
        moment, prefix = self._prefix
        if moment != now:
            prefix = new_id(now)[:10]
            self._prefix = now, prefix
        return f"{prefix}z{next(_serial):012d}"

    @property
    def setting(self) -> Setting:
        """What facts are read against."""
        return Setting(self.configuration.kinds, self.calendar, self.store)


class SimulatedTransaction:
    """One transaction on records in memory: its lines are kept whole, or taken back."""

    def __init__(self, context: SimulationContext, now: datetime, by: By) -> None:
        self.context, self.now, self.by = context, now, by
        self.store, self.kinds = context.store, context.configuration.kinds
        self.at = text_of(now)
        self.lines: list[Line] = []
        self.questions: list[str] = []
        self._last: tuple[str, By | None, LifecycleContext | None] = ("", None, None)
        self.store.begin()

    @property
    def origin(self) -> Origin:
        """Who asks, as the door has it."""
        by, firing = self.by, self.by.firing
        rule, version = (firing.rule, firing.version) if firing else ("", "")
        cause = Cause(by.cause_seq, rule, version, depth=by.depth)
        return Origin(self.context.actor(by), by.channel, cause=cause)

    @property
    def calendar(self) -> Calendars:
        """The working calendars, as the records in memory say."""
        return self.context.calendar

    def keep(self) -> list[Line]:
        """Let the changes stand; return their lines."""
        self.store.keep()
        return self.lines

    @property
    def mark(self) -> tuple[int, int, int]:
        """How far it came: a point to go back to."""
        return self.store.mark, len(self.lines), len(self.questions)

    def take_back(self, mark: tuple[int, int, int]) -> None:
        """Undo what was done since a mark."""
        changes, lines, questions = mark
        self.store.take_back(changes)
        del self.lines[lines:], self.questions[questions:]

    def create(self, kind: str, values: Mapping[str, Any], key: str | None = None) -> Created:  # noqa: ARG002 - as Writer has it
        """Create a record as the door does; `key` tells nothing here, for every event is simulated once."""
        here = self.kinds[kind]
        given = lifecycle.shaped(self.context.configuration, here, values, whole=True)
        context = self._lifecycle(kind)
        given = lifecycle.completed(here, given, context)
        return Created(self._create(here, {**here.blank(), **given}, self.context.new_id(self.now), 0, context))

    def change(self, kind: str, record_id: str, values: Mapping[str, Any]) -> Row:
        """Change a record as the door does. Raises Invalid or Forbidden."""
        here = self.kinds[kind]
        record = self.store.records[kind][record_id]
        given = lifecycle.shaped(self.context.configuration, here, values, whole=False)
        context = self._lifecycle(kind)
        before, after = lifecycle.changed(here, record, given, context)
        self._change(here, record, before, after, 0, context, asked=True)
        return record

    def create_as_it_was(self, kind: str, values: Mapping[str, Any], record_id: str, seq: int) -> None:
        """Put a record of history in: what it had from the start is known; what followed is simulated."""
        here = self.kinds[kind]
        typed = self.store.typed(kind, values) if kind in self.store.records else dict(values)
        self._create(here, typed, record_id, seq, self._lifecycle(kind))

    def change_as_it_was(self, kind: str, record_id: str, values: Mapping[str, Any], seq: int) -> None:
        """Make a change of history: what changed along is among its values; what followed is simulated."""
        here = self.kinds[kind]
        record = self.store.records[kind][record_id]
        typed = self.store.typed(kind, values)
        if "extra" in typed:
            typed["extra"] = {**(record.extra or {}), **typed["extra"]}
        after = {name: value for name, value in typed.items() if getattr(record, name) != value}
        self._change(here, record, {name: getattr(record, name) for name in after}, after, seq, self._lifecycle(kind))

    # ---- Inside

    def _create(self, here: Kind, values: Values, record_id: str, seq: int, context: LifecycleContext) -> Row:
        kind = here.name
        if kind not in self.store.records:  # Messages and the like: nothing asks for them again.
            self._line(f"{kind}.created", kind, record_id, {}, values, seq)
            return Row({**values, "id": record_id})
        row = self.store.add(kind, record_id, self.now, values)
        if kind in self.context.judging:
            self._judge(here, row, {}, values)
        self._line(f"{kind}.created", kind, record_id, {}, values, seq)
        self._follow(lifecycle.consequences(here, row, None, context))
        return row

    def _change(
        self,
        here: Kind,
        record: Row,
        before: Values,
        after: Values,
        seq: int,
        context: LifecycleContext,
        *,
        asked: bool = False,
    ) -> None:
        if not after:
            return
        kind = here.name
        self.store.set(kind, record.id, after)
        if asked:
            self._check_stage(here, record, before, after)
        if kind in self.context.judging:
            self._judge(here, record, before, after)
        self._line(here.line_kind(after), kind, record.id, before, after, seq)
        self._follow(lifecycle.consequences(here, record, after, context))

    def _lifecycle(self, kind: str) -> LifecycleContext:
        last_kind, last_by, last = self._last
        if last is not None and last_by is self.by and last_kind == kind:  # A checklist is many tasks.
            return last
        by, context = self.by, self.context
        actor, here = context.actor(by), context.configuration
        made = LifecycleContext(
            kind, actor, by.channel, self.now, self.store, here.kinds, here.processes, context.calendar
        )
        self._last = kind, by, made
        return made

    def _follow(self, consequences: list[Consequence]) -> None:
        for one in consequences:
            if isinstance(one, Touch):
                self._line(f"{one.kind}.changed", one.kind, one.record.id, {}, {}, 0)
            if not isinstance(one, Change):
                continue
            asked = self.by
            kind = "system" if asked.actor_kind == "user" else asked.actor_kind
            self.by = asked._replace(actor_kind=kind, cause_seq=self.lines[-1].seq or asked.cause_seq)
            try:
                self.change(one.kind, one.record_id, one.values)
            finally:
                self.by = asked

    def _check_stage(self, here: Kind, record: Row, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
        """Hold a record against the stage it is in, as the door does. Whoever wanted a confirmation got it."""
        origin = replace(self.origin, confirmed=True)
        processes = self.context.configuration.processes
        StageCheck(processes, self.context.setting, self.now, self.by.channel).check(
            here, record, before, after, origin
        )

    def _judge(self, here: Kind, record: Row, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
        """Have the run's rules judge a write. Raises Invalid if one blocks it; whoever wanted a confirmation got it."""
        trigger = f"{here.name}.saving"
        event = EventData(trigger, self.by.channel, sorted(after), before.get("stage"), after.get("stage"))
        facts = EventFacts(self.context.setting, event, here.name, record, self.now)
        for decision in self.context.ruleset.evaluate(trigger, facts, self.now).decisions:
            if decision.action == "block":
                raise Invalid([Problem("", Text(decision.args["message"], decision.args["message"]))])
            if decision.action == "require_confirmation" and self.by.actor_kind == "user":
                self.questions.append(decision.rule_id)

    def _line(
        self, kind: str, record_kind: str, record_id: str, before: Mapping[str, Any], after: Mapping[str, Any], seq: int
    ) -> None:
        by, firing = self.by, self.by.firing
        self.lines.append(
            Line(
                seq,
                self.at,
                kind,
                record_kind,
                record_id,
                1,
                by.channel,
                by.actor_kind,
                by.actor_id,
                by.cause_seq,
                firing.rule if firing else "",
                firing.version if firing else "",
                "",
                by.depth,
                before,
                after,
                firing,
            )
        )
