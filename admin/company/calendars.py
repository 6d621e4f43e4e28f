"""工作日历: the organisation's, teams' and people's; their weeks and days, and what a change moves before it is saved."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from flask import flash, jsonify, redirect, request, url_for
from flask_admin import expose

from ...core.company import calendars as keeping
from ...core.company.ics import LARGEST, read_ics
from ...core.errors import ClewError, Invalid, Problem
from ...core.kinds import Calendar, Leave, Team, User
from ...core.time.windows import DAYS, windows_of
from ...hooks.text import Text, n_of
from ..base import ConsoleView
from ..session import english, origin, t
from .calendar_words import YEARS, Page


class CalendarsView(ConsoleView):
    """工作日历: when people work, and by what deadlines count."""

    permission, group, words_ = "company", ("系统", "System"), ("工作日历", "Working time")
    icon_name = "calendar"

    def __init__(self, ws: Any) -> None:
        super().__init__(ws, name="Working time", url="/calendars", endpoint="calendars")

    @expose("/")
    def index(self) -> str:
        """List the calendars."""
        return self._list()

    @expose("/new", methods=["POST"])
    def new(self) -> Any:
        """Make a calendar of a team or a person."""
        scope, _, of_id = request.form.get("of", "").partition(":")
        of: Team | User | None = None
        if scope == "team":
            of = Team.get_or_none(Team.id == of_id)
        elif scope == "person":
            of = User.get_or_none(User.id == of_id)
        if of is None:
            return self._list(t("请选择团队或成员", "Choose a team or a person")), 422
        values = {"name": of.name, "scope": scope, "of_id": of.id, "week": {}}
        try:
            row = keeping.make(self.ws, values, origin())
        except ClewError as error:
            return self._list(self._said(error)), error.status
        flash(t(f"「{row.name}」的日历建好了，先和上级一样", f"{row.name} has a calendar, the same as above for now"))
        return redirect(url_for("calendars.one", calendar_id=row.id))

    @expose("/<calendar_id>")
    def one(self, calendar_id: str) -> str:
        """Show a calendar: its week, its year, and how one deadline comes about."""
        return self._one(keeping.calendar_row(calendar_id))

    @expose("/<calendar_id>/week", methods=["POST"])
    def week(self, calendar_id: str) -> Any:
        """Save the week, or only say what that would move."""
        row = keeping.calendar_row(calendar_id)
        name, zone = request.form.get("name", ""), request.form.get("zone", "").strip()
        try:
            week = self._given_week(row)
            after = keeping.proposed(self.ws, row, week=week, zone=zone)
            if request.form.get("act") == "preview":
                return self._one(row, preview=self._preview(row, after), given=request.form)
            values = {"week": week, "zone": zone, "name": name}
            keeping.save(self.ws, row.id, values, origin(), self._revision())
        except ClewError as error:
            return self._one(row, errors=self._errors(error), given=request.form), error.status
        flash(t("已保存；在计的时限正在重新计算", "Saved: running deadlines are being counted anew"))
        return redirect(url_for("calendars.one", calendar_id=row.id))

    @expose("/<calendar_id>/preview", methods=["POST"])
    def preview(self, calendar_id: str) -> Any:
        """Say as JSON what the week on the form would move: asked while windows are dragged."""
        row = keeping.calendar_row(calendar_id)
        try:
            week = self._given_week(row)
            after = keeping.proposed(self.ws, row, week=week, zone=request.form.get("zone", "").strip())
            found = self._preview(row, after)
        except ClewError as error:
            return jsonify(error=self._said(error), fields=self._errors(error)), error.status
        return jsonify(said=t(found.said.zh, found.said.en), moved=found.moved, late=found.overdue)

    @expose("/<calendar_id>/day", methods=["POST"])
    def day(self, calendar_id: str) -> Any:
        """Put one exception day on record, or only say what that would move."""
        row = keeping.calendar_row(calendar_id)
        try:
            days = self._given_days()
            after = keeping.proposed(self.ws, row, days=days)
            if request.form.get("act") == "preview":
                return self._one(row, preview=self._preview(row, after), given=request.form)
            keeping.set_days(self.ws, row, days, origin())
        except ClewError as error:
            return self._one(row, errors=self._errors(error), given=request.form), error.status
        flash(t(f"登记了 {len(days)} 天", f"{n_of(len(days), 'day')} on record"))
        return redirect(url_for("calendars.one", calendar_id=row.id, year=days[0].day.year))

    @expose("/<calendar_id>/day/remove", methods=["POST"])
    def remove_day(self, calendar_id: str) -> Any:
        """Take an exception day back."""
        row = keeping.calendar_row(calendar_id)
        day = self._date(request.form.get("day", ""), "day")
        keeping.remove_day(self.ws, row, day, origin())
        flash(t("这一天恢复平常", "This day is as usual again"))
        return redirect(url_for("calendars.one", calendar_id=row.id, year=day.year))

    @expose("/<calendar_id>/holidays", methods=["POST"])
    def holidays(self, calendar_id: str) -> Any:
        """Take China's public holidays of a year over, or only say what that would move."""
        row = keeping.calendar_row(calendar_id)
        try:
            days = keeping.public_holidays(self._year(request.form.get("year")))
            changed = keeping.set_days(self.ws, row, days, origin())
        except ClewError as error:
            return self._one(row, errors=self._errors(error), given=request.form), error.status
        flash(t(f"登记了 {changed} 天节假日和调休", f"{changed} holidays and days worked instead are on record"))
        return redirect(url_for("calendars.one", calendar_id=row.id, year=days[0].day.year))

    @expose("/<calendar_id>/ics", methods=["POST"])
    def ics(self, calendar_id: str) -> Any:
        """Read a calendar file; nothing is taken over before each day that is a guess was decided."""
        row = keeping.calendar_row(calendar_id)
        file = request.files.get("file")
        today = self._today()
        try:
            content = file.read(LARGEST + 1) if file is not None else b""
            days = read_ics(content, self.ws.calendar.main.zone, date(today.year, 1, 1), date(today.year + 2, 12, 31))
            if not days:
                raise Invalid(
                    [Problem("file", Text("文件里没有今年以来的日子", "the file has no day of this year or later"))]
                )
        except ClewError as error:
            return self._one(row, errors=self._errors(error), given=request.form), error.status
        return self.show("company/calendar_ics", row=row, days=days, page=Page(self.ws, row, english()), errors={})

    @expose("/<calendar_id>/ics/take", methods=["POST"])
    def take_ics(self, calendar_id: str) -> Any:
        """Put the days of a file on record as they were decided."""
        row = keeping.calendar_row(calendar_id)
        given = []
        for number, text in enumerate(request.form.getlist("day")[: keeping.MOST_DAYS]):
            said = request.form.get(f"as-{number}", "")
            name = request.form.get(f"name-{number}", "")[:80]
            if said in ("off", "on"):
                given.append(keeping.DayGiven(self._date(text, "day"), said == "on", name, None, "ICS"))
        if not given:
            flash(t("没有选中的日子", "No day was chosen"), "error")
            return redirect(url_for("calendars.one", calendar_id=row.id))
        changed = keeping.set_days(self.ws, row, given, origin())
        flash(t(f"登记了 {changed} 天", f"{n_of(changed, 'day')} on record"))
        return redirect(url_for("calendars.one", calendar_id=row.id, year=given[0].day.year))

    @expose("/<calendar_id>/leave", methods=["POST"])
    def leave(self, calendar_id: str) -> Any:
        """Put leave on record, or only say what that would move."""
        row = keeping.calendar_row(calendar_id)
        names = ("user_id", "from_at", "to_at", "kind", "reason")
        values: dict[str, Any] = {name: request.form.get(name, "") for name in names}
        values |= {name: values[name].replace("T", " ") for name in ("from_at", "to_at")}
        values["deputy_id"] = request.form.get("deputy_id") or None
        try:
            if request.form.get("act") == "preview":
                read = self.ws.configuration.validator.read("leave", values, whole=True)
                after = keeping.proposed_leave(
                    self.ws, read["user_id"], read["from_at"], read["to_at"], read["deputy_id"]
                )
                found = keeping.preview(self.ws, after, read["user_id"])
                return self._one(row, preview=found, given=request.form)
            self.ws.door.create("leave", values, origin())
        except ClewError as error:
            return self._one(row, errors=self._errors(error), given=request.form), error.status
        flash(t("登记了请假；在计的时限正在重新计算", "Leave is on record: running deadlines are being counted anew"))
        return redirect(url_for("calendars.one", calendar_id=row.id))

    @expose("/<calendar_id>/leave/<leave_id>/cancel", methods=["POST"])
    def cancel_leave(self, calendar_id: str, leave_id: str) -> Any:
        """Cancel a leave."""
        row = keeping.calendar_row(calendar_id)
        if Leave.get_or_none(Leave.id == leave_id) is not None:
            self.ws.door.change("leave", leave_id, {"cancelled": True}, origin())
            flash(t("请假取消了", "The leave is cancelled"))
        return redirect(url_for("calendars.one", calendar_id=row.id))

    @expose("/<calendar_id>/reasons", methods=["POST"])
    def reasons(self, calendar_id: str) -> Any:
        """Add a reason for which deadlines may pause, or switch one on or off."""
        row = keeping.calendar_row(calendar_id)
        try:
            if reason_id := request.form.get("reason_id"):
                values = {"active": request.form.get("on") == "1"}
                self.ws.door.change("pause_reason", reason_id, values, origin())
            else:
                names = ("name", "title_zh", "title_en")
                self.ws.door.create("pause_reason", {one: request.form.get(one, "") for one in names}, origin())
        except ClewError as error:
            found = {f"reason_{name}": said for name, said in self._errors(error).items()}
            return self._one(row, errors=found, given=request.form), error.status
        return redirect(url_for("calendars.one", calendar_id=row.id))

    # ---- Inside

    def _list(self, error: str = "") -> str:
        rows = list(Calendar.select().order_by(Calendar.scope, Calendar.name))
        taken = {row.of_id for row in rows}
        return self.show(
            "company/calendars",
            rows=[Page(self.ws, row, english()) for row in rows],
            of=keeping.of_whom(rows),
            teams=[one for one in Team.select().order_by(Team.name) if one.id not in taken],
            people=[one for one in User.select().where(User.active).order_by(User.name) if one.id not in taken],
            error=error,
        )

    def _one(
        self,
        row: Calendar,
        *,
        preview: keeping.Preview | None = None,
        errors: Mapping[str, str] | None = None,
        given: Mapping[str, str] | None = None,
    ) -> str:
        year = self._year(request.args.get("year"))
        page = Page(self.ws, row, english(), self.actor)
        return self.show(
            "company/calendar",
            page=page,
            row=row,
            year=year,
            years=YEARS,
            preview=preview,
            errors=errors or {},
            given=given or {},
            derivation=page.derivation(request.args.get("deadline", "")),
        )

    def _given_week(self, row: Calendar) -> dict[str, list[str]]:
        """Read the windows of each day; for a team or a person, a day that is ticked as above is left out."""
        found: dict[str, list[str]] = {}
        problems: list[Problem] = []
        for name in DAYS:
            if row.scope != "organisation" and request.form.get(f"above-{name}"):
                continue
            try:
                found[name] = [str(one) for one in windows_of(request.form.get(f"win-{name}", ""), name)]
            except Invalid as error:
                problems += error.problems
        if problems:
            raise Invalid(problems)
        return found

    def _given_days(self) -> list[keeping.DayGiven]:
        first = self._date(request.form.get("day", ""), "day")
        last = self._date(request.form.get("until") or request.form.get("day", ""), "until")
        if not timedelta() <= last - first <= timedelta(days=100):
            said = Text(
                "最后一天不早于第一天，最多 100 天", "the last day is not before the first, at most 100 days on"
            )
            raise Invalid([Problem("until", said)])
        how, name = request.form.get("how", "off"), request.form.get("day_name", "")
        windows = None
        if how == "windows":
            windows = [str(one) for one in windows_of(request.form.get("day_windows", ""), "day_windows")]
            if not windows:
                raise Invalid(
                    [Problem("day_windows", Text("请填写时段，例：09:00-12:00", "give its windows, e.g. 09:00-12:00"))]
                )
        count = (last - first).days + 1
        return [
            keeping.DayGiven(first + timedelta(days=number), how != "off", name, windows, "console")
            for number in range(count)
        ]

    def _preview(self, row: Calendar, after: Any) -> keeping.Preview:
        return keeping.preview(self.ws, after, row.of_id if row.scope == "person" else None)

    def _revision(self) -> int | None:
        text = request.form.get("revision", "")
        return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None

    def _date(self, text: str, at: str) -> date:
        try:
            found = date.fromisoformat(text.strip())
        except ValueError:
            found = None
        if found is None or not YEARS[0] <= found.year <= YEARS[1]:
            raise Invalid([Problem(at, Text("请填写日期，例：2026-10-01", "give a date, e.g. 2026-10-01"))])
        return found

    def _year(self, text: str | None) -> int:
        good = text is not None and text.isascii() and text.isdigit() and YEARS[0] <= int(text[:5]) <= YEARS[1]
        return int(text or 0) if good else self._today().year

    def _today(self) -> date:
        return self.ws.clock.now().astimezone(self.ws.calendar.main.zone).date()

    @staticmethod
    def _said(error: ClewError) -> str:
        return t(error.text.zh, error.text.en)

    def _errors(self, error: ClewError) -> dict[str, str]:
        if isinstance(error, Invalid):
            return {one.field or "whole": t(one.text.zh, one.text.en) for one in error.problems}
        return {"whole": self._said(error)}
