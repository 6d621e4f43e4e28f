"""联系人 contact: a person at a customer, found again by phone (E.164) or e-mail (lower case).

`merged_into` points on when two turned out to be one person.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from peewee import CharField, ForeignKeyField

from ...hooks.text import Text
from ..errors import Conflict
from ..schema.facts import either, own
from ..schema.fields import field, reference
from ..schema.identity import normal_email, normal_phone
from ..schema.kind import ANY, BY_ROLES, Consequence, Event, Fact, Kind, Lifecycle, LifecycleContext, Touch, Values
from ..storage.records import JSONText, Record, UTCDateTimeField
from .customer import Customer
from .merging import MERGED_INTO, check_merge, moved


class Contact(Record):
    """A person at a customer."""

    customer = ForeignKeyField(Customer, backref="contacts", on_delete="RESTRICT")
    customer_id: str
    name = CharField(80, default="")
    title = CharField(80, default="")
    phone = CharField(20, null=True, index=True)
    email = CharField(254, null=True, index=True)
    merged_into = ForeignKeyField("self", null=True, on_delete="RESTRICT", backref="+", index=False)
    merged_into_id: str | None
    withdrawn_at = UTCDateTimeField(null=True)
    extra = JSONText(default=dict)


def _checked(contact: Any, values: Values, context: LifecycleContext) -> Values:
    check_merge(contact, values, context)
    if values.get(MERGED_INTO):
        into = context.store.get("contact", values[MERGED_INTO])
        if into.customer_id != contact.customer_id:
            raise Conflict(
                "两位联系人不在同一家客户；请先合并客户。",
                "the two contacts are at different customers: merge the customers first",
            )
    return {}


def _follow_ups(contact: Any, changed: Values | None, context: LifecycleContext) -> Iterator[Consequence]:
    """What makes a lead reachable lies in its contact, and rules look at leads."""
    yield from moved(contact, changed, context)
    if changed and {"phone", "email"} & set(changed):
        leads = context.store.related("lead", contact_id=contact.id, outcome="open")
        yield from (Touch("lead", lead) for lead in reversed(leads))


CONTACT = Kind(
    name="contact",
    title=Text("联系人", "Contact"),
    plural=Text("联系人", "Contacts"),
    model=Contact,
    fields=(
        field("name", "联系人", "Contact", mask="name", longest=80),
        field("title", "职务", "Job title", longest=80),
        field("phone", "手机", "Phone", mask="phone", longest=40, clean=normal_phone),
        field("email", "邮箱", "E-mail", mask="email", longest=254, clean=normal_email),
        reference("customer_id", "customer", "客户", "Customer", parent=True),
        reference(MERGED_INTO, "contact", "并入", "Merged into"),
    ),
    events=(
        Event("created", Text("新增联系人", "Contact added"), icon="user"),
        Event("changed", Text("修改联系人", "Contact changed"), icon="pencil", hook="on_field_saved"),
        Event("merged", Text("合并联系人", "Contacts merged"), MERGED_INTO, ANY, icon="copy"),
        Event("unmerged", Text("撤销合并", "Merge undone"), icon="refresh"),
    ),
    facts=(
        own("name", "联系人", "Contact"),
        own("title", "联系人职务", "Contact's job title"),
        Fact(
            "has_phone",
            either(
                "联系人有电话",
                "Contact has a phone number",
                ("联系人有电话", "the contact has a phone number"),
                ("联系人没有电话", "the contact has no phone number"),
            ),
            lambda contact, reading: bool(contact.phone),
            absent=False,
        ),
        Fact(
            "has_email",
            either(
                "联系人有邮箱",
                "Contact has an e-mail address",
                ("联系人有邮箱", "the contact has an e-mail address"),
                ("联系人没有邮箱", "the contact has no e-mail address"),
            ),
            lambda contact, reading: bool(contact.email),
            absent=False,
        ),
    ),
    lifecycle=Lifecycle(derive_changes=_checked, follow_ups=_follow_ups),
    write=BY_ROLES,
    ruled=True,
    judged=True,
    named_by=("name", "email"),
    found_by=("name", "phone", "email"),
    icon="user",
)
