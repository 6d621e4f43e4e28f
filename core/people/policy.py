"""Who may see and do what, and what of it is masked: one policy below every exit (laws 2 and 10)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from peewee import ModelSelect

from ...hooks.text import Text
from ..errors import Forbidden
from ..journal.origin import Actor
from ..models import Contact, Contract, Customer, Lead, Record, Task, Team, User
from ..schema.fields import FieldRegistry

# What a role may do. "see:all" lifts the row filter; "see:contracts" shows customers with a contract.
PERMISSIONS: dict[str, frozenset[str]] = {
    "sales": frozenset({"lead", "customer", "task"}),
    "manager": frozenset({"lead", "customer", "task", "assign", "report", "rules:see", "rules:approve", "see:team"}),
    "ops": frozenset(
        {
            *("lead", "customer", "task", "assign", "report", "rules:see", "rules:edit", "rules:approve", "import"),
            *("duplicates", "see:all"),
        }
    ),
    "legal": frozenset({"task", "customer", "contract", "see:contracts"}),
    "finance": frozenset({"task", "customer", "contract", "see:contracts"}),
    "delivery": frozenset({"task", "customer", "see:contracts"}),
    "admin": frozenset(
        {
            *("lead", "customer", "task", "contract", "assign", "report", "rules:see", "rules:edit", "rules:approve"),
            *("import", "duplicates", "see:all", "plugins", "journal", "dead_letters", "people"),
        }
    ),
}
ROLE_WORDS: dict[str, Text] = {
    "sales": Text("销售", "Sales"),
    "manager": Text("经理", "Manager"),
    "ops": Text("运营", "Ops"),
    "legal": Text("法务", "Legal"),
    "finance": Text("财务", "Finance"),
    "delivery": Text("交付", "Delivery"),
    "admin": Text("管理员", "Administrator"),
}
_TRUSTED = ("system", "rule", "plugin", "import", "public")


def may(actor: Actor, permission: str) -> bool:
    """Say whether one of the actor's roles carries `permission`."""
    if actor.kind in _TRUSTED:
        return True
    return any(permission in PERMISSIONS.get(role, ()) for role in actor.roles)


def require(actor: Actor, permission: str) -> None:
    """Raise Forbidden unless the actor has `permission`."""
    if not may(actor, permission):
        raise Forbidden(
            "你的角色不能做这件事；需要的话请找管理员授权。",
            "your role may not do this; ask an administrator if you need it",
        )


def managed_teams(actor: Actor) -> list[str]:
    """Return the ids of the teams that the actor manages."""
    return [row.id for row in Team.select(Team.id).where(Team.manager_id == actor.id)]


def visible_leads(actor: Actor) -> ModelSelect:
    """Return the leads the actor may see, as a query to narrow further."""
    query = Lead.select()
    if may(actor, "see:all"):
        return query
    if may(actor, "see:team"):
        return query.where((Lead.owner == actor.id) | Lead.team.in_(managed_teams(actor)))
    if may(actor, "lead"):
        return query.where(Lead.owner == actor.id)
    if may(actor, "see:contracts"):
        return query.where(Lead.id.in_(Contract.select(Contract.lead).where(Contract.lead.is_null(False))))
    return query.where(False)


def visible_customers(actor: Actor) -> ModelSelect:
    """Return the customers the actor may see: those of the leads they see, or of contracts."""
    query = Customer.select().where(Customer.merged_into.is_null())
    if may(actor, "see:all"):
        return query
    if may(actor, "see:contracts"):
        return query.where(Customer.id.in_(Contract.select(Contract.customer)))
    leads = visible_leads(actor)
    return query.where(Customer.id.in_(leads.select(Lead.customer)))


def visible_tasks(actor: Actor) -> ModelSelect:
    """Return the tasks the actor may see: their own, and for managers their teams'."""
    if may(actor, "see:all"):
        return Task.select()
    if may(actor, "see:team"):
        members = User.select(User.id).where(User.team.in_(managed_teams(actor)))
        return Task.select().where((Task.assignee == actor.id) | Task.assignee.in_(members))
    return Task.select().where(Task.assignee == actor.id)


