"""待审批: the versions that wait for a second person, and those that are approved but not in force yet."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import flash, redirect, request, url_for
from flask_admin import expose

from ...core import backtest
from ...core.access import policy as access
from ...core.errors import ClewError
from ...core.kinds import OPEN_STATES, RuleRecord, RuleVersion
from ...core.rulebook.compare import compare
from ...core.rulebook.coverage import BROUGHT_BACK, in_force, in_red, is_back, taken_away
from ...core.rulebook.documents import same, title_of
from ...core.rulebook.overview import in_words
from ...core.rulebook.overview import scheduled as rule_scheduled
from ...core.rulebook.overview import waiting as rule_waiting
from ...core.rulebook.publishing import approve as rule_approve
from ...core.rulebook.versions import reject as rule_reject
from ...core.rulebook.versions import version_of
from ...core.schema.fields import field
from ...core.storage.system_tables import Backtest
from ...core.workbench.waiting import OLD
from ...core.workspace import Workspace
from ..base import ConsoleView
from ..session import origin, t
from . import shown
from .rules import checked

_EFFECTIVE = field("effective_at", "生效时间", "Effective from", "moment")


class ApprovalsView(ConsoleView):
    """待审批: what waits for a colleague's eyes."""

    permission, group, words_, icon_name = "rules:see", ("规则", "Rules"), ("待审批", "Approvals"), "circle-check"

    def __init__(self, ws: Workspace) -> None:
        super().__init__(ws, name="Approvals", url="/approvals", endpoint="approvals")

    def count(self) -> tuple[int, bool]:
        """Return how many versions the viewer may approve now, and whether one has waited too long."""
        return self.day["approvals"] + self.day["approvals_late"], self.day["approvals_late"] > 0

    @expose("/")
    def index(self) -> str:
        """List what waits, the longest first, and what is scheduled."""
        waiting, scheduled = rule_waiting(), rule_scheduled()
        rows = {row.code: row for row in RuleRecord.select().where(RuleRecord.code.in_([v.code for v in waiting]))}
        before = {one.id: in_force(rows.get(one.code)) for one in waiting}
        return self.show(
            "approvals",
            waiting=waiting,
            scheduled=scheduled,
            mine=[one for one in waiting if self._why_not(one) == ""],
            late_before=self.ws.clock.now() - OLD,
            differences={one.id: compare(before[one.id], one.document) for one in waiting},
            losses={one.id: in_red(taken_away(self.ws, before[one.id], one.document)) for one in waiting},
            is_new={one.id: one.code not in rows for one in waiting},
            is_back={one.id: is_back(rows.get(one.code)) for one in waiting},
            sentences={one.id: shown.said(in_words(self.ws, one.document)) for one in waiting},
            title=lambda version: shown.said(title_of(version.document)),
            lang=shown.language(),
        )

    @expose("/<version_id>")
    def one(self, version_id: str) -> str:
        """Show one version with everything a reviewer needs, and the two answers."""
        return self._page(version_of(version_id))

    @expose("/<version_id>/approve", methods=["POST"])
    def approve(self, version_id: str) -> Any:
        """Approve a version: in force now, or from the moment given on."""
        version = version_of(version_id)
        note = request.form.get("note", "").strip()

        def act() -> str:
            moment = None
            if request.form.get("when") == "later":
                moment = shown.moment_given(self.ws, request.form, _EFFECTIVE)
            revision = request.form.get("revision", type=int)
            done = rule_approve(self.ws, version.id, origin(note[:300]), moment, note, revision)
            name = t(f"「{self._title(done)}」第 {done.number} 版", f"“{self._title(done)}”, version {done.number},")
            if done.state == "published":
                return t(f"{name}已生效", f"{name} is in force")
            return t(f"{name}已批准，到时生效", f"{name} is approved and takes effect then")

        return self._answer(version, act)

    @expose("/<version_id>/reject", methods=["POST"])
    def reject(self, version_id: str) -> Any:
        """Send a version back to its author with a note; a scheduled one is cancelled that way too."""
        version = version_of(version_id)

        def act() -> str:
            revision = request.form.get("revision", type=int)
            rule_reject(self.ws, version.id, request.form.get("note", ""), origin(), revision)
            who = version.author_name
            return t(f"已退回给 {who}" if who else "已退回", f"Sent back to {who}" if who else "Sent back")

        return self._answer(version, act)

    def _answer(self, version: RuleVersion, act: Any) -> Any:
        try:
            done = act()
        except ClewError as error:
            if error.status not in (409, 422):
                raise
            return self._page(version_of(version.id), shown.said(error.text)), error.status
        flash(done)
        return redirect(url_for("approvals.index"))

    def _page(self, version: RuleVersion, refused: str = "") -> str:
        row = RuleRecord.get_or_none(RuleRecord.code == version.code)
        before = row.document if row is not None else {}
        tested = Backtest.get_or_none(Backtest.id == version.backtest_id) if version.backtest_id else None
        return self.show(
            "approval",
            version=version,
            row=row,
            title=self._title(version),
            sentences=[shown.said(in_words(self.ws, one)) if one else "" for one in (before, version.document)],
            differences=[one for one in compare(before, version.document) if one.path],
            losses=taken_away(self.ws, in_force(row), version.document),
            brought_back=shown.said(BROUGHT_BACK) if is_back(row) and version.state in OPEN_STATES else "",
            lines=shown.side_by_side(before, version.document) if row is not None else [],
            tested=tested,
            headline=self._headline(tested),
            stale=tested is not None and not any(same(one, version.document) for one in tested.documents),
            refused=refused,
            why_not=self._why_not(version),
            may_reject=access.may(self.actor, "rules:approve"),
            soon=shown.for_input(self._tomorrow(), self.ws.settings.zone)[:16],
            said=shown.said,
            lang=shown.language(),
            chip=shown.version_chip(version, row is not None and row.enabled),
            **checked(self.ws, version.document),
        )

    def _headline(self, tested: Backtest | None) -> str:
        """Return what the attached backtest found, in a sentence; nothing if it found nothing yet."""
        if tested is None or tested.state not in ("done", "stopped") or not tested.result:
            return ""
        return shown.said(backtest.headline(tested, self.ws.settings.zone))

    def _why_not(self, version: RuleVersion) -> str:
        """Return why the viewer can't approve this version, or nothing."""
        if not access.may(self.actor, "rules:approve"):
            return t("你的角色可以查看，但不能审批。", "Your role may look, but not approve.")
        if version.author_id == self.actor.id:
            return t(
                "这份草稿是你写的，须由同事批准（四眼原则）。", "You wrote this draft: a colleague has to approve it."
            )
        if version.state != "review":
            return t("这个版本现在不在审批中。", "This version is not in review now.")
        return ""

    def _title(self, version: RuleVersion) -> str:
        return shown.said(title_of(version.document))

    def _tomorrow(self) -> Any:
        local = self.ws.clock.now().astimezone(self.ws.settings.zone)
        return (local + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
