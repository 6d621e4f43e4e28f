"""What a change of a role does: who sees how many more, and whether one person may do something with one record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...hooks.text import Text
from ..access.policy import may_do, sees, visible
from ..access.wholeness import whole_ids
from ..journal.origin import Actor
from ..kinds import RoleRecord, User
from ..roles import ACTIONS, SCOPES, Role, RoleBook, book, scopes, trying
from ..workspace import Workspace
from .role_changes import changes

_MOST_PEOPLE = 50
_FALLS_AWAY = ("customer", "lead")
"""What is counted for a role that is retired or brought back, whatever its cells are."""


@dataclass(frozen=True)
class Seen:
    """How many records of a kind somebody sees, now and then."""

    user: User
    now: int
    then: int


@dataclass(frozen=True)
class Answer:
    """Whether somebody may do something with a record, now and by the draft, and the scopes that say so."""

    action: str
    now: bool
    then: bool
    why: Text


def book_with(name: str, values: Mapping[str, Any]) -> RoleBook:
    """Return the roles in force with one as a draft would have it."""
    if not values.get("active", True):
        return book().without(name)
    title = Text(str(values["title_zh"]), str(values.get("title_en") or values["title_zh"]))
    return book().with_role(Role(name, title, frozenset(values["permissions"]), values["cells"]))


def effects(ws: Workspace, role: RoleRecord, values: Mapping[str, Any]) -> list[tuple[str, list[Seen]]]:
    """Return, for each kind whose `see` a draft changes, what the people of the role see now and would see."""
    found_changes = changes(role, values)
    kinds = dict.fromkeys(kind for kind, action, _, _ in found_changes if kind and action == "see")
    if any(name == "active" for _, name, _, _ in found_changes):
        kinds = dict.fromkeys((*_FALLS_AWAY, *kinds))
    people = [one for one in User.select().where(User.active).order_by(User.name) if role.name in one.roles]
    draft, found = book_with(role.name, values), []
    for kind in (one for one in kinds if one in ws.kinds):
        rows = []
        for user in people[:_MOST_PEOPLE]:
            actor = Actor.of(user)
            now = visible(ws.kinds, actor, kind).count()
            with trying(draft):
                then = visible(ws.kinds, actor, kind).count()
            rows.append(Seen(user, now, then))
        found.append((kind, sorted(rows, key=lambda one: one.now - one.then)))
    return found


def check(ws: Workspace, user: User, kind: str, record_id: str, draft: RoleBook | None = None) -> list[Answer]:
    """Return what somebody may do with one record, now and by a draft."""
    actor, then_book = Actor.of(user), draft or book()
    found = []
    for action in (one for one in ACTIONS if one != "create"):
        now = _may(ws, actor, kind, action, record_id)
        with trying(then_book):
            then = _may(ws, actor, kind, action, record_id)
            given = scopes(actor, kind, action)
        words = [SCOPES[one] for one in SCOPES if one in given]
        why = Text("、".join(one.zh for one in words) or "—", ", ".join(one.en for one in words) or "—")
        found.append(Answer(action, now, then, why))
    return found


def _may(ws: Workspace, actor: Actor, kind: str, action: str, record_id: str) -> bool:
    if action == "see":
        return sees(ws.kinds, actor, kind, record_id)
    if action == "personal":
        return sees(ws.kinds, actor, kind, record_id) and record_id in whole_ids(ws.kinds, actor, kind, [record_id])
    return may_do(ws.kinds, actor, kind, action, record_id)
