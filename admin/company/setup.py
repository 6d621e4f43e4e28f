"""开通: five steps from an empty house to a company in which a lead has an owner, a deadline and who hears of trouble."""

from __future__ import annotations

from collections import Counter
from typing import Any

from flask import flash, redirect, request, url_for
from flask_admin import expose

from ...core.company import progress, roster
from ...core.company.presets import PRESETS, choose
from ...core.company.readiness import readiness
from ...core.company.rehearsal import rehearse
from ...core.company.switches import switch_plugin
from ...core.errors import ClewError
from ...core.kinds import Calendar, Team, User
from ...core.people.invitations import invite
from ...core.time.windows import DAYS
from ...hooks.plugin import SettingsError
from ..base import ConsoleView
from ..session import english, origin, t
from .uploaded import rows_of

_DAYS = dict(
    zip(
        DAYS,
        (("一", "Mon"), ("二", "Tue"), ("三", "Wed"), ("四", "Thu"), ("五", "Fri"), ("六", "Sat"), ("日", "Sun")),
        strict=True,
    )
)


class SetupView(ConsoleView):
    """开通: the five steps, what is still missing, and a sample lead on its way."""

    permission, group, words_, icon_name = "company", ("系统", "System"), ("开通", "Set-up"), "checklist"

    def __init__(self, ws: Any) -> None:
        super().__init__(ws, name="Set-up", url="/setup", endpoint="setup")

    @expose("/")
    def index(self) -> str:
        """Show where the set-up stands, with the step that comes next open."""
        return self._page()

    @expose("/company", methods=["POST"])
    def company(self) -> Any:
        """Keep the company's name, put the rules of its size in force, and switch on its trade."""
        name, size = request.form.get("name", "").strip()[:120], request.form.get("size", "")
        try:
            choose(self.ws, size, origin("set-up"))
            if trade := request.form.get("trade", ""):
                switch_plugin(self.ws, trade, True, origin("set-up"))
            progress.save(self.ws, {"name": name}, origin("set-up"), "company")
        except ClewError as error:
            return self._page("company", {"company": _said(error)}), error.status
        except SettingsError as error:
            return self._page("company", {"company": str(error)}), 422
        return redirect(url_for("setup.index"))

    @expose("/people", methods=["POST"])
    def people(self) -> Any:
        """Check a pasted or uploaded block of people, row by row; take in what is good when asked to."""
        try:
            rows, answers = self._rows()
            entries = roster.check(rows, answers)
            act = request.form.get("act", "check")
            waits = any(entry.state in ("bad", "question") for entry in entries)
            good = any(entry.state == "good" for entry in entries)
            if act == "check" or not good or (act == "all" and waits):
                return self._page("people", entries=entries)
            made = roster.take_in(self.ws, entries, origin("set-up"))
        except ClewError as error:
            return self._page("people", {"people": _said(error)}, pasted=request.form.get("block", "")), error.status
        progress.save(self.ws, {}, origin("set-up"), "" if waits else "people")
        links = [(user, request.host_url.rstrip("/") + invite(self.ws, user.id, origin("set-up"))) for user in made]
        flash(t(f"加入了 {len(made)} 人", f"{len(made)} people added"))
        left = [entry for entry in roster.check(rows, answers) if entry.state in ("bad", "question")]
        return self._page("people", entries=left, links=links)

    @expose("/hours", methods=["POST"])
    def hours(self) -> Any:
        """Keep the organisation's working days and windows."""
        windows = request.form.get("windows", "").replace("，", " ").replace(",", " ").replace("–", "-").split()
        week = {day: windows if request.form.get(f"on.{day}") else [] for day in DAYS}
        try:
            own = Calendar.get(Calendar.scope == "organisation")
            self.ws.door.change("calendar", own.id, {"week": week}, origin("set-up"))
            progress.save(self.ws, {}, origin("set-up"), "hours")
        except ClewError as error:
            return self._page("hours", {"hours": _said(error)}), error.status
        return redirect(url_for("setup.index"))

    @expose("/step/<step>", methods=["POST"])
    def done(self, step: str) -> Any:
        """Mark a step as done that needs no more than a look."""
        if step in progress.STEPS:
            progress.save(self.ws, {}, origin("set-up"), step)
        return redirect(url_for("setup.index") if progress.is_under_way() else "/")

    def shown_in_rail(self) -> bool:
        """Say whether the set-up is still to be done; afterwards its address still works."""
        return progress.is_under_way()

    def count(self) -> tuple[int, bool]:
        """Return how many steps are left."""
        return (len(progress.STEPS) - len(progress.company().steps), False) if progress.is_under_way() else (0, False)

    def _rows(self) -> tuple[list[dict[str, str]], dict[int, str]]:
        """Return the rows of the form: those of the table that was shown, or those of a new block or file."""
        if file := request.files.get("file"):
            if file.filename:
                return rows_of(file), {}
        block = request.form.get("block", "")
        if block.strip():
            return roster.read_block(block), {}
        count = min(request.form.get("count", 0, type=int), roster.MOST_ROWS)
        kept = [number for number in range(1, count + 1) if not request.form.get(f"drop.{number}")]
        rows = [{name: request.form.get(f"{name}.{number}", "") for name in roster.COLUMNS} for number in kept]
        answers = {place: request.form.get(f"answer.{number}", "") for place, number in enumerate(kept, 1)}
        return (rows, answers) if rows else (roster.read_block(""), {})

    def _page(
        self,
        opened: str = "",
        errors: dict[str, str] | None = None,
        entries: list[roster.Entry] | None = None,
        links: list[tuple[User, str]] | None = None,
        pasted: str = "",
    ) -> str:
        company = progress.company()
        steps = list(company.steps)
        following = next((one for one in progress.STEPS if one not in steps), "")
        checks = readiness(self.ws)
        states = Counter(entry.state for entry in entries or ())
        people = list(User.select().where(User.active))
        own = Calendar.get_or_none(Calendar.scope == "organisation")
        week = {day: (own.week or {}).get(day) or [] for day in DAYS} if own is not None else {}
        return self.show(
            "company/setup",
            company=company,
            steps=steps,
            all_steps=progress.STEPS,
            opened=opened or request.args.get("step", "") or following,
            errors=errors or {},
            entries=entries or [],
            states=states,
            columns=roster.COLUMNS,
            links=links or [],
            pasted=pasted,
            presets=PRESETS,
            trades=[one for one in self.ws.plugins.catalogue.plugins.values() if one.category == "industry"],
            trades_on=self.ws.configuration.plugins.enabled,
            people=people,
            teams=Team.select().count(),
            week=week,
            windows=request.form.get("windows") or " ".join(next((one for one in week.values() if one), [])),
            days=_DAYS,
            channels=[one.title for one in self.ws.channels.beside_inbox() if hasattr(one, "title")],
            checks=checks,
            lacking=sum(not one.ok for one in checks),
            sample=rehearse(self.ws),
            under_way=progress.is_under_way(),
            said=lambda text: text.for_locale("en" if english() else "zh"),
        )


def _said(error: ClewError) -> str:
    return error.text.for_locale("en" if english() else "zh")
