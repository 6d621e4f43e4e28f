"""The moment since which so much working time has passed is exactly where the count turns."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from clew.core.time.windows import Week
from clew.core.time.working_calendar import MINUTE, DayRule, WorkingCalendar

MICROSECOND = timedelta(microseconds=1)
BEGIN = datetime(2025, 12, 20, tzinfo=UTC)


def test_more_has_passed_since_every_earlier_moment_and_since_no_later_one() -> None:
    random = Random(14)
    for _ in range(300):
        week = Week.of({"mon": ["09:00-12:00", "13:30-18:00"], "fri": ["20:00-02:00"], "sun": []})
        closed = {(BEGIN + timedelta(days=random.randrange(30))).date(): DayRule(False) for _ in range(4)}
        away = [BEGIN + timedelta(minutes=random.randrange(43_000)) for _ in range(4)]
        absent = [tuple(sorted(away[:2])), tuple(sorted(away[2:]))]
        clock = WorkingCalendar(ZoneInfo("Asia/Shanghai"), closed, week, absent)  # type: ignore[arg-type]
        end = BEGIN + timedelta(minutes=random.randrange(30_000, 43_000))
        amount = random.randrange(0, 6000) * MINUTE
        found = clock.start_before(end, amount)
        assert clock.between(found, end) <= amount < clock.between(found - MICROSECOND, end)


def test_so_much_that_never_passed_is_found_nowhere() -> None:
    never = WorkingCalendar(ZoneInfo("UTC"), week=Week.of({}).over(Week(((),) * 7)))
    assert never.start_before(BEGIN, 0) == datetime(1970, 1, 1, tzinfo=UTC)
    usual = WorkingCalendar(ZoneInfo("UTC"))
    assert usual.start_before(BEGIN, 60 * 24 * 366 * 80 * MINUTE) == datetime(1970, 1, 1, tzinfo=UTC)
