"""After `clew init` and one person a lead has an owner, a deadline and somebody who hears of trouble (law 13)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from clew.core.intake import take as intake
from clew.core.journal.origin import SYSTEM
from clew.core.kinds import Deadline, Lead, Notification, User
from clew.core.outbox import dispatch
from clew.core.running import drain, run_until
from clew.core.storage.system_tables import Dispatch
from clew.core.workspace import Workspace


def person(ws: Workspace, name: str, *roles: str, **more: object) -> User:
    values = {"email": f"{name.encode().hex()}@a.example", "name": name, "roles": list(roles), **more}
    found: User = ws.door.create("user", values, SYSTEM).record
    return found


def lead_in(ws: Workspace, phone: str = "13812345678") -> Lead:
    taken = intake.take(ws, {"company": "恒锐精密", "phone": phone, "region": "苏州"}, SYSTEM).lead
    drain(ws)
    found: Lead = Lead.get_by_id(taken.id)
    return found


def test_the_administrator_alone_takes_every_lead_and_hears_when_it_waits(any_workspace: Workspace) -> None:
    ws = any_workspace
    admin = person(ws, "管理员", "admin")
    lead = lead_in(ws)
    assert (lead.owner_id, lead.team_id) == (admin.id, None)
    assert Deadline.get(Deadline.lead == lead.id).name == "first_response"
    run_until(ws, ws.clock.now() + timedelta(hours=2))
    assert [one.user_id for one in Notification.select().where(Notification.lead == lead.id)] == [admin.id]
    assert Lead.get_by_id(lead.id).escalated_to_id == admin.id
    assert not Dispatch.select().where(Dispatch.state == "dead").exists()


def test_sellers_take_them_by_turns_as_soon_as_there_are_some(any_workspace: Workspace) -> None:
    ws = any_workspace
    person(ws, "管理员", "admin")
    sellers = {person(ws, name, "sales").id for name in ("甲", "乙", "丙")}
    person(ws, "丁", "sales", active=False)
    owners = [lead_in(ws, f"1381234567{number}").owner_id for number in range(3)]
    assert set(owners) == sellers, "each the least loaded in turn"


@pytest.mark.parametrize(
    ("roles", "taker"), [(("ops", "manager", "admin"), "manager"), (("admin", "ops", "legal"), "ops")]
)
def test_where_nobody_sells_whoever_is_closest_to_it_takes_them(
    any_workspace: Workspace, roles: tuple[str, ...], taker: str
) -> None:
    people = {role: person(any_workspace, role, role) for role in roles}
    assert lead_in(any_workspace).owner_id == people[taker].id


def test_a_lead_that_came_before_anybody_waits_as_a_dead_letter_and_is_given_then(any_workspace: Workspace) -> None:
    ws = any_workspace
    lead = lead_in(ws)
    (letter,) = Dispatch.select().where(Dispatch.state == "dead")
    assert (letter.consumer, lead.owner_id) == ("rule:assign-rest", None)
    assert "还没有在岗的成员" in letter.error
    seller = person(ws, "甲", "sales")
    dispatch.retry(letter.id, ws)
    drain(ws)
    assert Lead.get_by_id(lead.id).owner_id == seller.id


def test_where_the_manager_has_left_operations_hear_of_an_overdue_lead(any_workspace: Workspace, found: Any) -> None:
    ws, company = any_workspace, found(any_workspace)
    lead = lead_in(ws)
    manager = next(one for one in company.managers.values() if one.team_id == lead.team_id)
    ws.door.change("user", manager.id, {"active": False}, SYSTEM)
    run_until(ws, ws.clock.now() + timedelta(hours=4))
    assert Lead.get_by_id(lead.id).escalated_to_id == company.user("ops").id
