"""Tasks over the API."""

from __future__ import annotations

from typing import Any

from ..access import policy as access
from ..errors import NotFound
from ..kinds import Task
from . import shapes, show
from .blueprint import Blueprint
from .caller import actor, origin, page, token_needed, workspace
from .described import Confirm
from .schemas import OfKind

blueprint = Blueprint("api_tasks", "tasks", description="What people have to do")


@blueprint.get("/tasks")
@token_needed
@blueprint.query(shapes.TaskQuery)
@blueprint.response(200, OfKind("rows", "task"))
def list_tasks(given: dict[str, str]) -> dict[str, Any]:
    """List tasks, newest first; `state` is open or done."""
    query = access.visible_tasks(actor())
    if state := given.get("state"):
        query = query.where(Task.state == state)
    return page(query, Task.id, lambda row: show.record("task", row))


@blueprint.post("/tasks/<task_id>/done")
@token_needed
@blueprint.takes(Confirm)
@blueprint.response(200, OfKind("row", "task"))
@blueprint.problems(403, 404, 409)
def finish_task(given: dict[str, Any], task_id: str) -> dict[str, Any]:
    """Mark a task as done."""
    if not access.visible_tasks(actor()).where(Task.id == task_id).exists():
        raise NotFound("没有这个任务。", f"no task {task_id}")
    return show.record("task", workspace().door.change("task", task_id, {"state": "done"}, origin()))
