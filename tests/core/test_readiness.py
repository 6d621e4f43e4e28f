"""就绪检查: each thing that is lacking is named with what to do about it, and goes when it is mended."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from click.testing import CliRunner

from clew.core.cli.doctor import doctor_command
from clew.core.company.readiness import Check, readiness
from clew.core.intake import take as intake
from clew.core.journal.origin import SYSTEM
from clew.core.kinds import Lead, Notification
from clew.core.running import drain, seal
from clew.core.workspace import Workspace

from ..app import app_of

NEW_YEAR = {"day": date(2027, 1, 1), "working": False, "name": "元旦", "source": "ops"}


def lacking(ws: Workspace) -> list[Check]:
    return [one for one in readiness(ws) if not one.ok]


def names(ws: Workspace) -> list[str]:
    return [one.name for one in lacking(ws)]


@pytest.fixture
def company(any_workspace: Workspace, found: Any) -> Any:
    """The company, its journal sealed."""
    company = found(any_workspace)
    seal(any_workspace)
    return company


def test_a_company_with_its_people_lacks_the_coming_years_holidays_alone(
    any_workspace: Workspace, company: Any
) -> None:
    assert names(any_workspace) == ["holidays"]
    (one,) = lacking(any_workspace)
    assert "2027 年的节假日还没有登记" in one.said.zh
    any_workspace.door.create("calendar_day", NEW_YEAR, SYSTEM)
    assert names(any_workspace) == []


def test_an_empty_house_says_what_to_do_first(any_workspace: Workspace) -> None:
    found = {one.name: one.said.zh for one in lacking(any_workspace)}
    assert {"takers", "mending"} <= found.keys()
    assert "clew user create" in found["takers"]
    admin = {"email": "a@a.example", "name": "韩旭", "roles": ["admin"]}
    any_workspace.door.create("user", admin, SYSTEM)
    found = {one.name: one.said.zh for one in lacking(any_workspace)}
    assert found["takers"] == "没有在岗的销售，线索都归韩旭；请添加销售"
    assert "mending" not in found


def test_who_leaves_and_what_is_renamed_show(any_workspace: Workspace, company: Any) -> None:
    ws = any_workspace
    ws.door.change("user", company.managers["华东一部"].id, {"active": False}, SYSTEM)
    ws.door.change("team", company.teams["华南部"].id, {"name": "南方大区"}, SYSTEM)
    found = {one.name: one.said.zh for one in lacking(ws)}
    assert found["managers"].startswith("华东一部 没有在岗的主管")
    assert found["rules"].startswith("「线索分配」有错误")


def test_a_team_whose_sellers_left_is_named_with_who_takes_its_leads(any_workspace: Workspace, company: Any) -> None:
    ws = any_workspace
    for one in company.sellers["华北部"]:
        ws.door.change("user", one.id, {"active": False}, SYSTEM)
    manager = company.managers["华北部"]
    found = {one.name: one.said.zh for one in lacking(ws)}
    assert f"「华北部」（归{manager.name}）" in found["takers"]
    taken = intake.take(ws, {"company": "天津海河", "phone": "13812345678", "region": "北京"}, SYSTEM).lead
    drain(ws)
    lead = Lead.get_by_id(taken.id)
    assert (lead.owner_id, lead.team_id) == (manager.id, company.teams["华北部"].id)
    (told,) = Notification.select().where(Notification.user == manager.id)
    assert (told.title, told.lead_id) == ("归你接手：天津海河", lead.id)
    assert "团队「华北部」没有在岗的销售" in told.body
    ws.door.change("user", manager.id, {"active": False}, SYSTEM)
    said = next(one.said.zh for one in lacking(ws) if one.name == "takers")
    assert "「华北部」（归ops 同事）" in said
    taken = intake.take(ws, {"company": "天津滨海", "phone": "13912345678", "region": "北京"}, SYSTEM).lead
    drain(ws)
    assert Lead.get_by_id(taken.id).owner_id == company.user("ops").id


def test_where_nobody_sells_the_one_named_is_the_one_who_takes_it(any_workspace: Workspace, company: Any) -> None:
    ws = any_workspace
    for some in company.sellers.values():
        for one in some:
            ws.door.change("user", one.id, {"active": False}, SYSTEM)
    for one in company.managers.values():
        ws.door.change("user", one.id, {"active": False}, SYSTEM)
    said = next(one.said.zh for one in lacking(ws) if one.name == "takers")
    assert said == "没有在岗的销售，线索都归ops 同事；请添加销售"


def test_what_piles_up_shows(any_workspace: Workspace, company: Any) -> None:
    ws = any_workspace
    intake.take(ws, {"company": "恒锐精密", "phone": "13812345678"}, SYSTEM)
    assert names(ws) == ["holidays"]
    ws.clock.advance(minutes=6)  # type: ignore[attr-defined]
    assert names(ws) == ["holidays", "worker"]
    drain(ws)
    ws.clock.advance(hours=2)  # type: ignore[attr-defined]
    assert names(ws) == ["holidays", "seal"]
    seal(ws)
    words = {"zh": "错", "en": "Wrong"}
    wrong = {"id": "wrong", "title": words, "purpose": words, "trigger": "lead.created"}
    wrong |= {"then": [{"assign": {"team": "没有这个队"}}]}
    ws.door.create("rule", {"code": "wrong", "pack": "custom", "version": 1, "document": wrong}, SYSTEM)
    intake.take(ws, {"company": "昆山拓锋", "phone": "13912345678"}, SYSTEM)
    drain(ws)
    assert names(ws) == ["rules", "holidays", "dead_letters"]


def test_the_command_and_the_page_say_the_same(any_workspace: Workspace, company: Any) -> None:
    ws = any_workspace
    done = CliRunner(env={"LC_ALL": "zh_CN.UTF-8"}).invoke(doctor_command, obj=lambda: ws)
    assert done.exit_code == 1
    assert "还差 1 项" in done.output
    client = app_of(ws, csrf=False).test_client()
    client.post("/sign-in", data={"name": company.user("ops").email, "password": company.password})
    page = client.get("/readiness/").text
    assert "还差 1 项" in page
    assert "2027 年的节假日还没有登记" in page
    client = app_of(ws, csrf=False).test_client()
    client.post("/sign-in", data={"name": company.user("sales").email, "password": company.password})
    assert client.get("/readiness/").status_code == 403
    ws.door.create("calendar_day", NEW_YEAR, SYSTEM)
    done = CliRunner(env={"LC_ALL": "C.UTF-8"}).invoke(doctor_command, obj=lambda: ws)
    assert (done.exit_code, "all is ready" in done.output) == (0, True)
