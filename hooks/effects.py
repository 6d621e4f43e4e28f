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


def unusable(effect: object) -> str | None:
    """Return which value of an effect can't be used although it is of its type; None if all is well."""
    for name, value in vars(effect).items():
        for one in value if isinstance(value, tuple | list) else (value,):
            if isinstance(one, int) and one < 0:
                return f"{type(effect).__name__}.{name} is {one}: minutes are 0 or more"
            if isinstance(one, str) and ("\0" in one or any("\ud800" <= letter <= "\udfff" for letter in one)):
                return f"{type(effect).__name__}.{name} holds a character that can't be saved"
    return None


Effect = CreateTask | SetFields | Notify | AddNote | StartDeadline
