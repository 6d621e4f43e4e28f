"""Today: what waits for whom, counted the same on the page, the rail, the lists, the report and the API."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from clew.core import metrics
from clew.core.errors import Invalid
from clew.core.journal.origin import SYSTEM, Actor, Origin
from clew.core.kinds import Contract, Customer, Deadline, FollowUp, Invoice, Lead, Payment, RoleRecord, Task, User
from clew.core.people.sign_in import issue_token
from clew.core.running import drain
from clew.core.storage.database import database, door_opened
from clew.core.storage.system_tables import JournalLine, NameTrouble, PluginHealth
from clew.core.workbench import waiting
from clew.core.workbench.contracts import contracts_of
from clew.core.workbench.counts import count
from clew.core.workbench.order import own_order

from ..app import app_of
from ..mornings import Morning, live_a_morning

DOCS = Path(__file__).parents[2] / "docs" / "today.md"
ROLES = ("sales", "manager", "ops", "legal", "finance", "delivery", "admin")
EXPECTED = {
    "sales": {
        "late_leads": 3, "due_leads": 1, "my_reviews": 2, "my_revisions": 1,
        "late_tasks": 1, "today_tasks": 1, "later_tasks": 1,
    },
    "manager": {"team_late": 3, "team_uninvoiced": 1, "team_revising": 1, "team_reviews": 2},
    "legal": {"to_review": 2},
    "finance": {"invoice_late": 1, "to_archive": 1, "to_match": 2},
    "ops": {"dead_letters": 1},
    "admin": {"dead_letters": 1},
    "delivery": {},
}  # fmt: skip


def counted(ws: Any, user: User) -> Any:
    return count(waiting(ws, Actor.of(user)))


def rail(page: str) -> dict[str, tuple[int, bool]]:
    found = {}
    for item in re.findall(r'<a class="item".*?</a>', page, re.DOTALL):
        waits = re.search(r'class="waits( late)?">\s*(\d+)', item)
        href = re.search(r'href="([^"]*)"', item)
        assert href is not None
        found[href[1]] = (int(waits[2]), bool(waits[1])) if waits else (0, False)
    return found


def test_both_databases_count_alike_and_show_every_page(any_workspace: Any, found: Any) -> None:
    company = found(any_workspace)
    live_a_morning(any_workspace, company)
    app = app_of(any_workspace, csrf=False)
    for role in ROLES:
        user = company.user(role)
        there = counted(any_workspace, user)
        assert {name: n for name, n in there.by_name.items() if n} == EXPECTED[role]
        client = app.test_client()
        client.post("/sign-in", data={"name": user.email, "password": company.password})
        assert client.get("/").status_code == 200, role


@pytest.mark.parametrize("role", ROLES)
def test_page_rail_lists_and_api_count_the_same(
    workspace: Any, company: Any, morning: Morning, at: Any, role: str
) -> None:
    user = company.user(role)
    counts = counted(workspace, user)
    assert {name: n for name, n in counts.by_name.items() if n} == EXPECTED[role]
    client = at(user)
    page = client.get("/").text
    on_rail = rail(page)
    assert on_rail["/"] == counts.total()
    for kind, path in (
        ("lead", "/leads/"),
        ("task", "/tasks/"),
        ("contract", "/records/contract/"),
        ("payment", "/records/payment/"),
    ):
        if path in on_rail:
            assert on_rail[path] == counts.total(kind=kind), path
    for one in counts.things:
        if one.kind and counts[one.name]:
            heading = re.search(r"<h1>\s*([\d,]+)", client.get(one.path).text)
            assert heading is not None
            assert int(heading[1]) == counts[one.name], one.path
            assert f"waits={one.name}" in page or one.part == "team" or not one.counted, one.name
    token = issue_token(workspace, user, "test", SYSTEM)
    told = client.get("/api/v1/today", headers={"Authorization": f"Bearer {token}"}).json
    assert {one["name"]: one["count"] for one in told["items"]} == dict(counts.by_name)
    assert (told["total"], told["late"]) == counts.total()


def test_the_report_says_what_today_says(workspace: Any, morning: Morning, at: Any) -> None:
    client, counts = at(morning.manager), counted(workspace, morning.manager)
    scope = metrics.scope_for(Actor.of(morning.manager))
    now = workspace.clock.now()
    period = metrics.Period(now - timedelta(days=1), now)
    assert metrics.measure("overdue_leads", scope, period).count == counts["team_late"] == 3
    report, today = client.get("/report/").text, client.get("/").text
    assert "目前 3 条线索超时未响应" in report
    reason = "3 条线索超时未响应"
    assert reason in report
    assert reason in today
    assert f"{morning.seller.name}有" in today


def test_each_figure_leads_to_the_rows_behind_it(workspace: Any, morning: Morning, at: Any) -> None:
    client = at(morning.manager)
    workspace.door.change("contract", morning.to_review[0].id, {"status": "signed"}, SYSTEM)
    workspace.door.create("follow_up", {"lead_id": morning.fresh.id, "way": "phone", "content": "聊了"}, SYSTEM)
    paid, page = Payment.get(Payment.number == "HK-2"), client.get("/").text
    workspace.door.change("payment", paid.id, {"contract_id": morning.overdue.id}, SYSTEM)
    now, scope = workspace.clock.now(), metrics.scope_for(Actor.of(morning.manager))
    figures = re.findall(r'<a class="plain" href="([^"]+)">([^<]+) · 近 (\d+) 天', page)
    assert len(figures) == 4
    for metric in ("first_response_median", "signed_amount", "payments_received"):
        path, days = next((path, int(days)) for path, title, days in figures if title == metrics.get(metric).title.zh)
        period = metrics.Period(now - timedelta(days=days - 1, hours=10), now + timedelta(minutes=1))
        behind = metrics.measure(metric, scope, period).count
        heading = re.search(r"<h1>\s*(\d+)", client.get(path.replace("&amp;", "&")).text)
        assert heading is not None
        assert behind > 0, metric
        assert int(heading[1]) == behind, metric


def test_a_late_lead_that_changes_hands_is_late_everywhere(workspace: Any, morning: Morning, at: Any) -> None:
    client = at(morning.manager)
    for lead in morning.late:
        client.post(f"/leads/{lead.id}/assign", data={"owner_id": morning.colleague.id})
    drain(workspace)
    mine = counted(workspace, morning.colleague)
    assert (mine["late_leads"], counted(workspace, morning.seller)["late_leads"]) == (3, 0)
    assert counted(workspace, morning.manager)["team_late"] == 3
    assert f"{morning.colleague.name}有" in client.get("/").text
    one = morning.late[0]
    pages = (client.get("/leads/?waits=team_late"), at(morning.colleague).get("/"), client.get(f"/leads/{one.id}"))
    assert all("已超" in page.text for page in pages)


def test_what_a_page_shows_follows_from_what_one_may_do_and_not_from_a_name(
    workspace: Any, company: Any, morning: Morning, at: Any
) -> None:
    with workspace.door.transaction(SYSTEM) as tx:
        legal = RoleRecord.get(RoleRecord.name == "legal")
        values = {"title_zh": "内勤", "permissions": ["reviews", "books"], "cells": legal.cells}
        tx.create("role", {"name": "back_office", **values})
        tx.change("user", company.user("delivery").id, {"roles": ["back_office"]})
    workspace.refresh()
    page = at(User.get_by_id(company.user("delivery").id)).get("/").text
    # What is late comes first.
    assert re.search(r"<h1>.*未开票", page)
    assert page.index("待开票") < page.index("等终审")
    assert "谁需要支持" not in page


def test_the_docs_name_everything_that_can_wait(workspace: Any, company: Any) -> None:
    told = set(re.findall(r"`([a-z]+_[a-z_]+|approvals|duplicates|unowned)`", DOCS.read_text("utf-8")))
    there = {one.name for role in ROLES for one in waiting(workspace, Actor.of(company.user(role)))}
    assert there <= told
    assert told - there <= {"plugins_aside", "rule_trouble", "rule_names", "unowned"}


def follow(client: Any, lead: Lead, **values: str) -> Any:
    given = {"way": "phone", "content": "要 40 台", "effective": "1", "key": "K1", "on": "1", "then": "", **values}
    return client.post(f"/day/follow-up/{lead.id}", data=given)


def test_a_follow_up_is_logged_in_its_row_once_and_the_next_row_opens(
    workspace: Any, morning: Morning, at: Any
) -> None:
    client, (first, second, _) = at(morning.seller), morning.late
    said = {"next_step": "发同行案例", "next_at": "2026-11-24T17:00", "then": second.id}
    for _ in range(2):
        answer = follow(client, first, **said)
        assert answer.status_code == 302
        assert f"open={second.id}" in answer.location
    assert FollowUp.select().where(FollowUp.lead == first.id).count() == 1
    assert Task.select().where(Task.title == "发同行案例").count() == 1
    page = client.get(answer.location).text
    opened = re.search(r'<form class="log"[^>]*follow-up/(\w+)"(?:(?!hidden)[^>])*>', page)
    assert opened is not None
    assert opened[1] == second.id
    assert counted(workspace, morning.seller)["late_leads"] == 2


def test_a_refused_follow_up_says_why_beside_its_field_and_keeps_what_was_typed(morning: Morning, at: Any) -> None:
    client, first = at(morning.seller), morning.late[0]
    answer = follow(client, first, next_step="发案例", next_at="2020-01-01T09:00")
    assert answer.status_code == 422
    assert "下一步的时间已经过去" in answer.text
    assert ">要 40 台</textarea>" in answer.text
    assert 'value="发案例"' in answer.text
    assert not FollowUp.select().where(FollowUp.lead == first.id).exists()


def test_of_a_lead_that_others_have_nothing_is_logged(morning: Morning, company: Any, at: Any) -> None:
    stranger = company.sellers["华南部"][0]
    assert follow(at(stranger), morning.fresh).status_code == 404


def test_legal_approves_or_sends_back_with_a_reason(workspace: Any, company: Any, morning: Morning, at: Any) -> None:
    client, (one, other) = at(company.user("legal")), morning.to_review
    page = client.get("/").text
    assert "2 份合同等终审" in page
    assert page.index("S-0") < page.index("S-1")
    refused = client.post(f"/day/contract/{one.id}", data={"status": "revising", "reason": " "}, follow_redirects=True)
    assert "退回要写明原因" in refused.text
    assert Contract.get_by_id(one.id).status == "legal_review"
    client.post(f"/day/contract/{one.id}", data={"status": "revising", "reason": "争议条款改成乙方所在地"})
    client.post(f"/day/contract/{other.id}", data={"status": "signed"})
    assert Contract.get_by_id(one.id).status == "revising"
    assert Contract.get_by_id(other.id).status == "signed"
    line = JournalLine.select().where(JournalLine.record_id == one.id).order_by(JournalLine.seq.desc()).first()
    assert line.reason == "争议条款改成乙方所在地"
    assert counted(workspace, morning.seller)["my_revisions"] == 2
    assert "没有合同等终审" in client.get("/").text
    # A double click is one act and no failure; what a page offers that is no longer true changes nothing.
    written = JournalLine.select().count()
    again = client.post(f"/day/contract/{other.id}", data={"status": "signed"}, follow_redirects=True)
    assert "S-1 · 终审通过" in again.text
    workspace.clock.advance(minutes=1)
    assert client.post(f"/day/contract/{other.id}", data={"status": "signed"}).status_code == 409
    assert JournalLine.select().count() == written


def test_a_reason_for_sending_back_is_needed_at_every_door(
    workspace: Any, company: Any, morning: Morning, at: Any
) -> None:
    ws, legal, one = workspace, company.user("legal"), morning.to_review[0]
    with pytest.raises(Invalid, match="say what to change"):
        ws.door.change("contract", one.id, {"status": "revising"}, Origin(Actor.of(legal), "console"))
    client = app_of(ws).test_client()
    head = {"Authorization": f"Bearer {issue_token(ws, legal, 'api', SYSTEM)}"}
    for path in (f"/api/v1/contracts/{one.id}", f"/api/v1/records/contract/{one.id}"):
        assert client.patch(path, json={"status": "revising"}, headers=head).status_code == 422
    path, sent = f"/api/v1/records/contract/{one.id}", {"status": "revising", "reason": "改争议条款"}
    assert client.patch(path, json=sent, headers=head).status_code == 200
    line = JournalLine.select().where(JournalLine.record_id == one.id).order_by(JournalLine.seq.desc()).first()
    assert line.reason == "改争议条款"


def test_a_seller_hands_a_contract_in_again(workspace: Any, company: Any, morning: Morning, at: Any) -> None:
    client, legal = at(morning.seller), company.user("legal")
    contract = Contract.get(Contract.number == "S-8")
    assert "法务退回了这份合同" in client.get("/").text
    told = client.post(f"/day/contract/{contract.id}", data={"status": "legal_review"}, follow_redirects=True).text
    assert "S-8 · 已提交终审" in told
    assert counted(workspace, legal)["to_review"] == 3
    assert counted(workspace, morning.seller)["my_reviews"] == 3


def test_who_sells_does_not_sign_off(morning: Morning, at: Any) -> None:
    contract = morning.to_review[0]
    assert at(morning.seller).post(f"/day/contract/{contract.id}", data={"status": "signed"}).status_code == 403
    assert Contract.get_by_id(contract.id).status == "legal_review"


def test_finance_invoices_archives_and_matches(workspace: Any, company: Any, morning: Morning, at: Any) -> None:
    client, contract = at(company.user("finance")), morning.overdue
    page = client.get("/").text
    assert "1 份合同签署超 5 个工作日未开票，合计 10.0 万元" in page
    assert "2 笔到账还没对上" in page
    for _ in range(2):
        client.post(f"/day/invoice/{contract.id}", data={"number": "FP-1", "amount": "100000", "key": "I1"})
    assert Invoice.select().where(Invoice.contract == contract.id).count() == 1
    client.post(f"/day/contract/{contract.id}", data={"status": "archived"})
    assert Contract.get_by_id(contract.id).status == "archived"
    short, whole = (Payment.get(Payment.number == number) for number in ("HK-1", "HK-2"))
    told = client.post(f"/day/payment/{short.id}", data={"contract_id": contract.id}, follow_redirects=True).text
    assert "金额对不上，要写明原因" in told
    # Once the whole is in, what comes on top differs from what the contract waits for: nothing.
    for row, reason in ((whole, ""), (short, "银行手续费")):
        client.post(f"/day/payment/{row.id}", data={"contract_id": contract.id, "reason": reason})
    assert {row.contract_id for row in Payment.select()} == {contract.id}
    assert counted(workspace, company.user("finance")).total() == (0, False)
    assert "没有要开票、归档、认领的" in client.get("/").text


def test_the_derivation_counts_working_days_from_the_day_after_signing(company: Any, morning: Morning, at: Any) -> None:
    page = at(company.user("finance")).get("/").text
    days = re.findall(r'<li class="(\w+)"><span>([^<]*)</span><b>([^<]*)</b>', page)
    # Signed on Tuesday 10 November; Saturday and Sunday don't count.
    assert [one[0] for one in days] == ["signed", "counted", "counted", "counted", "closed", "counted", "due", "over"]
    assert days[4][1] == "11/14–15"
    assert days[6][1:] == ("11/17 周二", "到期")
    assert days[7][2] == "已超 4"


def test_operations_see_what_is_broken_and_what_is_missing(company: Any, morning: Morning, at: Any) -> None:
    page = at(company.user("ops")).get("/").text
    assert re.search(r"<h1>.*死信 1", page)
    assert 'href="/dead-letters/"' in page
    assert "就绪检查" in page


def test_operations_come_from_today_to_the_very_rows(workspace: Any, company: Any, morning: Morning, at: Any) -> None:
    client = at(company.user("ops"))
    for code in ("leads-assign", "gone"):
        NameTrouble.insert(code=code, zh="没有团队「华东三部」", en="no team", at=workspace.clock.now()).execute()
    PluginHealth.insert(name="gone", quarantined_at=workspace.clock.now()).execute()
    page = client.get("/").text
    assert "被隔离的插件" not in page, "of a plugin that is gone nothing can be mended"
    letter = re.search(r'href="(/dead-letters/\?letter=\d+)"', page)
    assert letter is not None
    assert client.get(letter[1]).status_code == 200
    assert 'href="/rules/?state=misnaming"' in page


@pytest.mark.parametrize("most", [1, 2])
def test_what_waits_longest_comes_first_however_few_are_shown(
    workspace: Any, company: Any, morning: Morning, most: int
) -> None:
    legal, (first, second) = Actor.of(company.user("legal")), morning.to_review
    # What is written into a contract meanwhile does not make it wait anew.
    workspace.door.change("contract", first.id, {"amount": 90_000}, SYSTEM)
    waits = next(one for one in waiting(workspace, legal) if one.name == "to_review")
    assert [one.contract.id for one in contracts_of(workspace, waits.rows, most)] == [first.id, second.id][:most]


def test_planned_follow_ups_come_in_the_order_of_their_time(workspace: Any, morning: Morning) -> None:
    now, seller = workspace.clock.now(), Actor.of(morning.seller)
    for lead, hours in zip(morning.late, (5, 3, 4), strict=True):
        planned = {"next_at": now + timedelta(hours=hours), "way": "phone", "content": "聊了"}
        workspace.door.create("follow_up", {"lead_id": lead.id, **planned}, SYSTEM)
    order = own_order(count(waiting(workspace, seller)), now, most=2)
    planned_ids = [one.record.id for one in order if one.kind == "lead" and "约好" in one.reason.zh]
    assert planned_ids == [morning.late[1].id, morning.late[2].id]


def test_an_empty_house_says_how_the_first_lead_comes(workspace: Any, company: Any, at: Any) -> None:
    assert 'href="/leads/new"' in at(company.user("sales")).get("/").text
    assert 'href="/setup/"' in at(company.user("ops")).get("/").text
    for role in ROLES:
        assert "还没有线索" in at(company.user(role)).get("/").text


@contextmanager
def statements(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Record what is asked of the database meanwhile."""
    seen: list[str] = []
    real = type(database.obj).execute_sql

    def listening(self: Any, sql: str, *args: Any, **kwargs: Any) -> Any:
        seen.append(sql)
        return real(self, sql, *args, **kwargs)

    with monkeypatch.context() as patched:
        patched.setattr(type(database.obj), "execute_sql", listening)
        yield seen


