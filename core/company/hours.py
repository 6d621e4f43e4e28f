"""Working hours in words, the organisation's or a person's: the one place that knows where they are kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from ...hooks.text import Text
from ..kinds import Calendar, User
from ..time.windows import DAY_WORDS
from ..time.working_calendar import WorkingCalendar
from ..workspace import Workspace

PATH = "/calendars/"
"""The page on which they are changed."""


@dataclass(frozen=True)
class Hours:
    """Some days of the week with the same windows, such as 09:00-12:00; none: not worked."""

    days: Text
    windows: tuple[str, ...]


def organisation_hours(ws: Workspace) -> list[Hours]:
    """Return when the organisation works, days in a row with the same windows together."""
    return _hours(ws.calendar.main)


@dataclass(frozen=True)
class HoursOf:
    """When somebody works, and the calendar that says so: their own, a team's, the organisation's (None: none kept)."""

    hours: list[Hours]
    calendar: Calendar | None

    @property
    def path(self) -> str:
        """The page on which they are changed."""
        return f"{PATH}{self.calendar.id}" if self.calendar is not None else PATH


def hours_of(ws: Workspace, user: User, teams: Sequence[str]) -> HoursOf:
    """Return when a person works; `teams` are theirs and those above, the closest first."""
    at = ws.calendar
    teams = [one for one in teams if one in at.teams]
    person = user.id if user.id in at.people else ""
    scope, of_id = ("person", person) if person else ("team", teams[0]) if teams else ("organisation", "")
    kept = Calendar.get_or_none((Calendar.scope == scope) & (Calendar.of_id == of_id) & Calendar.active)
    return HoursOf(_hours(at.put_together(tuple(teams), person)), kept)


def _hours(calendar: WorkingCalendar) -> list[Hours]:
    found: list[Hours] = []
    days = [
        (words, tuple(map(str, windows or ()))) for words, windows in zip(DAY_WORDS, calendar.week.days, strict=True)
    ]
    for windows, some in groupby(days, key=lambda one: one[1]):
        row = [words for words, _ in some]
        first, last = row[0], row[-1]
        zh, en = f"{first.zh}至{last.zh}", f"{first.en} to {last.en}"
        found.append(Hours(Text(zh, en) if len(row) > 1 else first, windows))
    return found


def known_years(ws: Workspace) -> tuple[list[int], list[int]]:
    """Return the years around today whose holidays are on record, and those that are not: this one and the next."""
    year = ws.clock.now().astimezone(ws.settings.zone).year
    years = (year, year + 1)
    return [one for one in years if ws.calendar.knows(one)], [one for one in years if not ws.calendar.knows(one)]
