"""Whom a record can be given to: one answer for the API, the console's pages and its bulk actions."""

from __future__ import annotations

from typing import Any

from ...hooks.text import Text
from ..errors import Invalid, NotFound, Problem
from ..journal.origin import Actor
from ..kinds import User
from ..roles import title
from ..schema.kind import Kind
from ..schema.validator import unstorable
from .policy import may_write


def candidates(kind: Kind) -> list[User]:
    """Return the people whom a record of a kind can be given to, by name."""
    people = User.select().where(User.active).order_by(User.name)
    return [user for user in people if may_write(Actor.of(user), kind)]


def given_to(kind: Kind, user_id: str) -> dict[str, Any]:
    """Return what giving a record to a person sets: its owner, and its team along.

    Raises NotFound for somebody who is not there, Invalid for somebody who can't take it.
    """
    user = None if any(unstorable(user_id)) else User.get_or_none(User.id == user_id)
    if user is None:
        raise NotFound("没有这位成员。", "no user of that id")
    if why := _why_not(kind, user):
        raise Invalid([Problem(kind.owner, why)])
    return {kind.owner: user.id, **({kind.team: user.team_id} if kind.team else {})}


def _why_not(kind: Kind, user: User) -> Text | None:
    if not user.active:
        return Text(
            f"「{user.name}」已停用，不能接手；请选一位在职的成员",
            f"{user.name} is deactivated and can't take it over: choose somebody who is active",
        )
    if may_write(Actor.of(user), kind):
        return None
    roles = [title(role) for role in user.roles]
    zh, en = "、".join(one.zh for one in roles) or "没有角色", ", ".join(one.en.lower() for one in roles) or "none"
    return Text(
        f"「{user.name}」的角色（{zh}）不处理{kind.title.zh}；请选角色合适的成员，或请管理员调整角色",
        f"{user.name} has no role that works on a {kind.title.en.lower()} (roles: {en}): "
        "choose somebody who has one, or ask an administrator to change their roles",
    )
