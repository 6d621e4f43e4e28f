"""What an undo calls records, their fields and their states; `core.timeline.describer` puts values into words."""

from __future__ import annotations

from typing import Any

from ...hooks.text import Text
from ..access.naming import name_of
from ..kinds import KindDefinition
from ..schema.kind import Kind


def state_words(kind: Kind, state: str) -> Text:
    """Return what became of a record of this kind."""
    field = kind.by_name.get("state")
    known = dict(field.options) if field is not None else {}
    if state not in known:
        return Text(f"现在是「{state}」", f"it is {state!r} now")
    return Text(known[state].zh, known[state].en.lower())


def title_of_kind(name: str) -> Text:
    """Return what a kind made at run time is called, in force or not."""
    row = KindDefinition.get_or_none(KindDefinition.name == name)
    return Text(row.title_zh, row.title_en) if row is not None else Text(name, name)


def made_words(kind: Text, title: str) -> Text:
    """Return a record by the title of its kind and its own."""
    inner = title.replace("「", "『").replace("」", "』")
    return Text(f"{kind.zh}「{inner}」", f"{kind.en.lower()} “{title}”")


def record_words(kind: Kind, record: Any) -> Text:
    """Return a record by its kind and title, as anybody may read it."""
    return made_words(kind.title, name_of(kind, record, False).zh)


def field_words(kind: Kind, record: Any, names: list[str]) -> Text:
    """Return fields of a record: 线索「恒锐精密」的负责人、团队."""
    telling = [name for name in names if name not in kind.along or name == "team_id"] or names
    found = [_label(kind, name) for name in (["locked"] if "locked" in names else telling)]
    zh = "、".join(dict.fromkeys(one.zh for one in found))
    en = ", ".join(dict.fromkeys(one.en for one in found))
    whose = record_words(kind, record)
    return Text(f"{whose.zh}的{zh}", f"{en} of {whose.en}")


def _label(kind: Kind, name: str) -> Text:
    field = kind.by_name.get(name.removeprefix("extra."))
    return field.label if field is not None else Text(name, name)
