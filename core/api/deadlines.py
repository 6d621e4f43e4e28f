"""Deadlines over the API: how each came about, step by step; paused and resumed, with the ledger of pauses."""

from __future__ import annotations

from typing import Any

from ..company.calendars import running_pause
from ..errors import NotFound
from ..journal.lines import plain
from ..kinds import Deadline, Pause
from ..timeline.derivation import deadline_seen_by, derivation_of
from . import time_shapes as shapes
from .blueprint import Blueprint
from .caller import actor, origin, token_needed, workspace
from .described import Confirm
from .problems import locale

blueprint = Blueprint("api_deadlines", "deadlines", description="By when something must have happened")


@blueprint.get("/deadlines/<deadline_id>")
@token_needed
@blueprint.response(200, shapes.DeadlineShown)
@blueprint.problems(404)
def read_deadline(deadline_id: str) -> dict[str, Any]:
    """Read a deadline."""
    return _shown(_deadline(deadline_id))


@blueprint.get("/deadlines/<deadline_id>/derivation")
@token_needed
@blueprint.response(200, shapes.DeadlineDerived)
@blueprint.problems(404)
def read_derivation(deadline_id: str) -> dict[str, Any]:
    """Say step by step how the moment at which a deadline is due came about, in the caller's language."""
    return derivation_of(workspace(), _deadline(deadline_id)).to_dict(locale())


@blueprint.get("/deadlines/<deadline_id>/pauses")
@token_needed
@blueprint.response(200, shapes.PausesShown)
@blueprint.problems(404)
def list_pauses(deadline_id: str) -> dict[str, Any]:
    """List the pauses of a deadline, the oldest first."""
    row = _deadline(deadline_id)
    return {"items": [_pause(one) for one in Pause.select().where(Pause.deadline == row).order_by(Pause.id)]}


@blueprint.post("/deadlines/<deadline_id>/pause")
@token_needed
@blueprint.takes(shapes.PauseAsked)
@blueprint.response(200, shapes.DeadlineShown)
@blueprint.problems(400, 403, 404, 409)
def pause_deadline(given: dict[str, Any], deadline_id: str) -> dict[str, Any]:
    """Pause a deadline from now on; what was counted is kept."""
    row = _deadline(deadline_id)
    workspace().door.create("pause", {"deadline_id": row.id, **given}, origin())
    return _shown(Deadline.get_by_id(row.id))


@blueprint.post("/deadlines/<deadline_id>/resume")
@token_needed
@blueprint.takes(Confirm)
@blueprint.response(200, shapes.DeadlineShown)
@blueprint.problems(403, 404, 409)
def resume_deadline(given: dict[str, Any], deadline_id: str) -> dict[str, Any]:
    """Let a paused deadline go on: what is left is counted from now on."""
    row, ws = _deadline(deadline_id), workspace()
    ws.door.change("pause", running_pause(row.id).id, {"to_at": ws.clock.now()}, origin())
    return _shown(Deadline.get_by_id(row.id))


def _deadline(deadline_id: str) -> Deadline:
    row = Deadline.get_or_none(Deadline.id == deadline_id)
    if row is None or not deadline_seen_by(workspace(), actor(), row):
        raise NotFound("没有这个时限。", "there is no such deadline")
    return row


def _shown(row: Deadline) -> dict[str, Any]:
    names = ("id", "revision", "name", "about_kind", "about_id", "owner_id", "state", "paused_for")
    moments = ("started_at", "due_at", "closed_at", "met_at")
    return {
        **{name: getattr(row, name) for name in (*names, "working_minutes", "working_days")},
        **{name: plain(getattr(row, name)) for name in moments},
    }


def _pause(row: Pause) -> dict[str, Any]:
    names = ("id", "deadline_id", "reason", "note", "by_id")
    return {**{name: getattr(row, name) for name in names}, "from_at": plain(row.from_at), "to_at": plain(row.to_at)}
