"""Where a page of a list begins: behind or before a row, so that a page far down costs no more than the first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...core.storage.queries import COUNTED_UP_TO
from .served import is_id

FARTHEST = 10**9


@dataclass
class PageAsked:
    """The page an address asks for: the rows behind the record `after`, or before `before`, else by its `number`.

    `number` counts from 0, and is what the page calls itself; `has_more` is known once its rows are read.
    """

    number: int = 0
    after: str = ""
    before: str = ""
    has_more: bool = False


def page_of(given: Mapping[str, str], number: int) -> PageAsked:
    """Return the page that an address asks for; what is no id of a record is left out."""
    after, before = given.get("after", ""), given.get("before", "")
    return PageAsked(number, after if is_id(after) else "", before if is_id(before) else "")


def next_of(asked: PageAsked, rows: Sequence[Any]) -> dict[str, Any] | None:
    """Return what the address of the next page says; None if this is the last one."""
    return {"page": asked.number + 2, "after": rows[-1].id} if asked.has_more and rows else None


def previous_of(asked: PageAsked, rows: Sequence[Any]) -> dict[str, Any] | None:
    """Return what the address of the page before says; None if this is the first one."""
    if not asked.number:
        return None
    return {"page": asked.number, "before": rows[0].id} if rows and asked.number > 1 else {}


def told(count: int) -> str:
    """Return a number of rows in words: 412, or 9,999+ where it was not worth counting further."""
    return f"{count:,}" if count <= COUNTED_UP_TO else f"{COUNTED_UP_TO:,}+"
