"""The actions every Clew has, with their arguments and the words for both; core carries them out."""

from __future__ import annotations

from collections.abc import Mapping

from .vocabulary import ActionSpec, ArgSpec, Title

STAGES: dict[str, Title] = {
    "first_contact": ("首次接触", "First contact"),
    "diagnosis": ("需求诊断", "Diagnosis"),
    "demo": ("方案演示", "Demo"),
    "negotiation": ("报价谈判", "Negotiation"),
    "signing": ("合同签署", "Signing"),
    "payment": ("回款确认", "Payment"),
}
OUTCOMES: dict[str, Title] = {"open": ("进行中", "Open"), "won": ("赢单", "Won"), "lost": ("输单", "Lost")}

_MANAGERS: dict[str, Title] = {
    "owner_manager": ("负责人的主管", "The owner's manager"),
    "team_manager": ("团队主管", "The team's manager"),
}
_ROLES: dict[str, Title] = {
    "role:sales": ("全体销售", "All sales staff"),
    "role:manager": ("全体经理", "All managers"),
    "role:ops": ("全体运营", "All operations staff"),
    "role:legal": ("全体法务", "All legal staff"),
    "role:finance": ("全体财务", "All finance staff"),
    "role:delivery": ("全体交付", "All delivery staff"),
    "role:admin": ("全体管理员", "All administrators"),
}
_PEOPLE: dict[str, Title] = {"owner": ("负责人", "The owner"), "owner_manager": _MANAGERS["owner_manager"]}
_STRATEGIES: dict[str, Title] = {
    "least_loaded": ("手上线索最少的人", "Whoever has the fewest open leads"),
    "round_robin": ("成员轮流", "The members in turn"),
}


def _text(zh: str, en: str, *, needed: bool = True) -> ArgSpec:
    return ArgSpec(required=needed, title=(zh, en))


def _minutes(zh: str, en: str, *, needed: bool = True) -> ArgSpec:
    return ArgSpec("number", required=needed, title=(zh, en))


def _one_of(zh: str, en: str, labels: Mapping[str, Title], *, needed: bool = True) -> ArgSpec:
    return ArgSpec(required=needed, options=tuple(labels), title=(zh, en), labels=labels)


def _person(zh: str, en: str) -> ArgSpec:
    return ArgSpec(
        required=True,
        options=tuple(_PEOPLE),
        prefixes=("role:",),
        title=(zh, en),
        labels={**_PEOPLE, **_ROLES},
        suggestions=tuple(_ROLES),
    )


ACTIONS: dict[str, ActionSpec] = {
    # Without a strategy, the member with the fewest open leads takes it.
    "assign": ActionSpec(
        {
            "team": _text("团队", "Team", needed=False),
            "user": _text("成员", "Person", needed=False),
            "strategy": _one_of("分给", "Within the team", _STRATEGIES, needed=False),
        },
        one_of=(("team", "user"),),
        title=("分配", "Assign"),
    ),
    "escalate": ActionSpec(
        {"to": _one_of("升级给", "To", _MANAGERS), "message": _text("消息", "Message")},
        title=("升级", "Escalate"),
    ),
    "notify": ActionSpec(
        {"to": _person("发给", "To"), "title": _text("标题", "Title"), "body": _text("正文", "Text")},
        title=("发消息", "Send a message"),
    ),
    "create_task": ActionSpec(
        {
            "title": _text("任务", "Task"),
            "assignee": _person("由谁完成", "For"),
            "due_working_minutes": _minutes("限时（工作分钟）", "Due within (working minutes)", needed=False),
        },
        title=("建任务", "Create a task"),
    ),
    "create_tasks": ActionSpec(
        {
            "sop": _text("清单", "Checklist"),
            "items": ArgSpec("texts", required=True, title=("步骤", "Steps")),
            "assignee": _person("由谁完成", "For"),
        },
        title=("建标准作业清单", "Create a checklist"),
    ),
    "set_field": ActionSpec(
        {
            "field": ArgSpec("field", required=True, title=("字段", "Field")),
            "value": ArgSpec("scalar", required=True, title=("改为", "Value")),
        },
        title=("改字段", "Set a field"),
    ),
    "start_deadline": ActionSpec(
        {
            "name": _text("时限", "Deadline"),
            "working_minutes": _minutes("工作分钟", "Working minutes"),
            "warn": _minutes("提前预警（工作分钟）", "Warn before (working minutes)", needed=False),
        },
        title=("开始计时", "Start a deadline"),
    ),
    "close_deadline": ActionSpec({"name": _text("时限", "Deadline")}, title=("停止计时", "Close a deadline")),
    "set_outcome": ActionSpec(
        {"outcome": _one_of("结果", "Outcome", OUTCOMES), "reason": _text("原因", "Reason")},
        title=("改结果", "Set the outcome"),
    ),
    "move_stage": ActionSpec({"stage": _one_of("阶段", "Stage", STAGES)}, title=("换阶段", "Move to a stage")),
    "lock": ActionSpec({"reason": _text("原因", "Reason")}, title=("锁定", "Lock")),
    "unlock": ActionSpec({}, title=("解锁", "Unlock")),
    "suspend_metric": ActionSpec(
        {"metric": _text("指标", "Metric"), "reason": _text("原因", "Reason")}, title=("暂停指标", "Suspend a metric")
    ),
    "award": ActionSpec(
        {"to": _person("授予", "To"), "badge": _text("标兵称号", "Badge"), "reason": _text("原因", "Reason")},
        title=("授予标兵", "Award a badge"),
    ),
    "require_confirmation": ActionSpec(
        {"message": _text("提示", "Message")}, title=("要求确认", "Ask for confirmation"), before_saving=True
    ),
    "block": ActionSpec({"message": _text("提示", "Message")}, title=("拦下", "Block"), before_saving=True),
}
