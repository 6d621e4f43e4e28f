"""The fields of a record that rules can lock against changes by people."""

from __future__ import annotations

from typing import Any

from ..schema.fields import Field, field

LOCK_FIELDS: tuple[Field, ...] = (
    field("locked", "锁定", "Lock", "boolean", form=False),
    field("lock_reason", "锁定原因", "Reason of the lock", form=False, longest=300, along=True),
    field("lock_rule", "锁定它的规则", "Rule that locked it", form=False, longest=80, along=True),
    field("lock_version", "规则的版本", "Version of that rule", form=False, longest=40, along=True),
)
LOCK_NAMES = frozenset(one.name for one in LOCK_FIELDS)


def locking(reason: str, by: str, version: str) -> dict[str, Any]:
    """Return the values that lock a record; `by` is the rule or plugin that does it."""
    return {"locked": True, "lock_reason": reason[:300], "lock_rule": by, "lock_version": version}


def unlocked() -> dict[str, Any]:
    """Return the values that unlock a record."""
    return {"locked": False, "lock_reason": "", "lock_rule": "", "lock_version": ""}
