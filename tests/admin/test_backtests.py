"""The pages of backtests: who comes there, what they ask, what they read, and the PDF."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from clew.core import backtest
from clew.core.intake import take as intake
from clew.core.journal.origin import SYSTEM, Actor, Origin
from clew.core.kinds import Lead, RuleVersion, Team, User
from clew.core.rulebook.versions import begin_draft, save_draft, submit
from clew.core.running import run_until
from clew.core.storage.system_tables import Backtest, BacktestDifference, JournalLine
from clew.core.workspace import Workspace

from ..app import app_of


@pytest.fixture
def client(workspace: Workspace, company: Any) -> Callable[[User], Any]:
    """A function that gives a browser-like client signed in as somebody."""
    app = app_of(workspace, csrf=False)

    def signed_in(user: User) -> Any:
        one = app.test_client()
        answer = one.post("/sign-in", data={"name": user.email, "password": company.password})
        assert answer.status_code == 302
        return one

    return signed_in


@pytest.fixture
def tested(workspace: Workspace, company: Any) -> Backtest:
    """A draft that waits for approval, and its backtest over leads of two teams that nobody answered."""
    ws = workspace
    for number, (region, industry) in enumerate((("江苏", "精密加工"), ("广东", "电子"), ("广东", "电子"))):
        values = {
            "company": f"客户{number}有限公司",
            "phone": f"1380000000{number}",
            "industry": industry,
            "region": region,
        }
        intake.take(ws, values, Origin(Actor("public", name="官网"), "form"))
    run_until(ws, ws.clock.now() + timedelta(days=1))
    author = Origin(Actor.of(company.user("ops")), "console")
    version = begin_draft(ws, "first-response-start", author)
    then = [{"start_deadline": {"name": "first_response", "working_minutes": 5}}]
    version = save_draft(ws, version.id, {**version.document, "then": then, "tests": []}, author)
    row = backtest.start(ws, version_ids=[version.id], since=ws.clock.now() - timedelta(days=2), origin=author)
    while parts := backtest.due(ws, row.id):
        backtest.run_part(ws, parts[0])
    assert Backtest.get_by_id(row.id).state == "done"
    return Backtest.get_by_id(row.id)


def test_who_may_not_see_rules_finds_no_backtests(client: Any, company: Any, tested: Backtest) -> None:
    for role, status in (("sales", 403), ("finance", 403), ("manager", 200), ("ops", 200), ("admin", 200)):
        one = client(company.user(role))
        assert one.get("/backtests/").status_code == status, role
        assert one.get(f"/backtests/{tested.id}").status_code == status, role
        assert one.post(f"/backtests/{tested.id}/stop").status_code == (403 if status == 403 else 302), role


def test_the_page_opens_on_the_answer_and_leads_down_to_records(client: Any, company: Any, tested: Backtest) -> None:
    page = client(company.user("ops")).get(f"/backtests/{tested.id}").text
    heading = re.search(r"<h1>(.*?)</h1>", page)
    assert heading
    assert "升级换了时间" in heading.group(1)
    team = Team.get(Team.name == "华南部")
    rows = client(company.user("ops")).get(f"/backtests/{tested.id}?by=team&key={team.id}&kind=escalation").text
    south = [lead.company for lead in Lead.select().where(Lead.team == team)]
    assert south
    assert rows.count('class="bt-difference"') == len(south)
    assert all(name in rows for name in south)
    for by in ("rule", "person"):
        assert client(company.user("ops")).get(f"/backtests/{tested.id}?by={by}").status_code == 200


def test_a_manager_reads_the_sums_of_all_and_the_records_of_their_team(
    client: Any, company: Any, tested: Backtest
) -> None:
    manager = company.managers["华南部"]
    page = client(manager).get(f"/backtests/{tested.id}").text
    others = Lead.get(Lead.team.is_null(False) & (Lead.team != manager.team_id))
    assert "华南部" in page
    assert f"/leads/{others.id}" not in page
    assert f"/leads/{Lead.get(Lead.team == manager.team_id).id}" in page


def test_who_wrote_the_draft_can_t_approve_it_here_and_a_manager_can(
    client: Any, workspace: Workspace, company: Any, tested: Backtest
) -> None:
    author = Origin(Actor.of(company.user("ops")), "console")
    backtest.attach(workspace, tested.id, author)
    submit(workspace, tested.version_id, "请看回测", author, tested.id)
    assert "通过并发布" not in client(company.user("ops")).get(f"/backtests/{tested.id}").text
    page = client(company.user("manager")).get(f"/backtests/{tested.id}").text
    assert "通过并发布" in page
    assert "已附在审批上" in page
    revision = re.search(r'name="revision" value="(\d+)"', page)
    assert revision
    data = {"revision": revision.group(1), "note": "先放宽"}
    client(company.user("manager")).post(f"/approvals/{tested.version_id}/reject", data=data)
    assert RuleVersion.get_by_id(tested.version_id).state == "draft"


def test_a_draft_changed_since_makes_the_backtest_stale(
    client: Any, workspace: Workspace, company: Any, tested: Backtest
) -> None:
    author = Origin(Actor.of(company.user("ops")), "console")
    document = RuleVersion.get_by_id(tested.version_id).document
    save_draft(workspace, tested.version_id, {**document, "priority": 7}, author)
    page = client(company.user("ops")).get(f"/backtests/{tested.id}").text
    assert "改过" in page
    client(company.user("ops")).post(f"/backtests/{tested.id}/attach")
    assert RuleVersion.get_by_id(tested.version_id).backtest_id is None


@pytest.mark.slow
def test_the_pdf_is_one_and_its_export_is_journalled(client: Any, company: Any, tested: Backtest) -> None:
    answer = client(company.user("ops")).get(f"/backtests/{tested.id}/pdf")
    assert answer.data.startswith(b"%PDF")
    assert JournalLine.select().where(JournalLine.kind == "backtest.exported").count() == 1


def test_a_period_without_journal_is_refused_in_words(client: Any, company: Any, workspace: Workspace) -> None:
    data = {"period": "custom", "since": "2020-01-01", "until": "2020-01-31"}
    answer = client(company.user("ops")).post("/backtests/start", data=data)
    assert answer.status_code == 422
    assert "没有台账" in answer.text
    answer = client(company.user("ops")).post("/backtests/start", data={"period": "custom"})
    assert answer.status_code == 422


def test_over_the_api(workspace: Workspace, client: Any, company: Any, tested: Backtest) -> None:
    from clew.core.people import sign_in as auth

    app = client(company.user("ops")).application
    key = auth.issue_token(workspace, company.user("ops"), "t", SYSTEM)
    head = {"Authorization": f"Bearer {key}"}
    one = app.test_client()
    read = one.get(f"/api/v1/backtests/{tested.id}", headers=head).json
    assert read["state"] == "done"
    assert "escalations" in read["headline"]["en"]
    found = one.get(f"/api/v1/backtests/{tested.id}/differences?kind=escalation", headers=head).json["items"]
    assert len(found) == BacktestDifference.select().where(BacktestDifference.kind == "escalation").count()
    workspace.clock.advance(seconds=1)  # type: ignore[attr-defined]
    since = (workspace.clock.now() - timedelta(days=2)).isoformat()
    made = one.post("/api/v1/backtests", headers=head, json={"since": since})
    assert made.status_code == 202
    assert one.post(f"/api/v1/backtests/{made.json['id']}/stop", headers=head).json["state"] == "stopped"
    assert [row["id"] for row in one.get("/api/v1/backtests", headers=head).json["items"]] == [
        made.json["id"],
        tested.id,
    ]
    assert one.post("/api/v1/backtests", headers=head, json={"since": "soon"}).status_code == 422
