"""The facts and triggers every Clew has, with the words for them, before a trade or ops adds fields of their own."""

from __future__ import annotations

from collections.abc import Mapping

from .default_actions import ACTIONS, OUTCOMES, STAGES
from .vocabulary import CollectionType, FieldKind, FieldType, Title, Vocabulary

_YUAN: Title = ("元", "yuan")
_HOURS: Title = ("小时", "hours")
_MINUTES: Title = ("工作分钟", "working minutes")
_WORKING_HOURS: Title = ("工作小时", "working hours")
_PIECES: Title = ("条", "")

_TASK_STATES: dict[str, Title] = {
    "open": ("待办", "To do"),
    "done": ("已完成", "Done"),
    "cancelled": ("已取消", "Cancelled"),
}
_CONTRACT_STATES: dict[str, Title] = {
    "draft": ("草稿", "Draft"),
    "confirmed": ("客户确认", "Customer confirmed"),
    "legal_review": ("法务终审", "Legal review"),
    "revising": ("销售修改中", "Being revised"),
    "signed": ("已签署", "Signed"),
    "archived": ("财务归档", "Archived"),
}
_DEADLINE_STATES: dict[str, Title] = {
    "open": ("计时中", "Running"),
    "met": ("已按时完成", "Met"),
    "missed": ("已超时", "Missed"),
}
_TASK_KINDS: dict[str, Title] = {"task": ("任务", "Task"), "sop": ("标准作业", "Checklist item")}

DEADLINES: dict[str, Title] = {"first_response": ("首次响应", "First response")}

TRIGGERS: dict[str, Title] = {
    "lead.created": ("线索已创建", "A lead is created"),
    "lead.changed": ("线索已修改", "A lead is changed"),
    "lead.assigned": ("线索已分配", "A lead is assigned"),
    "lead.stage_changed": ("线索已换阶段", "A lead enters another stage"),
    "lead.outcome_changed": ("线索的结果已改变", "A lead's outcome changes"),
    "follow_up.created": ("跟进已记录", "A follow-up is recorded"),
    "contract.created": ("合同已创建", "A contract is created"),
    "contract.changed": ("合同已修改", "A contract is changed"),
    "contract.status_changed": ("合同状态已改变", "A contract's state changes"),
    "task.changed": ("任务已更新", "A task is updated"),
    "document.created": ("文件已上传", "A document is uploaded"),
    "deadline.warned": ("时限将到", "A deadline is near"),
    "deadline.missed": ("时限已超", "A deadline is missed"),
    # Heard before the record is written, so that a rule can stop it.
    "lead.saving": ("线索即将保存", "A lead is about to be saved"),
    "contract.saving": ("合同即将保存", "A contract is about to be saved"),
}


def _choice(zh: str, en: str, labels: Mapping[str, Title]) -> FieldType:
    return FieldType("text", tuple(labels), title=(zh, en), labels=labels)


def _either(zh: str, en: str, yes: Title, no: Title) -> FieldType:
    """Return a yes-or-no fact with the clauses that say each."""
    return FieldType("bool", title=(zh, en), labels={"true": yes, "false": no})


def _of(kind: FieldKind, zh: str, en: str, unit: Title = ("", "")) -> FieldType:
    return FieldType(kind, title=(zh, en), unit=unit)


