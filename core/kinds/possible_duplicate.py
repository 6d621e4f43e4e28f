"""可能重复 possible_duplicate: two customers that may be one, waiting for a person in operations to say."""

from __future__ import annotations

from peewee import CharField, FloatField, ForeignKeyField

from ...hooks.text import Text
from ..schema.fields import field, options, reference
from ..schema.kind import Event, Kind
from ..storage.records import Record
from .customer import Customer

STATES = options(("open", "待确认", "To confirm"), ("merged", "已合并", "Merged"), ("kept", "不是一家", "Not the same"))


class PossibleDuplicate(Record):
    """A pair of customers with names this alike (0 to 100); `state` is one of STATES."""

    customer = ForeignKeyField(Customer, on_delete="RESTRICT")
    customer_id: str
    other = ForeignKeyField(Customer, on_delete="RESTRICT", backref="duplicates")
    other_id: str
    score = FloatField()
    reason = CharField(200)
    state = CharField(12, default="open", index=True)


POSSIBLE_DUPLICATE = Kind(
    name="possible_duplicate",
    title=Text("可能重复", "Possible duplicate"),
    plural=Text("可能重复", "Possible duplicates"),
    model=PossibleDuplicate,
    fields=(
        reference("customer_id", "customer", "客户", "Customer"),
        reference("other_id", "customer", "另一个客户", "Other customer"),
        field("reason", "原因", "Reason", form=False),
        field("state", "状态", "State", "choice", options=STATES, form=False, longest=12),
    ),
    events=(
        Event("created", Text("发现可能重复的客户", "Possible duplicate found"), icon="copy"),
        Event("changed", Text("核对可能重复的客户", "Possible duplicate looked at"), icon="copy"),
    ),
    write="duplicates",
    named_by=("reason",),
    icon="copy",
)
