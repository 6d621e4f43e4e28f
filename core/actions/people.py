"""Whom an action means: owner, owner_manager, team_manager, role:<role>, or a person's id."""

from __future__ import annotations

from typing import Any

from ...rules.language.vocabulary import ArgSpec, Title
from ..roles import BUNDLED
from .action import Writer
from .subject import Subject
from .takers import acts_for, away_at, in_charge

MANAGERS: dict[str, Title] = {
    "owner_manager": ("负责人的主管", "The owner's manager"),
    "team_manager": ("团队主管", "The team's manager"),
}
_STAFF = {
    "sales": "sales staff",
    "manager": "managers",
    "ops": "operations staff",
    "legal": "legal staff",
    "finance": "finance staff",
    "delivery": "delivery staff",
    "admin": "administrators",
}
ROLES: dict[str, Title] = {
    f"role:{role}": (f"全体{words.zh}", f"All {_STAFF[role]}") for role, words in BUNDLED.titles.items()
}
PEOPLE: dict[str, Title] = {"owner": ("负责人", "The owner"), "owner_manager": MANAGERS["owner_manager"]}


def person(zh: str, en: str) -> ArgSpec:
    """Return an argument that names people."""
    return ArgSpec(
        required=True,
        options=tuple(PEOPLE),
        prefixes=("role:",),
        title=(zh, en),
        labels={**PEOPLE, **ROLES},
        suggestions=tuple(ROLES),
        names="people",
    )


def people(tx: Writer, to: str, subject: Subject) -> list[str]:
    """Return the ids of those whom `to` names, who acts for them where they have left; nobody if there is no such person.

    For a manager on leave it is who stands in.
    """
    store = tx.store
    if to == "owner":
        return _ids(acts_for(store, subject.owner_id, subject.team_id))
    if to in ("owner_manager", "team_manager"):
        team_id = subject.team_id
        if to == "owner_manager" and subject.owner_id:
            owner = store.get("user", subject.owner_id)
            team_id = (owner.team_id if owner is not None else None) or team_id
        return _ids(in_charge(store, team_id, away_at(tx.calendar, tx.now)))
    if to.startswith("role:"):
        role = to.removeprefix("role:")
        active: list[Any] = store.related("user", active=True)
        return sorted(user.id for user in active if role in user.roles)
    return _ids(acts_for(store, to))


def _ids(person: Any) -> list[str]:
    return [person.id] if person is not None else []
