"""Nobody gives more than they have: who may see to people, and yet not make themselves or others an administrator."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..errors import Forbidden
from ..journal.origin import Actor
from ..kinds import User
from ..roles import POWERS, TRUSTED, book, may, title
from ..storage.statements import by_id


def check_over(actor: Actor, roles: Iterable[str]) -> None:
    """Raise Forbidden unless the actor has every power that roles carry: they act on people who have these."""
    if actor.kind in TRUSTED:
        return
    roles = frozenset(roles)
    beyond = [one for one in POWERS if book().permits(roles, one) and not may(actor, one)]
    if beyond:
        names = [
            title(one) for one in sorted(roles) if any(book().permits(frozenset({one}), power) for power in beyond)
        ]
        zh, en = "、".join(one.zh for one in names), ", ".join(one.en.lower() for one in names)
        raise Forbidden(
            f"「{zh}」的权限比你多，你不能授予这个角色，也不能改有这个角色的人；请找管理员。",
            f"the role {en} may do more than you: you can neither give it nor change who has it; ask an administrator",
        )


def check_person(actor: Actor, record: Any, values: Mapping[str, Any]) -> None:
    """Raise Forbidden for a change of a person, or one made, that would give more than the actor has.

    Nobody changes their own roles, but for who may change roles themselves.
    """
    if actor.kind in TRUSTED:
        return
    given = values.get("roles")
    wanted = [one for one in given if isinstance(one, str)] if isinstance(given, list | tuple) else []
    check_over(actor, [*(record.roles if record is not None else ()), *wanted])
    own = record is not None and record.id == actor.id
    if own and given is not None and set(wanted) != set(record.roles) and not may(actor, "roles"):
        raise Forbidden("自己的角色要由别人来改。", "somebody else has to change your own roles")


def whose(kind: str, record: Any, values: Mapping[str, Any]) -> User | None:
    """Return whose place a deputy that is named would take: that of the person on leave, or the person changed."""
    if kind == "leave":
        user_id = getattr(record, "user_id", None) or values.get("user_id")
        return by_id(User, user_id) if isinstance(user_id, str) else None
    return record if kind == "user" else None


def check_deputy(actor: Actor, record: Any, values: Mapping[str, Any], whose: User | None) -> None:
    """Raise Forbidden if somebody names themselves to take another's place: they would see that person's open work whole;
    or if they name whoever takes the place of one who may do more than they.

    Who sees to roles may: they could give themselves as much.
    """
    named = values.get("deputy_id")
    if not named or named == getattr(record, "deputy_id", None) or may(actor, "roles"):
        return
    if whose is not None and whose.id != actor.id:
        check_over(actor, whose.roles)
    if named != actor.id:
        return
    raise Forbidden(
        "不能指定自己做代理人：你会看到他手上的全部资料；请别人来指定。",
        "nobody names themselves as a deputy, for they would see all that person has in hand: ask somebody else to",
    )
