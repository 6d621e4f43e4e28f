"""What the rules get to see of an event: flat facts, read within the transaction that will act on them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from peewee import fn

from ..models import Contact, Contract, Customer, Deadline, FollowUp, JournalLine, Lead, Record, Task, Team, User
from ..storage.statements import by_id, count
from ..time.clock import Clock
from . import collections as related

if TYPE_CHECKING:
    from ..write.door import Door

_OF_A_LEAD: dict[str, type[Record]] = {"follow_up": FollowUp, "task": Task, "contract": Contract, "deadline": Deadline}
_OWN: dict[str, tuple[str, ...]] = {
    "deadline": ("name", "working_minutes", "due_at", "state"),
    "follow_up": ("way", "effective"),
    "task": ("kind", "state"),
    "contract": ("number", "status", "amount", "locked"),
}
_LEAD = (
    *("id", "company", "source", "industry", "region", "budget", "stage", "outcome", "quality", "owner_id", "locked"),
    *("received_at", "process"),
)


def lead_of(line: JournalLine) -> Lead | None:
    """Return the lead that a line is about: itself, or the one its record belongs to."""
    model = _OF_A_LEAD.get(line.record_kind)
    lead_id = line.record_id
    if model is not None:
        record = by_id(model, line.record_id)
        lead_id = record.lead_id if record else None
    elif line.record_kind != "lead":
        return None
    return by_id(Lead, lead_id)


def facts_of(
    line: JournalLine, clock: Clock, reads: frozenset[str] | None = None, door: Door | None = None
) -> dict[str, Any]:
    """Return the facts for an event: the event itself and all records it touches, as they are now.

    `reads` names the facts that will be asked for (`Ruleset.reads`): what costs a query is then left
    out unless it is among them. Without a `door` the facts of working time are missing, and added
    fields come as they are stored.
    """
    record = by_id(_OF_A_LEAD[line.record_kind], line.record_id) if line.record_kind in _OF_A_LEAD else None
    event = {
        "event.kind": line.kind,
        "event.channel": line.channel,
        "event.changed": sorted(line.after),
        "event.from_stage": line.before.get("stage"),
        "event.to_stage": line.after.get("stage"),
    }
    return facts_about(event, line.record_kind, record, lead_of(line), clock.now(), reads, door)


def facts_about(
    event: Mapping[str, Any],
    kind: str,
    record: Any,
    lead: Lead | None,
    now: datetime,
    reads: frozenset[str] | None = None,
    door: Door | None = None,
) -> dict[str, Any]:
    """Return the facts for `event` about a record of `kind` and its lead, which need not be saved yet."""
    facts: dict[str, Any] = dict(event)
    wants = _Wants(reads)
    if lead is not None:
        facts |= _lead_facts(lead, now, wants, door)
    if kind in _OWN and record is not None:
        facts |= {f"{kind}.{name}": getattr(record, name) for name in _OWN[kind]}
        if kind == "deadline":
            facts["deadline.overdue"] = record.state == "missed" or (record.state == "open" and record.due_at <= now)
    facts |= related.rows(wants, lead, record if kind == "contract" else None)
    return {name: None if value == "" else value for name, value in facts.items()}


class _Wants:
    """Answers whether a fact, or any fact of a group such as "customer", will be asked for."""

    def __init__(self, reads: frozenset[str] | None) -> None:
        self._reads = reads
        self._groups = None if reads is None else _groups(reads)

    def __call__(self, *names: str) -> bool:
        return self._reads is None or any(name in self._reads for name in names)

    def any_of(self, group: str) -> bool:
        return self._groups is None or group in self._groups


@lru_cache(maxsize=256)
def _groups(reads: frozenset[str]) -> frozenset[str]:
    return frozenset(name.partition(".")[0] for name in reads)


def _lead_facts(lead: Lead, now: datetime, wants: _Wants, door: Door | None) -> dict[str, Any]:
    facts: dict[str, Any] = {f"lead.{name}": getattr(lead, name) for name in _LEAD}
    facts |= _added(lead, door)
    facts |= {
        "lead.pain_points": lead.extra.get("pain_points") or [],
        "lead.answered": lead.first_response_at is not None,
        "lead.escalated": lead.escalated_at is not None,
        "lead.age_hours": round((now - lead.received_at).total_seconds() / 3600, 2),
    }
    if wants("lead.team"):
        team = by_id(Team, lead.team_id)
        facts["lead.team"] = team.name if team else None
    if wants("lead.open_tasks"):
        facts["lead.open_tasks"] = count(
            "open tasks",
            lambda: Task.select(fn.COUNT(Task.id)).where((Task.lead == lead.id) & (Task.state == "open")),
            *(lead.id, "open"),
        )
    if door is not None:
        facts |= _working_time(lead, now, wants, door)
    if wants.any_of("customer"):
        customer = by_id(Customer, lead.customer_id)
        facts |= {f"customer.{name}": getattr(customer, name) for name in ("name", "industry", "region", "grade")}
    if wants.any_of("contact"):
        contact = by_id(Contact, lead.contact_id)
        facts |= {
            "contact.name": contact.name if contact else None,
            "contact.title": contact.title if contact else None,
            "contact.has_phone": bool(contact and contact.phone),
            "contact.has_email": bool(contact and contact.email),
        }
    if lead.owner_id and wants.any_of("owner"):
        facts |= _owner_facts(lead.owner_id, wants)
    return facts


def _added(lead: Lead, door: Door | None) -> dict[str, Any]:
    """Return the added fields; amounts are kept as text and come back as exact numbers."""
    money = {one.name for one in door.fields.of("lead") if one.extra and one.type == "money"} if door else set()
    return {
        f"lead.extra.{name}": Decimal(value) if name in money and value not in (None, "") else value
        for name, value in lead.extra.items()
    }


def _working_time(lead: Lead, now: datetime, wants: _Wants, door: Door) -> dict[str, Any]:
    """Return what the working calendar says; each is counted only if asked for, for it walks day by day."""
    calendar = door.calendar
    found: dict[str, Any] = {}
    if wants("lead.in_working_time"):
        found["lead.in_working_time"] = calendar.is_open(now)
    if wants("lead.waiting_working_minutes") and lead.first_response_at is None and lead.outcome == "open":
        since = lead.assigned_at or lead.received_at
        found["lead.waiting_working_minutes"] = calendar.minutes_between(since, now)
    if wants("lead.working_minutes_since_assigned") and lead.assigned_at is not None:
        found["lead.working_minutes_since_assigned"] = calendar.minutes_between(lead.assigned_at, now)
    if wants("lead.stage_working_hours"):
        found["lead.stage_working_hours"] = round(calendar.minutes_between(lead.stage_since, now) / 60, 2)
    return found


def _owner_facts(owner_id: str, wants: _Wants) -> dict[str, Any]:
    owner = by_id(User, owner_id)
    facts: dict[str, Any] = {"owner.name": owner.name}
    if wants("owner.team", "owner.manager"):
        team = by_id(Team, owner.team_id)
        manager = by_id(User, team.manager_id) if team else None
        facts |= {"owner.team": team.name if team else None, "owner.manager": manager.name if manager else None}
    if wants("owner.open_leads"):
        facts["owner.open_leads"] = count(
            "open leads",
            lambda: Lead.select(fn.COUNT(Lead.id)).where((Lead.owner == owner_id) & (Lead.outcome == "open")),
            *(owner_id, "open"),
        )
    return facts
