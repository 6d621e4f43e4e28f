"""Metrics against a count by hand, and the report that shows them."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from clew.admin.reports.report import build_report
from clew.core import metrics
from clew.core.actions.metrics import suspend
from clew.core.errors import Forbidden, NotFound
from clew.core.intake import take as intake
from clew.core.journal.origin import SYSTEM, Actor
from clew.core.kinds import Deadline, Lead
from clew.core.running import drain, run_until

from ..app import app_of


@pytest.fixture
def month(any_workspace: Any, found: Callable[[Any], Any]) -> Any:
    """Four leads at 华东一部: answered after 10 and after 40 minutes, unanswered and late, and one just come."""
    ws, company = any_workspace, found(any_workspace)
    leads = []
    for n in range(4):
        if n == 3:
            run_until(ws, ws.clock.now() + timedelta(minutes=50))
        values = {
            "company": f"第{n}家机械",
            "phone": f"1380000000{n}",
            "industry": "精密加工",
            "region": "江苏",
            "budget": 300000,
        }
        leads.append(intake.take(ws, values, SYSTEM).lead)
        drain(ws)
        for wait, which in ((10, 0), (30, 1)) if n == 2 else ():
            run_until(ws, ws.clock.now() + timedelta(minutes=wait))
            ws.door.create("follow_up", {"lead_id": leads[which].id, "way": "phone", "content": "聊了"}, SYSTEM)
            drain(ws)
    return ws, company, leads


def _period(ws: Any) -> metrics.Period:
    return metrics.Period(
        ws.clock.now() - timedelta(days=1), ws.clock.now() + timedelta(minutes=1), calendar=ws.calendar
    )


def test_each_metric_says_what_a_count_by_hand_says(month: Any) -> None:
    ws, _, leads = month
    contract = ws.door.create(
        "contract",
        {"number": "S-1", "customer_id": leads[0].customer_id, "lead_id": leads[0].id, "amount": "123456.78"},
        SYSTEM,
    ).record
    ws.door.change("contract", contract.id, {"status": "signed"}, SYSTEM)
    payment = {"number": "P-1", "contract_id": contract.id, "customer_id": contract.customer_id, "amount": "23456.70"}
    ws.door.create("payment", {**payment, "paid_at": ws.clock.now()}, SYSTEM)
    ws.door.change("lead", leads[0].id, {"outcome": "won"}, SYSTEM)
    ws.door.change("lead", leads[1].id, {"outcome": "lost", "lost_reason": "选了竞品"}, SYSTEM)
    found = {name: metrics.measure(name, metrics.Scope(), _period(ws)).value for name in metrics.METRICS}
    assert found == {
        "leads_received": 4,
        "first_response_median": 25,  # of 10 and 40
        "response_within_30": pytest.approx(1 / 3),  # 10 in time; 40 and the unanswered one late
        "escalations": 2,
        "open_leads": 2,  # one was won and one lost
        "overdue_leads": 1,
        "stalled_leads": 0,  # nothing moved on yet, so nothing is usual
        "leads_won": 1,
        "leads_lost": 1,
        "win_rate": 0.5,
        "signed_amount": 123456.78,
        "payments_received": 23456.70,
    }
    assert Lead.get_by_id(leads[0].id).budget == Decimal("300000")


def test_a_manager_counts_only_their_teams(month: Any) -> None:
    ws, company, _ = month
    own = metrics.scope_for(Actor.of(company.managers["华东一部"]))
    other = metrics.scope_for(Actor.of(company.managers["华南部"]))
    assert metrics.measure("leads_received", own, _period(ws)).value == 4
    assert metrics.measure("leads_received", other, _period(ws)).value == 0
    assert metrics.measure("first_response_median", other, _period(ws)).value is None


def test_an_unknown_metric_is_named_with_the_nearest() -> None:
    with pytest.raises(NotFound, match="leads_won"):
        metrics.get("leads_wonn")


@pytest.mark.slow
def test_the_report_reads_the_same_on_the_page_and_in_the_pdf(month: Any, tmp_path: Path) -> None:
    ws, company, _ = month
    client = app_of(ws, csrf=False).test_client()
    manager = company.managers["华东一部"]
    client.post("/sign-in", data={"name": manager.email, "password": company.password})
    page = client.get("/report/")
    headline = "首次响应中位数 25 分，目前 1 条线索超时未响应"
    assert headline in page.text
    pdf = tmp_path / "report.pdf"
    pdf.write_bytes(client.get("/report/pdf").data)
    text = subprocess.run(["pdftotext", "-layout", pdf, "-"], capture_output=True, text=True, check=True).stdout
    assert headline in text
    assert "口径" in text
    fonts = subprocess.run(["pdffonts", pdf], capture_output=True, text=True, check=True).stdout
    assert "NotoSansCJK" in fonts.replace("-", "")
    english = client.post("/language", data={"locale": "en", "next": "/report/"}, follow_redirects=True)
    assert "Median first response 25 min" in english.text


@pytest.mark.slow
def test_what_a_suspended_metric_counts_is_shown_nowhere_in_parts(month: Any, tmp_path: Path) -> None:
    ws, company, _ = month
    viewer = Actor.of(company.user("ops"))
    with ws.door.transaction(SYSTEM) as tx:
        for name in ("leads_received", "open_leads", "overdue_leads"):
            suspend(tx, name, "官网表单重复提交", name)
    report = build_report(ws, viewer, _period(ws), english=False)
    assert (report.funnel, report.sources) == (None, None)
    assert {(one.received, one.open, one.reason) for one in report.people} == {(None, None, None)}
    assert report.sub == "指标已暂停，看不出谁需要支持。"
    client = app_of(ws, csrf=False).test_client()
    client.post("/sign-in", data={"name": company.user("ops").email, "password": company.password})
    assert client.get("/report/").text.count("指标已暂停，恢复之前不出数字。") == 2
    pdf = tmp_path / "report.pdf"
    pdf.write_bytes(client.get("/report/pdf").data)
    text = subprocess.run(["pdftotext", "-layout", pdf, "-"], capture_output=True, text=True, check=True).stdout
    assert text.count("指标已暂停，恢复之前不出数字。") == 2
    assert report.sub in text


@pytest.mark.slow
def test_an_empty_period_reads_well(workspace: Any, company: Any) -> None:
    client = app_of(workspace, csrf=False).test_client()
    client.post("/sign-in", data={"name": company.user("manager").email, "password": company.password})
    assert "这段时间没有已响应的线索" in client.get("/report/").text
    assert client.get("/report/pdf").data.startswith(b"%PDF")


def test_a_person_counts_only_for_the_viewers_teams_and_the_rows_add_up(month: Any) -> None:
    ws, company, leads = month
    # A seller of another team takes one of 华东一部's leads over without the lead changing team.
    stranger = company.sellers["华南部"][0]
    ws.door.change("lead", leads[3].id, {"owner_id": stranger.id}, SYSTEM)
    elsewhere = {"company": "南粤医疗", "phone": "13900000001", "industry": "医疗器械", "region": "广东"}
    intake.take(ws, elsewhere, SYSTEM)
    drain(ws)
    report = build_report(ws, Actor.of(company.managers["华东一部"]), _period(ws), english=False)
    assert sum(person.received for person in report.people) == 4
    assert next(p for p in report.people if p.name == stranger.name).received == 1
    assert sum(count for _, count in report.sources) == 4
    everybody = build_report(ws, Actor.of(company.user("ops")), _period(ws), english=False)
    assert sum(person.received for person in everybody.people) == 5


def test_a_late_lead_that_changes_hands_stays_one_late_lead_with_one_deadline(month: Any) -> None:
    ws, company, leads = month
    other = next(u for u in company.sellers["华东一部"] if u.id != Lead.get_by_id(leads[2].id).owner_id)
    ws.door.change("lead", leads[2].id, {"owner_id": other.id}, SYSTEM)
    drain(ws)
    run_until(ws, ws.clock.now() + timedelta(minutes=40))
    missed = Deadline.select().where((Deadline.lead == leads[2].id) & (Deadline.state == "missed")).count()
    assert missed == 1
    measures = {
        n: metrics.measure(n, metrics.Scope(), _period(ws)).count for n in ("overdue_leads", "response_within_30")
    }
    assert measures == {"overdue_leads": 2, "response_within_30": 4}


def test_a_lead_without_owner_has_its_row_in_the_report(month: Any) -> None:
    ws, company, leads = month
    ws.door.change("lead", leads[3].id, {"owner_id": None}, SYSTEM)
    report = build_report(ws, Actor.of(company.user("ops")), _period(ws), english=False)
    row = next(p for p in report.people if p.name == "未分配")
    assert (row.received, row.reason) == (1, "1 条线索没有负责人")


def test_who_may_not_see_reports_gets_none_by_any_way(month: Any) -> None:
    ws, company, _ = month
    with pytest.raises(Forbidden):
        build_report(ws, Actor.of(company.user("sales")), _period(ws), english=False)
    idle = Actor("user", "nobody", "无团队", frozenset({"manager"}))
    report = build_report(ws, idle, _period(ws), english=False)
    assert (report.scope, report.people) == ("没有管理的团队", [])


def test_a_long_period_is_cut_by_week_and_by_month() -> None:
    zone = ZoneInfo("Asia/Shanghai")
    quarter = metrics.Period(datetime(2026, 3, 4, tzinfo=zone), datetime(2026, 5, 20, tzinfo=zone))
    weeks = list(metrics.parts(quarter, zone))
    assert weeks[0].since == quarter.since
    assert weeks[-1].until == quarter.until
    assert all(week.since.astimezone(zone).weekday() == 0 for week in weeks[1:])
    year = metrics.Period(datetime(2025, 11, 15, tzinfo=zone), datetime(2026, 11, 15, tzinfo=zone))
    months = list(metrics.parts(year, zone))
    assert [part.since.astimezone(zone).day for part in months[1:]] == [1] * 12
