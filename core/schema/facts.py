"""Types of facts in short: what the declarations of kinds use to say what rules see."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ...hooks.text import Text
from ...rules.language.vocabulary import FieldKind, FieldType, Title
from .fields import NOTHING, Field
from .kind import Collection, Fact

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


def of(kind: FieldKind, zh: str, en: str, unit: Title = ("", ""), names: str = "") -> FieldType:
    """Return the type of a fact with its title and unit; `names` says what its values are names of."""
    return FieldType(kind, title=(zh, en), unit=unit, names=names)


def either(zh: str, en: str, yes: Title, no: Title) -> FieldType:
    """Return a yes-or-no fact with the clauses that say each."""
    return FieldType("bool", title=(zh, en), labels={"true": yes, "false": no})


def own(name: str, zh: str = "", en: str = "", *, writable: bool | None = None) -> Fact:
    """Return the fact that is the field of this name, under another title if one is given."""
    return Fact(name, title=Text(zh, en) if zh else NOTHING, writable=writable)


def facts_of(title: Text, fields: Iterable[Field]) -> tuple[Fact, ...]:
    """Return the facts that a record's id, its fields and its age are, each named after the kind, too."""
    return (
        Fact("id", of("text", f"{title.zh}编号", f"{title.en} id"), lambda record, reading: record.id),
        *(Fact(one.name, title=_of_the(title, one.label)) for one in fields if not one.along),
        Fact(
            "age_hours",
            of("number", f"{title.zh}存续时长", f"Age of the {title.en.lower()}", HOURS),
            lambda record, reading: round((reading.now - record.created_at).total_seconds() / 3600, 2),
        ),
    )


def _of_the(title: Text, label: Text) -> Text:
    zh = label.zh if label.zh.startswith(title.zh) else title.zh + label.zh
    en = label.en if label.en.lower().startswith(title.en.lower()) else f"{title.en}: {label.en.lower()}"
    return Text(zh, en)


def like(name: str, plural: Text, fields: Iterable[Field]) -> Collection:
    """Return the collection of all records of a kind that share a parent with the event's, the closest first."""
    return Collection(f"{name}s", plural, tuple(Fact(one.name, title=one.label) for one in fields if not one.along))


def pair(text: Text) -> Title:
    """Return a text as rules hold titles."""
    return (text.zh, text.en)


def type_of(field: Field, title: Text = NOTHING) -> FieldType:
    """Return the type that a field has as a fact; a choice takes its options only."""
    values = tuple(value for value, _ in field.offered)
    closed = field.type == "choice"
    return FieldType(
        _KINDS.get(field.type, "text"),
        options=values if closed else (),
        title=pair(title if title.zh else field.label),
        labels={value: pair(words) for value, words in field.options},
        suggestions=() if closed else values,
        unit=YUAN if field.type == "money" else ("", ""),
        names=field.to,
        known=values if field.type == "choices" else None,
    )
