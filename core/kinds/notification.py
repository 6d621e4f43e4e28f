"""通知 notification: a message to one person, and how far it got."""

from __future__ import annotations

from peewee import CharField, ForeignKeyField, TextField

from ...hooks.text import Text
from ..schema.fields import field, options, reference
from ..schema.kind import BY_ROLES, Event, Kind
from ..storage.records import Record, UTCDateTimeField
from .customer import Customer
from .lead import Lead
from .user import User

STATES = options(
    ("pending", "待发送", "Waiting"),
    ("sent", "已发送", "Sent"),
    ("read", "已读", "Read"),
    ("withdrawn", "已撤回", "Withdrawn"),
)

TOPICS = options(
    ("escalation", "升级给我的", "Escalated to me"),
    ("warning", "时限快到了", "Deadlines about to pass"),
    ("approval", "等我审批的", "Waiting for my approval"),
    ("rule", "规则和插件发的消息", "Messages from rules and plugins"),
    ("badge", "获得标兵", "Badges awarded"),
    ("trouble", "规则、插件出了问题", "Rules and plugins in trouble"),
)
"""What a message is about: people choose by it what reaches them outside the inbox."""


class Notification(Record):
    """A message, mostly about a lead; `about_kind` and `about_id` name the record of any kind it is about.

    `link` is the page of the console on which to do what it asks for, if that is not the record's.
    """

    user = ForeignKeyField(User, backref="notifications", on_delete="RESTRICT")
    user_id: str
    title = CharField(200)
    body = TextField(default="")
    about_kind = CharField(40, default="")
    about_id = CharField(26, default="")
    lead = ForeignKeyField(Lead, null=True, on_delete="RESTRICT")
    lead_id: str | None
    customer = ForeignKeyField(Customer, null=True, on_delete="RESTRICT")
    customer_id: str | None
    link = CharField(200, default="")
    channel = CharField(40, default="inbox")
    topic = CharField(20, default="rule")
    state = CharField(12, default="sent")
    read_at = UTCDateTimeField(null=True)

    class Meta:
        indexes = ((("user", "state", "created_at"), False),)


NOTIFICATION = Kind(
    name="notification",
    title=Text("消息", "Message"),
    plural=Text("消息", "Messages"),
    model=Notification,
    fields=(
        field("title", "标题", "Title", form=False),
        field("body", "正文", "Text", form=False, longest=4000),
        field("topic", "类别", "Topic", "choice", options=TOPICS, form=False),
        field("state", "状态", "State", "choice", options=STATES, form=False),
        reference("user_id", "user", "收件人", "To"),
        field("read_at", "已读时间", "Read", "moment", form=False, along=True),
        reference("lead_id", "lead", "线索", "Lead"),
        reference("customer_id", "customer", "客户", "Customer"),
    ),
    events=(
        Event("created", Text("发出通知", "Message sent"), icon="bell", tone="rule"),
        Event("changed", Text("消息状态", "Message"), icon="bell"),
    ),
    owner="user_id",
    by_owner_alone=True,
    write=BY_ROLES,
    taken_back=(("sent", "pending"), "withdrawn"),
    together=(("state", "read_at"),),
    named_by=("title",),
    icon="bell",
)
