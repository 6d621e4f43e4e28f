"""Which leads stand still: told from the company's own moves, and the same in metric, list, day and report."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from clew.admin.reports.report import build_report
from clew.core import metrics
from clew.core.actions.metrics import suspend
from clew.core.intake import take as intake
from clew.core.journal.origin import SYSTEM, Actor
from clew.core.kinds import Lead, Notification
from clew.core.running import run_until
from clew.core.workbench import waiting
from clew.core.workbench.counts import count
from clew.core.workbench.support import who_needs_support

from ..app import app_of

HOUR = timedelta(hours=1)


@pytest.fixture
def house(any_workspace: Any, found: Callable[[Any], Any]) -> Any:
    return any_workspace, found(any_workspace)


def answered(ws: Any, owner: Any, number: int) -> Lead:
    values = {"company": f"第{number}家机械", "phone": f"139000000{number:02}", "industry": "精密加工"}
    lead = intake.take(ws, {**values, "budget": 300_000}, SYSTEM).lead
    ws.door.change("lead", lead.id, {"owner_id": owner.id, "team_id": owner.team_id}, SYSTEM)
    ws.door.create("follow_up", {"lead_id": lead.id, "way": "phone", "content": "聊了"}, SYSTEM)
    return Lead.get_by_id(lead.id)


def stalled_at(ws: Any, moment: Any = None) -> Any:
    at = moment or ws.clock.now()
    return metrics.stalled(Lead.select(), metrics.Period(at, at, at, ws.calendar))


def month_of(ws: Any) -> metrics.Period:
    now = ws.clock.now()
    return metrics.Period(now - timedelta(days=30), now + timedelta(days=1), now, ws.calendar)


def live_until_ten_moved(ws: Any, company: Any) -> Lead:
    """Ten leads leave the first stage at 10:00, 11:00, … 19:00: nine of ten within a day’s work. One more stays there."""
    seller, colleague = company.sellers["华东一部"]
    begins = ws.clock.now()
    moving = [answered(ws, colleague, number) for number in range(10)]
    staying = answered(ws, seller, 10)
    for number, lead in enumerate(moving, 1):
        run_until(ws, begins + number * HOUR)
        assert metrics.stage_limits(ws.calendar) == {}, "fewer than ten moves tell nothing"
        ws.door.change("lead", lead.id, {"stage": "diagnosis"}, SYSTEM)
    run_until(ws, begins + 25 * HOUR)
    return staying


def test_what_is_usual_is_what_nine_of_ten_took(house: Any) -> None:
    ws, company = house
    staying = live_until_ten_moved(ws, company)
    (limit,) = metrics.stage_limits(ws.calendar).values()
    # Lunch and the evening don't count: who moved on at 18:00 and at 19:00 took the day's 7.5 hours.
    assert (limit.minutes, limit.moves) == (450, 10)
    # It came at the same moment as the first; the next morning is its eighth hour.
    assert [lead.id for lead in stalled_at(ws)] == [staying.id]
    assert not stalled_at(ws, staying.stage_since + 23 * HOUR).exists(), "no night makes a lead stand still"
    ws.door.change("lead", staying.id, {"stage": "diagnosis"}, SYSTEM)
    assert not stalled_at(ws).exists()


def test_a_lead_stands_still_by_the_calendar_of_who_holds_it(house: Any) -> None:
    ws, company = house
    staying = live_until_ten_moved(ws, company)
    seller, team = company.sellers["华东一部"][0], company.teams["华东一部"]
    today = ws.clock.now().replace(hour=0, minute=0)
    away = {"user_id": seller.id, "from_at": today - timedelta(hours=8), "to_at": today + timedelta(days=3)}
    leave = ws.door.create("leave", away, SYSTEM).record
    ws.refresh()
    assert not stalled_at(ws).exists(), "while its owner is away nobody's clock runs"
    assert stalled_at(ws, today + timedelta(days=6)).exists()
    ws.door.change("leave", leave.id, {"cancelled": True}, SYSTEM)
    ws.refresh()
    assert [lead.id for lead in stalled_at(ws)] == [staying.id]
    shut = {"scope": "team", "of_id": team.id, "name": "轮班", "week": {"tue": [], "wed": ["13:00-21:00"]}}
    ws.door.create("calendar", shut, SYSTEM)
    ws.refresh()
    assert not stalled_at(ws).exists(), "a team that has Tuesday off and begins at 13:00 has not worked yet"
    assert stalled_at(ws, ws.clock.now() + timedelta(days=1)).exists()


def test_metric_day_list_and_report_say_the_same_of_who_stands_still(house: Any) -> None:
    ws, company = house
    staying, manager = live_until_ten_moved(ws, company), company.managers["华东一部"]
    seller = company.sellers["华东一部"][0]
    scope, period = metrics.scope_for(Actor.of(manager)), month_of(ws)
    assert metrics.measure("stalled_leads", scope, period).count == 1
    assert metrics.stalled_by_owner(scope, period) == {seller.id: 1}
    assert count(waiting(ws, Actor.of(manager)))["team_stalled"] == 1
    assert count(waiting(ws, Actor.of(seller)))["stalled_leads"] == 1
    assert {one.user.name: one.why for one in who_needs_support(scope, period) if one.why} == {seller.name: "stalled"}
    people = build_report(ws, Actor.of(manager), period, False).people
    assert [(one.name, one.reason) for one in people if one.reason] == [(seller.name, "1 条线索停滞")]
    client = app_of(ws, csrf=False).test_client()
    client.post("/sign-in", data={"name": manager.email, "password": company.password})
    page = client.get("/").text
    assert re.search(rf"<h1>{seller.name}有.*1 条线索停滞", page)
    assert "最近走过这一阶段的 10 条里，九成在 1 个工作日内" in page
    listed = client.get(re.search(r'href="(/leads/\?waits=team_stalled&amp;stage=\w+)"', page)[1].replace("&amp;", "&"))
    assert re.search(r"<h1>\s*1\b", listed.text)
    assert staying.company in listed.text


def test_a_suspended_metric_leaves_open_who_stands_still(house: Any) -> None:
    ws, company = house
    live_until_ten_moved(ws, company)
    with ws.door.transaction(SYSTEM) as tx:
        suspend(tx, "stalled_leads", "阶段没有维护", "key")
    scope, period = metrics.scope_for(Actor.of(company.managers["华东一部"])), month_of(ws)
    assert metrics.stalled_by_owner(scope, period) is None
    assert {one.why for one in who_needs_support(scope, period)} == {None}


def test_a_manager_reminds_once_a_day_and_takes_a_lead_over_and_back(house: Any) -> None:
    ws, company = house
    staying, manager = live_until_ten_moved(ws, company), company.managers["华东一部"]
    seller, other = company.sellers["华东一部"][0], company.sellers["华南部"][0]
    client = app_of(ws, csrf=False).test_client()
    client.post("/sign-in", data={"name": manager.email, "password": company.password})
    first = client.post(f"/day/remind/{seller.id}", follow_redirects=True).text
    second = client.post(f"/day/remind/{seller.id}", follow_redirects=True).text
    assert f"已提醒{seller.name}" in first
    assert f"今天已经提醒过{seller.name}" in second
    told = [(one.title, one.link) for one in Notification.select().where(Notification.user == seller.id)]
    assert told.count((f"{manager.name}提醒你：1 条线索停滞", "/leads/?waits=stalled_leads")) == 1
    assert "没有超时或停滞的线索" in client.post(f"/day/remind/{other.id}", follow_redirects=True).text
    assert client.post("/day/remind/%00").status_code == 404
    page = client.post(f"/day/take/{staying.id}", follow_redirects=True).text
    assert Lead.get_by_id(staying.id).owner_id == manager.id
    client.post(re.search(r"/undo/\d+", page)[0], data={"next": "/"})
    assert Lead.get_by_id(staying.id).owner_id == seller.id
    seller_client = app_of(ws, csrf=False).test_client()
    seller_client.post("/sign-in", data={"name": seller.email, "password": company.password})
    assert seller_client.post(f"/day/remind/{manager.id}").status_code == 404
    assert seller_client.post(f"/day/take/{staying.id}").status_code == 403
