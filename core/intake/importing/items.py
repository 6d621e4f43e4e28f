"""A row that can be imported, and one that can't."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ....hooks.text import Text
from ...errors import Problem
from .tables import Row, Table
from .targets import Target


@dataclass(frozen=True)
class Refused:
    """A row that was not imported, and why."""

    table: Table
    row: Row
    why: Text
    problems: tuple[Problem, ...] = ()
    """Of what it is wrong, where that can be told: by our field, or by the column of the file."""


@dataclass(frozen=True)
class Item:
    """A row ready to be imported: `key` makes it count once; `at` is when it happened, if the file says so."""

    target: Target
    table: Table
    row: Row
    key: str
    external_id: str
    values: dict[str, Any]
    at: datetime | None
    when: datetime | None
    """When its turn comes: `at`, but never before a row that it refers to."""
