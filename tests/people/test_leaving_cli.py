"""`clew people`: shown first, done with --yes, undone by the number of the batch; and what readiness says meanwhile."""

from __future__ import annotations

from typing import Any

from click.testing import CliRunner

from clew.core.cli.leaving import people_group
from clew.core.company.readiness import readiness
from clew.core.journal.origin import SYSTEM
from clew.core.kinds import Lead, PersonnelChange, User


def ask(ws: Any, *args: str) -> str:
    found = CliRunner(env={"LANG": "zh_CN.UTF-8"}).invoke(people_group, args, obj=lambda: ws, catch_exceptions=False)
    assert found.exit_code == 0, found.output
    return found.output


def test_a_person_leaves_from_the_command_line(workspace: Any, company: Any) -> None:
    ws, (leaver, colleague) = workspace, company.sellers["华东一部"]
    customer = ws.door.create("customer", {"name": "客户"}, SYSTEM).record
    values = {"company": "恒锐", "customer_id": customer.id, "owner_id": leaver.id, "team_id": leaver.team_id}
    lead = ws.door.create("lead", values, SYSTEM).record
    assert "华东一部  3" in ask(ws, "tree")
    assert f"{leaver.email}  sales  华东一部  1" in ask(ws, "list")
    assert colleague.name in ask(ws, "leave", leaver.email)
    assert User.get_by_id(leaver.id).active
    manager = company.managers["华东一部"]
    ask(ws, "leave", leaver.email, "--to", manager.email, "--reason", "离职", "--yes")
    assert Lead.get_by_id(lead.id).owner_id == manager.id
    assert leaver.name in ask(ws, "list", "--off")
    change = PersonnelChange.get()
    assert change.reason == "离职"
    assert "2 undone, 0 kept" in ask(ws, "undo", change.id)
    assert Lead.get_by_id(lead.id).owner_id == leaver.id


def test_readiness_names_who_left_with_leads(workspace: Any, company: Any) -> None:
    ws, leaver = workspace, company.sellers["华东一部"][0]
    customer = ws.door.create("customer", {"name": "客户"}, SYSTEM).record
    values = {"company": "恒锐", "customer_id": customer.id, "owner_id": leaver.id, "team_id": leaver.team_id}
    lead = ws.door.create("lead", values, SYSTEM).record
    ws.door.change("user", leaver.id, {"active": False}, SYSTEM)  # Past the hand-over, as no page does.
    left = next(one for one in readiness(ws) if one.name == "left")
    assert not left.ok
    assert leaver.name in left.said.zh
    colleague = company.sellers["华东一部"][1]
    ws.door.change("lead", lead.id, {"owner_id": colleague.id}, SYSTEM)
    assert next(one for one in readiness(ws) if one.name == "left").ok
