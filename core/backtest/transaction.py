"""The door of a backtest's world: changes with what follows from them, as `core.write.door` and `core.write.lifecycle` do it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from itertools import count
from typing import TYPE_CHECKING, Any, cast

from ...hooks.text import Text
from ...rules import Ruleset
from ..errors import Invalid, Problem
from ..journal.lines import plain
from ..journal.origin import Actor, Origin
from ..models import Lead
from ..process.process import ProcessBook
from ..schema.fields import FieldRegistry
from ..schema.validator import Validator
from ..storage.ids import new_id
from ..write import lifecycle as records
from .facts import Facts
from .lines import Firing, Line, Values, moment_of, text_of
from .store import World, normal

if TYPE_CHECKING:
    from ..write.door import Transaction

_RULE = Origin(Actor("rule", name="Clew"), "rule")
_LINKS = {"customer_id": "customer", "contact_id": "contact", "owner_id": "owner", "team_id": "team"}
_serial = count(1)


@dataclass(frozen=True)
class House:
    """What a world's changes are checked against: today's processes and fields, and the side's rules.

    `judging` are the kinds of record that a rule judges before they are written.
    """

    processes: ProcessBook
    validator: Validator
    ruleset: Ruleset
    judging: frozenset[str] = frozenset()
    money: frozenset[str] = frozenset()

    @property
    def fields(self) -> FieldRegistry:
        """The fields in force."""
        return self.validator.registry


@dataclass(frozen=True)
class By:
    """Who changes something, and what led to it."""

    channel: str
    actor_kind: str
    actor_id: str = ""
    depth: int = 0
    cause_seq: int | None = None
    firing: Firing | None = None


class Passage:
    """One transaction on the world: its lines are kept whole, or taken back."""

    def __init__(self, world: World, house: House, now: datetime) -> None:
        self.world, self.door, self.now = world, house, now
        self.at = text_of(now)
        self.origin = _RULE
        self.lines: list[Line] = []
        self.questions: list[str] = []
        world.begin()

    @cached_property
    def _prefix(self) -> str:
        return new_id(self.now)[:10]

    def keep(self) -> list[Line]:
        """Let the changes stand; return their lines."""
        self.world.keep()
        return self.lines

    def take_back(self) -> None:
        """Undo all of it."""
        self.world.take_back()

    def create(self, kind: str, values: Mapping[str, Any], by: By, record_id: str = "", seq: int = 0) -> str:
        """Put a record in, with what follows from it; return its id."""
        # Simulated ids sort by their moment, after what history made in the same millisecond.
        record_id = record_id or f"{self._prefix}~{next(_serial):012d}"
        if kind in self.world.records:
            row = self.world.add(kind, record_id, values)
            row["created_at"] = self.at
            if kind in self.door.judging:
                self._judge(kind, record_id, {}, values, by)
            self._line(f"{kind}.created", kind, record_id, {}, values, by, seq)
            if kind == "follow_up":
                self._answered(row, by)
        else:
            self._line(f"{kind}.created", kind, record_id, {}, values, by, seq)
        return record_id

    def decide(self, lead: Values, values: Mapping[str, Any], by: By, typed: bool = False) -> None:
        """Change a lead as a rule asks: read (unless it is `typed`) and checked by the house's own code.

        Raises Invalid.
        """
        given = dict(values) if typed else self._shaped(values)
        # The real check looks at a lead that never came from a database.
        shown = Lead.__new__(Lead)
        shown.__data__ = {_LINKS.get(name, name): value for name, value in lead.items()}
        shown.__rel__ = {}
        records.with_change(cast("Transaction", self), "lead", shown, given)
        self.change("lead", lead["id"], cast(Values, plain(given)), by)

    def change(self, kind: str, record_id: str, values: Mapping[str, Any], by: By, seq: int = 0) -> bool:
        """Change what really changes of a record, with what follows from it; return whether anything did."""
        row = self.world.records[kind][record_id]
        if "extra" in values:
            values = {**values, "extra": {**row["extra"], **values["extra"]}}
        values = normal(kind, values)
        before = {name: row.get(name) for name, value in values.items() if row.get(name) != value}
        if not before:
            return False
        after = {name: values[name] for name in before}
        self.world.set(kind, record_id, after)
        if kind in self.door.judging:
            self._judge(kind, record_id, before, after, by)
        line = self._line(records.line_kind(kind, after), kind, record_id, before, after, by, seq)
        if kind == "lead" and after.get("outcome") in ("won", "lost"):
            follow = replace(by, actor_kind="system" if by.actor_kind == "user" else by.actor_kind, cause_seq=line.seq)
            self.close_deadlines(record_id, None, follow)
        elif kind == "contact" and ("phone" in after or "email" in after):
            leads = self.world.records["lead"]
            for one in sorted(self.world.leads_of_contact.get(record_id, ())):
                if leads[one]["outcome"] == "open":
                    self._line("lead.changed", "lead", one, {}, {}, by, 0)
        return True

    def close_deadlines(self, lead_id: str, name: str | None, by: By) -> None:
        """Close a lead's open deadlines as met: those of one name, or all."""
        for row in self.world.related("deadline", lead_id):
            if row["state"] == "open" and name in (None, row["name"]):
                self.change("deadline", row["id"], {"state": "met", "closed_at": self.at}, by)

    def _judge(self, kind: str, record_id: str, before: Values, after: Mapping[str, Any], by: By) -> None:
        """Have the side's rules judge a write, as `core.write.prewrite` does. Raises Invalid if one blocks it."""
        trigger = f"{kind}.saving"
        line = self._shaped_line(trigger, kind, record_id, before, after, by, 0)
        outcome = self.door.ruleset.evaluate(trigger, Facts(self.world, line, self.now, self.door.money), self.now)
        for decision in outcome.decisions:
            if decision.action == "block":
                raise Invalid([Problem("", Text(decision.args["message"], decision.args["message"]))])
            if decision.action == "require_confirmation" and by.actor_kind == "user":
                self.questions.append(decision.rule_id)

    def _answered(self, follow_up: Values, by: By) -> None:
        lead = self.world.get("lead", follow_up["lead_id"])
        if not follow_up.get("effective") or lead is None or lead.get("first_response_at") is not None:
            return
        since = moment_of(lead.get("assigned_at") or lead["received_at"])
        minutes = self.world.calendar.minutes_between(since, moment_of(follow_up["at"]))
        follow = replace(by, actor_kind="system" if by.actor_kind == "user" else by.actor_kind)
        answer = {"first_response_at": follow_up["at"], "response_minutes": minutes}
        self.change("lead", lead["id"], answer, follow)
        self.close_deadlines(lead["id"], "first_response", follow)

    def _shaped(self, values: Mapping[str, Any]) -> Values:
        columns = records.columns_of("lead")
        known = self.door.fields.by_name("lead")
        added = {name for name, field in known.items() if field.extra}
        records.check_names("lead", values, columns | added)
        own = {name: value for name, value in values.items() if name in known}
        clean: Values = {**values, **(self.door.validator.read("lead", own, whole=False) if own else {})}
        shaped = {name: value for name, value in clean.items() if name in columns}
        if extra := {name: value for name, value in clean.items() if name in added}:
            shaped["extra"] = plain(extra)
        for name, value in shaped.items():
            column = Lead._meta.combined[name]
            if value is None and not column.null:
                shaped[name] = column.default
        return shaped

    def _line(
        self, kind: str, record_kind: str, record_id: str, before: Values, after: Mapping[str, Any], by: By, seq: int
    ) -> Line:
        line = self._shaped_line(kind, record_kind, record_id, before, after, by, seq)
        self.lines.append(line)
        return line

    def _shaped_line(
        self, kind: str, record_kind: str, record_id: str, before: Values, after: Mapping[str, Any], by: By, seq: int
    ) -> Line:
        firing = by.firing
        return Line(
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
