"""Windows of working time: from when to when on a day, over midnight if need be, written as 20:00-02:00."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from ...hooks.text import Text
from ..errors import Invalid, Problem

DAY = 24 * 60
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_WORDS = tuple(
    Text(zh, en)
    for zh, en in zip(
        ("周一", "周二", "周三", "周四", "周五", "周六", "周日"),
        ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
        strict=True,
    )
)
_WRITTEN = re.compile(r"(\d{1,2}):(\d{2})\s*[-–—~至]\s*(\d{1,2}):(\d{2})")
_MOST = 12
"""So many windows a day."""
Windows = tuple["Window", ...]


@dataclass(frozen=True, order=True)
class Window:
    """Working time of one day: `start` and `end` in minutes since its midnight.

    An `end` beyond 24 hours lies on the next day; all of the window belongs to the day it starts on.
    """

    start: int
    end: int

    def __post_init__(self) -> None:
        if not (0 <= self.start < DAY and self.start < self.end < self.start + DAY + 1):
            raise ValueError(f"no window from minute {self.start} to {self.end}")

    def __str__(self) -> str:
        return f"{_clock(self.start)}-{_clock(self.end if self.end <= DAY else self.end - DAY)}"

    @property
    def minutes(self) -> int:
        """How long it is on the clock."""
        return self.end - self.start


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


def window_of(text: Any, at: str = "week") -> Window:
    """Read one window: 09:00-12:00, 20:00-02:00 (into the next day), 18:00-24:00. Raises Invalid naming `at`."""
    found = _WRITTEN.fullmatch(text.replace("：", ":").strip()) if isinstance(text, str) and len(text) < 40 else None
    if found is None:
        raise _refused(
            at,
            f"「{_shown(text)}」不是时段，例：09:00-12:00，过零点写 20:00-02:00",
            f"{_shown(text)!r} is no window of time, e.g. 09:00-12:00, or 20:00-02:00 over midnight",
        )
    begin_hour, begin_minute, end_hour, end_minute = map(int, found.groups())
    begin, end = begin_hour * 60 + begin_minute, end_hour * 60 + end_minute
    if begin_minute > 59 or end_minute > 59 or begin >= DAY or end > DAY:
        raise _refused(
            at,
            f"「{_shown(text)}」里的时间应在 00:00 到 24:00 之间；只有结束可以写 24:00",
            f"{_shown(text)!r}: times lie between 00:00 and 24:00, and only an end may be 24:00",
        )
    if begin == end:
        raise _refused(
            at,
            f"「{_shown(text)}」开始和结束相同；整天请写 00:00-24:00",
            f"{_shown(text)!r} begins when it ends: write 00:00-24:00 for a whole day",
        )
    return Window(begin, end if end > begin else end + DAY)


def windows_of(given: Any, at: str = "windows") -> Windows:
    """Read the windows of one day: a list, or one text with commas between. Raises Invalid if two overlap."""
    if isinstance(given, str):
        given = [
            part
            for part in re.split(r"[,，;；、\s](?=\s*\d{1,2}[:：]\d{2}\s*[-–—~至])", given)
            if part.strip(" ,，;；、")
        ]
    if not isinstance(given, Sequence) or len(given) > _MOST:
        raise _refused(at, f"应为时段的列表，一天最多 {_MOST} 段", f"takes a list of at most {_MOST} windows")
    found = sorted(one if isinstance(one, Window) else window_of(one, at) for one in given)
    for before, after in pairwise(found):
        if after.start < before.end:
            raise _refused(at, f"时段「{before}」和「{after}」重叠", f"the windows {before} and {after} overlap")
    return tuple(found)


@dataclass(frozen=True)
class Week:
    """The windows of each weekday, Monday first. None: this calendar doesn't say, the one above does."""

    days: tuple[Windows | None, ...] = (None,) * 7

    @classmethod
    def of(cls, document: Any) -> Week:
        """Read a week as records keep it: {"mon": ["09:00-12:00"], …}; a day left out is not said. Raises Invalid."""
        if not isinstance(document, Mapping):
            raise _refused("week", "应为各天的时段", "takes the windows of each day")
        for name in document:
            if name not in DAYS:
                raise _refused(
                    "week",
                    f"没有「{_shown(name)}」这一天；可用：{'、'.join(DAYS)}",
                    f"there is no day {_shown(name)!r}: one of {', '.join(DAYS)}",
                )
        week = cls(tuple(None if document.get(name) is None else windows_of(document[name], name) for name in DAYS))
        week._check_nights()
        return week

    def _check_nights(self) -> None:
        for number, windows in enumerate(self.days):
            following = self.days[(number + 1) % 7]
            if not windows or not following or windows[-1].end <= DAY:
                continue
            if windows[-1].end - DAY > following[0].start:
                day, after = DAY_WORDS[number], DAY_WORDS[(number + 1) % 7]
                raise _refused(
                    DAYS[number],
                    f"{day.zh}「{windows[-1]}」和{after.zh}「{following[0]}」重叠",
                    f"{windows[-1]} of {day.en} overlaps {following[0]} of {after.en}",
                )

    def document(self) -> dict[str, list[str]]:
        """Return the week as records keep it; days that are not said are left out."""
        return {
            name: [str(one) for one in windows]
            for name, windows in zip(DAYS, self.days, strict=True)
            if windows is not None
        }

    def over(self, above: Week) -> Week:
        """Return this week with what it does not say taken from the one above."""
        return Week(tuple(b if a is None else a for a, b in zip(self.days, above.days, strict=True)))

    @property
    def minutes(self) -> int:
        """The working minutes of a week on the clock."""
        return sum(window.minutes for windows in self.days for window in windows or ())


def _week(windows: Iterable[str], days: int) -> Week:
    read = windows_of(list(windows))
    return Week(tuple(read if number < days else () for number in range(7)))


DEFAULT_WEEK = _week(("09:00-12:00", "13:30-18:00"), 5)
"""What counts where no calendar is on record: Monday to Friday with a lunch break."""


def _shown(value: Any) -> str:
    return str(value)[:40]


def _refused(at: str, zh: str, en: str) -> Invalid:
    return Invalid([Problem(at, Text(zh, en))])
