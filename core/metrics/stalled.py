"""Leads that stand still: longer in their stage than nine of ten that moved on from it took, in working time.

What is usual comes from the company's own moves, never from a number of ours: a stage that few have left has no limit.
Working time passes by the calendar of who holds the lead, as deadlines are counted (`kinds.deadline_clock`). A limit is
turned into the moment since which that much has passed: one for all who share a clock, so that the database compares.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from peewee import SQL, fn

from ..kinds import Lead, Team, User
from ..storage.queries import Query, among, any_of, pairs, tuples
from ..storage.reading import read_once
from ..storage.system_tables import JournalLine
from ..time.calendars import Calendars
from ..time.working_calendar import MINUTE, WorkingCalendar
from .scope import Period

NEWEST = 1000
"""So many of the newest moves are looked at, of all stages together: what it costs does not grow with the journal."""
FEWEST = 10
"""Fewer moves out of a stage can't tell what nine of ten took."""
_TENTHS = 10
_MOST_TEAMS = 20

Stage = tuple[str, str]
"""A process and one of its stages, by name."""


@dataclass(frozen=True)
class StageLimit:
    """How long nine of ten stayed in a stage before they moved on, told from so many `moves`: in working microseconds."""

    longest: int
    moves: int

    @property
    def minutes(self) -> int:
        """Return the limit in whole working minutes."""
        return self.longest // MINUTE


class _Clocks:
    """Whose working time passes otherwise than the organisation's, with few statements whatever there is.

    A person's own calendar or leave, else the calendars of the teams above whoever holds the lead.
    """

    def __init__(self, calendar: Calendars) -> None:
        self.calendar = calendar

    @cached_property
    def _above(self) -> dict[str, str | None]:
        return dict(pairs(Team.select(Team.id, Team.parent_id))) if self.calendar.several else {}

    def _teams(self, team_id: str | None) -> tuple[str, ...]:
        found: list[str] = []
        while team_id and team_id not in found and len(found) < _MOST_TEAMS:
            found.append(team_id)
            team_id = self._above.get(team_id)
        return tuple(found)

    def clock(self, owner_id: str | None, owner_team: str | None, team_id: str | None) -> WorkingCalendar:
        """Return the clock of a lead: its owner's, else that of the owner's team, else of its own."""
        return self.calendar.clock(owner_id, self._teams(owner_team or team_id))

    @cached_property
    def people(self) -> dict[str, WorkingCalendar]:
        """The people whose clock is not simply that of their team."""
        ids = sorted({*self.calendar.people, *self.calendar.leave})
        rows = dict(pairs(User.select(User.id, User.team).where(among(User.id, ids)))) if ids else {}
        return {user: self.clock(user, team, None) for user, team in rows.items()}

    @cached_property
    def teams(self) -> dict[str, WorkingCalendar]:
        """The teams that have a calendar, or are below one that has."""
        if not self.calendar.teams:
            return {}
        below = {team: self._teams(team) for team in self._above}
        with_one = {team: above for team, above in below.items() if any(one in self.calendar.teams for one in above)}
        return {team: self.calendar.clock(None, above) for team, above in with_one.items()}


def stage_limits(calendar: Calendars) -> dict[Stage, StageLimit]:
    """Return the limit of each stage that enough leads have left, by process and stage. A request reads them once."""
    return read_once(("stage limits", id(calendar)), lambda: _read_limits(_clocks(calendar)))


def _clocks(calendar: Calendars) -> _Clocks:
    return read_once(("clocks of leads", id(calendar)), lambda: _Clocks(calendar))


