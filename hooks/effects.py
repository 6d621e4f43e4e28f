"""What a told hook may ask for. It returns these; Clew does them afterwards, all or none, exactly once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class CreateTask:
    """A task, or with `items` a checklist of that title.

    `assignee` is owner, owner_manager, role:<role> or a user's id; due in working minutes.
    """

    title: str
    assignee: str = "owner"
    due_working_minutes: int | None = None
    items: tuple[str, ...] = ()


@dataclass(frozen=True)
class SetFields:
    """New values for fields of the event's record; validated like anybody's."""

    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Notify:
    """A message; `to` as `CreateTask.assignee`."""

    to: str
    title: str
    body: str = ""


@dataclass(frozen=True)
class AddNote:
    """A line on the customer's timeline."""

    text: str


@dataclass(frozen=True)
class StartDeadline:
    """A deadline on the event's record, in working minutes from now."""

    name: str
    working_minutes: int


def fault(effect: object) -> str | None:
    """Return which field of an effect holds something else than it takes; None if all is well."""
    match effect:
        case CreateTask(title, assignee, minutes, items):
            if not isinstance(items, tuple | list):
                return f"items is {type(items).__name__}, not a tuple of texts"
            texts = {"title": title, "assignee": assignee, **{f"items[{at}]": one for at, one in enumerate(items)}}
        case Notify(to, title, body):
            texts, minutes = {"to": to, "title": title, "body": body}, None
        case AddNote(text):
            texts, minutes = {"text": text}, None
        case StartDeadline(name, minutes):
            texts = {"name": name}
        case _:
            return None
    if minutes is not None and (isinstance(minutes, bool) or not isinstance(minutes, int) or minutes < 0):
        return f"{minutes!r} is no whole number of minutes"[:200]
    for name, text in texts.items():
        if not isinstance(text, str):
            return f"{name} is {type(text).__name__}, not text"
        if "\0" in text or any("\ud800" <= one <= "\udfff" for one in text):
            return f"{name} holds a character that can't be saved"
    return None


Effect = CreateTask | SetFields | Notify | AddNote | StartDeadline
