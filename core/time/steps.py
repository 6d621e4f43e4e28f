"""How working time adds up, step by step: the windows that were counted, and what was skipped and why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from typing import Literal

from .windows import DAY
from .working_calendar import Span, WorkingCalendar

What = Literal["window", "night", "part", "days", "closed", "leave"]
_MOST_DAYS = 31
"""A longer stretch is told by months."""


@dataclass(frozen=True)
class Step:
    """One step: working time that was counted (`minutes`), or a stretch that was not, with the names of its days."""

    what: What
    begin: datetime
    end: datetime
    minutes: int
    names: tuple[str, ...] = ()
    days: int = 0


def steps_of(calendar: WorkingCalendar, start: datetime, end: datetime) -> list[Step]:
    """Return how the working time between two moments adds up, in order."""
    first, last = calendar.day_of(start), calendar.day_of(end)
    if (last - first).days > _MOST_DAYS:
        return _by_month(calendar, start, end)
    found = [*_windows(calendar, start, end), *_closed(calendar, start, end), *_leave(calendar, start, end)]
    return sorted(found, key=lambda one: (one.begin, one.what != "window"))


def _windows(calendar: WorkingCalendar, start: datetime, end: datetime) -> Iterator[Step]:
    for (day, night), spans in groupby(
        calendar.spans(start, end), key=lambda span: (span.day, _is_night(calendar, span))
    ):
        held = list(spans)
        what: What = "night" if night else "window"
        if not night and _is_part(calendar, day):
            what = "part"
        yield Step(what, held[0].begin, held[-1].end, calendar.minutes_between(held[0].begin, held[-1].end))


def _is_night(calendar: WorkingCalendar, span: Span) -> bool:
    begin = span.begin.astimezone(calendar.zone)
    if begin.date() > span.day:
        return True
    minute = begin.hour * 60 + begin.minute
    return any(one.start <= minute < one.end and one.end > DAY for one in calendar.windows_on(span.day))


def _is_part(calendar: WorkingCalendar, day: date) -> bool:
    """Say whether a day is worked shorter than half of the longest day of the week."""
    longest = max((sum(one.minutes for one in windows or ()) for windows in calendar.week.days), default=0)
    return 2 * sum(one.minutes for one in calendar.windows_on(day)) <= longest


def _closed(calendar: WorkingCalendar, start: datetime, end: datetime) -> Iterator[Step]:
    day, last = start.astimezone(calendar.zone).date(), end.astimezone(calendar.zone).date()
    closed: list[date] = []
    while day <= last:
        if not calendar.windows_on(day):
            closed.append(day)
        if closed and (calendar.windows_on(day) or day == last):
            names = tuple(dict.fromkeys(calendar.days[one].name for one in closed if one in calendar.days))
            begin, stop = (_midnight(calendar, one) for one in (closed[0], closed[-1] + timedelta(days=1)))
            yield Step("closed", max(begin, start), stop, 0, tuple(filter(None, names)), len(closed))
            closed = []
        day += timedelta(days=1)


def _leave(calendar: WorkingCalendar, start: datetime, end: datetime) -> Iterator[Step]:
    whole = calendar.without(())
    for begin, stop in calendar.leave_within(start, end):
        for _, spans in groupby(whole.spans(begin, stop), key=lambda span: span.day):
            held = list(spans)
            yield Step("leave", held[0].begin, held[-1].end, 0)


def _by_month(calendar: WorkingCalendar, start: datetime, end: datetime) -> list[Step]:
    found, begin = [], start
    while begin < end:
        local = begin.astimezone(calendar.zone)
        following = date(local.year + local.month // 12, local.month % 12 + 1, 1)
        stop = min(end, _midnight(calendar, following))
        days = len({span.day for span in calendar.spans(begin, stop)})
        found.append(Step("days", begin, stop, calendar.minutes_between(begin, stop), (), days))
        begin = stop
    return found


def days_of(calendar: WorkingCalendar, days: Sequence[date], start: datetime, end: datetime) -> list[Step]:
    """Return the working days that were counted between two moments, and the closed days between them."""
    if len(days) > _MOST_DAYS:
        return _by_month(calendar, start, end)
    counted = [_day(calendar, day) for day in days]
    return sorted([*counted, *_closed(calendar, start, end), *_leave(calendar, start, end)], key=lambda one: one.begin)


def _day(calendar: WorkingCalendar, day: date) -> Step:
    begin = _midnight(calendar, day)
    spans = [span for span in calendar.spans(begin, begin + timedelta(days=2)) if span.day == day]
    return Step("days", spans[0].begin, spans[-1].end, 0, (), 1)


def _midnight(calendar: WorkingCalendar, day: date) -> datetime:
    return datetime.combine(day, time(), calendar.zone).astimezone(UTC)
