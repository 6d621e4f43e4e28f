"""报价 quote: what was offered for a lead, until when, and what the customer said to it."""

from __future__ import annotations

from typing import Any

from peewee import CharField, DateField, ForeignKeyField

from ...hooks.text import Text
from ..schema.facts import own
from ..schema.fields import field, options, reference
from ..schema.kind import BY_ROLES, Collection, Kind, Lifecycle, LifecycleContext, Values
from ..storage.records import JSONText, MoneyField, Record, UTCDateTimeField
from .customer import Customer
from .drawn_up import events_of
from .lead import Lead

STATUSES = options(
    ("draft", "草稿", "Draft"),
    ("sent", "已发出", "Sent"),
    ("accepted", "客户接受", "Accepted"),
    ("declined", "客户拒绝", "Declined"),
)
_ANSWERS = ("accepted", "declined")


class Quote(Record):
    """A quote. `sent_at` and `answered_at` are when it got that status; `amount` is in yuan."""

    number = CharField(40, unique=True)
    customer = ForeignKeyField(Customer, backref="quotes", on_delete="RESTRICT")
    customer_id: str
    lead = ForeignKeyField(Lead, null=True, backref="quotes", on_delete="RESTRICT")
    lead_id: str | None
    amount = MoneyField()
    valid_until = DateField(null=True)
    status = CharField(20, default="draft")
    sent_at = UTCDateTimeField(null=True)
    answered_at = UTCDateTimeField(null=True)
    extra = JSONText(default=dict)


def _defaults(values: Values, context: LifecycleContext) -> Values:
    found = _moments(None, values, context)
    if values.get("lead_id") and not values.get("customer_id"):
        lead = context.store.get("lead", values["lead_id"])
        found["customer_id"] = lead.customer_id if lead is not None else None
    return found


def _changed(quote: Any, values: Values, context: LifecycleContext) -> Values:
    return _moments(quote, values, context) if values.get("status", quote.status) != quote.status else {}


def _moments(quote: Any, values: Values, context: LifecycleContext) -> Values:
    """Return when a quote was sent and answered, as its new status says: a draft is neither, a sent one not answered."""
    status = values.get("status") or "draft"
    if quote is None and status == "draft":
        return {}
    sent_at = quote.sent_at if quote is not None else None
    return {
        "sent_at": None if status == "draft" else sent_at or context.now,
        "answered_at": context.now if status in _ANSWERS else None,
    }


_TITLE = Text("报价", "Quote")
QUOTE = Kind(
    name="quote",
    title=_TITLE,
    plural=Text("报价", "Quotes"),
    model=Quote,
    fields=(
        field("number", "报价单编号", "Quote number", required=True, longest=40, series=True),
        field("amount", "金额", "Amount", "money", required=True, hint=Text("含税，单位元", "Tax included, in yuan")),
        field("valid_until", "有效期至", "Valid until", "date"),
        field("status", "状态", "Status", "choice", options=STATUSES),
        field("sent_at", "发出时间", "Sent", "moment", form=False, along=True),
        field("answered_at", "客户答复时间", "Answered", "moment", form=False, along=True),
        reference("lead_id", "lead", "线索", "Lead", parent=True),
        reference("customer_id", "customer", "客户", "Customer", parent=True),
    ),
    events=events_of("quote", _TITLE),
    facts=(
        own("number", "报价单编号", "Quote number"),
        own("status", "报价状态", "State of the quote"),
        own("amount", "报价金额", "Quoted amount"),
    ),
    collection=Collection(
        "quotes",
        Text("线索的报价", "The lead's quotes"),
        (own("number"), own("status", "状态", "State"), own("amount"), own("sent_at", "发出时间", "Time of sending")),
        by="lead_id",
    ),
    lifecycle=Lifecycle(defaults=_defaults, derive_changes=_changed),
    write=BY_ROLES,
    acts_on="lead",
    ruled=True,
    judged=True,
    named_by=("number",),
    icon="file-text",
)
