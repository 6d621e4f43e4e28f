"""References that somebody writes: to a record that is there, and that they see."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ...hooks.text import Text
from ..errors import Invalid, Problem
from ..journal.origin import Actor
from ..roles import TRUSTED
from ..schema.fields import Field
from ..schema.kind import Kind
from ..schema.registry import Kinds
from ..storage.statements import by_id
from .naming import seen_of

_NAMED_TO_ALL = ("user", "team")


def check_references(kinds: Kinds, actor: Actor, kind: Kind, values: Mapping[str, Any], record: Any = None) -> None:
    """Raise Invalid for references among `values` that lead to no record, or to one that the actor may not see.

    Both are refused in the same words, so that nobody learns by asking what there is. `record` is the one that
    is changed: what it refers to already is not asked about. What a new record belongs to is checked by itself.
    """
    problems = []
    for field, value in _given(kind, values, record):
        if not _is_there(kinds, actor, field, value):
            title = kinds[field.to].title if field.to in kinds else Text("记录", "record")
            zh = f"没有这条{title.zh}，或者你看不到它"
            problems.append(Problem(field.name, Text(zh, f"no such {title.en.lower()}, or you may not see it")))
    if problems:
        raise Invalid(problems)


def _given(kind: Kind, values: Mapping[str, Any], record: Any) -> Iterator[tuple[Field, str]]:
    added = values.get("extra") or {}
    for field in kind.fields:
        given, before = (added, getattr(record, "extra", None) or {}) if field.extra else (values, {})
        value = given.get(field.name)
        if field.type != "reference" or not value or (record is None and field.parent):
            continue
        if value != (before.get(field.name) if field.extra else getattr(record, field.name, None)):
            yield field, str(value)


def _is_there(kinds: Kinds, actor: Actor, field: Field, record_id: str) -> bool:
    if field.to not in kinds:
        return False
    if actor.kind in TRUSTED or field.to in _NAMED_TO_ALL:
        # What Clew itself writes into a column was found before, and the database holds it to that.
        is_column = actor.kind in TRUSTED and not field.extra
        return is_column or by_id(kinds[field.to].model, record_id) is not None
    return bool(seen_of(kinds, actor, field.to, {record_id}))
