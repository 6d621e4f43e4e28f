"""Saved views of lists over the API: those that the caller sees, and their own made, changed and deleted."""

from __future__ import annotations

from typing import Any

from ..access import policy as access
from ..errors import NotFound
from ..kinds import SavedView
from . import list_shapes as shapes
from .blueprint import Blueprint
from .bulk import business_kind
from .caller import actor, etag, key, origin, revision, token_needed, workspace
from .records import ETAG

blueprint = Blueprint("api_views", "views", description="Lists under a name: filters, order and columns")
_SHOWN = ("id", "revision", "kind", "name", "query", "share", "user_id", "team_id", "place")


@blueprint.get("/views")
@token_needed
@blueprint.query(shapes.ViewsQuery)
@blueprint.response(200, shapes.Views)
def list_views(given: dict[str, str]) -> dict[str, Any]:
    """List the views that the caller sees: their own, and those shared with them."""
    query = _seen()
    if kind := given.get("kind"):
        query = query.where(SavedView.kind == kind)
    return {"items": [_shown(one) for one in query.order_by(SavedView.kind, SavedView.place, SavedView.id)]}


@blueprint.post("/views")
@token_needed
@blueprint.takes(shapes.NewView)
@blueprint.response(201, shapes.ViewShown, headers=ETAG)
@blueprint.alt_response(200, schema=shapes.ViewShown, description="Saved by this key before", success=True)
@blueprint.problems(403, 404, 409)
@blueprint.headers("IdempotencyKey")
def make_view(given: dict[str, Any]) -> Any:
    """Save a view, of at most 30 of one list."""
    business_kind(given["kind"] or "")
    made = workspace().door.create("saved_view", {"share": "own", **given}, origin(), key())
    return _shown(made.record), 201 if made.new else 200, etag(made.record)


@blueprint.patch("/views/<view_id>")
@token_needed
@blueprint.takes(shapes.ViewChange)
@blueprint.response(200, shapes.ViewShown, headers=ETAG)
@blueprint.problems(403, 404, 409)
@blueprint.headers("IfMatch")
def change_view(given: dict[str, Any], view_id: str) -> Any:
    """Change a view: only who saved it may."""
    return _changed(view_id, given)


@blueprint.delete("/views/<view_id>")
@token_needed
@blueprint.response(200, shapes.ViewShown, headers=ETAG)
@blueprint.problems(403, 404, 409)
@blueprint.headers("IfMatch")
def delete_view(view_id: str) -> Any:
    """Delete a view: only who saved it may. The journal keeps it."""
    return _changed(view_id, {"retired_at": workspace().clock.now()})


def _seen() -> Any:
    return access.visible(workspace().kinds, actor(), "saved_view").where(SavedView.retired_at.is_null())


def _changed(view_id: str, values: dict[str, Any]) -> Any:
    if not _seen().where(SavedView.id == view_id).exists():
        raise NotFound("没有这个视图，或者它没有共享给你。", "no such view, or it is not shared with you")
    changed = workspace().door.change("saved_view", view_id, values, origin(), revision())
    return _shown(changed), 200, etag(changed)


def _shown(view: SavedView) -> dict[str, Any]:
    return {name: getattr(view, name) for name in _SHOWN}
