"""The clock of a deadline: what it has counted, and how it is started, paused, handed over, counted anew and closed.

A deadline counts by the calendar of who owns its record. What was counted stays counted: on a pause and when the
record changes hands the time used up is kept, and the rest goes on by the calendar that is right from then on.
Functions return the values to set; nothing here writes.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from ..schema.kind import Calendar, Change, Kind, LifecycleContext, Store, Typed, Values
from ..time.working_calendar import MINUTE, WorkingCalendar

RUNNING = ("open", "paused")
_MOST_TEAMS = 20
"""So many teams above one another are asked for a calendar."""


def clock_of(calendar: Calendar, store: Store, owner_id: str | None, team_id: str | None = None) -> WorkingCalendar:
    """Return the working calendar of a person, else of a team, else the organisation's."""
    if not calendar.several:
        return calendar.clock(owner_id, ())
    owner = store.get("user", owner_id)
    teams: list[str] = []
    above = owner.team_id if owner is not None and owner.team_id else team_id
    while above and above not in teams and len(teams) < _MOST_TEAMS:
        teams.append(above)
        team = store.get("team", above)
        above = getattr(team, "parent_id", None) if team is not None else None
    return calendar.clock(owner_id, tuple(teams))


def started(clock: WorkingCalendar, now: datetime, *, minutes: int = 0, days: int = 0, warn: int = 0) -> Values:
    """Return the values of a deadline that starts now: `minutes` or N working `days`, with a warning before."""
    due = clock.add_days(now, days) if days else clock.add_minutes(now, minutes)
    return {
        "started_at": now,
        "counted_from": now,
        "working_minutes": minutes or clock.minutes_between(now, due),
        "working_days": days or None,
        "warn_minutes": warn or None,
        "due_at": due,
        "warn_at": _warn_at(clock, now, due, warn),
    }


def elapsed(deadline: Any, clock: WorkingCalendar, at: datetime) -> int:
    """Return the working minutes that had passed by `at` since a deadline started, without its pauses."""
    done = sum(one["minutes"] for one in deadline.segments or ())
    if deadline.state == "paused":
        return int(done)
    return int(done) + clock.minutes_between(_from(deadline), at)


def paused(deadline: Any, reason: str, context: LifecycleContext) -> Values:
    """Return what a pause sets: the time counted so far is kept."""
    clock = owners_clock(deadline, context)
    return Typed(state="paused", paused_for=reason, **_kept(deadline, clock, context.now, "paused"))


def resumed(deadline: Any, context: LifecycleContext) -> Values:
    """Return what ends a pause: the rest is counted from now on."""
    clock = owners_clock(deadline, context)
    return Typed(state="open", paused_for="", **_rest(deadline, clock, context.now, deadline.counted))


def handed_over(deadline: Any, owner_id: str | None, team_id: str | None, context: LifecycleContext) -> Values:
    """Return what another owner of the record sets: the rest is counted by their calendar."""
    if deadline.state == "paused":
        return Typed(owner_id=owner_id)
    before = owners_clock(deadline, context)
    after = clock_of(context.calendar, context.store, owner_id, team_id)
    if before is after:
        return Typed(owner_id=owner_id)
    kept = _kept(deadline, before, context.now, "handed_over")
    return Typed(owner_id=owner_id, **kept, **_rest(deadline, after, context.now, kept["counted"]))


def reopened(deadline: Any, owner_id: str | None, team_id: str | None, context: LifecycleContext) -> Values:
    """Return what makes a deadline that ended with its record go on: the time between is not counted."""
    clock = clock_of(context.calendar, context.store, owner_id, team_id)
    rest = _rest(deadline, clock, context.now, deadline.counted)
    return Typed(state="open", closed_at=None, closed_because="", owner_id=owner_id, **rest)


