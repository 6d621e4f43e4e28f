"""时限 deadline: a moment by which something must have happened to a record; found by (state, due_at)."""

from __future__ import annotations

from typing import Any

from peewee import CharField, ForeignKeyField, IntegerField

from ...hooks.text import Text
from ...rules.language.vocabulary import FieldType
from ..schema.facts import MINUTES, of, own
from ..schema.fields import field, options, reference
from ..schema.kind import ANY, Collection, Event, Fact, Kind, Lifecycle, LifecycleContext, Reading, Values
from ..storage.records import Record, UTCDateTimeField
from .customer import Customer
from .lead import Lead

STATES = options(
    ("open", "计时中", "Running"),
    ("met", "已按时完成", "Met"),
    ("missed", "已超时", "Missed"),
    ("cancelled", "已取消", "Cancelled"),
)
NAMES = {"first_response": ("首次响应", "First response")}
"""The deadlines that Clew itself starts and closes, with their titles."""
_NAME = FieldType("text", title=("时限", "Deadline"), labels=NAMES, suggestions=tuple(NAMES), names="deadline")


class Deadline(Record):
    """A deadline about a record of any kind: `about_kind` and `about_id`; of a lead, it names the lead, too.

    At `warn_at`, if there is one, the owner is warned once: `warned_at`.
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

    class Meta:
        indexes = (
            (("state", "due_at"), False),
            (("state", "warned_at", "warn_at"), False),
            (("about_id", "name", "state"), False),
            (("lead", "name", "state"), False),
        )


def _defaults(values: Values, context: LifecycleContext) -> Values:
    lead_id = values.get("lead_id")
    return {"about_kind": "lead", "about_id": lead_id} if lead_id and not values.get("about_id") else {}


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
            )
        ),
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
        Event("changed", Text("时限结束", "Deadline closed"), icon="clock", tone="done"),
    ),
    facts=(
        Fact("name", _NAME),
        Fact("working_minutes", of("number", "时限时长", "Length of the deadline", MINUTES)),
        own("due_at", "时限到期时间", "Time the deadline is due"),
        own("state", "时限状态", "State of the deadline"),
        Fact("overdue", of("bool", "时限已过", "Deadline has passed"), _overdue),
    ),
    collection=Collection(
        "deadlines",
        Text("线索的时限", "The lead's deadlines"),
        (Fact("name", _NAME), own("state"), own("due_at")),
        by="lead_id",
    ),
    lifecycle=Lifecycle(defaults=_defaults),
    acts_on="lead",
    ruled=True,
    taken_back=(("open",), "cancelled"),
    together=(("state", "closed_at"),),
    named_by=("name",),
    icon="clock",
)
