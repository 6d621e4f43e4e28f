"""Working calendars kept by operations: saved, compared and previewed; days, leave, and holidays to take over."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from ...hooks.text import Text
from ..errors import Invalid, NotFound, Problem
from ..journal.origin import Origin
from ..kinds import Calendar, CalendarDay, Deadline, Pause, Team, User
from ..kinds.calendar import zone_of
from ..outbox.recounting import moving
from ..time.calendars import Calendars, Layer
from ..time.holidays import SOURCE, holidays_of
from ..time.windows import Week, windows_of
from ..time.working_calendar import DayRule, WorkingCalendar
from ..workspace import Workspace

MOST_DAYS = 800
"""So many days are taken in at once."""
_SHOWN = 50


@dataclass(frozen=True)
class DayGiven:
    """One exception day to be put on record. `windows` None: as usual."""

    day: date
    working: bool
    name: str = ""
    windows: Sequence[str] | None = None
    source: str = ""


@dataclass(frozen=True)
class Move:
    """An open deadline that a change would move from `was` to `due`; None: it would never come."""

    deadline: Deadline
    was: datetime
    due: datetime | None


@dataclass(frozen=True)
class Preview:
    """What a change of a calendar does to open deadlines: how many move, the furthest each way, and the first rows."""

    moved: int = 0
    later: timedelta = timedelta()
    earlier: timedelta = timedelta()
    overdue: int = 0
    never: int = 0
    rows: tuple[Move, ...] = ()

    @property
    def said(self) -> Text:
        """The preview in one sentence."""
        if not self.moved:
            return Text("没有在计的时限会变", "no running deadline moves")
        zh, en = (
            [f"{self.moved} 个在计的时限会变"],
            [f"{self.moved} running {'deadline moves' if self.moved == 1 else 'deadlines move'}"],
        )
        if self.later:
            zh.append(f"最多晚 {span_words(self.later).zh}")
            en.append(f"up to {span_words(self.later).en} later")
        if self.earlier:
            zh.append(f"最多早 {span_words(self.earlier).zh}")
            en.append(f"up to {span_words(self.earlier).en} earlier")
        if self.overdue:
            zh.append(f"{self.overdue} 个会马上超时")
            en.append(f"{self.overdue} are overdue at once")
        if self.never:
            zh.append(f"{self.never} 个再也等不到工作时间，保持原样")
            en.append(f"{self.never} would never come, and stay as they are")
        return Text("，".join(zh), ", ".join(en))


def span_words(span: timedelta) -> Text:
    """Return a span of time in words: 2 天 10 小时."""
    minutes = round(span.total_seconds() / 60)
    days, rest = divmod(minutes, 1440)
    hours, left = divmod(rest, 60)
    zh = [f"{days} 天" if days else "", f"{hours} 小时" if hours else "", f"{left} 分" if left and not days else ""]
    en = [f"{days} d" if days else "", f"{hours} h" if hours else "", f"{left} min" if left and not days else ""]
    return Text(" ".join(filter(None, zh)) or "不到 1 分", " ".join(filter(None, en)) or "under a minute")


# ---- Which calendars there are


def calendar_row(calendar_id: str) -> Calendar:
    """Return a calendar by its id. Raises NotFound."""
    row = Calendar.get_or_none(Calendar.id == calendar_id)
    if row is None:
        raise NotFound("没有这份工作日历。", "there is no such working calendar")
    return row


def working(ws: Workspace, row: Calendar) -> WorkingCalendar:
    """Return what a calendar comes to, with all that it takes from above."""
    here = ws.calendar
    person = row.of_id if row.scope == "person" and row.of_id in here.people else ""
    return here.put_together(_teams(ws, row), person)


def above(ws: Workspace, row: Calendar) -> tuple[Calendar, WorkingCalendar] | None:
    """Return the calendar that one takes from, with what that comes to; None for the organisation's."""
    if row.scope == "organisation":
        return None
    teams = tuple(one for one in _teams(ws, row) if (row.scope, row.of_id) != ("team", one))
    own = (Calendar.scope == "team") & (Calendar.of_id == teams[0]) if teams else Calendar.scope == "organisation"
    found = Calendar.get_or_none(own & Calendar.active)
    return (found, ws.calendar.put_together(teams)) if found is not None else None


def _teams(ws: Workspace, row: Calendar) -> tuple[str, ...]:
    """Return the teams whose calendars one goes by, the nearest first: those of deadlines are the same."""
    if row.scope == "organisation":
        return ()
    parents = {one.id: one.parent_id for one in Team.select(Team.id, Team.parent_id)}
    user = User.get_or_none(User.id == row.of_id) if row.scope == "person" else None
    at = row.of_id if row.scope == "team" else user.team_id if user is not None else None
    found: list[str] = []
    while at and at not in found:
        found.append(at)
        at = parents.get(at)
    return tuple(one for one in found if one in ws.calendar.teams)


def of_whom(rows: Iterable[Calendar]) -> dict[str, str]:
    """Return the names of the teams and people that calendars are of, by calendar."""
    rows = list(rows)
    names = {one.id: one.name for one in Team.select(Team.id, Team.name)}
    people = [row.of_id for row in rows if row.scope == "person"]
    names |= {one.id: one.name for one in User.select(User.id, User.name).where(User.id.in_(people))}
    return {row.id: names.get(row.of_id, "") for row in rows}


def own_days(ws: Workspace, row: Calendar) -> Mapping[date, DayRule]:
    """Return the exception days that a calendar has itself."""
    here = ws.calendar
    if row.scope == "organisation":
        return here.organisation.days
    layers = here.teams if row.scope == "team" else here.people
    return layers[row.of_id].days if row.of_id in layers else {}