def _read_limits(clocks: _Clocks) -> dict[Stage, StageLimit]:
    moves = (
        JournalLine.select(JournalLine.record_id, JournalLine.at, JournalLine.before, JournalLine.channel)
        .where(JournalLine.kind == "lead.stage_changed")
        .order_by(JournalLine.at.desc())
        .limit(NEWEST)
    )
    # An import tells when a stage was written down, not when the lead moved; a lead put into another process left none.
    left = [
        (lead_id, at, before)
        for lead_id, at, before, channel in tuples(moves)
        if channel != "import" and "stage_since" in before and "process" not in before
    ]
    ids = sorted({lead_id for lead_id, _, _ in left})
    held = Lead.select(Lead.id, Lead.process, Lead.owner, User.team, Lead.team).left_outer_join(
        User, on=(User.id == Lead.owner)
    )
    leads = {row[0]: row[1:] for row in tuples(held.where(among(Lead.id, ids)))} if ids else {}
    stays: dict[Stage, list[float]] = {}
    for lead_id, at, before in left:
        if lead_id in leads and before["stage_since"] and before.get("stage"):
            process, *holder = leads[lead_id]
            # By the clock of who holds it now: who held it then is told nowhere at a price that stays flat.
            stay = clocks.clock(*holder).between(datetime.fromisoformat(before["stage_since"]), at)
            stays.setdefault((process, before["stage"]), []).append(stay)
    return {
        stage: StageLimit(round(statistics.quantiles(each, n=_TENTHS, method="inclusive")[-1]), len(each))
        for stage, each in stays.items()
        if len(each) >= FEWEST
    }


def stalled(leads: Query, period: Period) -> Query:
    """Narrow `leads` to those that stand still: open, answered, and in their stage for longer than its limit.

    Said of the period's moment, by its calendars. Raises ValueError for a period without calendars.
    """
    if period.calendar is None:
        raise ValueError("stalled leads are counted in working time: the period needs the calendars in force")
    clocks = _clocks(period.calendar)
    # Each branch says that the lead is open, so that each can use the index over open leads.
    longer = [
        (Lead.outcome == "open")
        & (Lead.stage == stage)
        & (Lead.process == process)
        & _since_before(clocks, period.calendar, period.moment, limit.longest)
        for (process, stage), limit in stage_limits(period.calendar).items()
    ]
    if not longer:
        return leads.where(SQL("1 = 0"))
    return leads.where(Lead.first_response_at.is_null(False) & any_of(longer))


def _since_before(clocks: _Clocks, calendar: Calendars, now: datetime, limit: int) -> Any:
    """Return the condition that more working time than `limit` has passed since a lead came into its stage."""
    made: dict[int, datetime] = {}

    def moment(clock: WorkingCalendar) -> datetime:
        if id(clock) not in made:
            made[id(clock)] = clock.start_before(now, limit)
        return made[id(clock)]

    usual = moment(calendar.main)
    teams = _by_moment((team, moment(clock)) for team, clock in clocks.teams.items())
    people = _by_moment((user, moment(clock)) for user, clock in clocks.people.items())
    if not (set(teams) | set(people)) - {usual}:
        return Lead.stage_since < usual
    of_team = fn.COALESCE(User.select(User.team).where(User.id == Lead.owner), Lead.team, "")
    owner = fn.COALESCE(Lead.owner, "")
    others = _not_in(of_team, teams) & _not_in(owner, people) & (Lead.stage_since < usual)
    each = [others]
    each += [_not_in(owner, people) & among(of_team, ids) & (Lead.stage_since < at) for at, ids in teams.items()]
    each += [among(owner, ids) & (Lead.stage_since < at) for at, ids in people.items()]
    # The latest moment of all comes first: the index over stage and time narrows by it before anybody is looked up.
    return (Lead.stage_since < max([usual, *teams, *people])) & any_of(each)


def _by_moment(each: Iterable[tuple[str, datetime]]) -> dict[datetime, list[str]]:
    found: dict[datetime, list[str]] = {}
    for one, at in each:
        found.setdefault(at, []).append(one)
    return found


def _not_in(column: Any, groups: Mapping[datetime, Sequence[str]]) -> Any:
    ids = [one for group in groups.values() for one in group]
    return ~among(column, ids) if ids else SQL("1 = 1")
