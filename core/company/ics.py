"""Days read from a calendar file (ICS): holidays as other programs publish them, each to be confirmed where it is a guess."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr
from icalendar import Calendar as File

from ...hooks.text import Text
from ..errors import Invalid, Problem

LARGEST = 2_000_000
"""So many bytes a file."""
_MOST_EVENTS, _MOST_DAYS, _LONGEST = 5_000, 800, 60
_WORKED = re.compile(r"补班|调班|上班|工作日|班[）)]|（班|\(班|work(ing|ed)? ?day|in lieu", re.IGNORECASE)
_YEARS = (2000, 2100)


@dataclass(frozen=True)
class DayRead:
    """One day of a file. `worked` None: its name sounds like a day worked instead, so somebody has to say."""

    day: date
    name: str
    worked: bool | None


def read_ics(content: bytes, zone: ZoneInfo, since: date, until: date) -> list[DayRead]:
    """Return the days that the events of a file cover from `since` to `until`, by day; repeated events, too.

    Raises Invalid if it is no such file, or too large.
    """
    if len(content) > LARGEST:
        raise _refused(f"文件超过 {LARGEST // 1_000_000} MB", f"the file is larger than {LARGEST // 1_000_000} MB")
    try:
        file = File.from_ical(content.decode("utf-8-sig"))
        events = list(file.walk("VEVENT"))
    except (ValueError, UnicodeDecodeError, IndexError, KeyError, AttributeError, RecursionError) as error:
        raise _refused(
            f"读不了这个文件：应为 ICS（iCalendar）文件（{str(error)[:80]}）",
            f"this can't be read as an ICS (iCalendar) file: {str(error)[:80]}",
        ) from None
    if len(events) > _MOST_EVENTS:
        raise _refused(f"文件里的事件超过 {_MOST_EVENTS} 个", f"the file has more than {_MOST_EVENTS} events")
    found: dict[date, DayRead] = {}
    for event in events:
        for day, name in _days(event, zone, since, until):
            found.setdefault(day, DayRead(day, name, None if _WORKED.search(name) else False))
            if len(found) > _MOST_DAYS:
                raise _refused(
                    f"超过 {_MOST_DAYS} 天；请缩短期间", f"more than {_MOST_DAYS} days: take a shorter period"
                )
    return [found[day] for day in sorted(found)]


def _days(event: Any, zone: ZoneInfo, since: date, until: date) -> Iterator[tuple[date, str]]:
    start = _date(getattr(event.get("DTSTART"), "dt", None), zone)
    if start is None or str(event.get("STATUS", "")).upper() == "CANCELLED":
        return
    end_value = getattr(event.get("DTEND"), "dt", None)
    end = _date(end_value, zone) or start + timedelta(days=1)
    # An end at a time of the day means that this day belongs to it; an end that is a date is the day after.
    if isinstance(end_value, datetime) and end_value.astimezone(zone).time().isoformat() != "00:00:00":
        end += timedelta(days=1)
    length = min(max((end - start).days, 1), _LONGEST)
    name = re.sub(r"\s+", " ", str(event.get("SUMMARY", ""))).strip()[:80]
    for first in _starts(event, start, since - timedelta(days=_LONGEST), until):
        for number in range(length):
            day = first + timedelta(days=number)
            if since <= day <= until:
                yield day, name


def _starts(event: Any, start: date, since: date, until: date) -> Iterator[date]:
    rule = event.get("RRULE")
    if rule is None:
        yield start
        return
    if isinstance(rule, list):
        rule = rule[0]
    try:
        text = re.sub(r"UNTIL=(\d{8})T?\d*Z?", r"UNTIL=\1T235959", rule.to_ical().decode())
        if re.search(r"FREQ=(SECONDLY|MINUTELY|HOURLY)", text):
            raise ValueError("repeated within a day")
        repeated = rrulestr(text, dtstart=datetime(start.year, start.month, start.day))  # noqa: DTZ001 - dates alone
        low, high = (datetime(one.year, one.month, one.day) for one in (since, until))  # noqa: DTZ001
        for number, at in enumerate(repeated.xafter(low, inc=True)):
            if at > high or number > _MOST_DAYS:
                return
            yield at.date()
    except (ValueError, TypeError, AttributeError) as error:
        name = str(event.get("SUMMARY", ""))[:40]
        raise _refused(
            f"「{name}」的重复规则读不懂", f"how {name!r} is repeated can't be read: {str(error)[:80]}"
        ) from None


def _date(value: Any, zone: ZoneInfo) -> date | None:
    if isinstance(value, datetime):
        try:
            value = (value.astimezone(zone) if value.tzinfo else value).date()
        except OverflowError:  # The last or the first day there is, in another zone.
            return None
    if not isinstance(value, date) or not _YEARS[0] <= value.year <= _YEARS[1]:
        return None
    return value


def _refused(zh: str, en: str) -> Invalid:
    return Invalid([Problem("file", Text(zh, en))])
