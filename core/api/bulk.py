"""Bulk acts over the API: looked at first, begun, followed, stopped and taken back as in the console."""

from __future__ import annotations

import re
from typing import Any

from ...hooks.text import Text
from ..access import policy as access
from ..errors import Forbidden, Invalid, NotFound, Problem
from ..journal.lines import plain
from ..kinds import User
from ..schema.kind import Kind
from ..storage.queries import among
from ..storage.statements import by_id
from ..storage.system_tables import BulkBatch, BulkRow
from ..workbench import acts
from ..workbench import bulk as batches
from . import list_shapes as shapes
from .blueprint import Blueprint
from .caller import actor, origin, page, token_needed, workspace
from .described import Confirm, PageQuery

blueprint = Blueprint("api_bulk", "bulk", description="One change for many records, taken back as a whole")
_ID = re.compile("[0-9A-Z]{26}")


@blueprint.post("/bulk/preview")
@token_needed
@blueprint.takes(shapes.BulkAct)
@blueprint.response(200, shapes.BulkPreview)
@blueprint.problems(403, 404)
def preview_bulk(given: dict[str, Any]) -> dict[str, Any]:
    """Show what a bulk act would do to each record. Nothing changes."""
    kind, values, rows = _asked(given)
    may = acts.allowed(workspace(), actor(), kind, given["action"], [row.id for row in rows])
    items = [_foreseen(kind, given["action"], row, values, row.id in may) for row in rows]
    return {"items": items, "can": sum(not one["same"] and one["refused"] is None for one in items)}


@blueprint.post("/bulk")
@token_needed
@blueprint.takes(shapes.BeginBulk)
@blueprint.response(201, shapes.BulkShown)
@blueprint.problems(403, 404, 409)
def begin_bulk(given: dict[str, Any]) -> Any:
    """Begin a bulk act: each record is changed for itself through the door, the first ones at once, the rest by a worker."""
    kind, values, rows = _asked(given)
    batch_id = given.get("id") or ""
    if batch_id and not _ID.fullmatch(batch_id):
        raise Invalid([Problem("id", Text("应是 26 位的 ULID", "should be a ULID of 26 characters"))])
    act = batches.Act(kind.name, given["action"], _in_words(kind, given), values)
    asked = origin().because(f"{given['action']}: {act.target}")
    batch = batches.begin(workspace(), act, [(row.id, row.revision) for row in rows], asked, batch_id)
    batches.carry_on(workspace(), batch, asked)
    return _shown(BulkBatch.get_by_id(batch.id)), 201


@blueprint.get("/bulk")
@token_needed
@blueprint.query(shapes.BulkQuery)
@blueprint.response(200, shapes.BulkPage)
def list_bulk(given: dict[str, str]) -> dict[str, Any]:
    """List the caller's bulk acts, the newest first."""
    query = BulkBatch.select().where(BulkBatch.user_id == actor().id)
    if kind := given.get("kind"):
        query = query.where(BulkBatch.kind == kind)
    return page(query, BulkBatch.id, _shown)


@blueprint.get("/bulk/<batch_id>")
@token_needed
@blueprint.response(200, shapes.BulkShown)
@blueprint.problems(403, 404)
def read_bulk(batch_id: str) -> dict[str, Any]:
    """Show how far a bulk act is, and why it rests if it does."""
    return _shown(_batch(batch_id))


@blueprint.get("/bulk/<batch_id>/rows")
@token_needed
@blueprint.query(PageQuery)
@blueprint.response(200, shapes.BulkRowPage)
@blueprint.problems(403, 404)
def list_bulk_rows(given: dict[str, str], batch_id: str) -> dict[str, Any]:
    """List what became of each record."""
    return page(BulkRow.select().where(BulkRow.batch_id == _batch(batch_id).id), BulkRow.id, _row)


@blueprint.post("/bulk/<batch_id>/stop")
@token_needed
@blueprint.takes(Confirm)
@blueprint.response(200, shapes.BulkShown)
@blueprint.problems(403, 404, 409)
def stop_bulk(given: dict[str, Any], batch_id: str) -> dict[str, Any]:
    """Stop a bulk act, or its undoing, after the record it is at; what is done stands."""
    batches.stop(_batch(batch_id), origin())
    return _shown(_batch(batch_id))


@blueprint.post("/bulk/<batch_id>/go-on")
@token_needed
@blueprint.takes(Confirm)
@blueprint.response(200, shapes.BulkShown)
@blueprint.problems(403, 404, 409)
def go_on_bulk(given: dict[str, Any], batch_id: str) -> dict[str, Any]:
    """Let one that rests go on: 409 says what is in its way."""
    batch = _batch(batch_id)
    batches.go_on(workspace(), batch, origin().because(batch.said))
    return _shown(_batch(batch_id))


