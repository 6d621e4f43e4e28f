"""Working time: which minutes count, so that a deadline sleeps through lunch, nights, holidays and leave.

Pure arithmetic on immutable values. Each year's windows are laid out once, as moments with running totals, and
found by bisection: to count over ten years costs little more than over ten minutes.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

from ..errors import ClewError
from .windows import DEFAULT_WEEK, Week, Windows

FIRST_YEAR, LAST_YEAR = 1970, 2200
"""Working time is counted within these years; before and after, none passes."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
MINUTE = 60_000_000
"""A minute in microseconds: what moments are reckoned in here."""


class NoWorkingTime(ClewError):
    """So much working time never comes: the calendar is closed, or nearly."""

    status = 422
    code = "no_working_time"


@dataclass(frozen=True)
class DayRule:
    """A day that breaks the week's rule: closed, or open with windows of its own, or (None) with a usual day's."""

    working: bool
    windows: Windows | None = None
    name: str = ""
    source: str = ""


class Span(NamedTuple):
    """Working time without a break: from `begin` to `end`, in UTC, of the shift of `day`."""

    begin: datetime
    end: datetime
    day: date


class WorkingCalendar:
    """The working time of an organisation, a team or a person, in one time zone.

    `absent` are periods that don't count although the calendar is open: a person's leave.
    """

    def __init__(
        self,
        zone: ZoneInfo,
        days: Mapping[date, DayRule] | None = None,
        week: Week = DEFAULT_WEEK,
        absent: Iterable[tuple[datetime, datetime]] = (),
    ) -> None:
        self.zone, self.days = zone, dict(days or {})
        self.week = week.over(DEFAULT_WEEK)
        self.absent = _joined((_us(begin), _us(end)) for begin, end in absent)
        self._usual = next((windows for windows in self.week.days if windows), ())
        self._years: dict[int, _Year] = {}
        self._closed = not self._usual and not any(one.windows for one in self.days.values() if one.working)

    def without(self, absent: Iterable[tuple[datetime, datetime]]) -> WorkingCalendar:
        """Return this calendar with periods in which nothing counts; what was laid out already is shared."""
        found = object.__new__(WorkingCalendar)
        found.__dict__ = {**self.__dict__, "absent": _joined((_us(begin), _us(end)) for begin, end in absent)}
        return found

    # ---- Days

    def windows_on(self, day: date) -> Windows:
        """Return the windows of the shifts that start on `day`.

        A day opened without windows of its own is worked as usual: by its weekday's windows from Monday to
        Friday, else (a weekend day worked instead) by those of the first open day of the week.
        """
        rule, weekday = self.days.get(day), day.weekday()
        if rule is None:
            return self.week.days[weekday] or ()
        if not rule.working:
            return ()
        if rule.windows is not None:
            return rule.windows
        return (weekday < 5 and self.week.days[weekday]) or self._usual

    def is_working_day(self, day: date) -> bool:
        """Say whether a shift starts on `day`."""
        return bool(self.windows_on(day))

    def knows(self, year: int) -> bool:
        """Say whether holidays of `year` are on record; if not, they count as worked."""
        return any(day.year == year and not rule.working for day, rule in self.days.items())

    def day_of(self, moment: datetime) -> date:
        """Return the day that a moment belongs to: within a shift the day it started on, else the date."""
        at = _us(moment)
        for year in self._reach(at):
            table = self._year(year)
            number = bisect_right(table.starts, at) - 1
            if number >= 0 and at < table.ends[number]:
                return date.fromordinal(table.days[number])
        return _local(at, self.zone)

    # ---- Minutes

    def is_open(self, moment: datetime) -> bool:
        """Say whether `moment` lies within working time."""
        return self._counted(_us(moment), _us(moment) + 1) > 0

    def add_minutes(self, start: datetime, minutes: int) -> datetime:
        """Return the moment `minutes` of working time after `start`, in UTC; after 0, the next working moment.

        Raises NoWorkingTime.
        """
        return self.add(start, minutes * MINUTE)

    def add(self, start: datetime, amount: int) -> datetime:
        """Return the moment `amount` microseconds of working time after `start`, in UTC. Raises NoWorkingTime."""
        at, left = _us(start), amount
        for begin, end in self.absent:
            if end <= at:
                continue
            worked = self._of_windows(at, begin)
            if left < worked or (left == worked and left):
                break
            left, at = left - worked, end
        return _moment(self._after(at, left))

    def minutes_between(self, start: datetime, end: datetime) -> int:
        """Return the whole working minutes from `start` to `end`; 0 if `end` is not later."""
        return self.between(start, end) // MINUTE

    def between(self, start: datetime, end: datetime) -> int:
        """Return the working time from `start` to `end` in microseconds; 0 if `end` is not later."""
        return self._counted(_us(start), _us(end))

    def start_before(self, end: datetime, amount: int) -> datetime:
        """Return the earliest moment from which no more than `amount` microseconds of working time pass until `end`.

        So more than `amount` has passed since exactly those moments that are earlier; none, if so much never passed.
        """
        at, left = _us(end), amount
        for begin, stop in reversed(self.absent):
            if begin >= at:
                continue
            worked = self._of_windows(min(stop, at), at)
            if left < worked:
                break
            left, at = left - worked, begin
        return _moment(self._before(at, left))

    # ---- Working days

    def add_days(self, start: datetime, count: int, *, today: bool = False) -> datetime:
        """Return the end of the `count`-th working day after the day of `start`; with `today`, that day counts, too.

        A day counts when its last working moment is worked: one that leave covers to its end does not, nor one
        that ended before `start`. `count` is 1 or more. Raises NoWorkingTime.
        """
        left = count
        for _, end in self._day_ends(start, today):
            left -= 1
            if left <= 0:
                return _moment(end)
        raise self._never()

    def days_between(self, start: datetime, end: datetime, *, today: bool = False) -> int:
        """Return how many working days that `add_days` counts from `start` had ended by `end`."""
        limit, found = _us(end), 0
        for _, closes in self._day_ends(start, today):
            if closes > limit:
                break
            found += 1
        return found

    def counted_days(self, start: datetime, end: datetime, *, today: bool = False) -> list[date]:
        """Return the working days that `days_between` counts."""
        limit, found = _us(end), []
        for ordinal, closes in self._day_ends(start, today):
            if closes > limit:
                break
            found.append(date.fromordinal(ordinal))
        return found

    def _day_ends(self, start: datetime, today: bool) -> Iterator[tuple[int, int]]:
        """Yield the working days from that of `start` on, each with when it ends."""
        at, first = _us(start), self.day_of(start).toordinal() + (0 if today else 1)
        if self._closed:
            return
        for year in self._from(at):
            table = self._year(year)
            for number in range(bisect_left(table.closing_days, first), len(table.closing_days)):
                end = table.closing_ends[number]
                if end > at and not self._is_absent(end - 1):
                    yield table.closing_days[number], end

    # ---- Spans

    def spans(self, start: datetime, end: datetime) -> Iterator[Span]:
        """Yield the working time between two moments, without leave, in order."""
        at, until = _us(start), _us(end)
        for year in self._from(at):
            table = self._year(year)
            for number in range(bisect_right(table.ends, at), len(table.starts)):
                if table.starts[number] >= until:
                    return
                day = date.fromordinal(table.days[number])
                begin, stop = max(table.starts[number], at), min(table.ends[number], until)
                for one, other in _left(begin, stop, self.absent):
                    yield Span(_moment(one), _moment(other), day)

    def leave_within(self, start: datetime, end: datetime) -> list[tuple[datetime, datetime]]:
        """Return the leave between two moments, cut to them."""
        at, until = _us(start), _us(end)
        cut = [(max(begin, at), min(stop, until)) for begin, stop in self.absent]
        return [(_moment(begin), _moment(stop)) for begin, stop in cut if begin < stop]

    # ---- Inside

    def _counted(self, start: int, end: int) -> int:
        if end <= start:
            return 0
        found = self._of_windows(start, end)
        for begin, stop in self.absent:
            if begin < end and stop > start:
                found -= self._of_windows(max(begin, start), min(stop, end))
        return found

    def _of_windows(self, start: int, end: int) -> int:
        """Return the working time between two moments, leave counted as worked."""
        if end <= start:
            return 0
        first, last = self._reach(start)[0], self._reach(end)[-1]
        if first == last:
            table = self._year(first)
            return table.until(end) - table.until(start)
        inner = sum(self._year(year).total for year in range(first + 2, last - 1))
        edges = {first, first + 1, last - 1, last}
        return inner + sum(self._year(year).until(end) - self._year(year).until(start) for year in edges)

    def _after(self, at: int, left: int) -> int:
        """Return the moment `left` of working time after `at`, leave counted as worked; but none ends within it."""
        if not self._closed:
            for year in self._from(at):
                table = self._year(year)
                done = table.until(at)
                if left < table.total - done or (left and left == table.total - done):
                    want = done + left
                    number = bisect_left(table.totals, want) if left else bisect_right(table.totals, want)
                    return max(at, table.ends[number] - (table.totals[number] - want))
                left -= table.total - done
        raise self._never()

    def _before(self, at: int, left: int) -> int:
        """Return the earliest moment from which at most `left` of working time passes until `at`, leave counted as worked."""
        for year in range(min(self._reach(at)[-1], LAST_YEAR), FIRST_YEAR - 1, -1) if not self._closed else ():
            table = self._year(year)
            done = table.until(at)
            if left < done:
                number = bisect_left(table.totals, done - left)
                return table.ends[number] - (table.totals[number] - (done - left))
            left -= done
        return 0

    def _never(self) -> NoWorkingTime:
        return NoWorkingTime(
            f"到 {LAST_YEAR} 年为止，这份工作日历都没有这么多工作时间；请检查它的一周时段",
            f"this working calendar has not so much working time until the year {LAST_YEAR}: check the windows of its week",
        )

    def _is_absent(self, at: int) -> bool:
        return any(begin <= at < end for begin, end in self.absent)

    def _reach(self, at: int) -> tuple[int, ...]:
        """Return the years whose shifts may cover a moment: a shift of New Year's Eve ends in January."""
        day = _local(at, self.zone)
        years = {(day - timedelta(days=2)).year if day.year > 2 else day.year, day.year}
        return tuple(sorted({min(max(year, FIRST_YEAR - 1), LAST_YEAR + 1) for year in years}))

    def _from(self, at: int) -> range:
        return range(max(self._reach(at)[0], FIRST_YEAR), LAST_YEAR + 1)

    def _year(self, year: int) -> _Year:
        found = self._years.get(year)
        if found is None:
            found = self._years[year] = _lay_out(self, year)
        return found


