"""What a page asks every few seconds: whether something it shows has changed, who did it, and how much now waits.

The answer names no record. What has changed the page reads again from its own address, as whoever looks may read it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Flask, request
from flask_login import current_user

from ..core.access import policy as access
from ..core.journal.news import news
from ..core.journal.origin import Actor
from ..core.storage.system_tables import JournalLine
from ..core.timeline.customer_lines import lines_of
from ..core.timeline.touched import lines_after, touched
from ..core.workspace import Workspace
from .records.served import is_id
from .session import t

_BESIDE = {"lead": ("deadline", "contact"), "customer": ("lead",)}
"""Kinds whose changes show in the list of another one."""


def install(app: Flask, ws: Workspace, waits: Callable[[], dict[str, str]]) -> None:
    """Add the address; `waits` says what the rail and the inbox count, as markup by the names of their places."""
    blueprint = Blueprint("live", __name__)

    @blueprint.get("/live")
    def poll() -> Any:
        """Say what happened since `at` to what the page shows: `on` is record/<kind>/<id>, list/<kind> or day."""
        if not current_user.is_authenticated:
            return {"error": "signed_out"}, 401
        here = news(request.args.get("at", ""))
        told: dict[str, Any] = {"at": here.mark}
        if here.after is None:
            return told
        actor, found = current_user.actor, touched(ws.kinds, current_user.actor, lines_after(here.after))
        changed, who = _changed(ws, actor, request.args.get("on", ""), found, here.after)
        if changed:
            told |= {"changed": True, "who": who}
        if found:
            told["waits"] = waits()
        return told

    app.register_blueprint(blueprint)


def _changed(ws: Workspace, actor: Actor, on: str, found: dict[str, set[str]], after: int) -> tuple[bool, str]:
    what, _, rest = on.partition("/")
    kind, _, record_id = rest.partition("/")
    if what == "day":
        return bool(found), ""
    if what == "list":
        return any(name in found for name in (kind, *_BESIDE.get(kind, ()))), ""
    if what == "record" and kind in ws.kinds and is_id(record_id):
        return _record_changed(ws, actor, kind, record_id, after)
    return False, ""


def _record_changed(ws: Workspace, actor: Actor, kind: str, record_id: str, after: int) -> tuple[bool, str]:
    """Say whether something happened to a record, or on the timeline that stands on its page, and who changed it."""
    query = access.visible(ws.kinds, actor, kind)
    record = query.where(query.model.id == record_id).first()
    if record is None:
        return False, ""
    about = (JournalLine.record_kind == kind) & (JournalLine.record_id == record_id) & (JournalLine.seq > after)
    own = list(JournalLine.select().where(about).order_by(JournalLine.seq.desc()).limit(20))
    others = [line for line in own if not (line.actor_kind == "user" and line.actor_id == actor.id)]
    who = next((line.actor_name if line.actor_kind == "user" else t("规则", "A rule") for line in others), "")
    if own:
        return True, who
    customer_id = ws.kinds[kind].customer_of(record)
    if not customer_id:
        return False, ""
    return lines_of(ws.kinds, actor, customer_id).where(JournalLine.seq > after).exists(), ""
