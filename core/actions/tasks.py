"""建任务 create_task, 建清单 create_tasks: something a person has to do, alone or as a checklist."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...rules.language.vocabulary import ActionSpec, ArgSpec
from ..kinds.deadline_clock import clock_of
from ..schema.kind import Typed, Values
from .action import Action, Writer
from .arguments import MOST_MINUTES, cut, minutes, text
from .people import people, person
from .subject import Subject


def _create_task(tx: Writer, subject: Subject, args: Mapping[str, Any], key: str) -> None:
    due = args.get("due_working_minutes")
    about = _about(tx, subject, args)
    if due:
        clock = clock_of(tx.calendar, tx.store, about["assignee_id"], subject.team_id)
        about["due_at"] = clock.add_minutes(tx.now, min(int(due), MOST_MINUTES))
    tx.create("task", Typed(about, title=cut(args["title"], 200), kind="task"), key)


def _create_tasks(tx: Writer, subject: Subject, args: Mapping[str, Any], key: str) -> None:
    about = _about(tx, subject, args) | {"sop": cut(args["sop"], 80)}
    for number, item in enumerate(args["items"]):
        tx.create("task", Typed(about, title=cut(item, 200), kind="sop"), f"{key}:{number}")


def _about(tx: Writer, subject: Subject, args: Mapping[str, Any]) -> Values:
    assignees = people(tx, args.get("assignee", "owner"), subject)
    return {**subject.references(), "assignee_id": assignees[0] if assignees else None}


CREATE_TASK = Action(
    "create_task",
    ActionSpec(
        {
            "title": text("任务", "Task"),
            "assignee": person("由谁完成", "For"),
            "due_working_minutes": minutes("限时（工作分钟）", "Due within (working minutes)", needed=False),
        },
        title=("建任务", "Create a task"),
        phrase=(
            "给{assignee}建任务{title}[（{due_working_minutes}内完成）]",
            "create the task {title} for {assignee}[ (due within {due_working_minutes})]",
        ),
        repeats=True,
    ),
    _create_task,
)
CREATE_TASKS = Action(
    "create_tasks",
    ActionSpec(
        {
            "sop": text("清单", "Checklist"),
            "items": ArgSpec("texts", required=True, title=("步骤", "Steps")),
            "assignee": person("由谁完成", "For"),
        },
        title=("建标准作业清单", "Create a checklist"),
        phrase=("给{assignee}建清单{sop}（{items}）", "create the checklist {sop} for {assignee} ({items})"),
        repeats=True,
    ),
    _create_tasks,
)
