"""The organisation's working hours, as the set-up shows them: the one place that knows where they are kept."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

from ...hooks.text import Text
from ..time.windows import DAY_WORDS
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
    found: list[Hours] = []
    days = [
        (words, tuple(map(str, windows or ())))
        for words, windows in zip(DAY_WORDS, ws.calendar.main.week.days, strict=True)
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
