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


Effect = CreateTask | SetFields | Notify | AddNote | StartDeadline
