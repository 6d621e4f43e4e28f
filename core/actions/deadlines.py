"""开始计时 start_deadline, 停止计时 close_deadline: a moment by which something must have happened to a record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...rules.language.vocabulary import ActionSpec
from ..schema.kind import Typed
from .action import Action, Writer
from .arguments import cut, minutes, text
from .subject import Subject


def _start(tx: Writer, subject: Subject, args: Mapping[str, Any], key: str) -> None:
    name, whole, warn = cut(args["name"], 40), int(args["working_minutes"]), int(args.get("warn") or 0)
    record = subject.record
    if getattr(record, "outcome", "open") not in ("open", None):
        return
    if name == "first_response" and getattr(record, "first_response_at", None) is not None:
        return
    if tx.store.count("deadline", about_id=record.id, name=name, state="open"):
        return
    tx.create(
        "deadline",
        Typed(
            subject.references(),
            name=name,
            started_at=tx.now,
            working_minutes=whole,
            due_at=tx.calendar.add_minutes(tx.now, whole),
            warn_at=tx.calendar.add_minutes(tx.now, whole - warn) if 0 < warn < whole else None,
        ),
        key,
    )


def _close(tx: Writer, subject: Subject, args: Mapping[str, Any], key: str) -> None:
    open_ones = tx.store.related("deadline", about_id=subject.record.id, state="open")
    for deadline in reversed(open_ones):
        if deadline.name == args["name"]:
            tx.change("deadline", deadline.id, Typed(state="met", closed_at=tx.now))


START_DEADLINE = Action(
    "start_deadline",
    ActionSpec(
        {
            "name": text("时限", "Deadline", names="deadline"),
            "working_minutes": minutes("工作分钟", "Working minutes"),
            "warn": minutes("提前预警（工作分钟）", "Warn before (working minutes)", needed=False),
        },
        title=("开始计时", "Start a deadline"),
        phrase=(
            "开始{name}计时（{working_minutes}）[（提前 {warn}预警）]",
            "start the deadline {name} ({working_minutes})[ (warning {warn} before)]",
        ),
        timer="start",
        repeats=True,
    ),
    _start,
)
CLOSE_DEADLINE = Action(
    "close_deadline",
    ActionSpec(
        {"name": text("时限", "Deadline", names="deadline")},
        title=("停止计时", "Close a deadline"),
        phrase=("停止{name}计时", "close the deadline {name}"),
        timer="close",
    ),
    _close,
)
