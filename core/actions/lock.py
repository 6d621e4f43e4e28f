"""锁定 lock, 解锁 unlock: people can't change the record until it is unlocked.

On a contract's event the contract is meant; on that of a record which can't be locked, what it belongs to.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...rules import ActionSpec
from ..kinds.locking import locking, unlocked
from .action import Action, CannotApply, Writer
from .arguments import text
from .subject import Subject


def _target(subject: Subject) -> tuple[str, Any]:
    for kind, record in ((subject.own_kind, subject.own), (subject.kind, subject.record)):
        if kind.lockable:
            return kind.name, record
    raise CannotApply(f"{subject.own_kind.title.zh}不能锁定", f"a {subject.own_kind.title.en.lower()} can't be locked")


def _lock(tx: Writer, subject: Subject, args: Mapping[str, Any], key: str) -> None:
    kind, record = _target(subject)
    cause = tx.origin.cause
    tx.change(kind, record.id, locking(args["reason"], cause.rule or cause.plugin, cause.version))


def _unlock(tx: Writer, subject: Subject, args: Mapping[str, Any], key: str) -> None:
    kind, record = _target(subject)
    if record.locked:
        tx.change(kind, record.id, unlocked())


LOCK = Action(
    "lock",
    ActionSpec(
        {"reason": text("原因", "Reason")},
        title=("锁定", "Lock"),
        phrase=("锁定这条记录（原因{reason}）", "lock the record (because {reason})"),
        locks=True,
    ),
    _lock,
)
UNLOCK = Action(
    "unlock",
    ActionSpec({}, title=("解锁", "Unlock"), phrase=("解锁这条记录", "unlock the record"), locks=False),
    _unlock,
)
