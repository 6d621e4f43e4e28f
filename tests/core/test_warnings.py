"""A deadline that warns: its lead's owner is told once, so many working minutes before, and rules may hear of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from clew.core.intake import take as intake
from clew.core.journal.origin import SYSTEM
from clew.core.kinds import Deadline, Lead, Notification, Task
from clew.core.outbox import deadlines
from clew.core.running import drain, run_until
from clew.core.storage.system_tables import JournalLine
from clew.core.workspace import Workspace

WORDS = {"zh": "报价", "en": "Quote"}


def put(ws: Workspace, code: str, trigger: str, *then: dict[str, Any]) -> None:
    document = {"id": code, "title": WORDS, "purpose": WORDS, "trigger": trigger, "then": list(then)}
    ws.door.create("rule", {"code": code, "pack": "custom", "version": 1, "document": document}, SYSTEM)


@pytest.fixture
def lead(any_workspace: Workspace, found: Callable[[Workspace], Any]) -> Lead:
    """A lead of Tuesday 11:30 with a deadline of 120 working minutes that warns 60 before: over noon."""
    ws = any_workspace
    found(ws)
    put(ws, "quote", "lead.created", {"start_deadline": {"name": "quote", "working_minutes": 120, "warn": 60}})
    put(ws, "hurry", "deadline.warned", {"create_task": {"title": "{deadline.name} 快到了", "assignee": "owner"}})
    ws.clock.advance(hours=2, minutes=30)  # type: ignore[attr-defined]
    made = intake.take(ws, {"company": "恒锐", "phone": "13812345678"}, SYSTEM).lead
    drain(ws)
    return Lead.get_by_id(made.id)


def test_the_owner_is_warned_once_in_working_time(any_workspace: Workspace, lead: Lead) -> None:
    ws = any_workspace
    start = ws.clock.now()
    quote = Deadline.get(Deadline.name == "quote")
    # 30 minutes until noon, 30 from 13:30 on.
    assert quote.warn_at == start + timedelta(hours=2, minutes=30)
    assert quote.due_at == start + timedelta(hours=3, minutes=30)
    run_until(ws, quote.warn_at - timedelta(seconds=1))
    told = Notification.select().where(Notification.title.contains("还剩"))
    assert not told.exists()
    run_until(ws, quote.due_at - timedelta(minutes=1))
    assert [(one.user_id, one.title) for one in told] == [(lead.owner_id, "「恒锐」的时限还剩 60 个工作分钟")]
    warned = JournalLine.get(JournalLine.kind == "deadline.warned")
    made = JournalLine.get(JournalLine.record_id == told.get().id)
    assert (warned.record_id, made.cause_seq) == (quote.id, warned.seq)
    assert Task.get(Task.title == "quote 快到了").assignee_id == lead.owner_id
    assert not deadlines.warn(ws, quote.id), "once is enough"
    run_until(ws, quote.due_at)
    assert Deadline.get_by_id(quote.id).state == "missed"


def test_what_was_met_warns_nobody(any_workspace: Workspace, lead: Lead) -> None:
    ws = any_workspace
    ws.door.change("lead", lead.id, {"outcome": "lost", "lost_reason": "无预算"}, SYSTEM)
    ws.clock.advance(days=1)  # type: ignore[attr-defined]
    assert deadlines.to_warn_of(ws) == []
    assert deadlines.next_due() is None


def test_a_deadline_that_does_not_warn_is_left_alone(any_workspace: Workspace, lead: Lead) -> None:
    first = Deadline.get(Deadline.name == "first_response")
    assert first.warn_at is None
    assert deadlines.next_due() == min(first.due_at, Deadline.get(Deadline.name == "quote").warn_at)
