"""China's public holidays and worked weekend days (调休), ready to be kept as data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import chinese_calendar

SOURCE = "chinesecalendar"
_NAMES = {
    "New Year's Day": "元旦",
    "Spring Festival": "春节",
    "Tomb-sweeping Day": "清明节",
    "Labour Day": "劳动节",
    "Dragon Boat Festival": "端午节",
    "National Day": "国庆节",
    "Mid-autumn Festival": "中秋节",
    "Anti-Fascist 70th Day": "抗战胜利 70 周年",
}


@dataclass(frozen=True)
class Holiday:
    """A day that breaks the week's rule, ready to be kept as data."""

    day: date
    working: bool
    name: str


def holidays_of(year: int) -> list[Holiday]:
    """Return China's holidays and worked weekend days of a year the library knows, else nothing.

    Holidays that fall on a weekend are among them: some team may work on Saturdays. Source: the State Council's
    notices, as the package chinesecalendar carries them.
    """
    constants = chinese_calendar.constants
    off = {day: str(name) for day, name in constants.holidays.items() if day.year == year}
    worked = {day: str(name) for day, name in constants.workdays.items() if day.year == year and day.weekday() >= 5}
    found = [Holiday(day, False, name) for day, name in off.items() if day not in worked]
    found += [Holiday(day, True, name) for day, name in worked.items()]
    return sorted(found, key=lambda one: one.day)


def holiday_words(name: str, english: bool) -> str:
    """Return a holiday's name in the reader's language where it is one of the public ones."""
    return name if english else _NAMES.get(name, name)
