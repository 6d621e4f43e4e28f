"""The words in which an undo is shown: records, their fields, their states and values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ...hooks.text import Text
from ..models import Record, Team, User

if TYPE_CHECKING:
    from ..workspace import Workspace

KINDS = {
    "task": Text("任务", "task"),
    "notification": Text("消息", "message"),
    "deadline": Text("时限", "deadline"),
    "lead": Text("线索", "lead"),
    "contract": Text("合同", "contract"),
    "customer": Text("客户", "customer"),
    "badge": Text("标兵", "badge"),
    "metric_suspension": Text("指标暂停", "suspension of a metric"),
}
_FIELDS = {
    "locked": Text("锁定", "lock"),
    "owner_id": Text("负责人", "owner"),
    "team_id": Text("团队", "team"),
    "stage": Text("阶段", "stage"),
    "process": Text("流程", "process"),
    "outcome": Text("结果", "outcome"),
    "lost_reason": Text("输单原因", "reason for losing"),
    "closed_at": Text("关闭时间", "closing time"),
    "escalated_at": Text("升级", "escalation"),
    "escalated_to_id": Text("升级", "escalation"),
    "state": Text("状态", "state"),
    "done_at": Text("状态", "state"),
    "read_at": Text("状态", "state"),
}
_STATES = {
    "done": Text("已完成", "done"),
    "cancelled": Text("已取消", "cancelled"),
    "met": Text("已达成", "met"),
    "missed": Text("已超时", "missed"),
    "withdrawn": Text("已撤回", "withdrawn"),
    "lifted": Text("已恢复", "lifted"),
}


def name_of(record: Record) -> str:
    """Return what people call a record."""
    names = ("company", "title", "name", "badge", "metric", "number")
    return next((str(value) for name in names if (value := getattr(record, name, ""))), str(record.id))


def state_words(kind: str, state: str) -> Text:
    """Return what became of a record of this kind."""
    return _STATES.get(state, Text(f"现在是「{state}」", f"it is {state!r} now"))


def made_words(kind: str, title: str) -> Text:
    """Return a record that was made, by its kind and title."""
    words = KINDS.get(kind, Text(kind, kind))
    inner = title.replace("「", "『").replace("」", "』")
    return Text(f"{words.zh}「{inner}」", f"{words.en} “{title}”")


def field_words(ws: Workspace, kind: str, record: Record, names: list[str]) -> Text:
    """Return fields of a record: 线索「恒锐精密」的负责人、团队."""
    found = [_field(ws, kind, name) for name in (["locked"] if "locked" in names else names)]
    zh = "、".join(dict.fromkeys(one.zh for one in found))
    en = ", ".join(dict.fromkeys(one.en for one in found))
    whose = made_words(kind, name_of(record))
    return Text(f"{whose.zh}的{zh}", f"{en} of {whose.en}")


def _field(ws: Workspace, kind: str, name: str) -> Text:
    field = ws.door.fields.get(kind, name.removeprefix("extra."))
    return field.label if field is not None else _FIELDS.get(name, Text(name, name))


def shown_values(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return values as people read them: users and teams by name."""
    ids = [value for name, value in values.items() if name.endswith("_id") and isinstance(value, str)]
    names: dict[str, str] = {}
    for model in (User, Team) if ids else ():
        names |= {row.id: row.name for row in model.select(model.id, model.name).where(model.id.in_(ids))}
    return {name: names.get(value, value) if isinstance(value, str) else value for name, value in values.items()}
