"""Where a calendar differs from the one above it: zone, hours of a week, weekdays, and single days from this year on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from ...hooks.text import Text
from ..kinds import Calendar
from ..time.holidays import holiday_words
from ..time.windows import DAY_WORDS, Windows
from ..time.working_calendar import WorkingCalendar
from ..workspace import Workspace
from .calendars import above, own_days, working


@dataclass(frozen=True)
class Difference:
    """One thing in which two calendars differ: what it is, as it is above and as it is here. `day` of a single day."""

    what: Text
    above: Text
    here: Text
    day: date | None = None


def compared(ws: Workspace, row: Calendar, today: date) -> list[Difference]:
    """Return where a calendar differs from the one above, single days since the beginning of this year; none for the
    organisation's.
    """
    found = above(ws, row)
    if found is None:
        return []
    over, here = found[1], working(ws, row)
    return [*_of_weeks(over, here), *_of_days(ws, row, over, here, today)]


def _of_weeks(over: WorkingCalendar, here: WorkingCalendar) -> list[Difference]:
    found = []
    if over.zone.key != here.zone.key:
        was, now = (Text(one.zone.key, one.zone.key) for one in (over, here))
        found.append(Difference(Text("时区", "Time zone"), was, now))
    if over.week.minutes != here.week.minutes:
        found.append(Difference(Text("一周", "A week"), _hours(over.week.minutes), _hours(here.week.minutes)))
    for number, (before, after) in enumerate(zip(over.week.days, here.week.days, strict=True)):
        if before != after:
            found.append(Difference(DAY_WORDS[number], _windows(before), _windows(after)))
    return found


def _of_days(
    ws: Workspace, row: Calendar, over: WorkingCalendar, here: WorkingCalendar, today: date
) -> list[Difference]:
    found = []
    for day, rule in sorted(own_days(ws, row).items()):
        was, now = over.windows_on(day), here.windows_on(day)
        if day.year >= today.year and was != now:
            name = Text(*(holiday_words(rule.name, english) for english in (False, True)))
            what = Text(f"{day.isoformat()} {name.zh}".strip(), f"{day.isoformat()} {name.en}".strip())
            found.append(Difference(what, _windows(was), _windows(now), day))
    return found


def _windows(windows: Windows | None) -> Text:
    if not windows:
        return Text("不上班", "Not worked")
    said = ", ".join(str(one) for one in windows)
    return Text(said.replace(", ", "、"), said)


def _hours(minutes: int) -> Text:
    return Text(f"{minutes / 60:g} 小时", f"{minutes / 60:g} h")
