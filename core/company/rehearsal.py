"""A sample lead taken through the rules in force, to the escalation, on records in memory: nothing is written or sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from ...hooks.text import Text
from ..backtest.simulator import Simulator
from ..backtest.transaction import By, SimulatedTransaction, SimulationContext
from ..errors import ClewError
from ..facts.database_store import DatabaseStore
from ..kinds import RuleRecord
from ..replay.lines import Line, moment_of
from ..replay.memory import CALENDARS, InMemoryStore
from ..rulebook.documents import code_of, title_of
from ..schema.kind import Load
from ..workspace import Workspace

SAMPLE: Mapping[str, Any] = {
    "company": "昆山拓锋模具",
    "industry": "精密加工",
    "region": "苏州",
    "budget": 320_000,
    "phone": "13800000000",
    "source": "web_form",
}
_CONTACT = ("phone",)
_SHARED = ("industry", "region")
_LOADED = ("team", "user", *CALENDARS)
"""The kinds of record that decide who takes a lead and when time is up."""
_LONGEST = timedelta(days=60)


@dataclass(frozen=True)
class Stop:
    """One thing that happens to the sample: `what` is assigned, deadline, missed, escalated or told.

    `who` is the person it is about, `minutes` the working minutes since it came in, `rule` what did it.
    """

    what: str
    who: str = ""
    minutes: int = 0
    rule: Text | None = None


@dataclass
class Rehearsal:
    """What becomes of the sample: who owns it, by when they must answer, to whom it escalates, who is told."""

    owner: str = ""
    team: str = ""
    minutes: int = 0
    escalated_to: str = ""
    told: list[str] = field(default_factory=list)
    stops: list[Stop] = field(default_factory=list)
    failed: list[Text] = field(default_factory=list)
    trouble: Text | None = None


class _House(InMemoryStore):
    """Records in memory, with what people have in hand as the database has it: that is asked, not loaded."""

    def __init__(self, ws: Workspace) -> None:
        super().__init__(ws.kinds)
        self._present = DatabaseStore(ws.kinds)
        for name in _LOADED:
            if name not in self.records:
                continue
            kind = ws.kinds[name]
            for row in kind.model.select():
                self.add(name, row.id, row.created_at, {one: getattr(row, one) for one in kind.columns})

    def loads(self, team_id: str | None = None, at: datetime | None = None) -> list[Load]:
        return self._present.loads(team_id, at)

    def last_assigned(self, user_ids: list[str]) -> Mapping[str, str]:
        return self._present.last_assigned(user_ids)


def rehearse(ws: Workspace, values: Mapping[str, Any] = SAMPLE) -> Rehearsal:
    """Return what the rules in force do with a lead from the web form that nobody answers."""
    found, lines = Rehearsal(), list[Line]()
    store, began = _House(ws), ws.clock.now()
    context = SimulationContext(ws.configuration, ws.ruleset, store)
    simulator = Simulator(context, ws.configuration.heard, lines.append)
    tx = SimulatedTransaction(context, began, By("form", "public"))
    try:
        _come_in(tx, values)
    except ClewError as error:
        found.trouble = error.text
        return found
    simulator.happen(tx)
    due = store.next_due()
    if due is not None and due <= began + _LONGEST:
        while (due := store.next_due()) is not None and not _is_missed(lines) and due <= began + _LONGEST:
            simulator.pass_until(due)
    titles = {row.code: title_of(row.document) for row in RuleRecord.select()}
    _tell(found, lines, store, context, titles)
    found.failed = [titles.get(code_of(rule, titles), Text(rule, rule)) for rule in sorted(simulator.failed)]
    return found


def _come_in(tx: SimulatedTransaction, values: Mapping[str, Any]) -> None:
    """Make customer, contact and lead, as intake does of somebody who is not known yet."""
    shared = {name: values[name] for name in _SHARED if name in values}
    customer = tx.create("customer", {"name": values["company"], **shared}).record
    contact = tx.create("contact", {"customer_id": customer.id, **{n: values[n] for n in _CONTACT if n in values}})
    own = {name: value for name, value in values.items() if name not in _CONTACT}
    tx.create("lead", {**own, "customer_id": customer.id, "contact_id": contact.record.id})


def _is_missed(lines: list[Line]) -> bool:
    return any(line.kind == "deadline.missed" for line in lines)


def _tell(
    found: Rehearsal, lines: list[Line], store: _House, context: SimulationContext, titles: Mapping[str, Text]
) -> None:
    began = moment_of(lines[0].at)
    for line in lines:
        after = line.after
        minutes = context.calendar.minutes_between(began, moment_of(line.at))
        rule = titles.get(code_of(line.rule, titles)) if line.rule else None
        if line.record_kind == "lead" and after.get("owner_id") and not line.kind.endswith(".created"):
            found.owner, found.team = (
                _name(store, "user", after["owner_id"]),
                _name(store, "team", after.get("team_id")),
            )
            found.stops.append(Stop("assigned", found.owner, minutes, rule))
        elif line.kind == "deadline.created" and not found.minutes:
            found.minutes = int(after["working_minutes"])
            found.stops.append(Stop("deadline", found.owner, found.minutes, rule))
        elif line.record_kind == "lead" and after.get("escalated_to_id"):
            found.escalated_to = _name(store, "user", after["escalated_to_id"])
            found.stops.append(Stop("escalated", found.escalated_to, minutes, rule))
        elif line.kind == "notification.created":
            name = _name(store, "user", after.get("user_id"))
            if name not in found.told:
                found.told.append(name)
                found.stops.append(Stop("told", name, minutes, rule))


def _name(store: _House, kind: str, record_id: Any) -> str:
    record = store.get(kind, record_id)
    return str(record.name) if record is not None else ""
