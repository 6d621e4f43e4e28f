"""The working calendars of a company: the organisation's, and those of teams and people, which inherit from it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from .windows import DEFAULT_WEEK, Week, windows_of
from .working_calendar import DayRule, WorkingCalendar

Away = tuple[datetime, datetime, str | None]
"""Leave of a person: from when to when, and who takes over (None: nobody, so that their clocks stand still)."""


@dataclass(frozen=True)
class Layer:
    """What one calendar says itself: its zone, if any, days of the week, and days that break the rule."""

    id: str
    zone: ZoneInfo | None = None
    week: Week = Week()
    days: Mapping[date, DayRule] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Calendars:
    """All calendars in force, at one moment. Immutable; what is asked for is put together once and kept."""

    zone: ZoneInfo
    organisation: Layer = Layer("")
    teams: Mapping[str, Layer] = field(default_factory=dict)
    people: Mapping[str, Layer] = field(default_factory=dict)
    leave: Mapping[str, Sequence[Away]] = field(default_factory=dict)
    _made: dict[tuple[str, ...], WorkingCalendar] = field(default_factory=dict, init=False, repr=False)
    _of_people: dict[tuple[str, tuple[str, ...]], WorkingCalendar] = field(default_factory=dict, init=False, repr=False)

    @classmethod
    def of(cls, zone: ZoneInfo, calendars: Iterable[Any], days: Iterable[Any], leave: Iterable[Any] = ()) -> Calendars:
        """Put calendars together from records, of the database or in memory."""
        rows = [row for row in calendars if row.active is not False]
        organisation = next((row for row in rows if row.scope == "organisation"), None)
        own: dict[str, dict[date, DayRule]] = {}
        for day in days:
            if day.active is not False:
                key = day.calendar_id or (organisation.id if organisation is not None else "")
                own.setdefault(key, {})[_date(day.day)] = _rule(day)
        away: dict[str, list[Away]] = {}
        for one in leave:
            if not one.cancelled:
                away.setdefault(one.user_id, []).append((one.from_at, one.to_at, one.deputy_id))
        layers = {row.id: _layer(row, own.get(row.id, {})) for row in rows}
        return cls(
            zone,
            layers[organisation.id] if organisation is not None else Layer("", days=own.get("", {})),
            {row.of_id: layers[row.id] for row in rows if row.scope == "team"},
            {row.of_id: layers[row.id] for row in rows if row.scope == "person"},
            away,
        )

    @property
    def several(self) -> bool:
        """Whether teams or people have calendars of their own."""
        return bool(self.teams or self.people)

    @cached_property
    def main(self) -> WorkingCalendar:
        """The organisation's calendar."""
        return self.put_together(())

    def clock(self, user_id: str | None, team_ids: tuple[str, ...]) -> WorkingCalendar:
        """Return the calendar of a person, with their leave; else of the nearest of these teams, else of all.

        `team_ids` are the person's team and those above it, the nearest first.
        """
        teams = tuple(one for one in team_ids if one in self.teams)
        away = self.leave.get(user_id or "")
        if user_id is None or (user_id not in self.people and not away):
            return self.put_together(teams)
        key = (user_id, teams)
        found = self._of_people.get(key)
        if found is None:
            found = self.put_together(teams, user_id if user_id in self.people else "")
            still = [(begin, end) for begin, end, deputy in away or () if deputy is None]
            found = self._of_people[key] = found.without(still) if still else found
        return found

    def put_together(self, teams: tuple[str, ...], person: str = "") -> WorkingCalendar:
        """Return a calendar as its layers make it: each says over the one above what it says."""
        key = (person, *teams)
        found = self._made.get(key)
        if found is None:
            layers = [self.organisation, *(self.teams[one] for one in reversed(teams))]
            layers += [self.people[person]] if person else []
            found = self._made[key] = _together(self.zone, layers)
        return found

    def away(self, user_id: str, moment: datetime) -> Away | None:
        """Return the leave that a person is on at a moment; None if they are on duty."""
        return next((one for one in self.leave.get(user_id, ()) if one[0] <= moment < one[1]), None)

    # ---- The organisation's own

    def minutes_between(self, start: datetime, end: datetime) -> int:
        """Return the whole working minutes from `start` to `end`."""
        return self.main.minutes_between(start, end)

    def add_minutes(self, start: datetime, minutes: int) -> datetime:
        """Return the moment `minutes` of working time after `start`."""
        return self.main.add_minutes(start, minutes)

    def is_open(self, moment: datetime) -> bool:
        """Say whether `moment` lies within working time."""
        return self.main.is_open(moment)

    def knows(self, year: int) -> bool:
        """Say whether holidays of `year` are on record; if not, they count as worked."""
        return self.main.knows(year)


def _together(zone: ZoneInfo, layers: Iterable[Layer]) -> WorkingCalendar:
    week, days = DEFAULT_WEEK, dict[date, DayRule]()
    for layer in layers:
        zone, week = layer.zone or zone, layer.week.over(week)
        days |= layer.days
    return WorkingCalendar(zone, days, week)


def _layer(row: Any, days: Mapping[date, DayRule]) -> Layer:
    return Layer(row.id, ZoneInfo(row.zone) if row.zone else None, Week.of(row.week or {}), days)


def _rule(row: Any) -> DayRule:
    windows = windows_of(row.windows) if row.windows else None
    return DayRule(bool(row.working), windows, row.name or "", row.source or "")


def _date(value: Any) -> date:
    return date.fromisoformat(value) if isinstance(value, str) else value
