"""Whose account somebody may see and see to: their own, and for who has the permission `people` those of others."""

from __future__ import annotations

from ..access.policy import check_over
from ..errors import NotFound
from ..journal.origin import Actor
from ..kinds import User
from ..roles import may
from ..storage.statements import by_id


def account_of(actor: Actor, user_id: str) -> User:
    """Return the person whose account an actor may see. Raises NotFound."""
    user: User | None = by_id(User, user_id)
    if user is None or (user.id != actor.id and not may(actor, "people")):
        raise NotFound("没有这位成员。", "no user of that id")
    return user


def check_sees_to(actor: Actor, user: User) -> None:
    """Raise Forbidden if an account that the actor sees has powers that they lack, as an administrator's."""
    if user.id != actor.id:
        check_over(actor, user.roles)
