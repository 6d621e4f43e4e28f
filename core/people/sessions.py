"""Sessions, kept on the server: the cookie holds a random key, the database its hash, and a session ends here.

A session ends by signing out, by hand, by a new password, by its person being switched off, and by its time.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import NamedTuple

from peewee import fn

from ..errors import NotFound
from ..journal.origin import Actor, Origin
from ..kinds import User
from ..storage.database import in_passing
from ..storage.ids import new_id
from ..storage.queries import tuples
from ..storage.statements import by_id, insert, update_if
from ..storage.system_tables import SignInSession
from ..workspace import Workspace
from .others import account_of, check_sees_to

SEEN_EVERY = timedelta(minutes=5)
"""When somebody was last here is written so often, whatever they do."""
KEPT_FOR = timedelta(days=90)
"""Ended sessions are listed, and a device is known, for so long; the journal knows them for ever."""


class Found(NamedTuple):
    """A session that holds, and whose it is."""

    session: SignInSession
    user: User


class Client(NamedTuple):
    """Where somebody signs in from: address, what the browser calls itself, and the key in the device's cookie."""

    ip: str = ""
    agent: str = ""
    device: str = ""


def start(ws: Workspace, user: User, client: Client, *, kept: bool = False) -> str:
    """Begin a session, journalled as `user.signed_in`, and return the key for the cookie.

    `kept` ones last their days even if idle. It begins with the password the person has just now.
    """
    key = secrets.token_urlsafe(32)
    origin = Origin(Actor("system", user.id, user.name), "console", client.ip)
    with ws.door.transaction(origin) as tx:
        row = SignInSession(
            id=new_id(tx.now),
            user_id=user.id,
            key_hash=hash_of(key),
            device_hash=hash_of(client.device) if client.device else "",
            epoch=user.session_epoch,
            made_at=tx.now,
            seen_at=tx.now,
            expires_at=tx.now + timedelta(days=ws.settings.session_days),
            kept=kept,
            ip=client.ip,
            agent=_storable(client.agent)[:300],
        )
        insert(row)
        tx.note("user.signed_in", "user", user.id, {"session": row.id, "agent": row.agent})
    return key


def find(ws: Workspace, key: str, ip: str = "", *, noted: bool = True) -> Found | None:
    """Return the session whose key this is, if it holds, and note now and then that somebody is here.

    Not `noted` is what a page asks by itself: one that was left open keeps no session alive.
    """
    row = SignInSession.get_or_none(SignInSession.key_hash == hash_of(key)) if key else None
    user = by_id(User, row.user_id) if row is not None else None
    now = ws.clock.now()
    if row is None or user is None or not holds(ws, row, user, now):
        return None
    if noted and now - row.seen_at >= min(SEEN_EVERY, _idle(ws) / 10):
        with in_passing():
            update_if(SignInSession, {"seen_at": now, "ip": ip or row.ip}, {"id": row.id, "seen_at": row.seen_at})
    return Found(row, user)


def holds(ws: Workspace, row: SignInSession, user: User, now: datetime) -> bool:
    """Say whether a session is good at a moment."""
    if row.ended_at is not None or row.epoch != user.session_epoch or not user.active:
        return False
    return now < row.expires_at and (row.kept or now - row.seen_at < _idle(ws))


def of(ws: Workspace, user: User) -> list[SignInSession]:
    """Return a person's sessions that hold, whoever was here last first."""
    now = ws.clock.now()
    rows = SignInSession.select().where(
        (SignInSession.user_id == user.id)
        & SignInSession.ended_at.is_null()
        & (SignInSession.epoch == user.session_epoch)
        & (SignInSession.expires_at > now)
    )
    return sorted((row for row in rows if holds(ws, row, user, now)), key=lambda row: row.seen_at, reverse=True)


def last_seen(user_ids: list[str]) -> dict[str, datetime]:
    """Return when each of these people was last here, by id; who never was is left out. With one query."""
    seen = SignInSession.seen_at
    here = SignInSession.user_id.in_(user_ids)
    query = SignInSession.select(SignInSession.user_id, fn.MAX(seen)).where(here).group_by(SignInSession.user_id)
    return {user_id: seen.python_value(moment) for user_id, moment in tuples(query)}


def end(ws: Workspace, session_id: str, origin: Origin) -> None:
    """End a session at once: one's own, or with the permission `people` others'. Raises NotFound, Forbidden."""
    row = by_id(SignInSession, session_id)
    if row is None:
        raise NotFound("没有这个登录。", "no such session")
    check_sees_to(origin.actor, account_of(origin.actor, row.user_id))
    _end([row], ws, origin)


def end_all(ws: Workspace, user: User, origin: Origin, but: str = "") -> int:
    """End every session of a person, except the one of the id `but`; return how many. See `end`."""
    check_sees_to(origin.actor, account_of(origin.actor, user.id))
    rows = [row for row in of(ws, user) if row.id != but]
    _end(rows, ws, origin)
    return len(rows)


def knows(user: User | None, device: str) -> bool:
    """Say whether a person has signed in from the device of this key before."""
    if user is None or not device:
        return False
    here = (SignInSession.user_id == user.id) & (SignInSession.device_hash == hash_of(device))
    return bool(SignInSession.select().where(here).exists())


def purge(now: datetime) -> int:
    """Delete sessions whose time was over long ago; return how many."""
    return int(SignInSession.delete().where(SignInSession.expires_at < now - KEPT_FOR).execute())


def hash_of(key: str) -> str:
    """Return what the database keeps of a random key."""
    return hashlib.sha256(key.encode(errors="replace")).hexdigest()


def _end(rows: list[SignInSession], ws: Workspace, origin: Origin) -> None:
    if not rows:
        return
    with ws.door.transaction(origin) as tx:
        for row in rows:
            ended = SignInSession.update(ended_at=tx.now, ended_by=origin.actor.id)
            if ended.where((SignInSession.id == row.id) & SignInSession.ended_at.is_null()).execute():
                tx.note("user.session_ended", "user", row.user_id, {"session": row.id})


def _idle(ws: Workspace) -> timedelta:
    return timedelta(minutes=ws.settings.session_idle_minutes)


def _storable(text: str) -> str:
    return text.replace("\0", " ").encode("utf-8", "replace").decode()