class _Year:
    """The shifts that start within one year: moments in microseconds, and the working time up to the end of each."""

    __slots__ = ("closing_days", "closing_ends", "days", "ends", "starts", "total", "totals")

    def __init__(self) -> None:
        self.starts, self.ends, self.totals, self.days = array("q"), array("q"), array("q"), array("l")
        self.closing_days, self.closing_ends = array("l"), array("q")
        self.total = 0

    def add(self, begin: int, end: int, day: int) -> None:
        self.total += end - begin
        self.starts.append(begin)
        self.ends.append(end)
        self.totals.append(self.total)
        self.days.append(day)
        if self.closing_days and self.closing_days[-1] == day:
            self.closing_ends[-1] = end
        else:
            self.closing_days.append(day)
            self.closing_ends.append(end)

    def until(self, at: int) -> int:
        """Return the working time of the year before a moment."""
        number = bisect_right(self.starts, at) - 1
        return self.totals[number] - max(0, self.ends[number] - at) if number >= 0 else 0


def _lay_out(calendar: WorkingCalendar, year: int) -> _Year:
    found = _Year()
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return found
    day, last = date(year, 1, 1), date(year, 12, 31)
    # What a shift of the day before already covers is not counted twice.
    covered = (
        max((end for _, end in _moments(calendar, day - timedelta(days=1))), default=0) if year > FIRST_YEAR else 0
    )
    while day <= last:
        for begin, end in _moments(calendar, day):
            if end > (begin := max(begin, covered)):
                found.add(begin, end, day.toordinal())
                covered = end
        day += timedelta(days=1)
    return found


