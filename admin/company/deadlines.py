"""推导: one deadline step by step, for whoever may see it; paused and resumed in place."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request, url_for
from flask_admin import expose

from ...core.company.calendars import running_pause
from ...core.errors import ClewError, NotFound
from ...core.kinds import Deadline, Pause, PauseReason, User
from ...core.timeline.derivation import deadline_seen_by, derivation_of
from ..base import ConsoleView
from ..records.served import record_path
from ..session import english, origin, t


class DeadlinesView(ConsoleView):
    """推导: how one deadline came about."""

    words_, group, in_rail, icon_name = ("时限", "Deadline"), ("系统", "System"), False, "clock"
    first_page = "one"

    def __init__(self, ws: Any) -> None:
        super().__init__(ws, name="Deadline", url="/deadlines", endpoint="deadlines")

    @expose("/<deadline_id>")
    def one(self, deadline_id: str) -> str:
        """Show how a deadline came about, with the ledger of its pauses."""
        return self._show(self._deadline(deadline_id))

    @expose("/<deadline_id>/pause", methods=["POST"])
    def pause(self, deadline_id: str) -> Any:
        """Pause a deadline."""
        row = self._deadline(deadline_id)
        values = {"deadline_id": row.id, "reason": request.form.get("reason", ""), "note": request.form.get("note", "")}
        try:
            self.ws.door.create("pause", values, origin())
        except ClewError as error:
            return self._show(row, t(error.text.zh, error.text.en)), error.status
        flash(t("时限暂停了，已计的时间留着", "The deadline is paused; what was counted is kept"))
        return redirect(url_for("deadlines.one", deadline_id=row.id))

    @expose("/<deadline_id>/resume", methods=["POST"])
    def resume(self, deadline_id: str) -> Any:
        """Let a deadline go on."""
        row = self._deadline(deadline_id)
        try:
            self.ws.door.change("pause", running_pause(row.id).id, {"to_at": self.ws.clock.now()}, origin())
        except ClewError as error:
            return self._show(row, t(error.text.zh, error.text.en)), error.status
        flash(t("时限继续计时", "The deadline goes on"))
        return redirect(url_for("deadlines.one", deadline_id=row.id))

    def _deadline(self, deadline_id: str) -> Deadline:
        row = Deadline.get_or_none(Deadline.id == deadline_id)
        if row is None or not deadline_seen_by(self.ws, self.actor, row):
            raise NotFound(
                "没有这个时限，或者它归别的团队。", "there is no such deadline, or it belongs to another team"
            )
        return row

    def _show(self, row: Deadline, error: str = "") -> str:
        labels = self.ws.configuration.vocabulary.fields["deadline.name"].labels
        pauses = list(Pause.select().where(Pause.deadline == row).order_by(Pause.id))
        people = {one.id: one.name for one in User.select().where(User.id.in_([p.by_id for p in pauses if p.by_id]))}
        here = self.ws.kinds.get(row.about_kind)
        return self.show(
            "company/deadline",
            row=Deadline.get_by_id(row.id),
            name=t(*labels[row.name]) if row.name in labels else row.name,
            derivation=derivation_of(self.ws, row),
            pauses=pauses,
            people=people,
            reasons={one.name: one for one in PauseReason.select().order_by(PauseReason.id)},
            about=record_path(here, row.about_id) if here is not None else "",
            error=error,
            locale="en" if english() else "zh",
        )
