"""线索 lead: one chance to sell, on its way through a process until it is won or lost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from peewee import BooleanField, CharField, ForeignKeyField, IntegerField, TextField

from ...hooks.text import Text
from ..errors import Invalid, Problem
from ..process.stages import ending, enter, first_stage, move
from ..schema.facts import HOURS, MINUTES, PIECES, WORKING_HOURS, either, of, own
from ..schema.fields import field, options, reference
from ..schema.kind import (
    BY_ROLES,
    Calendar,
    Collection,
    Consequence,
    Describer,
    Event,
    Fact,
    Kind,
    Lifecycle,
    LifecycleContext,
    Reading,
    Store,
    Values,
)
from ..storage.records import JSONText, MoneyField, Record, UTCDateTimeField
from ..time.working_calendar import WorkingCalendar
from .contact import Contact
from .customer import Customer
from .deadline_clock import clock_of, elapsed
from .deadline_closing import cancel_deadlines, reopen_deadlines
from .locking import LOCK_FIELDS
from .task_closing import cancel_tasks, reopen_tasks
from .team import Team
from .user import User

SOURCES = options(
    ("web_form", "官网表单", "Web form"),
    ("exhibition", "展会", "Exhibition"),
    ("phone", "电话呼入", "Inbound call"),
    ("wecom", "企业微信", "WeCom"),
    ("referral", "转介绍", "Referral"),
    ("search", "搜索", "Search"),
    ("social", "社交媒体", "Social media"),
    ("email", "邮件", "E-mail"),
    ("advertising", "广告", "Advertising"),
    ("direct", "直接访问", "Direct"),
    ("api", "接口", "API"),
    ("import", "导入", "Import"),
    ("other", "其他", "Other"),
    ("unknown", "未知", "Unknown"),
)
OUTCOMES = options(("open", "进行中", "Open"), ("won", "赢单", "Won"), ("lost", "输单", "Lost"))


class Lead(Record):
    """A lead. While `locked`, people can't change it; `lock_reason` and `lock_rule` say why, and which rule did it.

    `withdrawn_at` is when one that an import had made was taken out again: it is lost, and on no list.
    """

    customer = ForeignKeyField(Customer, backref="leads", on_delete="RESTRICT")
    customer_id: str
    contact = ForeignKeyField(Contact, null=True, on_delete="RESTRICT")
    contact_id: str | None
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
    owner_id: str | None
    team = ForeignKeyField(Team, null=True, on_delete="RESTRICT")
    team_id: str | None
    received_at = UTCDateTimeField(index=True)
    assigned_at = UTCDateTimeField(null=True)
    first_response_at = UTCDateTimeField(null=True)
    response_minutes = IntegerField(null=True)
    escalated_at = UTCDateTimeField(null=True)
    escalated_to = ForeignKeyField(User, null=True, on_delete="RESTRICT", index=False)
    escalated_to_id: str | None
    stage_since = UTCDateTimeField()
    closed_at = UTCDateTimeField(null=True)
    lost_reason = CharField(200, default="")
    external_id = CharField(100, null=True, unique=True)
    locked = BooleanField(default=False)
    lock_reason = CharField(300, default="")
    lock_rule = CharField(80, default="")
    lock_version = CharField(40, default="")
    withdrawn_at = UTCDateTimeField(null=True)
    extra = JSONText(default=dict)

    class Meta:
        indexes = (
            (("owner", "outcome", "stage"), False),
            (("team", "received_at"), False),
            (("customer", "received_at"), False),
            (("outcome", "first_response_at"), False),
        )


# ---- Lifecycle


def _defaults(values: Values, context: LifecycleContext) -> Values:
    received = values.get("received_at") or context.now
    return {
        "received_at": received,
        **first_stage(context.kinds["lead"], values, context),
        "stage_since": received,
    }


def _derive(lead: Any, values: Values, context: LifecycleContext) -> Values:
    """Return what moves along: the stage's moment, the moment of closing, the moment of assignment."""
    found: Values = {}
    if values.get("process", lead.process) != lead.process:
        found |= enter(values["process"], context)
    elif "stage" in values and values["stage"] != lead.stage:
        if lead.outcome != "open" and context.actor.kind == "user":
            raise Invalid(
                [Problem("stage", Text("线索已结束；重新打开后再换阶段", "this lead is closed; reopen it first"))]
            )
        found |= move(context.kinds["lead"], lead, values, context)
        ends = ending(context.kinds["lead"], lead, values, context)
        if ends in ("won", "lost") and lead.outcome == "open":
            found["outcome"] = ends
            values = {**values, "outcome": ends}
    if "outcome" in values and values["outcome"] != lead.outcome:
        found["closed_at"] = None if values["outcome"] == "open" else values.get("closed_at") or context.now
        if values["outcome"] == "lost" and not (values.get("lost_reason") or lead.lost_reason):
            raise Invalid([Problem("lost_reason", Text("请填写输单原因", "say why the lead was lost"))])
    if values.get("owner_id") and values["owner_id"] != lead.owner_id and "assigned_at" not in values:
        found["assigned_at"] = context.now
    return found


