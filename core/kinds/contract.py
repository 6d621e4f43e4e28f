"""合同 contract: what was agreed. While `locked` (legal reviews it, say), people can't change what it says."""

from __future__ import annotations

from typing import Any

from peewee import BooleanField, CharField, ForeignKeyField

from ...hooks.text import Text
from ..schema.facts import own
from ..schema.fields import field, options, reference
from ..schema.kind import BY_ROLES, Collection, Kind, Lifecycle, LifecycleContext, Values
from ..schema.states import States, Step
from ..storage.records import JSONText, MoneyField, Record, UTCDateTimeField
from .customer import Customer
from .drawn_up import events_of
from .lead import Lead
from .locking import LOCK_FIELDS

STATUSES = options(
    ("draft", "草稿", "Draft"),
    ("confirmed", "客户确认", "Customer confirmed"),
    ("legal_review", "法务终审", "Legal review"),
    ("revising", "销售修改中", "Being revised"),
    ("signed", "已签署", "Signed"),
    ("archived", "财务归档", "Archived"),
)
STATES = States(
    "status",
    # Whose turn it is, by what one may do: who sells, who reviews, who keeps the books.
    {"draft": "sells", "confirmed": "sells", "legal_review": "reviews", "revising": "sells", "signed": "books"},
    (
        Step("draft", "confirmed", Text("客户已确认", "Customer confirmed"), Text("客户已确认", "confirmed"), "check"),
        Step("draft", "legal_review", Text("提交终审", "Hand in"), Text("已提交终审", "handed in for review"), "send"),
        Step(
            "confirmed", "legal_review", Text("提交终审", "Hand in"), Text("已提交终审", "handed in for review"), "send"
        ),
        Step("legal_review", "signed", Text("终审通过", "Approve"), Text("终审通过", "approved"), "check"),
        Step(
            "legal_review", "revising", Text("退回修改", "Send back"), Text("已退回修改", "sent back"), "x", back=True
        ),
        Step(
            "revising", "legal_review", Text("提交终审", "Hand in"), Text("已提交终审", "handed in for review"), "send"
        ),
        Step("signed", "archived", Text("归档", "Archive"), Text("已归档", "archived"), "archive"),
        Step(
            "signed", "revising", Text("退给销售补", "Back to the seller"), Text("已退回", "sent back"), "x", back=True
        ),
    ),
    beside=frozenset({"revising"}),
)


class Contract(Record):
    """A contract of a customer, mostly from a lead."""

    number = CharField(40, unique=True)
    customer = ForeignKeyField(Customer, backref="contracts", on_delete="RESTRICT")
    customer_id: str
    lead = ForeignKeyField(Lead, null=True, backref="contracts", on_delete="RESTRICT")
    lead_id: str | None
    amount = MoneyField()
    status = CharField(20, default="draft")
    signed_at = UTCDateTimeField(null=True, index=True)
    locked = BooleanField(default=False)
    lock_reason = CharField(300, default="")
    lock_rule = CharField(80, default="")
    lock_version = CharField(40, default="")
    extra = JSONText(default=dict)


def _signed(contract: Any, values: Values, context: LifecycleContext) -> Values:
    if values.get("status") == "signed" and not contract.signed_at:
        return {"signed_at": values.get("signed_at") or context.now}
    return {}


_TITLE = Text("合同", "Contract")
CONTRACT = Kind(
    name="contract",
    title=_TITLE,
    plural=Text("合同", "Contracts"),
    model=Contract,
    fields=(
        field("number", "合同编号", "Contract number", required=True, longest=40, series=True),
        field("amount", "金额", "Amount", "money", required=True, hint=Text("含税，单位元", "Tax included, in yuan")),
        field("status", "状态", "Status", "choice", options=STATUSES),
        field("signed_at", "签署时间", "Signed", "moment"),
        reference("lead_id", "lead", "线索", "Lead", parent=True),
        reference("customer_id", "customer", "客户", "Customer", parent=True),
        *LOCK_FIELDS,
    ),
    events=events_of("contract", _TITLE),
    facts=(
        own("status", "合同状态", "State of the contract"),
        own("amount", "合同金额", "Contract amount"),
        own("number", "合同编号", "Contract number"),
        own("locked", "合同已锁定", "Contract is locked", writable=False),
    ),
    collection=Collection(
        "contracts",
        Text("客户的合同", "The customer's contracts"),
        (
            own("number"),
            own("status", "状态", "State"),
            own("amount"),
            own("signed_at", "签署时间", "Time of signing"),
        ),
        by="customer_id",
    ),
    lifecycle=Lifecycle(derive_changes=_signed),
    write=BY_ROLES,
    course=frozenset({"status", "signed_at"}),
    sign_off=("status", frozenset({"signed", "archived"})),
    states=STATES,
    acts_on="lead",
    ruled=True,
    judged=True,
    named_by=("number",),
    found_by=("number",),
    icon="file-text",
)
