"""Who is told of a version's way: approvers when it is submitted, its author when it is decided."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from ...hooks.text import Text
from ..access.holders import holders
from ..journal.origin import Cause, Origin
from ..kinds import RuleVersion, User
from ..write.transaction import Transaction
from .documents import title_of


def approvers(version: RuleVersion) -> list[User]:
    """Return the people who may approve this version: anyone with the permission but its author."""
    return [user for user in holders("rules:approve") if user.id != version.author_id]


def named(version: RuleVersion) -> Text:
    """Return a version's name as people read it."""
    title = title_of(version.document)
    return Text(f"规则「{title.zh}」第 {version.number} 版", f"rule “{title.en}”, version {version.number}")


def tell(tx: Transaction, people: Iterable[User], title: Text, body: Text) -> None:
    """Put a message that follows from the line just written into people's inboxes, in their language."""
    asked = tx.origin
    tx.caused_by(onwards(tx))
    for user in people:
        words = {"title": title.for_locale(user.locale)[:200], "body": body.for_locale(user.locale)}
        tx.create("notification", {"user_id": user.id, "topic": "approval", **words})
    tx.caused_by(asked)


def author_of(version: RuleVersion) -> list[User]:
    """Return the version's author, in a list; empty if it was no person or one who left."""
    return list(User.select().where((User.id == version.author_id) & User.active)) if version.author_id else []


def onwards(tx: Transaction) -> Origin:
    """Return the origin of what the system does because of the line just written."""
    actor = replace(tx.origin.actor, kind="system") if tx.origin.actor.kind == "user" else tx.origin.actor
    return replace(tx.origin, actor=actor, cause=Cause(seq=tx.last_seq, depth=tx.origin.cause.depth + 1))
