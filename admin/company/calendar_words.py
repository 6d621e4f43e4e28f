"""What the page of a working calendar says: its headline, bars, months, deadlines and leave, in the viewer's language."""

from __future__ import annotations

import calendar as months
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

from peewee import fn

from ...core.access import policy as access
from ...core.access.naming import names
from ...core.company import calendars as keeping
from ...core.company.calendars_compared import Difference, compared
from ...core.journal.origin import Actor
from ...core.kinds import Calendar, Deadline, Leave, PauseReason, Team, User
from ...core.kinds.leave import LEAVE_KINDS
from ...core.storage.queries import pairs
from ...core.time.holidays import SOURCE, holiday_words
from ...core.time.windows import DAY, DAY_WORDS, DAYS, Window
from ...core.timeline.derivation import DeadlineDerivation, deadline_seen_by, derivation_of
from ...core.workspace import Workspace

YEARS = (2000, 2100)
_WEEKS_OF_LEAVE = 2
_OFFERED = 12


@dataclass(frozen=True)
class Bar:
    """One bar of a row: where it begins and ends in percent of the day, and the window it is of."""

    left: float
    width: float
    words: str
    window: Window
    night: bool
    rest: bool = False


@dataclass(frozen=True)
class DayCell:
    """One day of the year's calendar."""

    day: date
    what: str
    name: str
    today: bool
    own: bool


