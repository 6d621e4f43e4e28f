"""Tasks over the API."""

from __future__ import annotations

from typing import Any

from flask import request
from flask_smorest import Blueprint

from ..access import policy as access
from ..errors import NotFound
from ..kinds import Task
from . import show
from .caller import actor, origin, page, token_needed, workspace

blueprint = Blueprint("api_tasks", "tasks", description="What people have to do")


@blueprint.get("/tasks")
@token_needed
def list_tasks() -> dict[str, Any]:
    """List tasks, newest first; `state` is open or done."""
    query = access.visible_tasks(actor())
    if state := request.args.get("state"):
        query = query.where(Task.state == state)
    return page(query, Task.id, lambda row: show.record("task", row))


@blueprint.post("/tasks/<task_id>/done")
@token_needed
def finish_task(task_id: str) -> dict[str, Any]:
    """Mark a task as done."""
    if not access.visible_tasks(actor()).where(Task.id == task_id).exists():
        raise NotFound("没有这个任务。", f"no task {task_id}")
    return show.record("task", workspace().door.change("task", task_id, {"state": "done"}, origin()))
