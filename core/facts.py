"""What the rules get to see of an event: flat facts, read within the transaction that will act on them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from peewee import ModelSelect, fn

from .clock import Clock
from .database import database, is_sqlite
from .models import Contact, Contract, Customer, Deadline, FollowUp, JournalLine, Lead, Task, Team, User
from .models.base import Base

_statements: dict[tuple[str, bool], str] = {}


def by_id(model: type[Base], record_id: str | int | None) -> Any:
    """Return the record of that id, or None.

    Every event reads a dozen records this way, and peewee takes longer to write such a statement
    than the database to answer it: so it is written once.
    """
    if record_id is None:
        return None
    sql = _written(model.__name__, lambda: model.select().where(model._meta.primary_key == record_id))
    return next(iter(model.raw(sql, record_id)), None)


def _written(name: str, query: Callable[[], ModelSelect]) -> str:
    """Return the text of a statement, the same for every call with this name."""
    kind = (name, is_sqlite())
    if kind not in _statements:
        _statements[kind] = query().sql()[0]
    return _statements[kind]


def _count(name: str, query: Callable[[], ModelSelect], *values: str) -> int:
    return int(database.execute_sql(_written(name, query), values).fetchone()[0])


def lead_of(line: JournalLine) -> Lead | None:
    """Return the lead that a line is about: itself, or the one its record belongs to."""
    model = {"follow_up": FollowUp, "task": Task, "contract": Contract, "deadline": Deadline}.get(line.record_kind)
    lead_id = line.record_id
    if model is not None:
        record = by_id(model, line.record_id)
        lead_id = record.lead_id if record else None
    elif line.record_kind != "lead":
        return None
    return by_id(Lead, lead_id)


def facts_of(line: JournalLine, clock: Clock) -> dict[str, Any]:
    """Return the facts for an event: the event itself and all records it touches, as they are now."""
    facts: dict[str, Any] = {
        "event.kind": line.kind,
        "event.channel": line.channel,
        "event.changed": sorted(line.after),
        "event.from_stage": line.before.get("stage"),
        "event.to_stage": line.after.get("stage"),
    }
    lead = lead_of(line)
    if lead:
        facts |= _lead_facts(lead, clock)
    for kind, model, names in (
        ("deadline", Deadline, ("name", "working_minutes")),
        ("follow_up", FollowUp, ("way", "effective")),
        ("task", Task, ("kind", "state")),
        ("contract", Contract, ("status", "amount")),
    ):
        if line.record_kind == kind:
            record = by_id(model, line.record_id)
            facts |= {f"{kind}.{name}": getattr(record, name) for name in names}
    return facts


def _lead_facts(lead: Lead, clock: Clock) -> dict[str, Any]:
    names = ("id", "company", "source", "industry", "region", "budget", "stage", "outcome", "quality", "owner_id")
    facts: dict[str, Any] = {f"lead.{name}": getattr(lead, name) for name in names}
    facts |= {f"lead.extra.{name}": value for name, value in lead.extra.items()}
    team = by_id(Team, lead.team_id)
    facts |= {
        "lead.team": team.name if team else None,
        "lead.pain_points": lead.extra.get("pain_points") or [],
        "lead.answered": lead.first_response_at is not None,
        "lead.escalated": lead.escalated_at is not None,
        "lead.received_at": lead.received_at,
        "lead.age_hours": round((clock.now() - lead.received_at).total_seconds() / 3600, 2),
        "lead.open_tasks": _count(
            "open tasks",
            lambda: Task.select(fn.COUNT(Task.id)).where((Task.lead == lead.id) & (Task.state == "open")),
            *(lead.id, "open"),
        ),
    }
    customer = by_id(Customer, lead.customer_id)
    facts |= {f"customer.{name}": getattr(customer, name) for name in ("name", "industry", "region", "grade")}
    contact = by_id(Contact, lead.contact_id)
    facts |= {
        "contact.name": contact.name if contact else None,
        "contact.title": contact.title if contact else None,
        "contact.has_phone": bool(contact and contact.phone),
        "contact.has_email": bool(contact and contact.email),
    }
    if lead.owner_id:
        facts["owner.name"] = by_id(User, lead.owner_id).name
        facts["owner.open_leads"] = _count(
            "open leads",
            lambda: Lead.select(fn.COUNT(Lead.id)).where((Lead.owner == lead.owner_id) & (Lead.outcome == "open")),
            *(lead.owner_id, "open"),
        )
    return {name: None if value == "" else value for name, value in facts.items()}
