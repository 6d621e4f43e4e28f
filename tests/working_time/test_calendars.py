"""Calendars: windows as they are written, what is inherited, days that break the rule, and figures that are too large."""

from __future__ import annotations

import time
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from clew.core.errors import Invalid
from clew.core.time.calendars import Calendars, Layer
from clew.core.time.holidays import holidays_of
from clew.core.time.windows import Week, Window, windows_of
from clew.core.time.working_calendar import DayRule, NoWorkingTime, WorkingCalendar

SHANGHAI = ZoneInfo("Asia/Shanghai")


def at(text: str, zone: ZoneInfo = SHANGHAI) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


@pytest.mark.parametrize(
    ("text", "windows"),
    [
        ("09:00-12:00, 13:30-18:00", [(540, 720), (810, 1080)]),
        ("9:00–12:00，13:30–18:00", [(540, 720), (810, 1080)]),
        ("20:00-02:00", [(1200, 1560)]),
        ("18:00-24:00", [(1080, 1440)]),
        ("00:00-24:00", [(0, 1440)]),
        ("", []),
    ],
)
def test_windows_are_read_and_read_back(text: str, windows: list[tuple[int, int]]) -> None:
    found = windows_of(text)
    assert [(one.start, one.end) for one in found] == windows
    assert windows_of([str(one) for one in found]) == found


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("25:00-26:00", "00:00 到 24:00"),
        ("24:00-02:00", "只有结束可以写 24:00"),
        ("09:00-09:00", "开始和结束相同"),
        ("09:00-12:00, 11:00-13:00", "重叠"),
        ("上午", "不是时段"),
        (["09:00-12:00"] * 20, "最多 12 段"),
        (7, "列表"),
        ([None], "不是时段"),
        ("\x00\ud800", "不是时段"),
        (["9" * 5000], "不是时段"),
    ],
)
def test_what_is_no_window_is_refused_in_words(given: object, said: str) -> None:
    with pytest.raises(Invalid) as refused:
        windows_of(given)
    assert said in refused.value.text.zh


def test_a_night_may_not_run_into_the_next_morning() -> None:
    with pytest.raises(Invalid, match="overlaps"):
        Week.of({"fri": ["20:00-09:30"], "sat": ["09:00-12:00"]})
    with pytest.raises(Invalid, match="no day"):
        Week.of({"friday": ["20:00-02:00"]})
    assert Week.of({"sun": ["20:00-02:00"], "mon": ["02:00-03:00"]}).minutes == 7 * 60


def test_what_a_calendar_does_not_say_it_takes_from_above() -> None:
    holiday, market = date(2026, 10, 1), date(2026, 10, 3)
    company = Layer("o", None, Week.of({"sat": []}), {holiday: DayRule(False, None, "National Day")})
    team = Layer("t", None, Week.of({"sat": ["09:00-12:00"]}), {market: DayRule(True, windows_of("10:00-11:00"))})
    person = Layer("p", ZoneInfo("Europe/Berlin"), Week.of({"mon": []}))
    here = Calendars(SHANGHAI, company, {"t": team}, {"p": person})
    ours = here.clock("someone", ("t",))
    assert not ours.is_working_day(holiday)
    assert [str(one) for one in ours.windows_on(market)] == ["10:00-11:00"]
    assert [str(one) for one in ours.windows_on(date(2026, 10, 10))] == ["09:00-12:00"]
    mine = here.clock("p", ("t",))
    assert (mine.zone.key, mine.windows_on(date(2026, 10, 12)), mine.is_working_day(holiday)) == (
        "Europe/Berlin",
        (),
        False,
    )
    assert here.clock("someone", ("t",)) is ours
    assert here.clock(None, ()) is here.main


def test_a_holiday_closes_the_whole_shift_that_starts_on_it_and_no_other() -> None:
    week = Week.of({"thu": ["20:00-02:00"], "fri": ["20:00-02:00"], "sat": ["09:00-12:00"]})
    closed = WorkingCalendar(SHANGHAI, {date(2026, 11, 20): DayRule(False)}, week)
    assert closed.is_open(at("2026-11-20 01:59"))  # Thursday's shift ends on the holiday
    assert not closed.is_open(at("2026-11-20 21:00"))
    assert not closed.is_open(at("2026-11-21 01:00"))
    assert closed.is_open(at("2026-11-21 09:00"))


def test_a_weekend_day_worked_instead_is_a_usual_day_though_saturdays_are_half() -> None:
    week = Week.of({"sat": ["09:00-12:00"]})
    calendar = WorkingCalendar(SHANGHAI, {one.day: DayRule(one.working) for one in holidays_of(2026)}, week)
    assert [str(one) for one in calendar.windows_on(date(2026, 10, 10))] == ["09:00-12:00", "13:30-18:00"]
    assert not calendar.is_working_day(date(2026, 10, 3))  # a Saturday within the holidays


def test_working_days_end_when_the_last_of_them_does() -> None:
    calendar = WorkingCalendar(SHANGHAI, {date(2026, 11, 25): DayRule(False)}, Week.of({"fri": ["20:00-02:00"]}))
    assert calendar.add_days(at("2026-11-23 10:00"), 1) == at("2026-11-24 18:00")
    assert calendar.add_days(at("2026-11-23 10:00"), 2) == at("2026-11-26 18:00")
    assert calendar.add_days(at("2026-11-23 10:00"), 3) == at("2026-11-28 02:00")
    assert calendar.add_days(at("2026-11-28 01:00"), 1) == at("2026-11-30 18:00")  # still Friday's shift
    away = calendar.without([(at("2026-11-24 13:00"), at("2026-11-24 19:00"))])
    assert away.add_days(at("2026-11-23 10:00"), 1) == at("2026-11-26 18:00")


@pytest.mark.parametrize("moment", [datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, tzinfo=UTC)])
def test_no_moment_and_no_amount_breaks_the_arithmetic(moment: datetime) -> None:
    for calendar in (WorkingCalendar(SHANGHAI), WorkingCalendar(ZoneInfo("America/New_York"), week=Week(((),) * 7))):
        calendar.is_open(moment)
        calendar.day_of(moment)
        assert calendar.minutes_between(moment, moment) == 0
        list(calendar.spans(moment, moment))
        for minutes in (1, 10**12, 10**30):
            with suppress(NoWorkingTime):
                calendar.add_minutes(moment, minutes)
    with pytest.raises(NoWorkingTime, match="until the year 2200"):
        WorkingCalendar(SHANGHAI).add_minutes(at("2026-11-24 09:00"), 10**12)
    with pytest.raises(NoWorkingTime):
        WorkingCalendar(SHANGHAI).add_days(at("2026-11-24 09:00"), 10**12)


def test_counting_over_years_costs_hardly_more_than_over_minutes() -> None:
    calendar = WorkingCalendar(SHANGHAI)
    start = at("2026-11-24 09:00")
    calendar.minutes_between(start, start + timedelta(days=3660))  # laid out once

    def seconds(minutes: int) -> float:
        begun = time.process_time()
        for number in range(2000):
            calendar.add_minutes(start + timedelta(minutes=number), minutes)
        return time.process_time() - begun

    short, long = min(seconds(30) for _ in range(3)), min(seconds(500_000) for _ in range(3))
    assert long < 20 * short


def test_a_window_is_shorter_than_a_day() -> None:
    with pytest.raises(ValueError, match="no window"):
        Window(600, 600 + 1441)