@blueprint.post("/bulk/<batch_id>/undo")
@token_needed
@blueprint.takes(Confirm)
@blueprint.response(200, shapes.BulkShown)
@blueprint.problems(403, 404, 409)
def undo_bulk(given: dict[str, Any], batch_id: str) -> dict[str, Any]:
    """Take a bulk act back within 30 days; records changed since stay as they are, with the reason."""
    asked = origin().because("撤销 · undone")
    batches.undo(workspace(), _batch(batch_id), asked)
    batches.carry_on(workspace(), _batch(batch_id), asked)
    return _shown(_batch(batch_id))


def business_kind(name: str) -> Kind:
    """Return a kind of business records. Raises NotFound for another."""
    kind = workspace().kinds.get(name)
    if kind is None or not (kind.ruled or kind.data) or kind.configuration or kind.setting_up:
        raise NotFound("没有这类记录。", f"no kind of record is called {name!r}")
    return kind


def _asked(given: dict[str, Any]) -> tuple[Kind, dict[str, Any], list[Any]]:
    """Return the kind, what is set, and the records, as far as the caller sees them all."""
    ws, action, ids = workspace(), given["action"], list(dict.fromkeys(given["ids"] or ()))
    kind = business_kind(given["kind"] or "")
    if action not in acts.actions_of(ws, actor(), kind):
        raise Forbidden("你的角色不能做这件事。", f"your role may not {action} {kind.plural.en.lower()} in bulk")
    if not 0 < len(ids) <= batches.MOST or not all(isinstance(one, str) and _ID.fullmatch(one) for one in ids):
        raise Invalid([Problem("ids", Text("应是 1 到 500 个记录编号", "takes the ids of 1 to 500 records"))])
    target = (given["target"] or "").strip()
    values = acts.values_for(ws, kind, action, target, given.get("field") or "", given.get("due_at") or "")
    query = access.visible(ws.kinds, actor(), kind.name)
    found = {row.id: row for row in query.where(among(query.model.id, ids))}
    if unseen := [one for one in ids if one not in found]:
        words = Text(
            f"没有这些记录，或看不到：{'、'.join(unseen[:5])}", f"none of these is seen: {', '.join(unseen[:5])}"
        )
        raise Invalid([Problem("ids", words)])
    return kind, values, [found[one] for one in ids]


def _in_words(kind: Kind, given: dict[str, Any]) -> str:
    target: str = (given["target"] or "").strip()
    if given["action"] == acts.ASSIGN:
        return str(by_id(User, target).name)
    if given["action"] == acts.MOVE:
        return next(one.title.zh for one in acts.stages_of(workspace(), kind) if one.name == target)
    field = kind.by_name.get(given.get("field") or "")
    if given["action"] == acts.SET and target == acts.CLEARED:
        return "空"
    return field.words(target, "zh") if field is not None and field.options else target


def _foreseen(kind: Kind, action: str, row: Any, values: dict[str, Any], may: bool) -> dict[str, Any]:
    why = acts.foreseen(workspace(), actor(), kind, row, values, action)
    if not may:
        why = Text("你的角色不能改它", "your role may not change it")
    same = action != acts.TASK and acts.is_same(kind, row, values)
    return {"id": row.id, "same": same, "refused": _words(why)}


def _batch(batch_id: str) -> BulkBatch:
    found: BulkBatch | None = by_id(BulkBatch, batch_id)
    if found is None:
        raise NotFound("没有这一批。", "no such batch")
    batches.check_own(found, actor())
    return found


def _shown(batch: BulkBatch) -> dict[str, Any]:
    counts = batches.counts(batch.id)
    names = ("id", "kind", "action", "target", "state", "total", "user_id", "undone_by")
    why = Text(batch.zh, batch.en) if batch.zh else None
    return {
        **{name: getattr(batch, name) for name in names},
        "left": batches.left_of(batch, counts),
        "counts": {
            "waits": counts.get("", 0),
            **{name: counts.get(name, 0) for name in ("done", "same", "refused", "undone", "kept")},
        },
        "created_at": plain(batch.created_at),
        "undone_at": plain(batch.undone_at),
        "why": _words(why),
    }


def _row(row: BulkRow) -> dict[str, Any]:
    return {"id": row.record_id, "state": row.state, "why": _words(Text(row.zh, row.en) if row.zh else None)}


def _words(text: Text | None) -> dict[str, str] | None:
    return None if text is None else {"zh": text.zh, "en": text.en}
