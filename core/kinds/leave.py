"""请假 leave: a period in which a person is away; without a deputy, the clocks of what they own stand still."""

from __future__ import annotations

from typing import Any

from peewee import BooleanField, CharField, ForeignKeyField

from ...hooks.text import Text
from ..errors import Invalid, Problem
from ..journal.origin import Actor
from ..roles import may
from ..schema.fields import field, options, reference
from ..schema.kind import Event, Kind, Lifecycle, LifecycleContext, Values
from ..storage.queries import Query
from ..storage.records import Record, UTCDateTimeField
from ..storage.turns import PEOPLE, one_at_a_time
from .standing_in import standing_of
from .user import User

LEAVE_KINDS = options(
    ("annual", "年假", "Annual leave"),
    ("personal", "事假", "Personal leave"),
    ("sick", "病假", "Sick leave"),
    ("family", "婚产陪护", "Family leave"),
    ("business", "出差", "Business trip"),
    ("other", "其他", "Other"),
)


class Leave(Record):
    """Leave of a person from `from_at` to `to_at`; `deputy` takes over what becomes urgent meanwhile."""

    user = ForeignKeyField(User, backref="leaves", on_delete="RESTRICT")
    user_id: str
    from_at = UTCDateTimeField()
    to_at = UTCDateTimeField()
    kind = CharField(20, default="annual")
    reason = CharField(200, default="")
    deputy = ForeignKeyField(User, null=True, on_delete="RESTRICT")
    deputy_id: str | None
    cancelled = BooleanField(default=False)

    class Meta:
        indexes = ((("user", "to_at"), False), (("to_at", "cancelled"), False))


def _clash(user_id: str, begins: Any, ends: Any, context: LifecycleContext, but: str = "") -> None:
    one_at_a_time(PEOPLE)  # The same leave sent twice at once is one leave.
    others: list[Any] = context.store.related("leave", user_id=user_id, cancelled=False)
    for other in others:
        if other.id != but and other.from_at < ends and begins < other.to_at:
            zone = context.calendar.clock(user_id, ()).zone
            first, last = (f"{moment.astimezone(zone):%Y-%m-%d %H:%M}" for moment in (other.from_at, other.to_at))
            said = Text(
                f"这段时间里已经登记了请假（{first} 到 {last}）；请改那一条，或者先取消它",
                f"leave is on record for part of that time ({first} to {last}): change it, or cancel it first",
            )
            raise Invalid([Problem("from_at", said)])


def _check(user_id: str, deputy_id: str | None, begins: Any, ends: Any, context: LifecycleContext) -> None:
    if begins is not None and ends is not None and begins >= ends:
        raise Invalid([Problem("to_at", Text("结束应晚于开始", "the end has to be later than the beginning"))])
    if deputy_id and deputy_id == user_id:
        raise Invalid([Problem("deputy_id", Text("代理人应是另一位成员", "the deputy has to be somebody else"))])
    deputy = context.store.get("user", deputy_id)
    if deputy_id and (deputy is None or deputy.active is False):
        said = Text("代理人不在岗；请选另一位", "the deputy is not active: choose somebody else")
        raise Invalid([Problem("deputy_id", said)])


def _defaults(values: Values, context: LifecycleContext) -> Values:
    _check(values["user_id"], values.get("deputy_id"), values["from_at"], values["to_at"], context)
    if not values.get("cancelled"):
        _clash(values["user_id"], values["from_at"], values["to_at"], context)
    return {}


def _derive(leave: Any, values: Values, context: LifecycleContext) -> Values:
    now = {name: values.get(name, getattr(leave, name)) for name in ("user_id", "deputy_id", "from_at", "to_at")}
    if now["user_id"] != leave.user_id:
        said = Text(
            "请假的人不能改；请取消后另登记", "whose leave it is can't be changed: cancel it and record another"
        )
        raise Invalid([Problem("user_id", said)])
    _check(now["user_id"], now["deputy_id"] if "deputy_id" in values else None, now["from_at"], now["to_at"], context)
    if {"from_at", "to_at", "cancelled"} & values.keys() and not values.get("cancelled", leave.cancelled):
        _clash(leave.user_id, now["from_at"], now["to_at"], context, leave.id)
    return {}


def _visible(actor: Actor, kinds: Any) -> Query:
    """Return the actor's own leave and what they stand in for; their team's for managers; all for who keeps calendars."""
    if may(actor, "company") or may(actor, "people"):
        return Leave.select()
    mine = (Leave.user == actor.id) | (Leave.deputy == actor.id)
    if may(actor, "see:team"):
        mine |= Leave.user.in_(User.select(User.id).where(User.team.in_(standing_of(actor, kinds).teams)))
    return Leave.select().where(mine)


LEAVE = Kind(
    name="leave",
    title=Text("请假", "Leave"),
    plural=Text("请假", "Leave"),
    model=Leave,
    fields=(
        reference("user_id", "user", "谁请假", "Who", required=True),
        field("from_at", "从", "From", "moment", required=True, form=False),
        field("to_at", "到", "To", "moment", required=True, form=False),
        field("kind", "类型", "Kind", "choice", options=LEAVE_KINDS, form=False),
        field("reason", "说明", "Reason", form=False),
        reference("deputy_id", "user", "由谁代理", "Deputy"),
        field("cancelled", "已取消", "Cancelled", "boolean", form=False),
    ),
    events=(
        Event("created", Text("登记请假", "Leave recorded"), icon="user"),
        Event("changed", Text("修改请假", "Leave changed"), icon="user"),
    ),
    lifecycle=Lifecycle(_defaults, _derive),
    visible=_visible,
    write="company",
    configuration="calendars",
    setting_up=True,
    named_in_files=("user_id", "from_at"),
    named_by=("reason",),
    icon="user",
)
