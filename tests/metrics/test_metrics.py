"""Metrics against a count by hand, and the report that shows them."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from clew.core import intake, metrics
from clew.core.app import create_app
from clew.core.errors import NotFound
from clew.core.models import Lead
from clew.core.origin import SYSTEM, Actor


@pytest.fixture
def month(any_workspace: Any, found: Callable[[Any], Any]) -> Any:
    """Four leads at 华东一部: answered after 10 and after 40 minutes, unanswered and late, and one just come."""
    ws, company = any_workspace, found(any_workspace)
    leads = []
    for n in range(4):
        if n == 3:
            ws.run_until(ws.clock.now() + timedelta(minutes=50))
        values = {
            "company": f"第{n}家机械",
            "phone": f"1380000000{n}",
            "industry": "精密加工",
            "region": "江苏",
            "budget": 300000,
        }
        leads.append(intake.take(ws, values, SYSTEM).lead)
        ws.drain()
        for wait, which in ((10, 0), (30, 1)) if n == 2 else ():
            ws.run_until(ws.clock.now() + timedelta(minutes=wait))
            ws.door.create("follow_up", {"lead_id": leads[which].id, "way": "phone", "content": "聊了"}, SYSTEM)
            ws.drain()
    return ws, company, leads


def _period(ws: Any) -> metrics.Period:
    return metrics.Period(ws.clock.now() - timedelta(days=1), ws.clock.now() + timedelta(minutes=1))


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


def test_the_report_reads_the_same_on_the_page_and_in_the_pdf(month: Any, tmp_path: Path) -> None:
    ws, company, _ = month
    client = create_app(ws).test_client()
    client.application.config["WTF_CSRF_ENABLED"] = False
    manager = company.managers["华东一部"]
    client.post("/sign-in", data={"name": manager.email, "password": company.password})
    page = client.get("/report/")
    headline = "首次响应中位数 25 分，1 条线索超时未响应"
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


def test_an_empty_period_reads_well(workspace: Any, company: Any) -> None:
    client = create_app(workspace).test_client()
    client.application.config["WTF_CSRF_ENABLED"] = False
    client.post("/sign-in", data={"name": company.user("manager").email, "password": company.password})
    assert "首次响应中位数 —" in client.get("/report/").text
    assert client.get("/report/pdf").data.startswith(b"%PDF")
