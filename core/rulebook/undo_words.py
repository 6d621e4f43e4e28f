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
_STATES = {
    "done": Text("已完成", "done"),
    "cancelled": Text("已取消", "cancelled"),
    "met": Text("已达成", "met"),
    "missed": Text("已超时", "missed"),
    "withdrawn": Text("已撤回", "withdrawn"),
    "lifted": Text("已恢复", "lifted"),
}
_LOCK = Text("锁定", "lock")


def name_of(record: Record) -> str:
    """Return what people call a record."""
    names = ("company", "title", "name", "badge", "metric", "number")
    return next((str(value) for name in names if (value := getattr(record, name, ""))), str(record.id))


def state_words(kind: str, state: str) -> Text:
    return _STATES.get(state, Text(f"现在是「{state}」", f"it is {state!r} now"))


def field_words(ws: Workspace, kind: str, record: Record, names: list[str]) -> Text:
    what = name_of(record)
    fields = [ws.door.fields.get(kind, name.removeprefix("extra.")) for name in names]
    zh = "、".join(field.label.zh for field in fields if field) or "、".join(names)
    en = ", ".join(field.label.en for field in fields if field) or ", ".join(names)
    if "locked" in names:
        zh, en = _LOCK.zh, _LOCK.en
    words = KINDS.get(kind, Text(kind, kind))
    return Text(f"{words.zh}「{what}」的{zh}", f"{en} of {words.en} “{what}”")


def shown_values(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return values as people read them: users and teams by name."""
    ids = [value for name, value in values.items() if name.endswith("_id") and isinstance(value, str)]
    names: dict[str, str] = {}
    for model in (User, Team) if ids else ():
        names |= {row.id: row.name for row in model.select(model.id, model.name).where(model.id.in_(ids))}
    return {name: names.get(value, value) if isinstance(value, str) else value for name, value in values.items()}