FACTS: dict[str, FieldType] = {
    "lead.id": _of("text", "线索编号", "Lead id"),
    "lead.company": _of("text", "公司", "Company"),
    "lead.source": _of("text", "来源", "Source"),
    "lead.industry": _of("text", "行业", "Industry"),
    "lead.region": _of("text", "地区", "Region"),
    "lead.budget": _of("number", "预算", "Budget", _YUAN),
    "lead.stage": _choice("阶段", "Stage", STAGES),
    "lead.outcome": _choice("结果", "Outcome", OUTCOMES),
    "lead.quality": _of("text", "资料", "Data quality"),
    "lead.owner_id": _of("text", "负责人", "Owner"),
    "lead.team": _of("text", "团队", "Team"),
    "lead.pain_points": _of("list", "痛点", "Pain points"),
    "lead.answered": _either(
        "已响应", "Answered", ("线索已响应", "the lead was answered"), ("线索尚未响应", "the lead was not answered yet")
    ),
    "lead.escalated": _either(
        "已升级",
        "Escalated",
        ("线索已升级", "the lead was escalated"),
        ("线索尚未升级", "the lead was not escalated yet"),
    ),
    "lead.received_at": _of("datetime", "进入时间", "Time received"),
    "lead.age_hours": _of("number", "线索存续时长", "Age of the lead", _HOURS),
    "lead.open_tasks": _of("number", "未完成任务数", "Number of open tasks", _PIECES),
    "lead.process": _of("text", "流程", "Process"),
    "lead.locked": _of("bool", "已锁定", "Locked"),
    "lead.in_working_time": _of("bool", "此刻在工作时间内", "It is working time"),
    "lead.waiting_working_minutes": _of("number", "等待首次响应的时长", "Time waiting for the first answer", _MINUTES),
    "lead.working_minutes_since_assigned": _of("number", "分配以来的时长", "Time since it was assigned", _MINUTES),
    "lead.stage_working_hours": _of("number", "停留在本阶段的时长", "Time in this stage", _WORKING_HOURS),
    "contact.name": _of("text", "联系人", "Contact"),
    "contact.title": _of("text", "联系人职务", "Contact's job title"),
    "contact.has_phone": _either(
        "联系人有电话",
        "Contact has a phone number",
        ("联系人有电话", "the contact has a phone number"),
        ("联系人没有电话", "the contact has no phone number"),
    ),
    "contact.has_email": _either(
        "联系人有邮箱",
        "Contact has an e-mail address",
        ("联系人有邮箱", "the contact has an e-mail address"),
        ("联系人没有邮箱", "the contact has no e-mail address"),
    ),
    "customer.name": _of("text", "客户名称", "Customer"),
    "customer.industry": _of("text", "客户行业", "Customer's industry"),
    "customer.region": _of("text", "客户地区", "Customer's region"),
    "customer.grade": _of("text", "客户评级", "Customer's grade"),
    "owner.name": _of("text", "负责人姓名", "Owner's name"),
    "owner.team": _of("text", "负责人的团队", "Owner's team"),
    "owner.manager": _of("text", "负责人的主管", "Owner's manager"),
    "owner.open_leads": _of("number", "负责人进行中的线索数", "Owner's number of open leads", _PIECES),
    "deadline.name": FieldType("text", title=("时限", "Deadline"), labels=DEADLINES, suggestions=tuple(DEADLINES)),
    "deadline.working_minutes": _of("number", "时限时长", "Length of the deadline", _MINUTES),
    "deadline.due_at": _of("datetime", "时限到期时间", "Time the deadline is due"),
    "deadline.state": _choice("时限状态", "State of the deadline", _DEADLINE_STATES),
    "deadline.overdue": _of("bool", "时限已过", "Deadline has passed"),
    "follow_up.way": _of("text", "跟进方式", "Way of the follow-up"),
    "follow_up.effective": _either(
        "跟进联系上了客户",
        "Follow-up reached the customer",
        ("跟进联系上了客户", "the follow-up reached the customer"),
        ("跟进没联系上客户", "the follow-up did not reach the customer"),
    ),
    "task.kind": _choice("任务类型", "Kind of task", _TASK_KINDS),
    "task.state": _choice("任务状态", "State of the task", _TASK_STATES),
    "contract.status": _choice("合同状态", "State of the contract", _CONTRACT_STATES),
    "contract.amount": _of("number", "合同金额", "Contract amount", _YUAN),
    "contract.number": _of("text", "合同编号", "Contract number"),
    "contract.locked": _of("bool", "合同已锁定", "Contract is locked"),
    "event.kind": _of("text", "事件", "Event"),
    "event.channel": _of("text", "事件渠道", "Channel of the event"),
    "event.changed": _of("list", "改动的字段", "Changed fields"),
    "event.from_stage": _choice("原阶段", "Stage before", STAGES),
    "event.to_stage": _choice("新阶段", "New stage", STAGES),
}

COLLECTIONS: dict[str, CollectionType] = {
    "contracts": CollectionType(
        {
            "number": _of("text", "合同编号", "Contract number"),
            "status": _choice("状态", "State", _CONTRACT_STATES),
            "amount": _of("number", "金额", "Amount", _YUAN),
            "signed_at": _of("datetime", "签署时间", "Time of signing"),
        },
        title=("客户的合同", "The customer's contracts"),
    ),
    "follow_ups": CollectionType(
        {
            "way": _of("text", "方式", "Way"),
            "effective": _of("bool", "联系上了客户", "Reached the customer"),
            "at": _of("datetime", "时间", "Time"),
        },
        title=("线索的跟进", "The lead's follow-ups"),
    ),
    "tasks": CollectionType(
        {
            "title": _of("text", "任务", "Task"),
            "kind": _choice("类型", "Kind", _TASK_KINDS),
            "state": _choice("状态", "State", _TASK_STATES),
            "due_at": _of("datetime", "截止时间", "Due time"),
        },
        title=("线索的任务", "The lead's tasks"),
    ),
    "deadlines": CollectionType(
        {
            "name": _of("text", "名称", "Name"),
            "state": _choice("状态", "State", _DEADLINE_STATES),
            "due_at": _of("datetime", "到期时间", "Due time"),
        },
        title=("线索的时限", "The lead's deadlines"),
    ),
    "leads": CollectionType(
        {
            "id": _of("text", "线索编号", "Lead id"),
            "company": _of("text", "公司", "Company"),
            "stage": _choice("阶段", "Stage", STAGES),
            "outcome": _choice("结果", "Outcome", OUTCOMES),
            "budget": _of("number", "预算", "Budget", _YUAN),
            "received_at": _of("datetime", "进入时间", "Time received"),
        },
        title=("客户的其他线索", "The customer's other leads"),
    ),
    "sellers": CollectionType(
        {
            "id": _of("text", "成员编号", "Person's id"),
            "name": _of("text", "姓名", "Name"),
            "team": _of("text", "团队", "Team"),
            "open_leads": _of("number", "进行中的线索数", "Number of open leads", _PIECES),
        },
        title=("在岗的销售", "The active sellers"),
    ),
}


def default_vocabulary() -> Vocabulary:
    """Return the vocabulary of a Clew without added fields; `lead.extra.<name>` is taken untyped."""
    return Vocabulary(
        FACTS,
        frozenset(TRIGGERS),
        ACTIONS,
        open_prefixes=("lead.extra.",),
        trigger_titles=TRIGGERS,
        collections=COLLECTIONS,
    )
