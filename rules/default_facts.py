"""The facts, triggers and actions every Clew has, before a trade or ops adds fields of their own."""

from __future__ import annotations

from .vocabulary import ActionSpec, ArgSpec, FieldKind, FieldType, Vocabulary

STAGES = ("first_contact", "diagnosis", "demo", "negotiation", "signing", "payment")
OUTCOMES = ("open", "won", "lost")

TRIGGERS = frozenset(
    {
        "lead.created",
        "lead.changed",
        "lead.assigned",
        "lead.stage_changed",
        "lead.outcome_changed",
        "follow_up.created",
        "contract.created",
        "contract.changed",
        "task.changed",
        "document.created",
        "deadline.missed",
    }
)

_FACTS: dict[FieldKind, str] = {
    "text": """
        lead.id lead.company lead.source lead.industry lead.region lead.quality lead.owner_id lead.team
        contact.name contact.title customer.name customer.industry customer.region customer.grade
        owner.name deadline.name follow_up.way task.kind task.state contract.status
        event.kind event.channel
    """,
    "number": """
        lead.budget lead.age_hours lead.open_tasks owner.open_leads deadline.working_minutes contract.amount
    """,
    "bool": "lead.answered lead.escalated contact.has_phone contact.has_email follow_up.effective",
    "datetime": "lead.received_at",
    "list": "lead.pain_points event.changed",
}

_CHOICES = {
    "lead.stage": STAGES,
    "lead.outcome": OUTCOMES,
    "event.from_stage": STAGES,
    "event.to_stage": STAGES,
}

_REQUIRED = ArgSpec(required=True)
_MINUTES = ArgSpec("number", required=True)
_ASSIGNEE = ArgSpec(required=True, options=("owner", "owner_manager"), prefixes=("role:",))

ACTIONS = {
    # Without a strategy, the member with the fewest open leads takes it.
    "assign": ActionSpec(
        {"team": ArgSpec(), "user": ArgSpec(), "strategy": ArgSpec(options=("least_loaded", "round_robin"))},
        one_of=(("team", "user"),),
    ),
    "escalate": ActionSpec(
        {"to": ArgSpec(required=True, options=("owner_manager", "team_manager")), "message": _REQUIRED}
    ),
    "notify": ActionSpec({"to": _ASSIGNEE, "title": _REQUIRED, "body": _REQUIRED}),
    "create_task": ActionSpec(
        {"title": _REQUIRED, "assignee": _ASSIGNEE, "due_working_minutes": ArgSpec("number")},
    ),
    "create_tasks": ActionSpec(
        {"sop": _REQUIRED, "items": ArgSpec("texts", required=True), "assignee": _ASSIGNEE},
    ),
    "set_field": ActionSpec({"field": ArgSpec("field", required=True), "value": ArgSpec("scalar", required=True)}),
    "start_deadline": ActionSpec({"name": _REQUIRED, "working_minutes": _MINUTES, "warn": ArgSpec("number")}),
    "close_deadline": ActionSpec({"name": _REQUIRED}),
    "set_outcome": ActionSpec({"outcome": ArgSpec(required=True, options=OUTCOMES), "reason": _REQUIRED}),
}


def default_vocabulary() -> Vocabulary:
    """Return the vocabulary of a Clew without added fields; `lead.extra.<name>` is taken untyped."""
    fields = {name: FieldType(kind) for kind, names in _FACTS.items() for name in names.split()}
    fields |= {name: FieldType("text", options) for name, options in _CHOICES.items()}
    return Vocabulary(fields, TRIGGERS, ACTIONS, open_prefixes=("lead.extra.",))
