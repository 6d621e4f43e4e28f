"""撤销 in the toast: a reversible act is taken back by whoever just did it."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request
from flask_admin import expose
from peewee import fn

from ..core.errors import Conflict, Forbidden, Invalid, NotFound
from ..core.journal.origin import Actor
from ..core.storage.system_tables import JournalLine
from ..core.write.taking_back import take_back_act
from .addresses import local
from .base import ConsoleView
from .session import locale, origin, t


def flash_act(said: str, actor: Actor, kind: str, record: Any, revision: int) -> None:
    """Say that a record was changed; with 撤销 if it was, since its `revision` of before."""
    seq = act_of(actor, kind, record, revision)
    # The page knows it from a plain text.
    flash(said if seq is None else {"text": said, "undo": seq})  # type: ignore[arg-type]


def act_of(actor: Actor, kind: str, record: Any, revision: int) -> int | None:
    """Return the number of the line of the change that somebody just made; None if the record is as at `revision`."""
    if record.revision == revision:
        return None
    mine = (JournalLine.actor_kind == actor.kind) & (JournalLine.actor_id == actor.id)
    here = (JournalLine.record_kind == kind) & (JournalLine.record_id == record.id)
    found: int | None = JournalLine.select(fn.MAX(JournalLine.seq)).where(mine & here).scalar()
    return found


class UndoView(ConsoleView):
    """Takes back one act; there is no page."""

    in_rail, first_page = False, "act"

    def __init__(self, ws: Any) -> None:
        super().__init__(ws, name="Undo", url="/undo", endpoint="undo")

    @expose("/<int:seq>", methods=["POST"])
    def act(self, seq: int) -> Any:
        """Take one act back, and return to where it was done."""
        try:
            take_back_act(self.ws.door, seq, origin(t("撤销", "Undone")))
        except (Invalid, Conflict, Forbidden, NotFound) as error:
            flash(error.text.for_locale(locale()), "error")
        else:
            flash(t("已撤销", "Undone"))
        return redirect(local(request.form.get("next")) or "/")
