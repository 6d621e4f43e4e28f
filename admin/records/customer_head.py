"""The head of a customer's page: one sentence that says where it stands, and figures that lead to their rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from peewee import fn

from ...core.access import policy as access
from ...core.journal.origin import Actor
from ...core.kinds import Contract, Customer, Lead, Task
from ...core.workspace import Workspace
from ...hooks.text import n_of
from .. import words
from ..session import english, t
from .served import may_open

SHOWN = 8


@dataclass(frozen=True)
class Figure:
    """A figure with its unit and what it counts, and where its rows are; `path` is empty if the viewer may not go there."""

    value: str
    unit: str
    label: str
    path: str


@dataclass(frozen=True)
class CustomerHead:
    """What the head says: pieces of a sentence, each with its tone (late or none), figures, and the tasks that are open."""

    sentence: tuple[tuple[str, str], ...]
    figures: tuple[Figure, ...]
    tasks: Sequence[Task]


def head_of(ws: Workspace, actor: Actor, customer: Customer) -> CustomerHead:
    """Return the head of a customer's page as an actor may read it: of their records there, and no others."""
    now = ws.clock.now()

    def seen(kind: str) -> Any:
        query = access.visible(ws.kinds, actor, kind)
        return query.where(query.model.customer == customer.id)

    open_leads = seen("lead").where(Lead.outcome == "open")
    tasks = seen("task").where(Task.state == "open")
    late = tasks.where(Task.due_at < now).count()
    leads, todo, contracts = open_leads.count(), tasks.count(), seen("contract").count()
    total: Decimal | None = seen("contract").select(fn.SUM(Contract.amount)).scalar()
    amount = Contract.amount.python_value(total) if total is not None else None
    oldest = open_leads.order_by(Lead.stage_since, Lead.id).first()
    here = f"customer_id={customer.id}"
    figures = (
        _figure(
            ws, actor, "lead", str(leads), t("条", ""), t("在办线索", "open leads"), f"/leads/?{here}&outcome=open"
        ),
        _figure(
            ws, actor, "contract", str(contracts), t("份", ""), t("合同", "contracts"), f"/records/contract/?{here}"
        ),
        Figure(*_amount(amount), t("合同金额，含全部", "value of all contracts"), f"/records/contract/?{here}"),
        _figure(
            ws, actor, "task", str(todo), t("件", ""), t("待办", "open tasks"), f"/records/task/?{here}&state=open"
        ),
    )
    sentence = _sentence(ws, customer, oldest, leads, amount, late)
    return CustomerHead(sentence, figures, list(tasks.order_by(Task.due_at, Task.id).limit(SHOWN)))


def _figure(ws: Workspace, actor: Actor, kind: str, value: str, unit: str, label: str, path: str) -> Figure:
    return Figure(value, unit, label, path if may_open(ws.kinds, actor, ws.kinds[kind]) else "")


def _amount(amount: Decimal | None) -> tuple[str, str]:
    said = words.wan(amount or Decimal(0), english())
    value, _, unit = said.partition(" ")
    return value, unit


def _sentence(
    ws: Workspace, customer: Customer, oldest: Lead | None, leads: int, amount: Decimal | None, late: int
) -> tuple[tuple[str, str], ...]:
    en = english()
    found: list[tuple[str, str]] = []
    if oldest is None:
        found.append((t("没有在办的线索", "No lead is open"), ""))
    else:
        minutes = ws.calendar.minutes_between(oldest.stage_since, ws.clock.now())
        stage = ws.processes.stage_title(oldest.stage)
        span = words.working(minutes, en)
        one = leads == 1
        zh = f"{leads} 条线索在办，{'' if one else '最久的'}停在「{stage.zh}」{span}"
        said = f"{n_of(leads, 'open lead')}, {'' if one else 'the longest '}in {stage.en} for {span}"
        found.append((said if en else zh, ""))
    if amount:
        found.append((t(f"，合同 {words.wan(amount, False)}", f", contracts worth {words.wan(amount, True)}"), ""))
    if late:
        found.append((t("；", "; "), ""))
        found.append((t(f"{late} 件待办已过期", f"{n_of(late, 'task')} late"), "late"))
    return (*found, (t("。", "."), ""))


@dataclass(frozen=True)
class MergedIn:
    """A customer that was merged into the one of the page: what it was called, when, and until when it comes back."""

    id: str
    name: str
    at: Any
    until: Any
