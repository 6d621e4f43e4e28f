"""The organisation's working hours, as the set-up shows them: the one place that knows where they are kept."""

from __future__ import annotations

from dataclasses import dataclass

from ...hooks.text import Text
from ..workspace import Workspace

_WORKDAYS = Text("周一至周五", "Monday to Friday")


@dataclass(frozen=True)
class Hours:
    """Some days of the week and their windows, such as 09:00–12:00."""

    days: Text
    windows: tuple[str, ...]


def organisation_hours(ws: Workspace) -> list[Hours]:
    """Return when the organisation works."""
    windows = tuple(f"{begin:%H:%M}–{end:%H:%M}" for begin, end in ws.calendar.hours)
    return [Hours(_WORKDAYS, windows)]


def known_years(ws: Workspace) -> tuple[list[int], list[int]]:
    """Return the years around today whose holidays are on record, and those that are not: this one and the next."""
    year = ws.clock.now().astimezone(ws.settings.zone).year
    years = (year, year + 1)
    return [one for one in years if ws.calendar.knows(one)], [one for one in years if not ws.calendar.knows(one)]
