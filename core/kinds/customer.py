"""客户 customer: a company or person we sell to; `merged_into` points on when two turned out to be one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from peewee import CharField, ForeignKeyField

from ...hooks.text import Text
from ..errors import Conflict
from ..schema.facts import own
from ..schema.fields import field, reference
from ..schema.identity import name_key, normal_credit_code
from ..schema.kind import BY_ROLES, Change, Consequence, Event, Kind, Lifecycle, LifecycleContext, Move, Values
from ..storage.records import JSONText, Record, UTCDateTimeField
from ..storage.turns import MERGING, one_at_a_time
from .user import User


class Customer(Record):
    """A customer. `name_key` is its name without legal form, by which it is found again."""

    name = CharField(200)
    name_key = CharField(200, index=True, default="")
    credit_code = CharField(18, null=True, index=True)
    industry = CharField(40, default="")
    region = CharField(40, default="")
    grade = CharField(10, default="")
    owner = ForeignKeyField(User, null=True, on_delete="RESTRICT")
    owner_id: str | None
    merged_into = ForeignKeyField("self", null=True, on_delete="RESTRICT", index=False)
    merged_into_id: str | None
    withdrawn_at = UTCDateTimeField(null=True)
    extra = JSONText(default=dict)

    class Meta:
        # Nearly every row is merged into none: the id makes the list of those a walk along the index.
        indexes = ((("merged_into", "id"), False),)


def _keyed(values: Values, context: LifecycleContext) -> Values:
    return {"name_key": name_key(values["name"])}


def _rekeyed(customer: Any, values: Values, context: LifecycleContext) -> Values:
    if values.get("merged_into_id"):
        one_at_a_time(MERGING)  # Two that are merged into each other at once would both be gone.
        _check_merge(customer, context.store.get("customer", values["merged_into_id"]))
    return {"name_key": name_key(values["name"])} if "name" in values else {}


def _check_merge(customer: Any, into: Any) -> None:
    """Raise Conflict unless both stand on their own: whoever is merged points on, and points nowhere in a circle."""
    if into is None or into.id == customer.id:
        raise Conflict("客户不能并入自己。", "a customer can't be merged into itself")
    for one in (customer, into):
        if one.merged_into_id:
            raise Conflict(
                f"「{one.name}」已经并入另一家客户；请刷新后再看。",
                f"“{one.name}” is merged into another customer already: reload",
            )


def _merged(customer: Any, changed: Values | None, context: LifecycleContext) -> Iterator[Consequence]:
    """What belongs to a customer moves to the one it is merged into."""
    into = (changed or {}).get("merged_into_id")
    if into:
        for kind in context.kinds.values():
            for field in kind.parents:
                if field.to == "customer":
                    rows = context.store.related(kind.name, **{field.name: customer.id})
                    yield from (Change(kind.name, row.id, {field.name: into}) for row in reversed(rows))
        yield Move("customer_id", customer.id, into)


CUSTOMER = Kind(
    name="customer",
    title=Text("客户", "Customer"),
    plural=Text("客户", "Customers"),
    model=Customer,
    fields=(
        field("name", "公司名称", "Company", required=True),
        field("credit_code", "统一社会信用代码", "Credit code", mask="id", longest=18, clean=normal_credit_code),
        field("industry", "行业", "Industry", longest=40),
        field("region", "地区", "Region", longest=40),
        field("grade", "评级", "Grade", longest=10),
        reference("owner_id", "user", "负责人", "Owner"),
        field("name_key", "名称关键字", "Name key", form=False, along=True),
        reference("merged_into_id", "customer", "并入", "Merged into"),
    ),
    events=(
        Event("created", Text("建立客户", "Customer created"), icon="building"),
        Event(
            "changed",
            Text("修改客户", "Customer changed"),
            icon="pencil",
            hook="on_field_saved",
        ),
    ),
    facts=(
        own("name", "客户名称", "Customer"),
        own("industry", "客户行业", "Customer's industry"),
        own("region", "客户地区", "Customer's region"),
        own("grade", "客户评级", "Customer's grade"),
    ),
    lifecycle=Lifecycle(_keyed, _rekeyed, _merged),
    owner="owner_id",
    in_hand=("merged_into_id", None),
    write=BY_ROLES,
    ruled=True,
    judged=True,
    found_by=("name", "credit_code"),
    icon="building",
)
