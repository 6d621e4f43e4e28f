"""跟进 follow_up: one contact with a customer about a lead; the first effective one answers the lead."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from peewee import BooleanField, CharField, ForeignKeyField, TextField

from ...hooks.text import Text
from ..errors import Invalid, Problem
from ..schema.facts import either, of, own
from ..schema.fields import field, options, reference
from ..schema.kind import (
    BY_ROLES,
    Change,
    Collection,
    Consequence,
    Event,
    Fact,
    Kind,
    Lifecycle,
    LifecycleContext,
    Typed,
    Values,
)
from ..storage.records import JSONText, Record, UTCDateTimeField
from .customer import Customer
from .deadline_closing import close_deadlines
from .lead import Lead, waited
from .user import User

WAYS = options(
    ("phone", "电话", "Phone"),
    ("wecom", "企业微信", "WeCom"),
    ("visit", "拜访", "Visit"),
    ("email", "邮件", "E-mail"),
    ("other", "其他", "Other"),
)


_CLOCKS_APART = timedelta(minutes=5)


class FollowUp(Record):
    """One contact with a customer; `effective` says that they were reached."""

    lead = ForeignKeyField(Lead, backref="follow_ups", on_delete="RESTRICT")
    lead_id: str
    customer = ForeignKeyField(Customer, on_delete="RESTRICT")
    customer_id: str
    by = ForeignKeyField(User, null=True, on_delete="RESTRICT")
    by_id: str | None
    way = CharField(20, default="phone")
    content = TextField(default="")
    effective = BooleanField(default=True)
    at = UTCDateTimeField(index=True)
    next_at = UTCDateTimeField(null=True)
    extra = JSONText(default=dict)


def _defaults(values: Values, context: LifecycleContext) -> Values:
    found: Values = {"at": values.get("at") or context.now, "effective": values.get("effective", True)}
    lead = context.store.get("lead", values["lead_id"])
    if context.actor.kind == "user":
        _check_moment(found["at"], lead, context.now)
    if lead is not None:
        found["customer_id"] = lead.customer_id
    if context.actor.kind == "user":
        found["by_id"] = values.get("by_id", context.actor.id)
    return found


def _check_moment(at: datetime, lead: Any, now: datetime) -> None:
    """Raise Invalid for a follow-up of a time to come, or of before its lead was there: it would falsify the response."""
    if at > now + _CLOCKS_APART:
        words = Text("跟进时间不能在将来；计划请填「下次跟进」", "a follow-up can't lie ahead: plan it as the next one")
        raise Invalid([Problem("at", words)])
    if lead is not None and at < lead.received_at:
        words = Text("跟进时间早于线索进入的时间", "this is before the lead came in")
        raise Invalid([Problem("at", words)])


def _follow_ups(follow_up: Any, changed: Values | None, context: LifecycleContext) -> Iterator[Consequence]:
    """The first effective follow-up answers the lead, and ends its wait."""
    if changed is not None or not follow_up.effective:
        return
    lead = context.store.get("lead", follow_up.lead_id)
    if lead is None or lead.first_response_at is not None:
        return
    minutes = waited(lead, context.calendar, context.store, follow_up.at)
    yield Change("lead", lead.id, Typed(first_response_at=follow_up.at, response_minutes=minutes))
    yield from close_deadlines(lead.id, context, "first_response")


FOLLOW_UP = Kind(
    name="follow_up",
    title=Text("跟进", "Follow-up"),
    plural=Text("跟进", "Follow-ups"),
    model=FollowUp,
    fields=(
        reference("lead_id", "lead", "线索", "Lead", required=True, parent=True),
        field("way", "方式", "Way", "choice", options=WAYS, required=True),
        field("content", "内容", "What was said", required=True, longest=4000),
        field("effective", "联系上了", "Reached them", "boolean", along=True),
        field("at", "时间", "Time", "moment", form=False),
        field("next_at", "下次跟进", "Next follow-up", "moment"),
        reference("customer_id", "customer", "客户", "Customer", parent=True),
        reference("by_id", "user", "由谁跟进", "By"),
    ),
    events=(
        Event(
            "created",
            Text("跟进", "Follow-up"),
            trigger=Text("跟进已记录", "A follow-up is recorded"),
            icon="message",
            hook="on_follow_up_created",
        ),
    ),
    facts=(
        own("way", "跟进方式", "Way of the follow-up"),
        Fact(
            "effective",
            either(
                "跟进联系上了客户",
                "Follow-up reached the customer",
                ("跟进联系上了客户", "the follow-up reached the customer"),
                ("跟进没联系上客户", "the follow-up did not reach the customer"),
            ),
        ),
    ),
    collection=Collection(
        "follow_ups",
        Text("线索的跟进", "The lead's follow-ups"),
        (
            own("way"),
            Fact("effective", of("bool", "联系上了客户", "Reached the customer")),
            own("at"),
        ),
        by="lead_id",
    ),
    lifecycle=Lifecycle(defaults=_defaults, follow_ups=_follow_ups),
    write=BY_ROLES,
    acts_on="lead",
    ruled=True,
    judged=True,
    named_by=("content",),
    icon="message",
)
