"""开通: five steps from an empty house to a company in which a lead has an owner, a deadline and who hears of trouble."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import flash, redirect, request, url_for
from flask_admin import expose

from ...core.access.policy import may, require
from ...core.company import progress
from ...core.company.describing import Description, describe
from ...core.company.hours import known_years, organisation_hours
from ...core.company.presets.choosing import plan
from ...core.company.presets.preset import presets
from ...core.company.readiness import readiness
from ...core.company.rehearsal import rehearse
from ...core.company.roster import drafts
from ...core.company.roster.taking_in import take_in
from ...core.errors import ClewError, Invalid, Problem
from ...core.kinds import Company, Team, User
from ...core.people.invitations import invite
from ...hooks.plugin import SettingsError
from ...hooks.text import Text, n_of
from ..base import ConsoleView
from ..session import locale, origin, t
from .setup_people import Shown, sheet_of, shown, typed

_ZONES = ("Asia/Shanghai", "Asia/Hong_Kong", "Asia/Singapore", "Asia/Tokyo", "Europe/Berlin", "Europe/London", "UTC")
Links = list[tuple[User, str]]


class SetupView(ConsoleView):
    """开通: the five steps, what is still missing, and a sample lead on its way."""

    permission, group, words_, icon_name = "company", ("系统", "System"), ("设置", "Settings"), "settings"

    def __init__(self, ws: Any) -> None:
        super().__init__(ws, name="Settings", url="/setup", endpoint="setup")

    def steps(self) -> str:
        """Return how many steps are done, while the set-up is under way."""
        done = len(progress.company().steps)
        return f"{done}/{len(progress.STEPS)}" if progress.is_under_way() else ""

    @expose("/")
    def index(self) -> str:
        """Show where the set-up stands, with the step that was asked for, else the next one, open."""
        return self._page()

    @expose("/company", methods=["POST"])
    def company(self) -> Any:
        """Keep what the company is, put the rules of its size in force, and switch its trade."""
        form = request.form
        if not progress.is_under_way():
            require(self.actor, "roles")  # Rules take effect at once here: afterwards they go by drafts and approval.
        trade = form.get("trade", "") if may(self.actor, "plugins") else None
        name, size, zone, locale = (form.get(one, "").strip() for one in ("name", "size", "zone", "locale"))
        said = Description(name, size, zone, locale, trade)
        try:
            describe(self.ws, said, origin("set-up"), form.getlist("also"))
        except Invalid as error:
            return self._page("company", _problems(error)), error.status
        except ClewError as error:
            return self._page("company", {"": _said(error.text)}), error.status
        except SettingsError as error:
            words = "；".join(_said(one) for one in error.problems.values())
            return self._page("company", {"trade": words}), 422
        flash(t("公司与预设已保存", "Company and preset are saved"))
        return redirect(url_for("setup.index"))

    @expose("/people", methods=["POST"])
    def people(self) -> Any:
        """Read a pasted block or a file; keep what was typed or answered; take in whose rows are good."""
        act = request.form.get("act", "check")
        try:
            if act == "paste":
                drafts.begin(self.ws, self.actor.id, sheet_of(request.form, request.files))
                return self._to_people()
            draft = drafts.find(self.actor.id)
            if draft is not None:
                typed(draft, request.form, self.actor)
                drafts.keep(self.ws, self.actor.id, draft)
            if act not in ("all", "good"):
                return self._to_people()
            made = take_in(self.ws, origin("set-up"), all_or_none=act == "all")
        except ClewError as error:
            block = request.form.get("block", "")
            return self._page("people", {"people": _said(error.text)}, pasted=block), error.status
        if not made:
            return self._to_people()
        if drafts.find(self.actor.id) is None:
            progress.save(self.ws, {}, origin("set-up"), "people")
        flash(t(f"加入了 {len(made)} 人", f"{n_of(len(made), 'person', 'people')} added"))
        return self._page("people", links=self._links(made))

    @expose("/links", methods=["POST"])
    def links(self) -> Any:
        """Make invitation links for everybody who has no password yet; those made before end."""
        return self._page("people", links=self._links(self._uninvited()))

    def shown_in_rail(self) -> bool:
        """Say whether the set-up is still to be done; afterwards its address still works."""
        return progress.is_under_way()

    @expose("/step/<step>", methods=["POST"])
    def done(self, step: str) -> Any:
        """Mark a step as done that needs no more than a look."""
        if step not in progress.STEPS:
            words = Text(f"没有「{step}」这一步", f"there is no step {step!r}")
            raise Invalid([Problem("step", words)])
        if step == "company" and not progress.company().size:
            raise Invalid([Problem("size", Text("先选一个规模", "choose a size first"))])
        was = progress.is_under_way()
        progress.save(self.ws, {}, origin("set-up"), step)
        if was and not progress.is_under_way():
            flash(t("开通完成：线索来了就有人接", "All set up: a lead that comes in has an owner"))
            return redirect("/")
        return redirect(url_for("setup.index"))

    @expose("/later", methods=["POST"])
    def later(self) -> Any:
        """Leave the set-up for another day: signing in leads here no more."""
        progress.put_off(self.ws, origin("set-up"))
        flash(t("随时可以从「设置」接着做", "Go on at any time, from Settings"))
        return redirect("/")

    # ---- Inside

    def _to_people(self) -> Any:
        return redirect(url_for("setup.index", step="people"))

    def _uninvited(self) -> list[User]:
        waiting = User.select().where(User.active & (User.password_hash == "") & (User.id != self.actor.id))
        return list(waiting.order_by(User.id))

    def _links(self, people: list[User]) -> Links:
        host, found = request.host_url.rstrip("/"), Links()
        for user in people:
            try:
                found.append((user, host + invite(self.ws, user.id, origin("set-up"))))
            except ClewError:
                continue  # Whoever may do more than the asker is invited by an administrator.
        return found

    def _page(
        self, opened: str = "", errors: Mapping[str, str] | None = None, links: Links | None = None, pasted: str = ""
    ) -> str:
        company = progress.company()
        following = next((one for one in progress.STEPS if one not in company.steps), "")
        draft = drafts.find(self.actor.id)
        opened = opened or request.args.get("step", "") or following
        roster = shown(self.actor, draft) if draft is not None and opened == "people" else Shown()
        checks = readiness(self.ws)
        known, unknown = known_years(self.ws)
        return self.show(
            "company/setup",
            company=company,
            all_steps=progress.STEPS,
            opened=opened,
            errors=errors or {},
            given=request.form if errors else {},
            draft=draft,
            roster=roster,
            waiting=len(draft.rows) if draft is not None else 0,
            links=links or [],
            uninvited=0 if links or opened != "people" else len(self._uninvited()),
            pasted=pasted,
            presets=presets(),
            plans=_plans(company) if opened == "company" else {},
            zones=_ZONES,
            zone=company.zone or self.ws.settings.timezone,
            trades=[one for one in self.ws.plugins.catalogue.plugins.values() if one.category == "industry"],
            trades_on=self.ws.configuration.plugins.enabled,
            may_plugins=may(self.actor, "plugins"),
            integrations=[one for one in self.ws.plugins.catalogue.plugins.values() if one.category == "integration"],
            people=User.select().where(User.active).count(),
            teams=Team.select().count(),
            hours=organisation_hours(self.ws),
            years=known,
            years_unknown=unknown,
            channels=[getattr(one, "title", Text(one.name, one.name)) for one in self.ws.channels.beside_inbox()],
            checks=checks,
            lacking=sum(not one.ok for one in checks),
            sample=rehearse(self.ws),
            under_way=progress.is_under_way(),
            said=_said,
        )


def _plans(company: Company) -> dict[str, list[Any]]:
    return {name: plan(name, company.size) for name in presets()}


def _problems(error: Invalid) -> dict[str, str]:
    return {problem.field: _said(problem.text) for problem in error.problems}


def _said(text: Text) -> str:
    return text.for_locale(locale())