def _moments(calendar: WorkingCalendar, day: date) -> list[tuple[int, int]]:
    windows = calendar.windows_on(day)
    if not windows:
        return []
    zone = calendar.zone
    midnight = datetime.combine(day, time())
    offset = zone.utcoffset(midnight)
    if offset == zone.utcoffset(midnight + timedelta(days=2)):  # No clock is changed meanwhile.
        zero = _us((midnight - offset).replace(tzinfo=UTC)) if offset is not None else 0
        return [(zero + window.start * MINUTE, zero + window.end * MINUTE) for window in windows]
    return [(_first(zone, midnight, window.start), _first(zone, midnight, window.end)) for window in windows]


def _first(zone: ZoneInfo, midnight: datetime, minute: int) -> int:
    """Return the first moment at which the clocks of a zone show a time, or a later one where it is skipped."""
    wall = midnight + timedelta(minutes=minute)
    moments = sorted(wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    if moments[0].astimezone(zone).replace(tzinfo=None) == wall:
        return _us(moments[0])
    low, high = (_us(moment) // MINUTE for moment in moments)
    # The clock jumps over it between these two: the moment of the jump stands for all that is skipped.
    while low < high:
        middle = (low + high) // 2
        shown = _moment(middle * MINUTE).astimezone(zone).replace(tzinfo=None)
        low, high = (low, middle) if shown >= wall else (middle + 1, high)
    return low * MINUTE


def _us(moment: datetime) -> int:
    return (moment - _EPOCH) // _MICROSECOND


def _moment(us: int) -> datetime:
    return _EPOCH + timedelta(microseconds=us)


def _local(at: int, zone: ZoneInfo) -> date:
    try:
        return _moment(at).astimezone(zone).date()
    except OverflowError:
        return _moment(at).date()


def _joined(periods: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    found: list[tuple[int, int]] = []
    for begin, end in sorted(one for one in periods if one[0] < one[1]):
        if found and begin <= found[-1][1]:
            found[-1] = found[-1][0], max(end, found[-1][1])
        else:
            found.append((begin, end))
    return tuple(found)


def _left(begin: int, end: int, absent: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Yield what is left of a period without those in `absent`."""
    edges = [begin]
    for one, other in absent:
        if one < end and other > begin:
            edges += [max(one, begin), min(other, end)]
    edges.append(end)
    for start, stop in list(pairwise(edges))[::2]:
        if start < stop:
            yield start, stop