class Page:
    """One calendar as its page shows it."""

    def __init__(self, ws: Workspace, row: Calendar, english: bool, actor: Actor | None = None) -> None:
        self.ws, self.row, self.english, self.actor = ws, row, english, actor
        self.found = keeping.working(ws, row)
        self.names = DAYS

    def t(self, zh: str, en: str) -> str:
        """Return the words in the viewer's language."""
        return en if self.english else zh

    # ---- Headline

    @property
    def hours(self) -> str:
        """The working hours of a week: 37.5."""
        return f"{self.found.week.minutes / 60:g}"

    @property
    def nights(self) -> list[str]:
        """The days with a shift over midnight, in words."""
        return [
            self.weekday(n)
            for n, windows in enumerate(self.found.week.days)
            if any(one.end > DAY for one in windows or ())
        ]

    @property
    def headline(self) -> str:
        """The week in one sentence."""
        nights = self.nights
        if self.english:
            more = f", with night shifts on {', '.join(nights)}" if nights else ""
            return f"{self.row.name}: {self.hours} h a week{more}"
        more = f"，{'、'.join(nights)}有夜班" if nights else ""
        return f"{self.row.name}一周 {self.hours} 小时{more}"

    @cached_property
    def unknown(self) -> tuple[int, int] | None:
        """The first year from this one on whose holidays are not on record, and how many deadlines reach it."""
        first = next((one for one in range(self.today.year, YEARS[1]) if not self.found.knows(one)), None)
        if first is None:
            return None
        begins = datetime(first, 1, 1, tzinfo=self.found.zone)
        count = self._open().where(Deadline.due_at >= begins).count()
        return (first, count) if count or first <= (self.today + timedelta(days=60)).year else None

    @property
    def reaching(self) -> str:
        """How many deadlines reach the first unknown year, in words."""
        count = self.unknown[1] if self.unknown else 0
        return self.t(f"{count} 个时限", "1 deadline" if count == 1 else f"{count} deadlines")

    @property
    def inherits(self) -> str:
        """What it takes from above, and where it differs."""
        own = [self.weekday(n) for n, name in enumerate(DAYS) if name in self.row.week]
        zone = self.found.zone.key
        if self.row.scope == "organisation":
            return self.t(
                f"全公司按它计时，除了另有日历的团队和成员 · {zone}",
                f"Everybody counts by it but who has a calendar of their own · {zone}",
            )
        if not own:
            return self.t(f"一周和上级一样 · {zone}", f"The week is that of the calendar above · {zone}")
        return self.t(f"和上级不同：{'、'.join(own)} · {zone}", f"Differs from above on {', '.join(own)} · {zone}")

    @property
    def people(self) -> int:
        """How many active people count by it, those with a calendar of their own left out."""
        query = User.select().where(User.active)
        if self.row.scope == "person":
            return 1
        if self.row.scope == "team":
            query = query.where(User.team == self.row.of_id)
        return sum(one.id not in self.ws.calendar.people for one in query)

    # ---- Week

    def weekday(self, number: int) -> str:
        """Return the name of a weekday."""
        return self.t(DAY_WORDS[number].zh, DAY_WORDS[number].en)

    def bars(self, number: int) -> Iterator[Bar]:
        """Yield the bars of a weekday: what is left of the night before, then its own windows."""
        before = self.found.week.days[number - 1] or ()
        for one in before:
            if one.end > DAY:
                words = self.t(f"至 {_hour(one.end - DAY)}", f"to {_hour(one.end - DAY)}")
                yield Bar(0, _percent(one.end - DAY), words, one, True, True)
        for one in self.found.week.days[number] or ():
            night = one.end > DAY
            end = (
                self.t(f"次日 {_hour(one.end - DAY)}", f"{_hour(one.end - DAY)} next day") if night else _hour(one.end)
            )
            yield Bar(
                _percent(one.start), _percent(min(one.end, DAY) - one.start), f"{_hour(one.start)}–{end}", one, night
            )

    def day_hours(self, number: int) -> str:
        """Return how long a weekday is, in words."""
        minutes = sum(one.minutes for one in self.found.week.days[number] or ())
        if not minutes:
            return self.t("不上班", "Not worked")
        longest = max(sum(one.minutes for one in windows or ()) for windows in self.found.week.days)
        half = self.t(" · 半天", " · half day") if 2 * minutes <= longest else ""
        return self.t(f"{minutes / 60:g} 小时", f"{minutes / 60:g} h") + half

    def texts(self, number: int, given: Any) -> str:
        """Return the windows of a weekday as text: as typed, else as they are."""
        name = DAYS[number]
        if f"win-{name}" in given:
            return str(given[f"win-{name}"])
        return ", ".join(str(one) for one in self.found.week.days[number] or ())

    def is_above(self, number: int, given: Any) -> bool:
        """Say whether a weekday is taken from the calendar above."""
        if f"win-{DAYS[number]}" in given:
            return bool(given.get(f"above-{DAYS[number]}"))
        return DAYS[number] not in self.row.week

    # ---- Year

    @cached_property
    def today(self) -> date:
        """Today in the calendar's zone."""
        return self.ws.clock.now().astimezone(self.found.zone).date()

    def months(self, year: int) -> Iterator[tuple[str, list[list[DayCell | None]], list[str]]]:
        """Yield each month: its name, its weeks, and the names of its holidays."""
        own = keeping.own_days(self.ws, self.row)
        for month in range(1, 13):
            weeks = [
                [self._cell(day, own) if day.month == month else None for day in week]
                for week in months.Calendar().monthdatescalendar(year, month)
            ]
            named = [
                cell.name for week in weeks for cell in week if cell is not None and cell.what == "off" and cell.name
            ]
            title = self.t(f"{month}月", date(year, month, 1).strftime("%b"))
            yield title, weeks, list(dict.fromkeys(named))[:2]

    def _cell(self, day: date, own: Any) -> DayCell:
        rule = self.found.days.get(day)
        what = "usual" if self.found.is_working_day(day) else "weekend"
        if rule is not None:
            what = "off" if not rule.working else "part" if rule.windows is not None else "on"
        name = holiday_words(rule.name, self.english) if rule is not None else ""
        return DayCell(day, what, name, day == self.today, day in own)

    def counts(self, year: int) -> tuple[int, int, str]:
        """Return how many days off and days worked instead a year has on record, and where they are from."""
        rules = [rule for day, rule in self.found.days.items() if day.year == year]
        source = (
            self.t("国务院办公厅通知", "the State Council’s notice") if any(r.source == SOURCE for r in rules) else ""
        )
        return sum(not r.working for r in rules), sum(r.working for r in rules), source

    def own_in(self, year: int) -> list[tuple[date, Any]]:
        """Return the exception days of a year that the calendar has itself, for whoever takes one back."""
        return sorted((day, rule) for day, rule in keeping.own_days(self.ws, self.row).items() if day.year == year)

    # ---- Deadlines and leave

    def _open(self) -> Any:
        query = Deadline.select().where(Deadline.state.in_(("open", "paused")))
        if self.row.scope == "person":
            return query.where(Deadline.owner_id == self.row.of_id)
        if self.row.scope == "team":
            return query.where(Deadline.owner_id.in_(User.select(User.id).where(User.team == self.row.of_id)))
        return query

    @cached_property
    def deadlines(self) -> list[tuple[Deadline, str, str]]:
        """The next running deadlines that count by it and that the viewer may see, with what they are about."""
        if self.actor is None:
            return []
        rows = list(self._open().order_by(Deadline.due_at).limit(_OFFERED))
        rows = [row for row in rows if deadline_seen_by(self.ws, self.actor, row)]
        called: dict[str, str] = {}
        for kind in {row.about_kind for row in rows if row.about_kind in self.ws.kinds}:
            ids = [row.about_id for row in rows if row.about_kind == kind]
            found = names(self.ws.kinds, self.actor, kind, ids)
            called |= {one: self.t(text.zh, text.en) for one, text in found.items()}
        return [(row, called.get(row.about_id, ""), self.deadline_name(row.name)) for row in rows]

    def deadline_name(self, name: str) -> str:
        """Return what a deadline is called."""
        labels = self.ws.configuration.vocabulary.fields["deadline.name"].labels
        return self.t(*labels[name]) if name in labels else name

    def derivation(self, deadline_id: str) -> DeadlineDerivation | None:
        """Return how a deadline came about: the one asked for, else the next that is due."""
        row = Deadline.get_or_none(Deadline.id == deadline_id) if deadline_id else None
        if row is not None and self.actor is not None and not deadline_seen_by(self.ws, self.actor, row):
            row = None
        if row is None and self.deadlines:
            row = self.deadlines[0][0]
        return derivation_of(self.ws, row) if row is not None else None

    @cached_property
    def leave(self) -> list[Leave]:
        """Leave of the next two weeks of those who count by it."""
        now = self.ws.clock.now()
        soon = (Leave.to_at > now - timedelta(days=1)) & (Leave.from_at < now + timedelta(weeks=_WEEKS_OF_LEAVE))
        query = (
            access.visible(self.ws.kinds, self.actor, "leave").where(soon & ~Leave.cancelled)
            if self.actor
            else Leave.select().where(False)
        )
        if self.row.scope == "person":
            query = query.where(Leave.user == self.row.of_id)
        elif self.row.scope == "team":
            query = query.where(Leave.user.in_(User.select(User.id).where(User.team == self.row.of_id)))
        return list(query.order_by(Leave.from_at).limit(50))

    @cached_property
    def everybody(self) -> list[User]:
        """The active people who may be on leave here, by name."""
        query = User.select().where(User.active).order_by(User.name)
        if self.row.scope == "person":
            query = query.where(User.id == self.row.of_id)
        elif self.row.scope == "team":
            query = query.where(User.team == self.row.of_id)
        return list(query)

    @cached_property
    def deputies(self) -> list[User]:
        """The active people, who may take over."""
        return list(User.select().where(User.active).order_by(User.name))

    @cached_property
    def person(self) -> dict[str, str]:
        """The names of people by id."""
        return {one.id: one.name for one in User.select(User.id, User.name)}

    @property
    def leave_kinds(self) -> list[tuple[str, str]]:
        """The kinds of leave in words."""
        return [(value, self.t(words.zh, words.en)) for value, words in LEAVE_KINDS]

    def leave_kind(self, kind: str) -> str:
        """Return a kind of leave in words."""
        return dict(self.leave_kinds).get(kind, kind)

    def leave_span(self, one: Leave) -> str:
        """Return when a leave is, in the calendar's zone."""
        begin, end = one.from_at.astimezone(self.found.zone), one.to_at.astimezone(self.found.zone)
        if begin.date() == end.date():
            return f"{begin:%m-%d %H:%M}–{end:%H:%M}"
        return f"{begin:%m-%d %H:%M} – {end:%m-%d %H:%M}"

    def running_of(self, user_id: str) -> int:
        """Return how many deadlines run of a person who is on leave."""
        return self._running.get(user_id, 0)

    @cached_property
    def _running(self) -> dict[str, int]:
        mine = Deadline.owner_id.in_([one.user_id for one in self.leave]) & (Deadline.state == "open")
        query = Deadline.select(Deadline.owner_id, fn.COUNT(Deadline.id)).where(mine).group_by(Deadline.owner_id)
        return dict(pairs(query))

    @cached_property
    def reasons(self) -> list[PauseReason]:
        """The reasons for which a deadline may pause."""
        return list(PauseReason.select().order_by(PauseReason.id))

    @cached_property
    def above(self) -> Calendar | None:
        """The calendar that it inherits from."""
        found = keeping.above(self.ws, self.row)
        return found[0] if found is not None else None

    @cached_property
    def differences(self) -> list[Difference]:
        """Where it differs from the calendar above."""
        return compared(self.ws, self.row, self.today)

    @property
    def of_team(self) -> Team | None:
        """The team that it is of."""
        return Team.get_or_none(Team.id == self.row.of_id) if self.row.scope == "team" else None


def _percent(minutes: int) -> float:
    return round(100 * minutes / DAY, 3)


def _hour(minute: int) -> str:
    hours, rest = divmod(minute, 60)
    return f"{hours}:{rest:02d}" if rest else str(hours)
