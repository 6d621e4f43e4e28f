"""What people set about themselves: language, password, and what reaches them outside the inbox."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from ...hooks.text import Text
from ..errors import Invalid, Problem
from ..journal.origin import Origin
from ..kinds import User
from ..kinds.notification import TOPICS
from ..workspace import Workspace
from .passwords import hash_password, own_words
from .sign_in import check_password

LOCALES = ("zh", "en")


def set_locale(ws: Workspace, user: User, locale: str, origin: Origin) -> User:
    """Set the language of pages and messages, zh or en. Raises Invalid (field `locale`)."""
    if locale not in LOCALES:
        raise Invalid([Problem("locale", Text("请选中文或 English", "choose 中文 or English"))])
    return _set(ws, user, {"locale": locale}, origin)


def set_password(ws: Workspace, user: User, present: str, new: str, origin: Origin) -> User:
    """Set another password, which ends every session and open link of the person; return them as they are then.

    Raises SignInRefused if `present` is not the password now, Invalid (field `password`) for a new one that is easy
    to guess or the same.
    """
    check_password(ws, user, present)
    if new == present:
        raise Invalid([Problem("password", Text("新密码和现在的一样", "the new password is the present one"))])
    return _set(ws, user, {"password_hash": hash_password(new, own_words(user))}, origin)


def set_messages(ws: Workspace, user: User, wanted: Collection[tuple[str, str]], origin: Origin) -> User:
    """Set which messages reach the person beside the inbox: `wanted` has pairs of topic and channel, no other goes out.

    A channel that is not there just now keeps what was chosen for it.
    """
    here = {channel.name for channel in ws.channels.beside_inbox()}
    before: Mapping[str, list[str]] = user.message_settings or {}
    off = {
        topic: sorted(
            {channel for channel in here if (topic, channel) not in wanted} | (set(before.get(topic, ())) - here)
        )
        for topic, _ in TOPICS
    }
    return _set(ws, user, {"message_settings": {topic: names for topic, names in off.items() if names}}, origin)


def _set(ws: Workspace, user: User, values: Mapping[str, object], origin: Origin) -> User:
    # To change people takes a permission; of themselves they change what this module lets them.
    own = replace(origin, actor=replace(origin.actor, kind="system"))
    changed: User = ws.door.change("user", user.id, values, own)
    return changed
