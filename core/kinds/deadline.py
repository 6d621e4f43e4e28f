"""时限 deadline: a moment by which something must have happened to a record; found by (state, due_at)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from peewee import BigIntegerField, CharField, ForeignKeyField, IntegerField

from ...hooks.text import Text
from ...rules.language.vocabulary import FieldType
from ..schema.facts import MINUTES, of, own
from ..schema.fields import field, options, reference
from ..schema.kind import ANY, Collection, Consequence, Event, Fact, Kind, Lifecycle, LifecycleContext, Reading, Values
from ..storage.records import JSONText, Record, UTCDateTimeField
from .customer import Customer
from .deadline_closing import end_pauses
from .lead import Lead

STATES = options(
    ("open", "计时中", "Running"),
    ("paused", "暂停", "Paused"),
    ("met", "已按时完成", "Met"),
    ("missed", "已超时", "Missed"),
    ("cancelled", "已取消", "Cancelled"),
)
NAMES = {"first_response": ("首次响应", "First response")}
"""The deadlines that Clew itself starts and closes, with their titles."""
_NAME = FieldType("text", title=("时限", "Deadline"), labels=NAMES, suggestions=tuple(NAMES), names="deadline")


class Deadline(Record):
    """A deadline about a record of any kind: `about_kind` and `about_id`; of a lead, it names the lead, too.

    It lasts `working_minutes`, or `working_days`, by the calendar of who owns the record: `owner_id`. `counted` is
    what was used up before `counted_from` (microseconds, or days), `segments` the stretches that it was used up in;
    while it is paused, `paused_for` names the reason. At `warn_at`, if there is one, `warn_minutes` before it is due,
    the owner is warned once: `warned_at`. `met_at` is when what a missed deadline waited for happened after all,
    `closed_because` why it was cancelled.
    """

    name = CharField(40)
    about_kind = CharField(40, default="")
    about_id = CharField(26, default="")
    lead = ForeignKeyField(Lead, null=True, backref="deadlines", on_delete="RESTRICT")
    lead_id: str | None
    customer = ForeignKeyField(Customer, null=True, on_delete="RESTRICT")
    customer_id: str | None
    started_at = UTCDateTimeField()
    working_minutes = IntegerField()
    due_at = UTCDateTimeField()
    warn_at = UTCDateTimeField(null=True)
    warned_at = UTCDateTimeField(null=True)
    state = CharField(10, default="open")
    closed_at = UTCDateTimeField(null=True)
    owner_id = CharField(26, null=True)
    working_days = IntegerField(null=True)
    warn_minutes = IntegerField(null=True)
    counted = BigIntegerField(default=0)
    counted_from = UTCDateTimeField(null=True)
    segments = JSONText(default=list)
    paused_for = CharField(40, default="")
    met_at = UTCDateTimeField(null=True)
    closed_because = CharField(20, default="")

    class Meta:
        indexes = (
            (("owner_id", "state"), False),
            (("state", "due_at"), False),
            (("state", "warned_at", "warn_at"), False),
            (("about_id", "name", "state"), False),
            (("lead", "name", "state"), False),
        )


def _defaults(values: Values, context: LifecycleContext) -> Values:
    lead_id = values.get("lead_id")
    return {"about_kind": "lead", "about_id": lead_id} if lead_id and not values.get("about_id") else {}


def _follow_ups(deadline: Any, changed: Values | None, context: LifecycleContext) -> Iterable[Consequence]:
    return end_pauses(deadline, context) if changed and changed.get("state") in ("met", "missed", "cancelled") else ()


def _overdue(deadline: Any, reading: Reading) -> bool:
    return bool(deadline.state == "missed" or (deadline.state == "open" and deadline.due_at <= reading.now))


DEADLINE = Kind(
    name="deadline",
    title=Text("时限", "Deadline"),
    plural=Text("时限", "Deadlines"),
    model=Deadline,
    fields=(
        field("name", "名称", "Name", form=False, longest=40),
        field("state", "状态", "State", "choice", options=STATES, form=False, along=True),
        field("working_minutes", "工作分钟", "Working minutes", "number", form=False, along=True),
        *(
            field(name, zh, en, "moment", form=False, along=True)
            for name, zh, en in (
                ("started_at", "开始时间", "Started"),
                ("due_at", "到期时间", "Due time"),
                ("warn_at", "预警时间", "Warn at"),
                ("warned_at", "已预警", "Warned"),
                ("closed_at", "结束时间", "Closed"),
                ("counted_from", "从何时计", "Counted from"),
                ("met_at", "事后完成", "Done afterwards"),
            )
        ),
        field("working_days", "工作日", "Working days", "number", form=False, along=True),
        field("warn_minutes", "提前预警", "Warn before", "number", form=False, along=True),
        field("paused_for", "暂停原因", "Paused for", form=False, longest=40, along=True),
        field("closed_because", "取消原因", "Cancelled because", form=False, longest=20, along=True),
        field("segments", "已计时段", "Stretches counted", "json", form=False, along=True),
        field("counted", "已计", "Counted", "number", form=False, along=True),
        reference("owner_id", "user", "负责人", "Owner", along=True),
        reference("lead_id", "lead", "线索", "Lead", parent=True),
        reference("customer_id", "customer", "客户", "Customer", parent=True),
    ),
    events=(
        Event("created", Text("开始计时", "Clock started"), icon="clock", tone="rule"),
        Event(
            "missed",
            Text("时限已超", "Deadline missed"),
            "state",
            "missed",
            trigger=Text("时限已超", "A deadline is missed"),
            icon="clock",
            tone="late",
            hook="on_deadline_missed",
        ),
        Event(
            "warned",
            Text("时限将到", "Deadline near"),
            "warned_at",
            ANY,
            trigger=Text("时限将到", "A deadline is near"),
            icon="clock",
            tone="rule",
        ),
        Event("paused", Text("时限暂停", "Deadline paused"), "state", "paused", icon="clock"),
        Event("resumed", Text("时限继续", "Deadline goes on"), "state", "open", icon="clock"),
        Event("met", Text("时限内完成", "Deadline met"), "state", "met", icon="clock", tone="done"),
        Event("met_late", Text("超时后完成", "Done after the deadline"), "met_at", ANY, icon="clock", tone="late"),
        Event("closed", Text("时限取消", "Deadline cancelled"), "state", "cancelled", icon="clock"),
        Event("recounted", Text("时限重算", "Deadline counted anew"), "due_at", icon="clock", tone="rule"),
        Event("changed", Text("时限变更", "Deadline changed"), icon="clock"),
    ),
    facts=(
        Fact("name", _NAME),
        Fact("working_minutes", of("number", "时限时长", "Length of the deadline", MINUTES)),
        own("due_at", "时限到期时间", "Time the deadline is due"),
        own("working_days", "时限的工作日数", "Working days of the deadline"),
        own("paused_for", "时限暂停原因", "Reason the deadline is paused"),
        own("state", "时限状态", "State of the deadline"),
        Fact("overdue", of("bool", "时限已过", "Deadline has passed"), _overdue),
    ),
    collection=Collection(
        "deadlines",
        Text("线索的时限", "The lead's deadlines"),
        (Fact("name", _NAME), own("state"), own("due_at")),
        by="lead_id",
    ),
    lifecycle=Lifecycle(defaults=_defaults, follow_ups=_follow_ups),
    acts_on="lead",
    ruled=True,
    taken_back=(("open", "paused"), "cancelled"),
    together=(("state", "closed_at"),),
    named_by=("name",),
    icon="clock",
)
