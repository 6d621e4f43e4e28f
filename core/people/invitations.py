"""One-time links by which a person sets a password: invitations and password resets.

The path is returned once, to be handed on; the database keeps its hash, the journal neither.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from ..errors import ClewError, Conflict, Forbidden, NotFound
from ..journal.origin import Actor, Origin
from ..kinds import Invitation, User
from ..roles import may
from ..storage.statements import by_id
from ..workspace import Workspace
from .others import check_sees_to
from .passwords import hash_password, own_words

INVITED_FOR, RESET_FOR = timedelta(days=7), timedelta(days=1)
_LONGEST_KEY = 100


class LinkRefused(ClewError):
    """The link was used, revoked, is past its time, or never was one."""

    status = 410
    code = "link_refused"


def invite(ws: Workspace, user_id: str, origin: Origin) -> str:
    """Return the path of a link by which somebody without a password sets their first; it holds for 7 days.

    Earlier links of theirs end. Raises NotFound, Forbidden, or Conflict for somebody who has a password or is
    switched off. Nobody makes a link for who may do more than they.
    """
    user = _person(user_id)
    if user.password_hash:
        raise Conflict(
            f"「{user.name}」已经设过密码；如果忘了，请用「重设密码」。",
            f"{user.name} has a password already; if it is forgotten, reset it",
        )
    return _link(ws, user, "invite", INVITED_FOR, origin)


def reset(ws: Workspace, user_id: str, origin: Origin) -> str:
    """Return the path of a link by which somebody sets a new password; it holds for 1 day, and the old one until then.

    Earlier links of theirs end. Raises NotFound, Forbidden (it takes the permission `people`), or Conflict for
    somebody who is switched off.
    """
    if not may(origin.actor, "people"):
        raise Forbidden(
            "你的角色不能重设别人的密码；请找管理员。",
            "your role may not reset another's password; ask an administrator",
        )
    return _link(ws, _person(user_id), "reset", RESET_FOR, origin)


def make_link(ws: Workspace, user: User, origin: Origin) -> str:
    """Return the path of a link to a person's first password, or to a new one if they have one; raises as those do."""
    return (reset if user.password_hash else invite)(ws, user.id, origin)


def open_link(ws: Workspace, key: str) -> Invitation:
    """Return the invitation of a link's key if it still holds. Raises LinkRefused, which says why and who helps."""
    found = Invitation.get_or_none(Invitation.key_hash == _hash(key)) if len(key) <= _LONGEST_KEY else None
    if found is None:
        raise LinkRefused(
            "这个链接不对，可能没有复制完整；请重新复制，或请管理员再发一个。",
            "this link is wrong, perhaps cut off: copy it again, or ask an administrator for a new one",
        )
    if found.used_at is not None:
        raise LinkRefused(
            "这个链接已经用过了；请直接登录。忘了密码的话，请管理员发一个重设链接。",
            "this link was used before: sign in. If the password is forgotten, ask an administrator for a reset link",
        )
    if found.revoked_at is not None or not found.user.active:
        raise LinkRefused(
            "这个链接已作废，可能之后又发过新的；请用最新的链接，或请管理员再发一个。",
            "this link was revoked, perhaps as a newer one was made: use that, or ask an administrator for another",
        )
    if found.expires_at <= ws.clock.now():
        raise LinkRefused(
            "这个链接已过期；请管理员再发一个。", "this link is past its time: ask an administrator for another"
        )
    return found


def accept(ws: Workspace, key: str, password: str, ip: str) -> User:
    """Set the password of a link's person, which uses the link up, and return the person.

    Raises LinkRefused, and Invalid (field `password`) for a password that is easy to guess: the link then still holds.
    """
    found = open_link(ws, key)
    user: User = found.user
    hashed = hash_password(password, own_words(user))
    origin = Origin(Actor("system", user.id, user.name), "console", ip, f"link: {found.purpose}")
    try:
        with ws.door.transaction(origin) as tx:
            # Of two who use it at the same moment, the second finds another revision.
            tx.change("invitation", found.id, {"used_at": tx.now}, found.revision)
            return tx.change("user", user.id, {"password_hash": hashed})  # type: ignore[no-any-return]
    except Conflict:
        open_link(ws, key)
        raise


def _link(ws: Workspace, user: User, purpose: str, lasting: timedelta, origin: Origin) -> str:
    check_sees_to(origin.actor, user)  # Whoever holds the link can become that person.
    key = secrets.token_urlsafe(32)
    with ws.door.transaction(origin) as tx:
        # Locks the person, so that of two links made at the same moment one revokes the other.
        if not by_id(User, user.id, lock=True).active:
            raise Conflict(
                f"「{user.name}」已停用；请先恢复，再发链接。", f"{user.name} is switched off: switch them on first"
            )
        for earlier in Invitation.select().where(_is_open(user)):
            tx.change("invitation", earlier.id, {"revoked_at": tx.now})
        values = {"user_id": user.id, "purpose": purpose, "key_hash": _hash(key), "expires_at": tx.now + lasting}
        tx.create("invitation", values)
    return f"/join/{key}"


def _is_open(user: User) -> object:
    return (Invitation.user == user.id) & Invitation.used_at.is_null() & Invitation.revoked_at.is_null()


def _person(user_id: str) -> User:
    user: User | None = by_id(User, user_id)
    if user is None:
        raise NotFound("没有这位成员。", "no user of that id")
    return user


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode(errors="replace")).hexdigest()
