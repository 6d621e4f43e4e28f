"""Types of facts in short: what the declarations of kinds use to say what rules see."""

from __future__ import annotations

from collections.abc import Mapping

from ...hooks.text import Text
from ...rules.language.vocabulary import FieldKind, FieldType, Title
from .fields import NOTHING, Field
from .kind import Fact

YUAN: Title = ("元", "yuan")
HOURS: Title = ("小时", "hours")
MINUTES: Title = ("工作分钟", "working minutes")
WORKING_HOURS: Title = ("工作小时", "working hours")
PIECES: Title = ("条", "")
_KINDS: Mapping[str, FieldKind] = {
    **dict.fromkeys(("number", "money"), "number"),
    **dict.fromkeys(("date", "moment"), "datetime"),
    "boolean": "bool",
    "choices": "list",
}


def of(kind: FieldKind, zh: str, en: str, unit: Title = ("", "")) -> FieldType:
    """Return the type of a fact with its title and unit."""
    return FieldType(kind, title=(zh, en), unit=unit)


def either(zh: str, en: str, yes: Title, no: Title) -> FieldType:
    """Return a yes-or-no fact with the clauses that say each."""
    return FieldType("bool", title=(zh, en), labels={"true": yes, "false": no})


def own(name: str, zh: str = "", en: str = "", *, writable: bool | None = None) -> Fact:
    """Return the fact that is the field of this name, under another title if one is given."""
    return Fact(name, title=Text(zh, en) if zh else NOTHING, writable=writable)


def pair(text: Text) -> Title:
    """Return a text as rules hold titles."""
    return (text.zh, text.en)


def type_of(field: Field, title: Text = NOTHING) -> FieldType:
    """Return the type that a field has as a fact; a choice takes its options only."""
    values = tuple(value for value, _ in field.options)
    closed = field.type == "choice"
    return FieldType(
        _KINDS.get(field.type, "text"),
        options=values if closed else (),
        title=pair(title if title.zh else field.label),
        labels={value: pair(words) for value, words in field.options},
        suggestions=() if closed else values,
        unit=YUAN if field.type == "money" else ("", ""),
    )