def _follow_ups(lead: Any, changed: Values | None, context: LifecycleContext) -> Iterator[Consequence]:
    outcome = changed.get("outcome") if changed else None
    if outcome in ("won", "lost"):
        yield from cancel_deadlines(lead.id, context)
        yield from cancel_tasks(lead.id, context)
    elif outcome == "open":
        yield from reopen_deadlines(lead.id, lead.owner_id, lead.team_id, context)
        yield from reopen_tasks(lead.id, context)


# ---- Facts


def waited(lead: Any, calendar: Calendar, store: Store, at: datetime) -> int:
    """Return the working minutes a customer had waited for the first answer by `at`: as the deadline counts them.

    Without a deadline they are counted since the lead was assigned, else since it came in, by its owner's calendar.
    """
    clock = clock_of(calendar, store, lead.owner_id, lead.team_id)
    for deadline in store.related("deadline", about_id=lead.id, name="first_response"):
        return elapsed(deadline, clock, at)
    return clock.minutes_between(lead.assigned_at or lead.received_at, at)


def _clock(lead: Any, reading: Reading) -> WorkingCalendar:
    return clock_of(reading.calendar, reading.store, lead.owner_id, lead.team_id)


def _team(lead: Any, reading: Reading) -> str | None:
    team = reading.store.get("team", lead.team_id)
    return team.name if team else None


def _age(lead: Any, reading: Reading) -> float:
    age: timedelta = reading.now - lead.received_at
    return round(age.total_seconds() / 3600, 2)


def _open_tasks(lead: Any, reading: Reading) -> int:
    return reading.store.count("task", lead_id=lead.id, state="open")


def _waiting(lead: Any, reading: Reading) -> int | None:
    if lead.first_response_at is not None or lead.outcome != "open":
        return None
    return waited(lead, reading.calendar, reading.store, reading.now)


def _since_assigned(lead: Any, reading: Reading) -> int | None:
    if lead.assigned_at is None:
        return None
    return _clock(lead, reading).minutes_between(lead.assigned_at, reading.now)


def _stage_hours(lead: Any, reading: Reading) -> float:
    return round(_clock(lead, reading).minutes_between(lead.stage_since, reading.now) / 60, 2)


# ---- Words


def _created(describe: Describer, after: Mapping[str, Any], channel: str) -> Text:
    if channel == "form":
        return Text("官网表单提交", "Web form submitted")
    return Text(f"线索进入：{after.get('company', '')}", f"Lead came in: {after.get('company', '')}")


def _assigned(describe: Describer, after: Mapping[str, Any], channel: str) -> Text:
    if not after.get("owner_id"):
        return Text("收回负责人", "Owner taken off")
    name = describe.person(after["owner_id"])
    return Text(f"分配给{name}", f"Assigned to {name}")


