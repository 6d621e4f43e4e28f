"""Events that can't be handled: kept as dead letters, and told to who can mend the cause."""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from dataclasses import replace

import structlog

from ..actions import Subject, notify
from ..errors import ClewError
from ..journal.origin import SYSTEM, Cause
from ..kinds import User
from ..storage.statements import insert
from ..storage.system_tables import Dispatch
from ..workspace import Workspace
from ..write.transaction import Transaction

log = structlog.get_logger()
_LONGEST = 2000
_ORIGIN = replace(SYSTEM, channel="outbox")


def set_aside(
    tx: Transaction, event: Dispatch, consumer: str, title: Mapping[str, str], subject: Subject, error: Exception
) -> None:
    """Keep within `tx` that a rule could not be carried out on an event: as a dead letter of its own, for `consumer`."""
    words = words_of(error)
    log.warning("rule set aside", rule=consumer, dispatch=event.id, seq=event.seq, error=type(error).__name__)
    asked = tx.origin
    line = tx.caused_by(asked.because(words)).note("rule.failed", event.record_kind, event.record_id, {"error": words})
    first = not Dispatch.select().where((Dispatch.consumer == consumer) & (Dispatch.state == "dead")).exists()
    row = Dispatch(
        seq=event.seq,
        kind=event.kind,
        consumer=consumer,
        record_kind=event.record_kind,
        record_id=event.record_id,
        state="dead",
        attempts=1,
        due_at=tx.now,
        created_at=tx.now,
        rules_at=event.rules_at or tx.now,
        error=words,
    )
    insert(row)
    if first:
        tx.caused_by(replace(_ORIGIN, cause=Cause(seq=line.seq, depth=asked.cause.depth + 1)))
        tell(tx, f"{whose(consumer, title)}没能执行", f"{subject.title}：{words}", subject, f"dead:{row.id}")


def given_up(ws: Workspace, event: Dispatch, words: str) -> None:
    """Tell that an event was given up after all its tries, unless there is a dead letter of its consumer already."""
    same = (Dispatch.consumer == event.consumer) & (Dispatch.state == "dead") & (Dispatch.id != event.id)
    if Dispatch.select().where(same).exists():
        return
    with ws.door.transaction(_ORIGIN) as tx:
        tell(tx, f"{whose(event.consumer)}没能处理事件", words, None, f"dead:{event.id}:{event.seq}")


def tell(tx: Transaction, title: str, body: str, subject: Subject | None, key: str) -> None:
    """Tell those who see to dead letters: operations, or the administrators where nobody does."""
    people = list(User.select().where(User.active).order_by(User.id))
    mending = [one for one in people if "ops" in one.roles] or [one for one in people if "admin" in one.roles]
    for person in mending:
        notify(tx, person.id, title, f"{body}\n修好原因后，在「死信」页重试。", subject, f"{key}:{person.id}")


def words_of(error: Exception) -> str:
    """Return what is kept of a failure: our own errors in both languages, those of others as Python names them."""
    if isinstance(error, ClewError):
        return f"{error.text.zh} {error.text.en}"[:_LONGEST]
    return "".join(traceback.format_exception_only(error)).strip()[:_LONGEST]


def whose(consumer: str, title: Mapping[str, str] | None = None) -> str:
    """Return in words who could not handle an event: a rule by its title, if it has one."""
    kind, _, name = consumer.partition(":")
    if kind == "rules":
        return "规则"
    words = {"rule": "规则", "plugin": "插件", "channel": "渠道"}[kind]
    return f"{words}「{(title or {}).get('zh') or name}」"
