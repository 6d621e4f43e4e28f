"""推导: how a deadline's moment came about, step by step, in words; for pages, API and command line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from ...hooks.text import Text
from ..access.policy import sees
from ..journal.origin import Actor
from ..kinds import Pause, PauseReason, Team, User
from ..kinds.deadline_clock import clock_of, recounted, team_of
from ..time.holidays import holiday_words
from ..time.steps import Step, days_of, steps_of
from ..time.windows import DAY_WORDS
from ..time.working_calendar import NoWorkingTime, WorkingCalendar
from ..workspace import Workspace

Icon = Literal["start", "window", "night", "part", "days", "closed", "leave", "pause", "handed_over", "end"]


@dataclass(frozen=True)
class Told:
    """One step in words. `counted` are minutes (or days) of this step, None for one that was skipped."""

    what: Icon
    begin: datetime
    end: datetime
    label: Text
    note: Text
    counted: int | None
    total: int


@dataclass(frozen=True)
class DeadlineDerivation:
    """How a deadline came about: `amount` in words, its steps, and what is worth knowing about it."""

    deadline_id: str
    name: str
    owner: str
    calendar: Text
    zone: str
    amount: Text
    unit: Literal["minutes", "days"]
    started_at: datetime
    due_at: datetime
    due: Text
    state: str
    steps: tuple[Told, ...]
    notes: tuple[Text, ...]

    def to_dict(self, language: str) -> dict[str, Any]:
        """Return the derivation as JSON, its words in one language."""
        return {
            "id": self.deadline_id,
            "name": self.name,
            "owner": self.owner,
            "calendar": self.calendar.for_locale(language),
            "zone": self.zone,
            "amount": self.amount.for_locale(language),
            "unit": self.unit,
            "started_at": self.started_at.isoformat(),
            "due_at": self.due_at.isoformat(),
            "state": self.state,
            "steps": [
                {
                    "what": one.what,
                    "begin": one.begin.isoformat(),
                    "end": one.end.isoformat(),
                    "label": one.label.for_locale(language),
                    "note": one.note.for_locale(language),
                    "counted": one.counted,
                    "total": one.total,
                }
                for one in self.steps
            ],
            "notes": [one.for_locale(language) for one in self.notes],
        }


def derivation_of(ws: Workspace, deadline: Any) -> DeadlineDerivation:
    """Return how the moment at which a deadline is due came about, by the calendars in force."""
    return _Derivation(ws, deadline).found()


def amount_words(deadline: Any) -> Text:
    """Return how long a deadline lasts: 3 个工作日, 12 小时（工作时间）, 30 分（工作时间）."""
    if deadline.working_days:
        return Text(f"{deadline.working_days} 个工作日", f"{deadline.working_days} working days")
    hours, rest = divmod(deadline.working_minutes, 60)
    if hours and not rest:
        return Text(f"{hours:,} 小时（工作时间）", f"{hours:,} h (working time)")
    return Text(f"{deadline.working_minutes:,} 分（工作时间）", f"{deadline.working_minutes:,} min (working time)")


class _Derivation:
    def __init__(self, ws: Workspace, deadline: Any) -> None:
        self.ws, self.deadline = ws, deadline
        self.store = ws.setting.store
        self.clock = self._clock(deadline.owner_id)
        self.days = bool(deadline.working_days)
        self.total = 0
        self.notes: list[Text] = []
        names = {row.id: row.name for row in User.select(User.id, User.name).where(User.id.in_(self._people()))}
        self._names: dict[str, str] = names
        self.reasons = {row.name: Text(row.title_zh, row.title_en) for row in PauseReason.select()}

    def person(self, user_id: str | None) -> str:
        """Return the name of somebody who owned the deadline."""
        return self._names.get(user_id or "", "")

    def _people(self) -> list[str]:
        owners = [one.get("owner_id") for one in self.deadline.segments or ()]
        return [one for one in (self.deadline.owner_id, *owners) if one]

    def _clock(self, owner_id: str | None) -> WorkingCalendar:
        team_id = team_of(self.deadline, self.ws.kinds, self.store)
        return clock_of(self.ws.calendar, self.store, owner_id, team_id)

    def found(self) -> DeadlineDerivation:
        row = self.deadline
        steps = tuple(self._steps())
        self._note()
        due = self.moment(row.due_at, self.clock.zone)
        return DeadlineDerivation(
            row.id,
            row.name,
            self.person(row.owner_id),
            calendar_words(self.ws, row.owner_id, team_of(row, self.ws.kinds, self.store)),
            self.clock.zone.key,
            amount_words(row),
            "days" if self.days else "minutes",
            row.started_at,
            row.due_at,
            due,
            row.state,
            steps,
            tuple(self.notes),
        )

    def _steps(self) -> Iterator[Told]:
        row = self.deadline
        pauses = {one.from_at.isoformat(): one for one in Pause.select().where(Pause.deadline == row)}
        at = self.moment(row.started_at, self.clock.zone)
        label = Text(f"{at.zh} 开始", f"Starts {at.en}")
        yield self._told("start", row.started_at, row.started_at, label, Text("", ""), None)
        for number, one in enumerate(row.segments or ()):
            begin, end = (datetime.fromisoformat(one[key]) for key in ("from", "to"))
            before, clock = self.total, self._clock(one.get("owner_id"))
            steps = list(self._stretch(clock, begin, end, one.get("owner_id") or ""))
            counted = int(one.get("days", 0) if self.days else one["minutes"])
            if self.total != before + counted:  # The windows of then are not on record any more.
                self.total = before + counted
                note = Text(
                    "按当时的日历计的，日历后来改过", "counted by the calendar of then, which has changed since"
                )
                steps = [self._told("window", begin, end, self.span(begin, end, clock.zone), note, counted)]
            yield from steps
            yield from self._between(one, end, self._next(number), pauses)
        if row.state == "paused":
            return
        begin = row.counted_from or row.started_at
        if row.state in ("open", "missed", "met"):
            yield from self._stretch(self.clock, begin, row.due_at, row.owner_id or "")
            done = Text("满了，就是这一刻", "That makes it: this is the moment")
            yield self._told("end", row.due_at, row.due_at, self.moment(row.due_at, self.clock.zone), done, None)

    def _next(self, number: int) -> datetime:
        segments = self.deadline.segments
        if number + 1 < len(segments):
            return datetime.fromisoformat(segments[number + 1]["from"])
        if self.deadline.state == "paused":
            return self.ws.clock.now()
        found: datetime = self.deadline.counted_from or self.deadline.started_at
        return found

    def _between(
        self, one: dict[str, Any], end: datetime, following: datetime, pauses: dict[str, Any]
    ) -> Iterator[Told]:
        if one["why"] == "paused":
            pause = pauses.get(end.isoformat())
            reason = self.reasons.get(pause.reason if pause else self.deadline.paused_for) or Text("暂停", "Paused")
            note = Text(
                f"暂停 · {reason.zh}" + (f"：{pause.note}" if pause and pause.note else ""),
                f"Paused · {reason.en}" + (f": {pause.note}" if pause and pause.note else ""),
            )
            yield self._told("pause", end, following, self.span(end, following, self.clock.zone), note, None)
        elif one["why"] == "handed_over":
            who = self.person(self._owner_after(one))
            note = Text(
                f"换{who or '人'}负责，已计的不重来", f"Handed over to {who or 'somebody else'}: what was counted stays"
            )
            yield self._told("handed_over", end, end, self.moment(end, self.clock.zone), note, None)
        elif following > end:
            note = Text("线索结束到重新打开，不计", "From closing to reopening: not counted")
            yield self._told("closed", end, following, self.span(end, following, self.clock.zone), note, None)

    def _owner_after(self, one: dict[str, Any]) -> str | None:
        segments = self.deadline.segments
        number = segments.index(one)
        found: str | None = segments[number + 1]["owner_id"] if number + 1 < len(segments) else self.deadline.owner_id
        return found

    def _stretch(self, clock: WorkingCalendar, begin: datetime, end: datetime, owner_id: str) -> Iterator[Told]:
        if self.days:
            today = clock.day_of(begin) != clock.day_of(self.deadline.started_at)
            steps = days_of(clock, clock.counted_days(begin, end, today=today), begin, end)
        else:
            steps = steps_of(clock, begin, end)
        for step in steps:
            yield self._step(clock, step, owner_id)

    def _step(self, clock: WorkingCalendar, step: Step, owner_id: str) -> Told:
        if step.what == "leave":
            who = self.person(owner_id)
            note = Text(f"{who}请假，时限停着", f"{who} is on leave: the clock stands still")
            return self._told("leave", step.begin, step.end, self.span(step.begin, step.end, clock.zone), note, None)
        if step.what == "closed":
            zh = "、".join(holiday_words(name, english=False) for name in step.names)
            note = Text(zh or "不上班", ", ".join(step.names) or "Not worked")
            return self._told("closed", step.begin, step.end, self.dates(step, clock.zone), note, None)
        counted = (step.days if step.what == "days" else 0) if self.days else step.minutes
        self.total += counted
        if step.what == "days" and not self.days:
            note = Text(f"{step.days} 个工作日", f"{step.days} working days")
            return self._told("days", step.begin, step.end, self.dates(step, clock.zone), note, counted)
        if self.days:
            label = self.moment(step.begin, clock.zone, clock=False) if step.days == 1 else self.dates(step, clock.zone)
            note = Text(f"第 {self.total} 天", f"Day {self.total}")
            return self._told("days", step.begin, step.end, label, note, counted)
        notes = {
            "night": Text("夜班，过零点不断开", "Night shift, one piece over midnight"),
            "part": Text("半天", "Half a day"),
        }
        note = notes.get(step.what, Text("", ""))
        return self._told(step.what, step.begin, step.end, self.span(step.begin, step.end, clock.zone), note, counted)

    def _told(self, what: Any, begin: datetime, end: datetime, label: Text, note: Text, counted: int | None) -> Told:
        return Told(what, begin, end, label, note, counted, self.total)

    def _note(self) -> None:
        row = self.deadline
        if row.state == "open":
            try:
                if recounted(row, self.clock):
                    self.notes.append(
                        Text(
                            "工作日历改了，这个时限正在重新计算",
                            "the working calendar has changed: this is being counted anew",
                        )
                    )
            except NoWorkingTime as error:
                self.notes.append(error.text)
        for year in range(
            row.started_at.astimezone(self.clock.zone).year, row.due_at.astimezone(self.clock.zone).year + 1
        ):
            if row.state in ("open", "paused") and not self.clock.knows(year):
                self.notes.append(
                    Text(
                        f"{year} 年节假日还没公布：先按周末推算，登记后自动重算",
                        f"the holidays of {year} are not on record yet: counted by weekends, and anew once they are",
                    )
                )

    # ---- Words

    @staticmethod
    def moment(at: datetime, zone: ZoneInfo, *, clock: bool = True) -> Text:
        """Return a moment with its day: 11月20日 周五 16:30."""
        local = at.astimezone(zone)
        day = DAY_WORDS[local.weekday()]
        hour = f" {local.hour}:{local.minute:02d}" if clock else ""
        return Text(f"{local.month}月{local.day}日 {day.zh}{hour}", f"{day.en} {local.day} {local:%b}{hour}")

    def span(self, begin: datetime, end: datetime, zone: ZoneInfo) -> Text:
        """Return a stretch: 11月21日 周六 9:00–12:00."""
        one, other = begin.astimezone(zone), end.astimezone(zone)
        first = self.moment(begin, zone)
        if other.date() == one.date():
            return Text(*(f"{text}–{other.hour}:{other.minute:02d}" for text in (first.zh, first.en)))
        if other.hour == other.minute == 0 and other.date() - one.date() == timedelta(days=1):
            return Text(*(f"{text}–24:00" for text in (first.zh, first.en)))
        last = self.moment(end, zone)
        return Text(f"{first.zh} – {last.zh}", f"{first.en} – {last.en}")

    def dates(self, step: Step, zone: ZoneInfo) -> Text:
        """Return the days of a stretch: 11月22日 周日, 10月1日 周四 – 10月7日 周三."""
        first = self.moment(step.begin, zone, clock=False)
        last = self.moment(max(step.begin, step.end - timedelta(seconds=1)), zone, clock=False)
        return first if first == last else Text(f"{first.zh} – {last.zh}", f"{first.en} – {last.en}")


def calendar_words(ws: Workspace, owner_id: str | None, team_id: str | None = None) -> Text:
    """Return whose calendar somebody's deadlines count by, in words."""
    here = ws.calendar
    owner = User.get_or_none(User.id == owner_id) if owner_id else None
    if owner is not None and owner.id in here.people:
        return Text(f"{owner.name}的日历", f"{owner.name}’s calendar")
    of = (owner.team_id if owner is not None else None) or team_id
    team = Team.get_or_none(Team.id == of) if of in here.teams else None
    return (
        Text(f"{team.name}的日历", f"calendar of {team.name}")
        if team is not None
        else Text("组织的日历", "the organisation’s calendar")
    )


