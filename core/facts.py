"""What the rules get to see of an event: flat facts, read within the transaction that will act on them."""

from __future__ import annotations

from typing import Any

from .clock import Clock
from .models import Contact, Contract, Customer, Deadline, FollowUp, JournalLine, Lead, Task, Team, User


def lead_of(line: JournalLine) -> Lead | None:
    """Return the lead that a line is about: itself, or the one its record belongs to."""
    model = {"follow_up": FollowUp, "task": Task, "contract": Contract, "deadline": Deadline}.get(line.record_kind)
    lead_id = line.record_id
    if model is not None:
        record = model.get_or_none(model.id == line.record_id)
        lead_id = record.lead_id if record else None
    elif line.record_kind != "lead":
        return None
    return Lead.get_or_none(Lead.id == lead_id) if lead_id else None


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
            record = model.get_by_id(line.record_id)
            facts |= {f"{kind}.{name}": getattr(record, name) for name in names}
    return facts


def _lead_facts(lead: Lead, clock: Clock) -> dict[str, Any]:
    names = ("id", "company", "source", "industry", "region", "budget", "stage", "outcome", "quality", "owner_id")
    facts: dict[str, Any] = {f"lead.{name}": getattr(lead, name) for name in names}
    facts |= {f"lead.extra.{name}": value for name, value in lead.extra.items()}
    team = Team.get_or_none(Team.id == lead.team_id) if lead.team_id else None
    facts |= {
        "lead.team": team.name if team else None,
        "lead.pain_points": lead.extra.get("pain_points") or [],
        "lead.answered": lead.first_response_at is not None,
        "lead.escalated": lead.escalated_at is not None,
        "lead.received_at": lead.received_at,
        "lead.age_hours": round((clock.now() - lead.received_at).total_seconds() / 3600, 2),
        "lead.open_tasks": Task.select().where((Task.lead == lead.id) & (Task.state == "open")).count(),
    }
    customer = Customer.get_by_id(lead.customer_id)
    facts |= {f"customer.{name}": getattr(customer, name) for name in ("name", "industry", "region", "grade")}
    contact = Contact.get_or_none(Contact.id == lead.contact_id) if lead.contact_id else None
    facts |= {
        "contact.name": contact.name if contact else None,
        "contact.title": contact.title if contact else None,
        "contact.has_phone": bool(contact and contact.phone),
        "contact.has_email": bool(contact and contact.email),
    }
    if lead.owner_id:
        facts["owner.name"] = User.get_by_id(lead.owner_id).name
        facts["owner.open_leads"] = (
            Lead.select().where((Lead.owner == lead.owner_id) & (Lead.outcome == "open")).count()
        )
    return {name: None if value == "" else value for name, value in facts.items()}