# ---- Writing


def save(
    ws: Workspace, calendar_id: str, values: Mapping[str, Any], origin: Origin, revision: int | None = None
) -> Any:
    """Change a calendar's name, zone, week or whether it is in force; open deadlines are counted anew."""
    return ws.door.change("calendar", calendar_id, values, origin, revision)


def make(ws: Workspace, values: Mapping[str, Any], origin: Origin) -> Calendar:
    """Make a calendar of a team or a person. Raises Conflict if there is one."""
    made: Calendar = ws.door.create("calendar", values, origin).record
    return made


def set_days(ws: Workspace, row: Calendar, given: Sequence[DayGiven], origin: Origin) -> int:
    """Put exception days on record, each over the one there is for its day; return how many changed something.

    Raises Invalid, with nothing written.
    """
    if len(given) > MOST_DAYS:
        raise Invalid([Problem("days", Text(f"一次最多 {MOST_DAYS} 天", f"at most {MOST_DAYS} days at once"))])
    own = CalendarDay.calendar_id.is_null() if row.scope == "organisation" else CalendarDay.calendar_id == row.id
    wanted = [one.day for one in given]
    there = {one.day: one for one in CalendarDay.select().where(own & CalendarDay.day.in_(wanted))}
    changed = 0
    with ws.door.transaction(origin) as tx:
        for one in given:
            values: dict[str, Any] = {
                "working": one.working,
                "name": one.name,
                "source": one.source,
                "windows": list(one.windows) if one.windows is not None else None,
                "active": True,
            }
            found = there.get(one.day)
            if found is None:
                of = None if row.scope == "organisation" else row.id
                there[one.day] = tx.create("calendar_day", {**values, "day": one.day, "calendar_id": of}).record
                changed += 1
            else:
                seen = found.revision
                after = tx.change("calendar_day", found.id, values)
                there[one.day] = after
                changed += after.revision != seen
    return changed


def remove_day(ws: Workspace, row: Calendar, day: date, origin: Origin) -> None:
    """Take an exception day back: the week's rule, or the calendar above, says again. Raises NotFound."""
    own = CalendarDay.calendar_id.is_null() if row.scope == "organisation" else CalendarDay.calendar_id == row.id
    found = CalendarDay.get_or_none(own & (CalendarDay.day == day) & CalendarDay.active)
    if found is None:
        raise NotFound("这一天没有例外。", "this day has no exception")
    ws.door.change("calendar_day", found.id, {"active": False}, origin)


def public_holidays(year: int) -> list[DayGiven]:
    """Return China's public holidays of a year, as the installed package knows them. Raises NotFound if it does not."""
    found = [DayGiven(one.day, one.working, one.name, None, SOURCE) for one in holidays_of(year)]
    if not found:
        raise NotFound(
            f"安装的 chinesecalendar 还没有 {year} 年；发布后升级它，或导入 ICS 文件",
            f"the installed chinesecalendar has no year {year} yet: upgrade it once they are published, or import an ICS file",
        )
    return found


def running_pause(deadline_id: str) -> Pause:
    """Return the pause that a deadline is in. Raises NotFound."""
    row = Pause.get_or_none((Pause.deadline == deadline_id) & Pause.to_at.is_null())
    if row is None:
        raise NotFound("这个时限没有暂停。", "this deadline is not paused")
    return row


# ---- Looking first


def proposed(
    ws: Workspace,
    row: Calendar,
    *,
    week: Mapping[str, Any] | None = None,
    zone: str | None = None,
    days: Sequence[DayGiven] = (),
    without: Sequence[date] = (),
) -> Calendars:
    """Return the calendars in force as they would be after a change. Raises Invalid."""
    here = ws.calendar
    layers = {"team": here.teams, "person": here.people}.get(row.scope, {})
    layer = here.organisation if row.scope == "organisation" else layers.get(row.of_id, Layer(row.id))
    rules = {day: rule for day, rule in layer.days.items() if day not in without}
    for one in days:
        windows = windows_of(list(one.windows)) if one.windows is not None else None
        rules[one.day] = DayRule(one.working, windows, one.name, one.source)
    layer = replace(
        layer,
        week=layer.week if week is None else Week.of(week),
        zone=layer.zone if zone is None else zone_of(zone) if zone else None,
        days=rules,
    )
    if row.scope == "organisation":
        return replace(here, organisation=layer)
    if row.scope == "team":
        return replace(here, teams={**here.teams, row.of_id: layer})
    return replace(here, people={**here.people, row.of_id: layer})


def proposed_leave(ws: Workspace, user_id: str, begin: datetime, end: datetime, deputy_id: str | None) -> Calendars:
    """Return the calendars in force as they would be with one more leave."""
    here = ws.calendar
    return replace(here, leave={**here.leave, user_id: [*here.leave.get(user_id, ()), (begin, end, deputy_id)]})


def preview(ws: Workspace, after: Calendars, owner_id: str | None = None) -> Preview:
    """Return which running deadlines move under other calendars, and by how much. Writes nothing."""
    now, moved, overdue, never = ws.clock.now(), 0, 0, 0
    later = earlier = timedelta()
    rows: list[Move] = []
    for one in moving(ws, after, owner_id):
        due = one.values.get("due_at", one.deadline.due_at) if one.values is not None else None
        if due == one.deadline.due_at:
            continue
        moved += 1
        if due is None:
            never += 1
        else:
            later, earlier = max(later, due - one.deadline.due_at), max(earlier, one.deadline.due_at - due)
            overdue += due <= now
        if len(rows) < _SHOWN:
            rows.append(Move(one.deadline, one.deadline.due_at, due))
    return Preview(moved, later, earlier, overdue, never, tuple(rows))
