"""Locked leads and contracts: people can't change them until a rule, or somebody who may, unlocks them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...hooks.text import Text
from ..errors import Conflict, Forbidden, Invalid, Problem
from ..journal.origin import Actor, Cause
from ..models import Contract, Lead, Record
from ..people.policy import may

LOCK_FIELDS = frozenset({"locked", "lock_reason", "lock_rule", "lock_version"})
_COURSE = frozenset({"status", "signed_at"})
_PEOPLE = ("user", "import")
_WORDS = {Lead: Text("线索", "lead"), Contract: Text("合同", "contract")}


class Locked(Conflict):
    """The record is locked against changes by people; `.text` names the reason and the rule."""

    status = 423
    code = "locked"


def locking(reason: str, cause: Cause) -> dict[str, Any]:
    """Return the values that lock a record, for the rule or plugin that is the cause."""
    return {
        "locked": True,
        "lock_reason": reason[:300],
        "lock_rule": cause.rule or cause.plugin,
        "lock_version": cause.version,
    }


def unlocked() -> dict[str, Any]:
    """Return the values that unlock a record."""
    return {"locked": False, "lock_reason": "", "lock_rule": "", "lock_version": ""}


def check(actor: Actor, record: Record | None, values: Mapping[str, Any]) -> None:
    """Raise Locked for a person's change of a locked record, and Forbidden or Invalid for a lock by hand.

    Who may approve rules may unlock (`{"locked": False}` alone): a rule that locks and is then
    retired must not lock for good.
    """
    if actor.kind not in _PEOPLE:
        return
    if LOCK_FIELDS & values.keys() and record is not None and isinstance(record, Lead | Contract):
        if set(values) != {"locked"} or values["locked"] is not False:
            raise Invalid([Problem("locked", Text("锁定由规则来做；人只能解锁", "rules lock; people can only unlock"))])
        if not may(actor, "rules:approve"):
            raise Forbidden("解锁须由经理、运营或管理员来做。", "a manager, ops or an administrator has to unlock this")
        return
    if LOCK_FIELDS & values.keys():
        raise Invalid([Problem("locked", Text("锁定由规则来做", "only rules lock a record"))])
    if isinstance(record, Contract) and values.keys() <= _COURSE and may(actor, "contract"):
        return  # Legal and finance move a locked contract on: the lock is about what it says.
    if isinstance(record, Lead | Contract) and record.locked:
        raise Locked(*_why(record))


def _why(record: Lead | Contract) -> tuple[str, str]:
    words = _WORDS[type(record)]
    by_zh, by_en = "", ""
    if record.lock_rule:
        version = f" v{record.lock_version}" if record.lock_version else ""
        by_zh, by_en = f"（规则 {record.lock_rule}{version}）", f" (rule {record.lock_rule}{version})"
    return (
        f"这条{words.zh}已锁定：{record.lock_reason}{by_zh}。需要修改请找经理或运营解锁。",
        f"this {words.en} is locked: {record.lock_reason}{by_en}; ask a manager or ops to unlock it",
    )
