"""Working time: which minutes count, so that a deadline sleeps through lunch, nights and holidays."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import chinese_calendar

DEFAULT_HOURS: tuple[tuple[time, time], ...] = ((time(9), time(12)), (time(13, 30), time(18)))
_LONGEST_SEARCH = 3660


@dataclass(frozen=True)
class Holiday:
    """A day that breaks the week's rule, ready to be kept as data."""

    day: date
    working: bool
    name: str


def holidays_of(year: int) -> list[Holiday]:
    """Return China's holidays and worked weekend days (调休) of a year the library knows, else nothing.

    Source: the State Council's notices, as the package chinesecalendar carries them.
    """
    found = []
    for day, holiday in chinese_calendar.constants.holidays.items():
        if day.year == year and day.weekday() < 5:
            found.append(Holiday(day, False, str(holiday)))
    for day, holiday in chinese_calendar.constants.workdays.items():
        if day.year == year and day.weekday() >= 5:
            found.append(Holiday(day, True, str(holiday)))
    return sorted(found, key=lambda h: h.day)


class WorkingCalendar:
    """Counts working minutes in one time zone: Monday to Friday unless the data say otherwise."""

    def __init__(
        self,
        zone: ZoneInfo,
        exceptions: Mapping[date, bool] | None = None,
        hours: tuple[tuple[time, time], ...] = DEFAULT_HOURS,
    ) -> None:
        self.zone, self.exceptions, self.hours = zone, dict(exceptions or {}), hours

    @classmethod
    def from_rows(cls, zone: ZoneInfo, rows: Iterable[Any]) -> WorkingCalendar:
        """Build the calendar from the days on record: each has a `day`, and whether it is `working`."""
        return cls(zone, {row.day: row.working for row in rows})

    def knows(self, year: int) -> bool:
        """Say whether any exception of `year` is on record; if not, its holidays count as worked."""
        return any(day.year == year for day in self.exceptions)

    def is_working_day(self, day: date) -> bool:
        """Say whether people work on `day`."""
        return self.exceptions.get(day, day.weekday() < 5)

    def is_open(self, moment: datetime) -> bool:
        """Say whether `moment` lies within working time."""
        return any(start <= moment < end for start, end in self._spans(moment.astimezone(self.zone).date()))

    def add_minutes(self, start: datetime, minutes: int) -> datetime:
        """Return the moment `minutes` of working time after `start`, in UTC."""
        left = timedelta(minutes=minutes)
        day = start.astimezone(self.zone).date()
        for _ in range(_LONGEST_SEARCH):
            for begin, end in self._spans(day):
                begin = max(begin, start)
                if end > begin:
                    if end - begin >= left:
                        return begin + left
                    left -= end - begin
            day += timedelta(days=1)
        raise ValueError(
            f"no {minutes} working minutes within ten years of {start}: does the calendar have a working day?"
        )

    def minutes_between(self, start: datetime, end: datetime) -> int:
        """Return the whole working minutes from `start` to `end`; 0 if `end` is not later."""
        total = timedelta()
        day, last = start.astimezone(self.zone).date(), end.astimezone(self.zone).date()
        while day <= last:
            for begin, stop in self._spans(day):
                total += max(timedelta(), min(stop, end) - max(begin, start))
            day += timedelta(days=1)
        return int(total.total_seconds() // 60)

    def _spans(self, day: date) -> list[tuple[datetime, datetime]]:
        if not self.is_working_day(day):
            return []
        return [
            (
                datetime.combine(day, begin, self.zone).astimezone(UTC),
                datetime.combine(day, end, self.zone).astimezone(UTC),
            )
            for begin, end in self.hours
        ]
