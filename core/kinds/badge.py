"""数据标兵 badge: an award to a person, with the reason and the rule that gave it."""

from __future__ import annotations

from peewee import CharField, ForeignKeyField

from ...hooks.text import Text
from ..schema.fields import field, options, reference
from ..schema.kind import Event, Kind
from ..storage.records import Record
from .lead import Lead
from .user import User

STATES = options(("given", "已授予", "Given"), ("withdrawn", "已撤回", "Withdrawn"))


class Badge(Record):
    """An award; `badge` is one of the badges there are, the options of that field; `state` is given, or withdrawn."""

    user = ForeignKeyField(User, backref="badges", on_delete="RESTRICT")
    user_id: str
    badge = CharField(80)
    reason = CharField(300, default="")
    lead = ForeignKeyField(Lead, null=True, on_delete="RESTRICT")
    lead_id: str | None
    rule = CharField(80, default="")
    version = CharField(40, default="")
    state = CharField(10, default="given")


BADGE = Kind(
    name="badge",
    title=Text("标兵", "Badge"),
    plural=Text("标兵", "Badges"),
    model=Badge,
    fields=(
        field("badge", "称号", "Badge", "choice", form=False, required=True, longest=80, open=True),
        field("reason", "原因", "Reason", form=False, longest=300),
        field("state", "状态", "State", "choice", options=STATES, form=False),
        reference("user_id", "user", "成员", "Person"),
        reference("lead_id", "lead", "线索", "Lead"),
    ),
    events=(Event("created", Text("授予标兵", "Badge awarded"), icon="bolt", tone="rule"),),
    owner="user_id",
    taken_back=(("given",), "withdrawn"),
    named_by=("badge",),
    icon="bolt",
)
