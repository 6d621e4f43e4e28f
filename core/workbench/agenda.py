"""One's own today and tomorrow by the hour: working windows and leave, tasks with a time, planned follow-ups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from itertools import pairwise

from peewee import fn

from ..access import policy as access
from ..journal.origin import Actor
from ..kinds import FollowUp, Lead, Task
from ..kinds.standing_in import standing_of
from ..storage.queries import Query, found_in, tuples
from ..time.calendars import Away
from ..time.working_calendar import WorkingCalendar
from ..workspace import Workspace

DAYS = 2
MOST = 12
"""So many entries of each day are read; the rest is a link away."""


@dataclass(frozen=True)
class Entry:
    """Something with a time: a task, or (`task_id` empty) a follow-up that was planned for a lead."""

    at: datetime
    title: str
    task_id: str
    lead_id: str | None
    company: str


@dataclass(frozen=True)
class Day:
    """One day: its working `windows` without leave, the `leave` in it, what the calendar calls it, and its entries.

    `more` is how many entries there are besides.
    """

    day: date
    windows: Sequence[tuple[datetime, datetime]]
    leave: Sequence[Away]
    name: str
    entries: Sequence[Entry] = ()
    more: int = 0


def agenda(ws: Workspace, actor: Actor, clock: WorkingCalendar) -> list[Day]:
    """Return an actor's today and tomorrow, as the days of the company's zone; `clock` is the actor's calendar."""
    zone = ws.settings.zone
    today = ws.clock.now().astimezone(zone).date()
    midnights = [datetime.combine(today + timedelta(days=n), time(), zone) for n in range(DAYS + 1)]
    people = [actor.id, *standing_of(actor, ws.kinds).people]
    leave = ws.calendar.leave.get(actor.id, ())
    found = []
    for begin, end in pairwise(midnights):
        spans = [(one.begin, one.end) for one in clock.spans(begin, end)]
        away = [one for one in leave if one[0] < end and one[1] > begin]
        rule = clock.days.get(begin.date())
        entries, total = _entries(ws, actor, people, begin, end)
        day = Day(begin.date(), spans, away, rule.name if rule is not None else "")
        found.append(replace(day, entries=entries[:MOST], more=max(0, total - MOST)))
    return found


def _entries(
    ws: Workspace, actor: Actor, people: Sequence[str], begin: datetime, end: datetime
) -> tuple[list[Entry], int]:
    mine = access.visible(ws.kinds, actor, "task").where(Task.assignee.in_(people) & (Task.state == "open"))
    tasks = mine.where((Task.due_at >= begin) & (Task.due_at < end))
    own = access.visible(ws.kinds, actor, "lead").where(Lead.owner.in_(people) & (Lead.outcome == "open"))
    planned = _planned(own, begin, end)
    rows = [(at, title, id_, lead) for id_, title, at, lead in tuples(_first(tasks))]
    rows += [(at, "", "", lead) for lead, at in tuples(planned.order_by(FollowUp.next_at).limit(MOST))]
    rows.sort(key=lambda one: (one[0], one[2]))
    ids = {lead for _, _, _, lead in rows if lead}
    seen = dict(tuples(access.visible(ws.kinds, actor, "lead").select(Lead.id, Lead.company).where(Lead.id.in_(ids))))
    entries = [
        Entry(at, title, id_, lead if lead in seen else None, seen.get(lead, "")) for at, title, id_, lead in rows
    ]
    full = len(rows) >= MOST
    return entries, tasks.count() + planned.count() if full else len(rows)


def _first(tasks: Query) -> Query:
    return tasks.select(Task.id, Task.title, Task.due_at, Task.lead).order_by(Task.due_at, Task.id).limit(MOST)


def _planned(own: Query, begin: datetime, end: datetime) -> Query:
    """Return for each own lead when its last contact planned the next one, if that is in time and no task says the same."""
    later = FollowUp.alias()
    newer = later.select(later.id).where((later.lead == FollowUp.lead) & (later.id > FollowUp.id))
    tasks = Task.select(Task.id).where(
        (Task.lead == FollowUp.lead) & (Task.state == "open") & (Task.due_at >= begin) & (Task.due_at < end)
    )
    return FollowUp.select(FollowUp.lead, FollowUp.next_at).where(
        (FollowUp.next_at >= begin)
        & (FollowUp.next_at < end)
        & ~fn.EXISTS(newer)
        & ~fn.EXISTS(tasks)
        & found_in(FollowUp.lead, own.select(Lead.id))
    )