def _escalated(describe: Describer, after: Mapping[str, Any], channel: str) -> Text:
    name = describe.person(after.get("escalated_to_id")) if after.get("escalated_to_id") else ""
    return Text(f"升级给{name}", f"Escalated to {name}") if name else Text("升级给主管", "Escalated to the manager")


def _moved(describe: Describer, after: Mapping[str, Any], channel: str) -> Text:
    to = describe.stage(str(after.get("stage", "")))
    return Text(f"进入阶段「{to.zh}」", f"Moved to {to.en}")


def _outcome(describe: Describer, after: Mapping[str, Any], channel: str) -> Text:
    to = describe.value("lead", "outcome", after.get("outcome"))
    return Text(f"结果：{to.zh}", f"Outcome: {to.en}")


LEAD = Kind(
    name="lead",
    title=Text("线索", "Lead"),
    plural=Text("线索", "Leads"),
    model=Lead,
    fields=(
        field("company", "公司名称", "Company", required=True),
        field("source", "来源", "Source", "choice", options=SOURCES, open=True),
        field("industry", "行业", "Industry", longest=40, open=True),
        field("region", "地区", "Region", longest=40, open=True),
        field("budget", "预算", "Budget", "money", hint=Text("含税，单位元", "Tax included, in yuan")),
        field("note", "备注", "Note", longest=4000),
        field("quality", "资料", "Data", form=False, longest=20),
        field("stage", "阶段", "Stage", form=False, longest=40),
        field("outcome", "结果", "Outcome", "choice", options=OUTCOMES, form=False),
        field("lost_reason", "输单原因", "Reason lost", form=False),
        reference("owner_id", "user", "负责人", "Owner"),
        field("received_at", "进入时间", "Received", "moment", form=False),
        field("closed_at", "结束时间", "Closed", "moment", form=False, along=True),
        field("external_id", "外部编号", "External id", form=False, longest=100),
        field("process", "流程", "Process", form=False, longest=40),
        reference("customer_id", "customer", "客户", "Customer", parent=True),
        reference("contact_id", "contact", "联系人", "Contact", parent=True),
        reference("team_id", "team", "团队", "Team", along=True),
        reference("escalated_to_id", "user", "升级", "Escalation", along=True),
        *(
            field(name, zh, en, type, form=False, along=True)
            for name, zh, en, type in (
                ("assigned_at", "分配时间", "Assigned", "moment"),
                ("stage_since", "进入阶段的时间", "In this stage since", "moment"),
                ("first_response_at", "首次响应", "First response", "moment"),
                ("response_minutes", "响应用时", "Minutes to respond", "number"),
                ("escalated_at", "升级", "Escalation", "moment"),
            )
        ),
        *LOCK_FIELDS,
    ),
    events=(
        Event(
            "created",
            Text("线索进入", "Lead came in"),
            trigger=Text("线索已创建", "A lead is created"),
            icon="target",
            hook="on_lead_created",
            headline=_created,
        ),
        Event(
            "changed",
            Text("修改线索", "Lead changed"),
            trigger=Text("线索已修改", "A lead is changed"),
            icon="pencil",
            hook="on_field_saved",
        ),
        Event(
            "outcome_changed",
            Text("结果变更", "Outcome changed"),
            "outcome",
            trigger=Text("线索的结果已改变", "A lead's outcome changes"),
            icon="circle-check",
            hook="on_state_change",
            headline=_outcome,
        ),
        Event(
            "stage_changed",
            Text("阶段变更", "Stage changed"),
            "stage",
            trigger=Text("线索已换阶段", "A lead enters another stage"),
            icon="route",
            hook="on_state_change",
            headline=_moved,
        ),
        Event(
            "assigned",
            Text("分配负责人", "Owner assigned"),
            "owner_id",
            trigger=Text("线索已分配", "A lead is assigned"),
            icon="user",
            tone="rule",
            hook="on_field_saved",
            headline=_assigned,
        ),
        Event(
            "escalated",
            Text("升级给主管", "Escalated to the manager"),
            "escalated_at",
            icon="alert-triangle",
            tone="late",
            hook="on_field_saved",
            headline=_escalated,
        ),
        Event(
            "answered",
            Text("首次响应", "First response"),
            "first_response_at",
            icon="check",
            tone="done",
            hook="on_field_saved",
        ),
    ),
    facts=(
        Fact("id", of("text", "线索编号", "Lead id"), lambda lead, reading: lead.id),
        own("company", "公司", "Company"),
        own("source"),
        own("industry"),
        own("region"),
        own("budget"),
        own("stage"),
        own("outcome"),
        own("quality", "资料", "Data quality"),
        own("owner_id"),
        Fact("team", of("text", "团队", "Team", names="team"), _team),
        Fact(
            "pain_points",
            of("list", "痛点", "Pain points"),
            lambda lead, reading: lead.extra.get("pain_points") or [],
            writable=True,
        ),
        Fact(
            "answered",
            either(
                "已响应",
                "Answered",
                ("线索已响应", "the lead was answered"),
                ("线索尚未响应", "the lead was not answered yet"),
            ),
            lambda lead, reading: lead.first_response_at is not None,
        ),
        Fact(
            "escalated",
            either(
                "已升级",
                "Escalated",
                ("线索已升级", "the lead was escalated"),
                ("线索尚未升级", "the lead was not escalated yet"),
            ),
            lambda lead, reading: lead.escalated_at is not None,
        ),
        own("received_at", "进入时间", "Time received"),
        Fact("age_hours", of("number", "线索存续时长", "Age of the lead", HOURS), _age),
        Fact("open_tasks", of("number", "未完成任务数", "Number of open tasks", PIECES), _open_tasks),
        own("process"),
        own("locked", "已锁定", "Locked", writable=False),
        Fact(
            "in_working_time",
            of("bool", "此刻在工作时间内", "It is working time"),
            lambda lead, reading: _clock(lead, reading).is_open(reading.now),
        ),
        Fact(
            "waiting_working_minutes",
            of("number", "等待首次响应的时长", "Time waiting for the first answer", MINUTES),
            _waiting,
        ),
        Fact(
            "working_minutes_since_assigned",
            of("number", "分配以来的时长", "Time since it was assigned", MINUTES),
            _since_assigned,
        ),
        Fact(
            "stage_working_hours",
            of("number", "停留在本阶段的时长", "Time in this stage", WORKING_HOURS),
            _stage_hours,
        ),
    ),
    collection=Collection(
        "leads",
        Text("客户的其他线索", "The customer's other leads"),
        (
            Fact("id", of("text", "线索编号", "Lead id"), lambda lead, reading: lead.id),
            own("company", "公司", "Company"),
            own("stage"),
            own("outcome"),
            own("budget"),
            own("received_at", "进入时间", "Time received"),
        ),
        by="customer_id",
        others=True,
    ),
    lifecycle=Lifecycle(_defaults, _derive, _follow_ups),
    owner="owner_id",
    team="team_id",
    in_hand=("outcome", "open"),
    by_owner_alone=True,
    write=BY_ROLES,
    ruled=True,
    judged=True,
    together=(
        ("owner_id", "team_id"),
        ("stage", "process"),
        ("outcome", "lost_reason", "closed_at"),
        ("escalated_at", "escalated_to_id"),
    ),
    named_by=("company",),
    found_by=("company", "external_id"),
    icon="target",
    process="sales",
    inputs={
        "contact_name": ("contact", "name"),
        "contact_title": ("contact", "title"),
        "phone": ("contact", "phone"),
        "email": ("contact", "email"),
        "credit_code": ("customer", "credit_code"),
    },
)
