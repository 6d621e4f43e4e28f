"""Dead letters over the API: list them, and send one again by the rules of then or of now."""

from __future__ import annotations

from typing import Any

from ..access import policy as access
from ..errors import ClewError, NotFound
from ..journal.lines import plain
from ..outbox import dispatch
from ..storage.system_tables import Dispatch
from . import shapes
from .blueprint import Blueprint
from .caller import actor, origin, page, token_needed, workspace
from .described import PageQuery

blueprint = Blueprint("api_dead_letters", "dead-letters", description="Events that failed too often")


@blueprint.get("/dead-letters")
@token_needed
@blueprint.query(PageQuery)
@blueprint.response(200, shapes.DeadLetterPage)
@blueprint.problems(403)
def list_dead_letters(given: dict[str, str]) -> dict[str, Any]:
    """List the events that were set aside, newest first."""
    access.require(actor(), "dead_letters")
    return page(Dispatch.select().where(Dispatch.state == "dead"), Dispatch.id, _shown)


@blueprint.post("/dead-letters/<int:dispatch_id>/retry")
@token_needed
@blueprint.takes(shapes.Retry)
@blueprint.response(202, shapes.Retried)
@blueprint.problems(400, 403, 404)
def retry_dead_letter(given: dict[str, Any], dispatch_id: int) -> Any:
    """Send an event again: `rules` says by those of its first try ("then") or today's ("now", if absent)."""
    access.require(actor(), "dead_letters")
    rules = given.get("rules", "now")
    if rules not in ("then", "now"):
        raise ClewError("rules 应为 then 或 now", "rules is then or now")
    if not dispatch.retry_all(workspace(), [dispatch_id], origin(), rules):
        raise NotFound("没有这封死信；它也许已经重新派发。", f"no dead letter {dispatch_id}: perhaps it was sent again")
    return {"id": dispatch_id, "state": "pending", "rules": rules}, 202


@blueprint.post("/dead-letters/<int:dispatch_id>/close")
@token_needed
@blueprint.takes(shapes.Close)
@blueprint.response(200, shapes.Closed)
@blueprint.problems(400, 403, 404, 422)
def close_dead_letter(given: dict[str, Any], dispatch_id: int) -> Any:
    """Close a dead letter by hand: what it stands for was seen to otherwise, as `reason` says."""
    access.require(actor(), "dead_letters")
    if not dispatch.close_all(workspace(), [dispatch_id], origin().because(given["reason"].strip()[:300])):
        raise NotFound(
            "没有这封死信；它也许已经重新派发或关闭。",
            f"no dead letter {dispatch_id}: perhaps it was sent again or closed",
        )
    return {"id": dispatch_id, "state": "closed"}


def _shown(row: Dispatch) -> dict[str, Any]:
    names = ("id", "seq", "kind", "consumer", "record_kind", "record_id", "attempts", "error")
    shown = {name: getattr(row, name) for name in names}
    return {**shown, "created_at": plain(row.created_at), "first_tried_at": plain(row.rules_at)}
