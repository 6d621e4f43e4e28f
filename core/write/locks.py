"""Locked records: people can't change them until a rule, or somebody who may, unlocks them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...hooks.text import Text
from ..errors import Conflict, Forbidden, Invalid, Problem
from ..journal.origin import Actor
from ..kinds.locking import LOCK_NAMES
from ..roles import may, scopes
from ..schema.kind import Kind

_PEOPLE = ("user", "import")


class Locked(Conflict):
    """The record is locked against changes by people; `.text` names the reason and the rule."""

    status = 423
    code = "locked"


def check(actor: Actor, kind: Kind, record: Any, values: Mapping[str, Any]) -> None:
    """Raise Locked for a person's change of a locked record, and Forbidden or Invalid for a lock by hand.

    Who may approve rules may unlock (`{"locked": False}` alone): a rule that locks and is then
    retired must not lock for good.
    """
    if actor.kind not in _PEOPLE:
        return
    if LOCK_NAMES & values.keys() and record is not None and kind.lockable:
        if set(values) != {"locked"} or values["locked"] is not False:
            raise Invalid([Problem("locked", Text("锁定由规则来做；人只能解锁", "rules lock; people can only unlock"))])
        if not may(actor, "rules:approve"):
            raise Forbidden("解锁须由经理、运营或管理员来做。", "a manager, ops or an administrator has to unlock this")
        return
    if LOCK_NAMES & values.keys():
        raise Invalid([Problem("locked", Text("锁定由规则来做", "only rules lock a record"))])
    if record is None or not kind.lockable or not record.locked:
        return
    if values.keys() <= kind.course and scopes(actor, kind.name, "move"):
        return  # Legal and finance move a locked contract on: the lock is about what it says.
    raise Locked(*_why(kind, record))


def _why(kind: Kind, record: Any) -> tuple[str, str]:
    by_zh, by_en = "", ""
    if record.lock_rule:
        version = f" v{record.lock_version}" if record.lock_version else ""
        by_zh, by_en = f"（规则 {record.lock_rule}{version}）", f" (rule {record.lock_rule}{version})"
    return (
        f"这条{kind.title.zh}已锁定：{record.lock_reason}{by_zh}。需要修改请找经理或运营解锁。",
        f"this {kind.title.en.lower()} is locked: {record.lock_reason}{by_en}; ask a manager or ops to unlock it",
    )
