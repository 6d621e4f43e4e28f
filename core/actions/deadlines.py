"""开始计时 start_deadline, 停止 close_deadline, 暂停 pause_deadline, 继续 resume_deadline: a record's deadlines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...rules.language.vocabulary import ActionSpec
from ..kinds.deadline_clock import RUNNING, clock_of, started
from ..kinds.deadline_closing import closing_of
from ..schema.kind import Typed
from .action import Action, CannotApply, Writer
from .arguments import MOST_DAYS, MOST_HOURS, MOST_MINUTES, amount, cut, minutes, text
from .subject import Subject


def _start(tx: Writer, subject: Subject, args: Mapping[str, Any], key: str) -> None:
    name, warn = cut(args["name"], 40), int(args.get("warn") or 0)
    record = subject.record
    if getattr(record, "outcome", "open") not in ("open", None):
        return
    if name == "first_response" and getattr(record, "first_response_at", None) is not None:
        return
    earlier = tx.store.related("deadline", about_id=record.id, name=name)
    # A customer waits for one first answer: whoever gets the lead, its deadline goes on, or is missed.
    if any(one.state in (*RUNNING, *(("missed",) if name == "first_response" else ())) for one in earlier):
        return
    days, whole = int(args.get("working_days") or 0), _minutes(args)
    _limit(days, MOST_DAYS, "个工作日", "working days")
    _limit(whole, MOST_MINUTES, "个工作分钟", "working minutes")
    clock = clock_of(tx.calendar, tx.store, subject.owner_id, subject.team_id)
    values = started(clock, tx.now, minutes=whole, days=days, warn=min(warn, MOST_MINUTES))
    tx.create("deadline", Typed(subject.references(), name=name, owner_id=subject.owner_id, **values), key)


def _minutes(args: Mapping[str, Any]) -> int:
    if args.get("working_hours") is not None:
        return round(float(args["working_hours"]) * 60)
    return int(args.get("working_minutes") or 0)


def _limit(number: int, most: int, zh: str, en: str) -> None:
    """Refuse what a plugin asks for, or an earlier Clew let a rule say; rules are checked when they are written."""
    if number > most:
        raise CannotApply(
            f"时限最长 {most:,} {zh}，规则给的是 {number:,}；请改短",
            f"a deadline lasts at most {most:,} {en}, this is {number:,}: make it shorter",
        )


def _close(tx: Writer, subject: Subject, args: Mapping[str, Any], key: str) -> None:
    for deadline in reversed(tx.store.related("deadline", about_id=subject.record.id, name=cut(args["name"], 40))):
        if values := closing_of(deadline, tx.now):
            tx.change("deadline", deadline.id, values)


def _pause(tx: Writer, subject: Subject, args: Mapping[str, Any], key: str) -> None:
    for deadline in tx.store.related("deadline", about_id=subject.record.id, name=cut(args["name"], 40), state="open"):
        tx.create("pause", {"deadline_id": deadline.id, "reason": cut(args["reason"], 40)}, f"{key}:{deadline.id}")


def _resume(tx: Writer, subject: Subject, args: Mapping[str, Any], key: str) -> None:
    name = cut(args["name"], 40)
    for deadline in tx.store.related("deadline", about_id=subject.record.id, name=name, state="paused"):
        for pause in tx.store.related("pause", deadline_id=deadline.id):
            if pause.to_at is None:
                tx.change("pause", pause.id, {"to_at": tx.now})


START_DEADLINE = Action(
    "start_deadline",
    ActionSpec(
        {
            "name": text("时限", "Deadline", names="deadline"),
            "working_minutes": amount("工作分钟", "Working minutes", MOST_MINUTES),
            "working_hours": amount("工作小时", "Working hours", MOST_HOURS),
            "working_days": amount("工作日", "Working days", MOST_DAYS, whole=True),
            "warn": minutes("提前预警（工作分钟）", "Warn before (working minutes)", needed=False),
        },
        one_of=(("working_minutes", "working_hours", "working_days"),),
        title=("开始计时", "Start a deadline"),
        phrase=(
            "开始{name}计时（[{working_minutes}][{working_hours}][{working_days}]）[（提前 {warn}预警）]",
            "start the deadline {name} ([{working_minutes}][{working_hours}][{working_days}])[ (warning {warn} before)]",
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
PAUSE_DEADLINE = Action(
    "pause_deadline",
    ActionSpec(
        {
            "name": text("时限", "Deadline", names="deadline"),
            "reason": text("原因", "Reason", names="pause_reason"),
        },
        title=("暂停计时", "Pause a deadline"),
        phrase=("暂停{name}计时（{reason}）", "pause the deadline {name} ({reason})"),
        timer="hold",
    ),
    _pause,
)
RESUME_DEADLINE = Action(
    "resume_deadline",
    ActionSpec(
        {"name": text("时限", "Deadline", names="deadline")},
        title=("继续计时", "Resume a deadline"),
        phrase=("继续{name}计时", "let the deadline {name} go on"),
        timer="hold",
    ),
    _resume,
)
