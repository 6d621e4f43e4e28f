"""Working time minute by minute: slow, and with nothing in common with how Clew counts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

Period = tuple[datetime, datetime]
Plan = Mapping[date, list[tuple[int, int]]]
"""The windows of the shifts that start on a day, in minutes since its midnight."""
STEP = timedelta(minutes=1)


def open_minutes(
    plan: Plan, zone: ZoneInfo, start: datetime, end: datetime, absent: Iterable[Period] = ()
) -> dict[datetime, date]:
    """Return each minute from `start` to `end` that counts, with the day whose shift it belongs to.

    The hands of the clock never go back: a time that the clock shows twice has passed when it is shown first.
    """
    absent = list(absent)
    found: dict[datetime, date] = {}
    at, hands = start - timedelta(days=2), datetime.min
    while at < end:
        hands = max(hands, at.astimezone(zone).replace(tzinfo=None))
        if at >= start and not any(begin <= at < stop for begin, stop in absent):
            for back in (1, 0):
                day = hands.date() - timedelta(days=back)
                minute = (hands - datetime(day.year, day.month, day.day)) // STEP
                if any(begin <= minute < stop for begin, stop in plan.get(day, ())):
                    found[at] = day
                    break
        at += STEP
    return found


def add_minutes(minutes: dict[datetime, date], start: datetime, count: int) -> datetime | None:
    """Return the moment after `count` open minutes from `start`; None if they are not all there."""
    later = [at for at in minutes if at >= start]
    if count == 0:
        return later[0] if later else None
    return later[count - 1] + STEP if len(later) >= count else None


def add_days(
    all_minutes: dict[datetime, date], minutes: dict[datetime, date], start: datetime, count: int, today: bool
) -> datetime | None:
    """Return the end of the `count`-th working day; `all_minutes` are open but for leave, `minutes` without leave too."""
    ends: dict[date, datetime] = {}
    for at, day in all_minutes.items():
        ends[day] = at
    own = next((day for at, day in all_minutes.items() if at == start), None)
    first = own or start.astimezone(ZONE_OF[0]).date()
    for day, last in sorted(ends.items()):
        if last + STEP > start and (day > first or (today and day == first)) and last in minutes:
            count -= 1
            if not count:
                return last + STEP
    return None


ZONE_OF = [ZoneInfo("UTC")]


def moment(text: str, zone: ZoneInfo) -> datetime:
    """Return the moment of a local time."""
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)