def recounted(deadline: Any, clock: WorkingCalendar) -> Values:
    """Return what changes of an open deadline when its present stretch is counted anew by a calendar."""
    if deadline.state != "open":
        return {}
    found = _rest(deadline, clock, _from(deadline), deadline.counted or 0)
    return {name: value for name, value in found.items() if getattr(deadline, name) != value and name != "counted_from"}


def closed(deadline: Any, because: str, context: LifecycleContext) -> Values:
    """Return what ends a running deadline because its record ended: it can go on from here."""
    values: Values = {"state": "cancelled", "closed_at": context.now, "closed_because": because, "paused_for": ""}
    if deadline.state == "open":
        values |= _kept(deadline, owners_clock(deadline, context), context.now, because)
    return Typed(values)


def follow_owner(kind: Kind, record: Any, after: Values | None, context: LifecycleContext) -> Iterator[Change]:
    """Yield the changes of a record's running deadlines when the record gets another owner."""
    if not after or not kind.owner or kind.name == "deadline" or not {kind.owner, kind.team} & after.keys():
        return
    owner_id, team_id = getattr(record, kind.owner), getattr(record, kind.team) if kind.team else None
    running = [one for one in context.store.related("deadline", about_id=record.id) if one.state in RUNNING]
    for deadline in sorted(running, key=lambda one: (RUNNING.index(one.state), one.id)):
        yield Change("deadline", deadline.id, handed_over(deadline, owner_id, team_id, context))


def owners_clock(deadline: Any, context: LifecycleContext) -> WorkingCalendar:
    """Return the calendar that a deadline counts by."""
    return clock_of(context.calendar, context.store, deadline.owner_id, team_of(deadline, context.kinds, context.store))


def team_of(deadline: Any, kinds: Any, store: Store) -> str | None:
    """Return the team of a deadline's record, where nobody owns it."""
    if deadline.owner_id or deadline.about_kind not in kinds or not kinds[deadline.about_kind].team:
        return None
    found: str | None = getattr(
        store.get(deadline.about_kind, deadline.about_id), kinds[deadline.about_kind].team, None
    )
    return found


def _from(deadline: Any) -> datetime:
    found: datetime = deadline.counted_from or deadline.started_at
    return found


def _today(deadline: Any, clock: WorkingCalendar, start: datetime) -> bool:
    """Say whether the day of `start` counts: all but the one on which the deadline started."""
    return clock.day_of(start) != clock.day_of(deadline.started_at)


def _kept(deadline: Any, clock: WorkingCalendar, now: datetime, why: str) -> Values:
    """Return the time counted up to now, with the stretch it was counted in."""
    start, before = _from(deadline), deadline.counted or 0
    stretch = {"from": start.isoformat(), "to": now.isoformat(), "owner_id": deadline.owner_id or "", "why": why}
    stretch["minutes"] = clock.minutes_between(start, now)
    if deadline.working_days:
        days = clock.days_between(start, now, today=_today(deadline, clock, start))
        return {"counted": before + days, "segments": [*(deadline.segments or ()), {**stretch, "days": days}]}
    return {"counted": before + clock.between(start, now), "segments": [*(deadline.segments or ()), stretch]}


def _rest(deadline: Any, clock: WorkingCalendar, start: datetime, counted: int) -> Values:
    """Return when a deadline is due that has `counted` so far, and counts from `start`."""
    if deadline.working_days:
        left = max(1, deadline.working_days - (counted or 0))
        due = clock.add_days(start, left, today=_today(deadline, clock, start))
    else:
        due = clock.add(start, max(0, deadline.working_minutes * MINUTE - (counted or 0)))
    return {"counted_from": start, "due_at": due, "warn_at": _warn_at(clock, start, due, deadline.warn_minutes or 0)}


def _warn_at(clock: WorkingCalendar, start: datetime, due: datetime, warn: int) -> datetime | None:
    before = clock.minutes_between(start, due) - warn
    return clock.add_minutes(start, before) if warn > 0 and before > 0 else None
