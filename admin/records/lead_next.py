"""What a lead's page says comes next, and how long it was in each stage: read from its tasks, deadlines and process."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ...core.kinds import Lead, Task
from ...core.kinds.deadline_clock import clock_of
from ...core.process.processes import Process
from ...core.schema.kind import Store
from ...core.storage.system_tables import JournalLine
from ...core.workspace import Workspace
from .. import words
from ..session import locale, t
from .lead_head import Standing
from .quotes import Line

_TELL_STAGES = ("created", "stage_changed", "outcome_changed", "changed")


@dataclass(frozen=True)
class NextStep:
    """The one thing to do first: what, why, where it is done, and from what it was derived; `task` if it is ticked."""

    what: str
    because: str
    path: str
    act: str
    source: str
    why: str
    task: Task | None = None


def next_step(
    here: Standing, now: datetime, when: Any, quotes: Sequence[Line] = (), contract_path: str = ""
) -> NextStep | None:
    """Return what a lead wants next; None if it is closed, or nothing says.

    A first answer that is late or due comes first, then a quote that was accepted and has no contract yet, or ran out
    without an answer, then the open task that is due first, then what the next stage lacks, then the next stage itself.
    Nothing is made up: each is a deadline, a quote, a task or a rule of the process that there is.
    """
    lead = here.lead
    if lead.outcome != "open":
        return None
    deadline = here.deadline
    if deadline is not None and deadline.name == "first_response" and lead.first_response_at is None:
        because = f"{here.deadline_name}{t('', ': ')}{here.countdown['text']}"
        return NextStep(
            t("先联系客户，记下第一次跟进", "Reach the customer first, and log it"),
            because,
            "#content",
            t("记跟进", "Log"),
            t("时限", "Deadline") + f" · {here.deadline_name}",
            f"/why/lead/{lead.id}",
        )
    if (quoted := _quoted(here, quotes, contract_path)) is not None:
        return quoted
    waiting = [one for one in here.tasks if one.state == "open"]
    first = min(waiting, key=lambda one: (one.due_at is None, one.due_at or now, one.id), default=None)
    if first is not None:
        due = ""
        if first.due_at is not None:
            late = first.due_at < now
            due = t(
                f"{'已过期，' if late else ''}{when(first.due_at)}截止",
                f"{'late, ' if late else ''}due {when(first.due_at)}",
            )
        source = t("清单", "Checklist") + f" · {first.sop}" if first.sop else t("任务", "Task")
        due = due or _of_how_many(waiting)
        return NextStep(first.title, due, "", "", source, f"/why/task/{first.id}", first)
    way = next(iter(here.nexts), None)
    if way is None:
        return None
    title = way.stage.title.for_locale(locale())
    source = t(f"流程 · 进入「{title}」的条件", f"Process · what {title} needs")
    if way.missing:
        return NextStep(way.missing, "", "#data", t("补资料", "Fill in"), source, "")
    return NextStep(
        t(f"可以进入「{title}」了", f"It can move to {title}"),
        t("这一阶段要的都齐了。", "All that this stage asks for is there."),
        "#moves",
        t("换阶段", "Move"),
        source,
        "",
    )


def _quoted(here: Standing, quotes: Sequence[Line], contract_path: str) -> NextStep | None:
    """Return what the newest quote wants: a contract once it is accepted, a new one if it ran out; None if nothing."""
    newest = next(iter(quotes), None)
    if newest is None or here.contracts:
        return None
    number, amount = newest.row.number, words.yuan_exact(newest.row.amount)
    if newest.row.status == "accepted" and contract_path:
        return NextStep(
            t(f"按报价 {number} 起草合同", f"Draw up the contract of quote {number}"),
            t(f"客户接受了 {amount}，还没有合同。", f"The customer accepted {amount}; there is no contract yet."),
            contract_path,
            t("起草合同", "Draw it up"),
            t("报价", "Quote") + f" · {number}",
            "",
        )
    if newest.ran_out:
        return NextStep(
            t(f"报价 {number} 过期了，问客户还要不要", f"Quote {number} ran out: ask whether it still stands"),
            t(
                f"{amount}，有效期到 {newest.until}，客户没有答复。",
                f"{amount}, valid until {newest.until}, no answer.",
            ),
            "#content",
            t("记跟进", "Log"),
            t("报价", "Quote") + f" · {number}",
            "",
        )
    return None


def _of_how_many(waiting: Sequence[Task]) -> str:
    """Return why a task without a due date comes first: it is the first of those that wait."""
    count = len(waiting)
    return (
        t(f"还有 {count} 件待办，从这一件开始。", f"{count} things wait; this is the first.")
        if count > 1
        else t("只剩这一件。", "This is all that waits.")
    )


def stage_spans(ws: Workspace, store: Store, lead: Lead, process: Process, english: bool) -> list[str]:
    """Return how long a lead was in each stage of its process, in working time by its owner's calendar; empty: never.

    The journal tells it; a stage that it came back to counts in all.
    """
    mine = (JournalLine.record_kind == "lead") & (JournalLine.record_id == lead.id)
    kinds = JournalLine.kind.in_([f"lead.{one}" for one in _TELL_STAGES])
    clock = clock_of(ws.calendar, store, lead.owner_id, lead.team_id)
    spent: dict[str, int] = {}
    entered: tuple[str, Any] | None = None
    for line in JournalLine.select(JournalLine.at, JournalLine.after).where(mine & kinds).order_by(JournalLine.seq):
        stage = line.after.get("stage")
        if not stage or (entered is not None and entered[0] == stage):
            continue
        if entered is not None:
            spent[entered[0]] = spent.get(entered[0], 0) + clock.minutes_between(entered[1], line.at)
        entered = stage, line.at if entered is not None else min(line.at, lead.received_at)
    if entered is not None:
        until = lead.closed_at or ws.clock.now()
        spent[entered[0]] = spent.get(entered[0], 0) + clock.minutes_between(entered[1], until)
    return [words.working(spent[one.name], english) if one.name in spent else "" for one in process.stages]
