"""Roles: their titles, and what each may do. Every check of a permission ends here."""

from __future__ import annotations

from ..hooks.text import Text
from .errors import Forbidden
from .journal.origin import Actor

# "see:all" lifts the row filter; "see:contracts" shows customers with a contract; "records" are the kinds kept as data.
# "company" is setting it up: calendars, fields, processes, presets.
PERMISSIONS: dict[str, frozenset[str]] = {
    "sales": frozenset({"lead", "customer", "task", "records"}),
    "manager": frozenset(
        {"lead", "customer", "task", "records", "assign", "report", "rules:see", "rules:approve", "see:team"}
    ),
    "ops": frozenset(
        {
            *("lead", "customer", "task", "records", "assign", "report", "rules:see", "rules:edit", "rules:approve"),
            *("import", "duplicates", "see:all", "dead_letters", "company"),
        }
    ),
    "legal": frozenset({"task", "customer", "records", "contract", "see:contracts"}),
    "finance": frozenset({"task", "customer", "records", "contract", "see:contracts"}),
    "delivery": frozenset({"task", "customer", "records", "see:contracts"}),
    "admin": frozenset(
        {
            *("lead", "customer", "task", "records", "contract", "assign", "report", "rules:see", "rules:edit"),
            *("rules:approve", "import", "duplicates", "see:all", "plugins", "journal", "dead_letters", "people"),
            "company",
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
ROLES = tuple(ROLE_WORDS)
TRUSTED = ("system", "rule", "plugin", "import", "public")
"""Actors that stand for Clew itself: no role limits them."""


def may(actor: Actor, permission: str) -> bool:
    """Say whether one of the actor's roles carries `permission`."""
    if actor.kind in TRUSTED:
        return True
    return any(permission in PERMISSIONS.get(role, ()) for role in actor.roles)


def require(actor: Actor, permission: str) -> None:
    """Raise Forbidden unless the actor has `permission`."""
    if not may(actor, permission):
        raise Forbidden(
            "你的角色不能做这件事；需要的话请找管理员授权。",
            "your role may not do this; ask an administrator if you need it",
        )