def hours_words(ws: Workspace, owner_id: str | None, team_id: str | None, clock: WorkingCalendar) -> Text:
    """Return the hours that somebody's deadlines count by, where every working day has the same; else whose they are."""
    days = clock.week.days
    if any(days[5:]) or len(set(days[:5])) > 1 or not days[0]:
        return calendar_words(ws, owner_id, team_id)
    hours = [str(one).replace("-", "–") for one in days[0]]
    return Text(f"工作日 {'、'.join(hours)}", f"working days {', '.join(hours)}")


def unpublished(ws: Workspace, rows: list[Any]) -> dict[int, list[Any]]:
    """Return the deadlines of `rows` that reach a year whose holidays are not on record, by year."""
    found: dict[int, list[Any]] = {}
    for row in rows:
        year = row.due_at.astimezone(ws.calendar.main.zone).year
        if not ws.calendar.knows(year):
            found.setdefault(year, []).append(row)
    return found


def deadline_seen_by(ws: Workspace, actor: Actor, row: Any) -> bool:
    """Say whether somebody may see a deadline: what it is about, or what that belongs to; or it is theirs to keep."""
    if row.owner_id and row.owner_id == actor.id:
        return True
    if row.about_kind in ws.kinds and sees(ws.kinds, actor, row.about_kind, row.about_id):
        return True
    return sees(ws.kinds, actor, "deadline", row.id)
