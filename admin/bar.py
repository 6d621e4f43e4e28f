"""What stands on the bottom bar of a phone: a few places, by what the viewer may do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ..core.access.policy import may, scopes
from ..core.journal.origin import Actor

_MANAGING = ("leads", "approvals", "report")
_SELLING = ("customers",)
_OTHERS = ("tasks", "records:contract")


@dataclass(frozen=True)
class Place:
    """A place on the bar."""

    endpoint: str
    """The endpoint of the view whose page it leads to: the current one is marked."""
    path: str
    words: tuple[str, str]
    icon: str
    makes: bool = False
    """It begins something new, and stands out."""


def places(actor: Actor, views: Iterable[Any], path_of: Any) -> list[Place]:
    """Return the bar of an actor, at most five places; `views` are those on their rail, `path_of` gives an endpoint's path."""
    rail = {view.endpoint: view for view in views}
    news = Place("inbox", path_of("inbox.index"), ("动态", "News"), "activity")
    between: tuple[str, ...]
    new: list[Place]
    if may(actor, "manages"):
        between, new = _MANAGING, []
    elif "customers" in rail and scopes(actor, "lead", "create"):
        between = _SELLING
        new = [Place("leads.new", path_of("leads.new"), ("新建线索", "New lead"), "plus", makes=True), news]
    else:
        between, new = _OTHERS, [news]
    there = [
        Place(
            name, getattr(rail[name], "path", "") or path_of(f"{name}.index"), rail[name].words_, rail[name].icon_name
        )
        for name in ("today", *between)
        if name in rail
    ]
    return [*there, *new, Place("me", path_of("me.index"), ("我的", "Mine"), "user")]
