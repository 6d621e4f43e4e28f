"""Leave over the API: read one's own and one's people's, put on record, changed, cancelled."""

from __future__ import annotations

from typing import Any

from ..access import policy as access
from ..company.calendars import preview, proposed_leave
from ..errors import NotFound
from ..journal.lines import plain
from ..kinds import Leave, User
from . import time_shapes as shapes
from .blueprint import Blueprint
from .calendars import shown_preview
from .caller import actor, key, origin, page, revision, token_needed, workspace

blueprint = Blueprint("api_leave", "leave", description="Who is away, and who takes over")


@blueprint.get("/leave")
@token_needed
@blueprint.query(shapes.LeaveQuery)
@blueprint.response(200, shapes.LeavePage)
def list_leave(given: dict[str, str]) -> dict[str, Any]:
    """List leave, newest first: all for whoever sets the company up, else one's own and one's team's."""
    query = access.visible(workspace().kinds, actor(), "leave")
    if user_id := given.get("user_id"):
        query = query.where(Leave.user == user_id)
    return page(query, Leave.id, _shown)


@blueprint.post("/leave")
@token_needed
@blueprint.takes(shapes.LeaveMade)
@blueprint.response(201, shapes.LeaveShown)
@blueprint.problems(400, 403, 404, 409)
@blueprint.headers("IdempotencyKey")
def record_leave(given: dict[str, Any]) -> Any:
    """Put leave on record; the person's open deadlines are counted anew."""
    access.require(actor(), "company")
    return _shown(workspace().door.create("leave", given, origin(), key()).record), 201


@blueprint.post("/leave/preview")
@token_needed
@blueprint.takes(shapes.LeaveMade)
@blueprint.response(200, shapes.PreviewShown)
@blueprint.problems(400, 403, 404)
def preview_leave(given: dict[str, Any]) -> dict[str, Any]:
    """Say which running deadlines a leave would move. Writes nothing."""
    access.require(actor(), "company")
    ws = workspace()
    read = ws.configuration.validator.read("leave", given, whole=True)
    if User.get_or_none(User.id == read["user_id"]) is None:
        raise NotFound("没有这位成员。", "no user of that id")
    after = proposed_leave(ws, read["user_id"], read["from_at"], read["to_at"], read.get("deputy_id"))
    return shown_preview(preview(ws, after, read["user_id"]))


@blueprint.patch("/leave/<leave_id>")
@token_needed
@blueprint.takes(shapes.LeaveChange)
@blueprint.response(200, shapes.LeaveShown)
@blueprint.problems(403, 404, 409)
@blueprint.headers("IfMatch")
def change_leave(given: dict[str, Any], leave_id: str) -> dict[str, Any]:
    """Change a leave, or cancel it; open deadlines are counted anew."""
    access.require(actor(), "company")
    return _shown(workspace().door.change("leave", leave_id, given, origin(), revision()))


def _shown(row: Leave) -> dict[str, Any]:
    names = ("id", "revision", "user_id", "kind", "reason", "deputy_id", "cancelled")
    return {**{name: getattr(row, name) for name in names}, "from_at": plain(row.from_at), "to_at": plain(row.to_at)}
