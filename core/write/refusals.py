"""What the database refuses, said as what it is: a value that is taken, missing, unknown or too large (law 1)."""

from __future__ import annotations

import re

from ...hooks.text import Text
from ..errors import ClewError, Conflict, Invalid, Problem

_MISSING = re.compile(r"failed: \w+\.(\w+)|column \"(\w+)\"")
_TAKEN = re.compile(r"failed: \w+\.(\w+)|key \((\w+)")


def refusal_of(error: Exception) -> ClewError:
    """Return what a DataError or IntegrityError of the database means to whoever asked for the write."""
    said = str(error).lower()
    if "unique" in said:
        name = _named(_TAKEN, said)
        return Conflict(f"已有同样的记录（{name}）。", f"there is a record with the same {name} already")
    if "not null" in said or "not-null" in said:
        name = _named(_MISSING, said)
        return Invalid([Problem(name, Text(f"请给出 {name}", f"{name} is needed"))])
    if "foreign key" in said:
        name = _named(_TAKEN, said)
        return Invalid([Problem(name, Text("引用的记录不存在", "it refers to a record that does not exist"))])
    return Invalid([Problem("", Text("有的内容太长或太大", "something is too long or too large"))])


def _named(pattern: re.Pattern[str], said: str) -> str:
    found = pattern.search(said)
    return next((name for name in found.groups() if name), "") if found else ""
