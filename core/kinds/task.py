"""任务 task: something one person has to do; an SOP checklist is the tasks of one `sop`."""

from __future__ import annotations

from typing import Any

from peewee import CharField, ForeignKeyField

from ...hooks.text import Text
from ..schema.facts import own
from ..schema.fields import field, options, reference
from ..schema.kind import BY_ROLES, Collection, Event, Kind, Lifecycle, LifecycleContext, Values
from ..storage.records import Record, UTCDateTimeField
from .customer import Customer
from .deadline_closing import ENDED
from .lead import Lead
from .user import User

STATES = options(("open", "待办", "To do"), ("done", "已完成", "Done"), ("cancelled", "已取消", "Cancelled"))
KINDS = options(("task", "任务", "Task"), ("sop", "标准作业", "Checklist item"))
BECAUSE = options((ENDED, "线索已结束", "The lead was closed"))


class Task(Record):
    """A task of one person, about a record of any kind: `about_kind` and `about_id`.

    A task about a lead, or about a record that belongs to one, names the lead in `lead`, too. `closed_because` says why
    it was cancelled, where it can come back.
    """

    title = CharField(200)
    kind = CharField(20, default="task")
    sop = CharField(80, default="")
    about_kind = CharField(40, default="")
    about_id = CharField(26, default="", index=True)
    lead = ForeignKeyField(Lead, null=True, backref="tasks", on_delete="RESTRICT")
    lead_id: str | None
    customer = ForeignKeyField(Customer, null=True, on_delete="RESTRICT")
    customer_id: str | None
    assignee = ForeignKeyField(User, null=True, backref="tasks", on_delete="RESTRICT")
    assignee_id: str | None
    state = CharField(10, default="open")
    due_at = UTCDateTimeField(null=True)
    done_at = UTCDateTimeField(null=True)
    closed_because = CharField(20, default="")

    class Meta:
        indexes = ((("assignee", "state", "due_at"), False),)


def _defaults(values: Values, context: LifecycleContext) -> Values:
    lead_id = values.get("lead_id")
    return {"about_kind": "lead", "about_id": lead_id} if lead_id and not values.get("about_id") else {}


def _done(task: Any, values: Values, context: LifecycleContext) -> Values:
    if values.get("state", task.state) == task.state:
        return {}
    because = values.get("closed_because", "") if values["state"] == "cancelled" else ""
    return {"done_at": context.now if values["state"] == "done" else None, "closed_because": because}


TASK = Kind(
    name="task",
    title=Text("任务", "Task"),
    plural=Text("任务", "Tasks"),
    model=Task,
    fields=(
        field("title", "任务", "Task", required=True),
        field("state", "状态", "State", "choice", options=STATES),
        field("due_at", "截止", "Due", "moment"),
        field("kind", "类型", "Kind", "choice", options=KINDS, form=False, along=True),
        field("sop", "清单", "Checklist", form=False, longest=80, along=True),
        reference("assignee_id", "user", "由谁完成", "For", along=True),
        field("done_at", "完成时间", "Done", "moment", form=False, along=True),
        field("closed_because", "取消原因", "Cancelled because", "choice", options=BECAUSE, form=False, along=True),
        reference("lead_id", "lead", "线索", "Lead", parent=True),
        reference("customer_id", "customer", "客户", "Customer", parent=True),
    ),
    events=(
        Event("created", Text("创建任务", "Task created"), icon="checklist", tone="rule"),
        Event(
            "changed",
            Text("任务更新", "Task updated"),
            trigger=Text("任务已更新", "A task is updated"),
            icon="check",
        ),
    ),
    facts=(
        own("kind", "任务类型", "Kind of task"),
        own("state", "任务状态", "State of the task"),
    ),
    collection=Collection(
        "tasks",
        Text("线索的任务", "The lead's tasks"),
        (own("title"), own("kind"), own("state"), own("due_at", "截止时间", "Due time")),
        by="lead_id",
    ),
    lifecycle=Lifecycle(defaults=_defaults, derive_changes=_done),
    owner="assignee_id",
    in_hand=("state", "open"),
    by_owner_alone=True,
    write=BY_ROLES,
    acts_on="lead",
    ruled=True,
    judged=True,
    taken_back=(("open",), "cancelled"),
    together=(("state", "done_at", "closed_because"),),
    named_by=("title",),
    found_by=("title",),
    icon="checklist",
)