def sees_whole(actor: Actor, owner_id: str | None, team_id: str | None) -> bool:
    """Say whether personal data of a record shows whole: to its owner and to the team's manager."""
    if actor.kind in _TRUSTED:
        return actor.kind != "plugin"
    if owner_id == actor.id:
        return True
    return bool(team_id and "manager" in actor.roles and team_id in managed_teams(actor))


def mask(rule: str, value: Any) -> Any:
    """Return `value` masked by `rule` (phone, email, name, id); anything empty stays as it is."""
    if not value or not rule:
        return value
    text = str(value)
    if rule == "phone":
        digits = text.removeprefix("+86")
        return f"{digits[:3]}****{digits[-4:]}" if len(digits) >= 8 else "****"
    if rule == "email":
        name, _, domain = text.partition("@")
        return f"{name[:1]}***@{domain}"
    if rule == "name":
        return f"{text[0]}*{text[-1] if len(text) > 2 else ''}"
    return f"{text[:4]}****{text[-4:]}" if len(text) >= 10 else "****"


def masked(fields: FieldRegistry, kind: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return `values` with each personal field masked, those in `extra` too."""
    by_name = fields.by_name(kind)
    shown: dict[str, Any] = {}
    for name, value in values.items():
        if name == "extra" and isinstance(value, Mapping):
            shown[name] = masked(fields, kind, value)
        else:
            shown[name] = mask(by_name[name].mask, value) if name in by_name else value
    return shown


def masked_args(fields: FieldRegistry, facts: Mapping[str, Any], args: Any) -> Any:
    """Return what a rule gives to a plugin, with the personal data among the facts it names masked."""
    hidden: dict[str, str] = {}
    for fact, value in facts.items():
        kind, _, name = fact.partition(".")
        field = fields.get(kind, name.removeprefix("extra."))
        if field is not None and field.mask and isinstance(value, str) and value:
            hidden[value] = str(mask(field.mask, value))

    def clean(value: Any) -> Any:
        if isinstance(value, Mapping):
            return {key: clean(inner) for key, inner in value.items()}
        if isinstance(value, list | tuple):
            return [clean(inner) for inner in value]
        for whole, part in hidden.items() if isinstance(value, str) else ():
            value = value.replace(whole, part)
        return value

    return clean(args)


def shown_contact(fields: FieldRegistry, contact: Contact | None, whole: bool) -> dict[str, str]:
    """Return a contact's name, title, phone and e-mail as a viewer may read them."""
    values = {name: getattr(contact, name) or "" for name in ("name", "title", "phone", "email")} if contact else {}
    if values:
        values["phone"] = values["phone"].removeprefix("+86")
    return values if whole else masked(fields, "contact", values)


def check_write(actor: Actor, kind: str, record: Record | None) -> None:
    """Raise Forbidden unless the actor may write this record of this kind."""
    if actor.kind in _TRUSTED:
        return
    needed = {
        "lead": "lead",
        "follow_up": "lead",
        "contact": "lead",
        "customer": "lead",
        "task": "task",
        "document": "customer",
        "invoice": "contract",
        "payment": "contract",
        "shipment": "contract",
        "contract": "lead" if may(actor, "lead") else "contract",
        "notification": "task",
        "rule": "rules:edit",
        # Who may only approve changes a version too: its state. What may be written, the rulebook says.
        "rule_version": "rules:edit" if may(actor, "rules:edit") else "rules:approve",
        "rule_pack": "rules:edit",
        "plugin": "plugins",
        "field_definition": "rules:edit",
        "calendar_day": "rules:edit",
        "possible_duplicate": "duplicates",
        "metric_suspension": "rules:approve",
    }.get(kind, "people")
    require(actor, needed)
    if record is None:
        return
    refused = (
        (isinstance(record, Lead) and not visible_leads(actor).where(Lead.id == record.id).exists())
        or (isinstance(record, Customer) and not visible_customers(actor).where(Customer.id == record.id).exists())
        or (isinstance(record, Task) and not visible_tasks(actor).where(Task.id == record.id).exists())
    )
    if refused:
        raise Forbidden("这条记录不归你的团队。", "this record belongs to another team")
