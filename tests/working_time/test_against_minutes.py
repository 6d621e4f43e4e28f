"""Working time against a slow oracle that looks at every minute: many made-up calendars, each at many moments."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from clew.core.time.windows import DAY, Week, Window, windows_of
from clew.core.time.working_calendar import DayRule, WorkingCalendar

from .oracle import ZONE_OF, add_days, add_minutes, open_minutes

SHANGHAI, NEW_YORK, BERLIN, LORD_HOWE = (
    ZoneInfo(name) for name in ("Asia/Shanghai", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe")
)
# Each stretch of two weeks holds a change of the clocks where the zone has one.
STRETCHES = [
    (SHANGHAI, date(2026, 9, 28)),
    (SHANGHAI, date(2026, 12, 25)),
    (NEW_YORK, date(2026, 3, 2)),
    (NEW_YORK, date(2026, 10, 26)),
    (BERLIN, date(2026, 3, 23)),
    (BERLIN, date(2026, 10, 19)),
    (LORD_HOWE, date(2026, 4, 1)),
    (LORD_HOWE, date(2026, 9, 28)),
]
_LENGTH = 14


def _windows(chance: random.Random, nights: bool) -> tuple[Window, ...]:
    """Return up to four windows, on quarter hours or odd minutes; the last may go over midnight, or end at 24:00."""
    step = chance.choice((15, 15, 60, 7))
    cuts = sorted(chance.sample(range(0, DAY, step), chance.choice((0, 2, 2, 4, 4, 6))))
    found = [Window(begin, end) for begin, end in zip(cuts[::2], cuts[1::2], strict=True)]
    if nights and chance.random() < 0.4:
        begin = chance.randrange(found[-1].end if found else 600, DAY) if not found or found[-1].end < DAY else None
        if begin is not None:
            found.append(Window(begin, chance.choice((DAY, DAY + 120, begin + DAY, DAY + chance.randrange(1, 500)))))
    return tuple(one for one in found if one.end <= one.start + DAY)


def _calendar(chance: random.Random, zone: ZoneInfo, first: date) -> WorkingCalendar:
    week = Week(tuple(_windows(chance, True) if chance.random() < 0.8 else () for _ in range(7)))
    days = {}
    for number in range(-2, _LENGTH + 3):
        if chance.random() < 0.2:
            own = chance.choice((None, _windows(chance, True)))
            days[first + timedelta(days=number)] = DayRule(chance.random() < 0.5, own)
    absent = []
    for _ in range(chance.choice((0, 0, 1, 3))):
        begin = datetime(first.year, first.month, first.day, tzinfo=UTC) + timedelta(
            minutes=chance.randrange(_LENGTH * DAY)
        )
        absent.append((begin, begin + timedelta(minutes=chance.randrange(1, 3 * DAY))))
    return WorkingCalendar(zone, days, week, absent)


def _plan(calendar: WorkingCalendar, first: date) -> dict[date, list[tuple[int, int]]]:
    """Return the windows of each day as the decisions in docs/working-time.md have them, read off anew."""
    found = {}
    for number in range(-3, _LENGTH + 4):
        day = first + timedelta(days=number)
        rule, weekday = calendar.days.get(day), day.weekday()
        usual = next((one for one in calendar.week.days if one), ())
        if rule is None:
            windows = calendar.week.days[weekday]
        elif not rule.working:
            windows = ()
        elif rule.windows is not None:
            windows = rule.windows
        else:
            windows = calendar.week.days[weekday] if weekday < 5 and calendar.week.days[weekday] else usual
        found[day] = [(one.start, one.end) for one in windows or ()]
    return found


@pytest.mark.parametrize("seed", [*range(6), *(pytest.param(n, marks=pytest.mark.slow) for n in range(6, 30))])
@pytest.mark.parametrize(("zone", "first"), STRETCHES, ids=[f"{zone.key}-{first}" for zone, first in STRETCHES])
def test_every_count_is_that_of_the_minutes(zone: ZoneInfo, first: date, seed: int) -> None:
    chance = random.Random(f"{zone.key} {first} {seed}")
    calendar = _calendar(chance, zone, first)
    ZONE_OF[0] = zone
    begin = datetime(first.year, first.month, first.day, tzinfo=zone).astimezone(UTC)
    end = begin + timedelta(days=_LENGTH)
    absent = [(_moment(one), _moment(other)) for one, other in calendar.absent]
    whole = open_minutes(_plan(calendar, first), zone, begin, end)
    minutes = {at: day for at, day in whole.items() if not any(one <= at < other for one, other in absent)}
    for _ in range(40):
        start = begin + timedelta(minutes=chance.randrange(_LENGTH * DAY // 2))
        stop = start + timedelta(minutes=chance.randrange(_LENGTH * DAY // 2))
        expected = sum(1 for at in minutes if start <= at < stop)
        assert calendar.minutes_between(start, stop) == expected
        assert calendar.is_open(start) == (start in minutes)
        spans = list(calendar.spans(start, stop))
        assert sum((span.end - span.begin for span in spans), timedelta()) == timedelta(minutes=expected)
        assert all(minutes[span.begin] == span.day for span in spans)
        for count in (0, 1, chance.randrange(1, 600), chance.randrange(1, 4000)):
            due = add_minutes(minutes, start, count)
            if due is not None:
                assert calendar.add_minutes(start, count) == due
                assert calendar.minutes_between(start, due) == count
        for count in (1, 2, chance.randrange(1, 6)):
            for today in (False, True):
                due = add_days(whole, minutes, start, count, today)
                if due is not None and due < end - timedelta(days=2):
                    assert calendar.add_days(start, count, today=today) == due
                    assert calendar.days_between(start, due, today=today) == count
                    assert calendar.days_between(start, due - timedelta(minutes=1), today=today) == count - 1


def _moment(us: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=us)


@pytest.mark.parametrize(
    ("zone", "day", "windows", "minutes"),
    [
        (NEW_YORK, date(2026, 3, 8), "00:00-24:00", 23 * 60),
        (NEW_YORK, date(2026, 11, 1), "00:00-24:00", 25 * 60),
        (NEW_YORK, date(2026, 3, 7), "22:00-06:00", 7 * 60),  # the clock jumps from 2 to 3 within the night shift
        (NEW_YORK, date(2026, 10, 31), "22:00-06:00", 9 * 60),
        (NEW_YORK, date(2026, 3, 8), "01:00-02:30", 60),  # 2:30 is never shown: over when the clock jumps
        (NEW_YORK, date(2026, 3, 8), "02:10-02:50", 0),
        (BERLIN, date(2026, 3, 29), "00:00-24:00", 23 * 60),
        (BERLIN, date(2026, 10, 25), "00:00-24:00", 25 * 60),
        (BERLIN, date(2026, 10, 25), "02:30-04:00", 150),  # from when the clock shows 2:30 for the first time
        (SHANGHAI, date(2026, 3, 8), "20:00-02:00", 6 * 60),
    ],
)
def test_real_minutes_are_counted_when_clocks_change(zone: ZoneInfo, day: date, windows: str, minutes: int) -> None:
    calendar = WorkingCalendar(zone, {day: DayRule(True, windows_of(windows))}, Week(((),) * 7))
    begin = datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
    assert calendar.minutes_between(begin - timedelta(days=1), begin + timedelta(days=3)) == minutes
