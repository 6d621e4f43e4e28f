"""What the database refuses, said as what it is: a value that is taken, missing, unknown or too large (law 1)."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ...hooks.text import Text
from ..errors import ClewError, Conflict, Invalid, Problem
from ..schema.fields import Field
from ..schema.kind import Kind

_MISSING = re.compile(r"failed: \w+\.(\w+)|column \"(\w+)\"")
_TAKEN = re.compile(r"failed: \w+\.(\w+)|key \((\w+)")


def refusal_of(error: Exception, kind: Kind | None = None) -> ClewError:
    """Return what a DataError or IntegrityError of the database means to whoever wrote a record of a kind."""
    known = kind.by_name if kind is not None else {}
    said = str(error).lower()
    if "unique" in said:
        label = _label(known, _named(_TAKEN, said))
        zh, en = (kind.title.zh, kind.title.en.lower()) if kind is not None else ("记录", "record")
        return Conflict(f"已经有一条{zh}用了同样的「{label.zh}」。", f"another {en} has the same “{label.en}” already")
    if "not null" in said or "not-null" in said:
        name = _named(_MISSING, said)
        label = _label(known, name)
        return Invalid([Problem(name, Text(f"请填写「{label.zh}」", f"“{label.en}” is needed"))])
    if "foreign key" in said:
        name = _named(_TAKEN, said)
        return Invalid([Problem(name, Text("引用的记录不存在", "it refers to a record that does not exist"))])
    return Invalid([Problem("", Text("有的内容太长或太大", "something is too long or too large"))])


def _label(known: Mapping[str, Field], name: str) -> Text:
    return known[name].label if name in known else Text(name, name)


def _named(pattern: re.Pattern[str], said: str) -> str:
    found = pattern.search(said)
    return next((name for name in found.groups() if name), "") if found else ""
