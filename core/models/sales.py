"""The sales side: customers, contacts, leads, follow-ups, contracts, tasks, documents, messages."""

from __future__ import annotations

from peewee import BooleanField, CharField, FloatField, ForeignKeyField, IntegerField, TextField

from ..storage.records import JSONText, MoneyField, Record, UTCDateTimeField
from .organisation import Team, User


class Customer(Record):
    """A company or person we sell to; `merged_into` points on when two turned out to be one."""

    name = CharField(200)
    name_key = CharField(200, index=True, default="")
    credit_code = CharField(18, null=True, index=True)
    industry = CharField(40, default="")
    region = CharField(40, default="")
    grade = CharField(10, default="")
    owner = ForeignKeyField(User, null=True, on_delete="RESTRICT")
    merged_into = ForeignKeyField("self", null=True, on_delete="RESTRICT")
    extra = JSONText(default=dict)


class Contact(Record):
    """A person at a customer, found again by phone (E.164) or e-mail (lower case)."""

    customer = ForeignKeyField(Customer, backref="contacts", on_delete="RESTRICT")
    name = CharField(80, default="")
    title = CharField(80, default="")
    phone = CharField(20, null=True, index=True)
    email = CharField(254, null=True, index=True)
    extra = JSONText(default=dict)


class Lead(Record):
    """One chance to sell, on its way through the process.

    While `locked`, people can't change it; `lock_reason` and `lock_rule` say why, and which rule did it.
    """

    customer = ForeignKeyField(Customer, backref="leads", on_delete="RESTRICT")
    contact = ForeignKeyField(Contact, null=True, on_delete="RESTRICT")
    company = CharField(200)
    source = CharField(40, default="")
    industry = CharField(40, default="", index=True)
    region = CharField(40, default="")
    budget = MoneyField(null=True)
    note = TextField(default="")
    quality = CharField(20, default="")
    process = CharField(40, default="sales")
    stage = CharField(40)
    outcome = CharField(10, default="open")
    owner = ForeignKeyField(User, null=True, backref="leads", on_delete="RESTRICT")
    team = ForeignKeyField(Team, null=True, on_delete="RESTRICT")
    received_at = UTCDateTimeField(index=True)
    assigned_at = UTCDateTimeField(null=True)
    first_response_at = UTCDateTimeField(null=True)
    response_minutes = IntegerField(null=True)
    escalated_at = UTCDateTimeField(null=True)
    escalated_to = ForeignKeyField(User, null=True, on_delete="RESTRICT")
    stage_since = UTCDateTimeField()
    closed_at = UTCDateTimeField(null=True)
    lost_reason = CharField(200, default="")
    external_id = CharField(100, null=True, unique=True)
    locked = BooleanField(default=False)
    lock_reason = CharField(300, default="")
    lock_rule = CharField(80, default="")
    lock_version = CharField(40, default="")
    extra = JSONText(default=dict)

    class Meta:
        indexes = (
            (("owner", "outcome", "stage"), False),
            (("team", "received_at"), False),
            (("customer", "received_at"), False),
        )


class FollowUp(Record):
    """One contact with a customer about a lead; the first effective one answers the lead."""

    lead = ForeignKeyField(Lead, backref="follow_ups", on_delete="RESTRICT")
    customer = ForeignKeyField(Customer, on_delete="RESTRICT")
    by = ForeignKeyField(User, null=True, on_delete="RESTRICT")
    way = CharField(20, default="phone")
    content = TextField(default="")
    effective = BooleanField(default=True)
    at = UTCDateTimeField(index=True)
    next_at = UTCDateTimeField(null=True)
    extra = JSONText(default=dict)


class Contract(Record):
    """What was agreed. While `locked` (legal reviews it, say), people can't change it; see `Lead`."""

    number = CharField(40, unique=True)
    customer = ForeignKeyField(Customer, backref="contracts", on_delete="RESTRICT")
    lead = ForeignKeyField(Lead, null=True, backref="contracts", on_delete="RESTRICT")
    amount = MoneyField()
    status = CharField(20, default="draft")
    signed_at = UTCDateTimeField(null=True, index=True)
    locked = BooleanField(default=False)
    lock_reason = CharField(300, default="")
    lock_rule = CharField(80, default="")
    lock_version = CharField(40, default="")
    extra = JSONText(default=dict)


class Task(Record):
    """Something one person has to do; SOP checklists are tasks of one `sop`."""

    title = CharField(200)
    kind = CharField(20, default="task")
    sop = CharField(80, default="")
    lead = ForeignKeyField(Lead, null=True, backref="tasks", on_delete="RESTRICT")
    customer = ForeignKeyField(Customer, null=True, on_delete="RESTRICT")
    assignee = ForeignKeyField(User, null=True, backref="tasks", on_delete="RESTRICT")
    state = CharField(10, default="open")
    due_at = UTCDateTimeField(null=True)
    done_at = UTCDateTimeField(null=True)

    class Meta:
        indexes = ((("assignee", "state", "due_at"), False),)


class Document(Record):
    """A file that belongs to a customer: name, type, size, and the hash of its bytes."""

    customer = ForeignKeyField(Customer, backref="documents", on_delete="RESTRICT")
    contract = ForeignKeyField(Contract, null=True, on_delete="RESTRICT")
    name = CharField(200)
    media_type = CharField(100)
    size = IntegerField()
    sha256 = CharField(64, index=True)


class Notification(Record):
    """A message to one person, and how far it got."""

    user = ForeignKeyField(User, backref="notifications", on_delete="RESTRICT")
    title = CharField(200)
    body = TextField(default="")
    lead = ForeignKeyField(Lead, null=True, on_delete="RESTRICT")
    customer = ForeignKeyField(Customer, null=True, on_delete="RESTRICT")
    channel = CharField(40, default="inbox")
    state = CharField(12, default="sent")
    read_at = UTCDateTimeField(null=True)

    class Meta:
        indexes = ((("user", "state", "created_at"), False),)


class PossibleDuplicate(Record):
    """Two customers that may be one, waiting for a person in operations to say."""

    customer = ForeignKeyField(Customer, on_delete="RESTRICT")
    other = ForeignKeyField(Customer, on_delete="RESTRICT", backref="duplicates")
    score = FloatField()
    reason = CharField(200)
    state = CharField(12, default="open", index=True)


class Deadline(Record):
    """A moment by which something must have happened on a lead; found by (state, due_at).

    At `warn_at`, if there is one, the lead's owner is warned once: `warned_at`.
    """

    name = CharField(40)
    lead = ForeignKeyField(Lead, backref="deadlines", on_delete="RESTRICT")
    customer = ForeignKeyField(Customer, on_delete="RESTRICT")
    started_at = UTCDateTimeField()
    working_minutes = IntegerField()
    due_at = UTCDateTimeField()
    warn_at = UTCDateTimeField(null=True)
    warned_at = UTCDateTimeField(null=True)
    state = CharField(10, default="open")
    closed_at = UTCDateTimeField(null=True)

    class Meta:
        indexes = ((("state", "due_at"), False), (("lead", "name", "state"), False))
