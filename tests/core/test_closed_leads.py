"""What was still to be done for a lead ends with it, and comes back with it: live and in backtests."""

from __future__ import annotations

from typing import Any

import pytest

from clew.core.intake import take as intake
from clew.core.journal.origin import SYSTEM
from clew.core.kinds import Contract, Lead, Task
from clew.core.running import drain


@pytest.fixture
def lead(any_workspace: Any, found: Any) -> Lead:
    found(any_workspace)
    given = {"company": "恒锐精密", "phone": "13812345678", "industry": "精密加工", "region": "江苏"}
    taken = intake.take(any_workspace, given, SYSTEM).lead
    drain(any_workspace)
    return Lead.get_by_id(taken.id)


def _states() -> dict[str, str]:
    return {one.title: one.state for one in Task.select().where(Task.kind == "task")}


@pytest.mark.parametrize("end", [{"outcome": "won"}, {"outcome": "lost", "lost_reason": "预算取消"}])
def test_open_tasks_end_with_their_lead_and_come_back_with_it(any_workspace: Any, lead: Lead, end: Any) -> None:
    ws = any_workspace
    about = {"lead_id": lead.id, "assignee_id": lead.owner_id}
    for title, state in (("打电话", "open"), ("寄样件", "done"), ("不用了", "cancelled")):
        ws.door.create("task", {**about, "title": title, "state": state}, SYSTEM)
    values = {"number": "C-1", "amount": 1000, "lead_id": lead.id, "customer_id": lead.customer_id}
    contract = ws.door.create("contract", values, SYSTEM).record
    theirs = {"about_kind": "contract", "about_id": contract.id}
    ws.door.create("task", {**about, **theirs, "title": "归档合同"}, SYSTEM)
    ws.door.change("lead", lead.id, end, SYSTEM)
    closed = {"打电话": "cancelled", "寄样件": "done", "不用了": "cancelled", "归档合同": "open"}
    assert _states() == closed, "what is to be done about its contract stays"
    ws.door.change("lead", lead.id, {"outcome": "open"}, SYSTEM)
    assert _states() == {**closed, "打电话": "open"}, "what somebody had cancelled stays so"
    again = Task.get(Task.title == "打电话")
    assert (again.closed_because, again.done_at) == ("", None)
    assert Contract.get_by_id(contract.id).lead_id == lead.id
