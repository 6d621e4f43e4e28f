"""暂停 pause: a time in which a deadline stands still, waiting for somebody else; its reasons are data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from peewee import BooleanField, CharField, ForeignKeyField

from ...hooks.text import Text
from ..errors import Conflict, Invalid, Problem
from ..schema.fields import field, reference
from ..schema.kind import Change, Consequence, Event, Kind, Lifecycle, LifecycleContext, Values
from ..storage.records import Record, UTCDateTimeField
from .customer import Customer
from .deadline import Deadline
from .deadline_clock import paused, resumed
from .lead import Lead
from .user import User


class PauseReason(Record):
    """What a deadline may wait for, under a `name` that rules use."""

    name = CharField(40, unique=True)
    title_zh = CharField(80)
    title_en = CharField(80)
    active = BooleanField(default=True)


class Pause(Record):
    """One pause of a deadline; `reason` is the name of a reason. While `to_at` is empty, it lasts."""

    deadline = ForeignKeyField(Deadline, backref="pauses", on_delete="RESTRICT")
    deadline_id: str
    lead = ForeignKeyField(Lead, null=True, on_delete="RESTRICT")
    lead_id: str | None
    customer = ForeignKeyField(Customer, null=True, on_delete="RESTRICT")
    customer_id: str | None
    reason = CharField(40)
    note = CharField(200, default="")
    from_at = UTCDateTimeField()
    to_at = UTCDateTimeField(null=True)
    by = ForeignKeyField(User, null=True, on_delete="RESTRICT")
    by_id: str | None


def _refuse(name: str, zh: str, en: str) -> Invalid:
    return Invalid([Problem(name, Text(zh, en))])


def _defaults(values: Values, context: LifecycleContext) -> Values:
    deadline = context.store.get("deadline", values["deadline_id"])
    if deadline is None:
        raise _refuse("deadline_id", "没有这个时限", "there is no such deadline")
    if deadline.state == "paused":
        raise Conflict("这个时限已经暂停了。", "this deadline is paused already")
    if deadline.state != "open":
        raise Conflict("这个时限已经结束，不能暂停。", "this deadline has ended and can't be paused")
    known = [one for one in context.store.related("pause_reason", name=values["reason"]) if one.active is not False]
    if not known:
        raise _refuse(
            "reason",
            f"没有暂停原因「{values['reason']}」；请先在工作日历页登记",
            f"there is no reason {values['reason']!r} to pause: record it on the page of working calendars first",
        )
    if values.get("to_at") is not None or (
        values.get("from_at") not in (None, context.now) and context.actor.kind == "user"
    ):
        raise _refuse("from_at", "暂停从此刻开始，不能补记", "a pause begins now and can't be recorded afterwards")
    return {
        "from_at": values.get("from_at") or context.now,
        "lead_id": deadline.lead_id,
        "customer_id": deadline.customer_id,
        "by_id": context.actor.id if context.actor.kind == "user" else None,
    }


def _derive(pause: Any, values: Values, context: LifecycleContext) -> Values:
    for name in ("deadline_id", "from_at", "by_id", "reason"):
        if name in values and values[name] != getattr(pause, name):
            raise _refuse(name, "已记下的暂停不能改，只能结束", "a pause on record can't be changed, only ended")
    if "to_at" not in values or values["to_at"] == pause.to_at:
        return {}
    if pause.to_at is not None:
        raise Conflict("这次暂停已经结束。", "this pause has ended already")
    if values["to_at"] is None or values["to_at"] < pause.from_at:
        raise _refuse("to_at", "结束应晚于开始", "the end has to be later than the beginning")
    return {"to_at": context.now}


def _follow_ups(pause: Any, changed: Values | None, context: LifecycleContext) -> Iterator[Consequence]:
    deadline = context.store.get("deadline", pause.deadline_id)
    if deadline is None:
        return
    if changed is None and deadline.state == "open":
        yield Change("deadline", deadline.id, paused(deadline, pause.reason, context))
    elif changed and changed.get("to_at") and deadline.state == "paused":
        yield Change("deadline", deadline.id, resumed(deadline, context))


PAUSE_REASON = Kind(
    name="pause_reason",
    title=Text("暂停原因", "Reason to pause"),
    plural=Text("暂停原因", "Reasons to pause"),
    model=PauseReason,
    fields=(
        field("name", "代码", "Name", required=True, form=False, longest=40),
        field("title_zh", "中文名称", "Title in Chinese", required=True, form=False, longest=80),
        field("title_en", "英文名称", "Title in English", required=True, form=False, longest=80),
        field("active", "启用", "In force", "boolean", form=False),
    ),
    write="company",
    configuration="calendars",
    setting_up=True,
    named_by=("title_zh",),
    named_in_files=("name",),
    icon="clock",
)
PAUSE = Kind(
    name="pause",
    title=Text("暂停", "Pause"),
    plural=Text("暂停", "Pauses"),
    model=Pause,
    fields=(
        reference("deadline_id", "deadline", "时限", "Deadline", required=True, parent=True),
        field("reason", "原因", "Reason", required=True, longest=40),
        field("note", "说明", "Note"),
        field("from_at", "从", "From", "moment", form=False, along=True),
        field("to_at", "到", "To", "moment", form=False),
        reference("lead_id", "lead", "线索", "Lead", parent=True),
        reference("customer_id", "customer", "客户", "Customer", parent=True),
        reference("by_id", "user", "由谁暂停", "By", along=True),
    ),
    events=(
        Event("created", Text("时限暂停", "Deadline paused"), icon="clock"),
        Event("ended", Text("时限继续", "Deadline goes on"), "to_at", icon="clock"),
    ),
    lifecycle=Lifecycle(_defaults, _derive, _follow_ups),
    write="lead",
    write_or=("task", "records"),
    named_by=("reason",),
    icon="clock",
)
"""Rules pause and resume deadlines by actions, so they hear nothing of pauses."""