def many_leads(ws: Any, owner: User, number: int) -> None:
    now = ws.clock.now()
    made = {"created_at": now, "updated_at": now}
    customer = Customer.select().first()
    with door_opened(), database.atomic():
        for start in range(0, number, 200):
            ids = [f"L{owner.id[-6:]}{place:019d}" for place in range(start, min(start + 200, number))]
            lead = {"customer": customer.id, "company": "量大", "stage": "first_contact", "owner": owner.id}
            lead |= {"team": owner.team_id, "received_at": now, "assigned_at": now, "stage_since": now, **made}
            Lead.insert_many([{"id": one, **lead} for one in ids]).execute()
            late = {"name": "first_response", "about_kind": "lead", "customer": customer.id, "started_at": now}
            late |= {"working_minutes": 30, "due_at": now - timedelta(minutes=20), "state": "missed", **made}
            Deadline.insert_many([{"id": f"D{one[1:]}", "lead": one, "about_id": one, **late} for one in ids]).execute()


def test_the_page_asks_no_more_however_many_leads_there_are(
    workspace: Any, company: Any, morning: Morning, at: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = [morning.seller, morning.manager, company.user("finance"), company.user("ops")]
    clients = {user.id: at(user) for user in people}

    def asked() -> list[int]:
        found = []
        for client in clients.values():
            client.get("/")
            with statements(monkeypatch) as seen:
                assert client.get("/").status_code == 200
            found.append(len(seen))
        return found

    many_leads(workspace, morning.seller, 10)
    few = asked()
    many_leads(workspace, morning.colleague, 1000)
    assert [many / one for many, one in zip(asked(), few, strict=True)] == [1, 1, 1, 1], few


def test_ones_hours_show_windows_leave_tasks_and_planned_follow_ups(
    workspace: Any, company: Any, morning: Morning, at: Any
) -> None:
    now, (planned, other, _) = workspace.clock.now(), morning.late
    said = {"way": "phone", "content": "聊了"}
    workspace.door.create("follow_up", {"lead_id": planned.id, "next_at": now + timedelta(hours=2), **said}, SYSTEM)
    # What was planned last counts; a later contact that plans nothing ends it.
    workspace.door.create("follow_up", {"lead_id": other.id, "next_at": now + timedelta(hours=2), **said}, SYSTEM)
    workspace.door.create("follow_up", {"lead_id": other.id, **said}, SYSTEM)
    tomorrow = now + timedelta(days=1)
    away = {"user_id": morning.seller.id, "from_at": tomorrow, "to_at": tomorrow + timedelta(hours=2)}
    workspace.door.create("leave", {**away, "deputy_id": morning.colleague.id}, SYSTEM)
    workspace.refresh()
    card = re.search(r'<section class="card hours">.*?</section>', at(morning.seller).get("/").text, re.DOTALL)
    assert card is not None
    today, after = card[0].split("明天 <span")
    rows = re.findall(
        r'class="nowrap (late|muted)">(\d\d:\d\d).*?<a class="plain" href="[^"]*">([^<]+)', today, re.DOTALL
    )
    assert rows == [("late", "09:10", "发报价"), ("muted", "11:50", "约好的跟进"), ("muted", "15:00", "约演示")]
    assert planned.company in today
    assert "上班 09:00–12:00、13:30–18:00" in today
    assert f"休假 09:50–11:50，由{morning.colleague.name}代" in after
    assert "没有定了时间的事" in after


def test_a_day_off_says_why_and_that_deadlines_stand_still(workspace: Any, company: Any, at: Any) -> None:
    day = workspace.clock.now().astimezone(workspace.settings.zone).date()
    workspace.door.create("calendar_day", {"day": day.isoformat(), "working": False, "name": "厂庆"}, SYSTEM)
    workspace.refresh()
    page = at(company.user("sales")).get("/").text
    assert "不上班：厂庆，时限不走" in page
