"""客户 customer: a company or person we sell to; `merged_into` points on when two turned out to be one.

`split_from` is the customer that it was split off when one turned out to be two.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from peewee import CharField, ForeignKeyField

from ...hooks.text import Text
from ..schema.facts import own
from ..schema.fields import field, reference
from ..schema.identity import name_key, normal_credit_code
from ..schema.kind import ANY, BY_ROLES, Describer, Event, Kind, Lifecycle, LifecycleContext, Values
from ..storage.records import JSONText, Record, UTCDateTimeField
from .merging import MERGED_INTO, check_merge, moved
from .user import User


class Customer(Record):
    """A customer. `name_key` is its name without legal form, by which it is found again."""

    name = CharField(200)
    name_key = CharField(200, index=True, default="")
    credit_code = CharField(18, null=True, index=True)
    industry = CharField(40, default="")
    region = CharField(40, default="")
    grade = CharField(10, default="")
    owner = ForeignKeyField(User, null=True, on_delete="RESTRICT", index=False)
    owner_id: str | None
    merged_into = ForeignKeyField("self", null=True, on_delete="RESTRICT", index=False)
    merged_into_id: str | None
    split_from = ForeignKeyField("self", null=True, on_delete="RESTRICT", backref="+", index=False)
    split_from_id: str | None
    withdrawn_at = UTCDateTimeField(null=True)
    extra = JSONText(default=dict)


def _keyed(values: Values, context: LifecycleContext) -> Values:
    return {"name_key": name_key(values["name"])}


def _rekeyed(customer: Any, values: Values, context: LifecycleContext) -> Values:
    check_merge(customer, values, context)
    return {"name_key": name_key(values["name"])} if "name" in values else {}


def _merged(describe: Describer, after: Mapping[str, Any], channel: str) -> Text:
    into = describe.value("customer", MERGED_INTO, after.get(MERGED_INTO))
    return Text(f"并入「{into.zh}」", f"Merged into {into.en}")


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
        reference(MERGED_INTO, "customer", "并入", "Merged into"),
        reference("split_from_id", "customer", "拆分自", "Split off"),
    ),
    events=(
        Event("created", Text("建立客户", "Customer created"), icon="building"),
        Event(
            "changed",
            Text("修改客户", "Customer changed"),
            icon="pencil",
            hook="on_field_saved",
        ),
        Event("merged", Text("合并客户", "Customers merged"), MERGED_INTO, ANY, icon="copy", headline=_merged),
        Event("unmerged", Text("撤销合并", "Merge undone"), icon="refresh"),
        Event("split", Text("拆分客户", "Customer split"), icon="copy"),
    ),
    facts=(
        own("name", "客户名称", "Customer"),
        own("industry", "客户行业", "Customer's industry"),
        own("region", "客户地区", "Customer's region"),
        own("grade", "客户评级", "Customer's grade"),
    ),
    lifecycle=Lifecycle(_keyed, _rekeyed, moved),
    owner="owner_id",
    in_hand=("merged_into_id", None),
    write=BY_ROLES,
    ruled=True,
    judged=True,
    found_by=("name", "credit_code"),
    icon="building",
)
