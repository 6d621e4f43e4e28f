"""Why and why-not over the API and in the terminal: the same answers, in the asker's language."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from click.testing import CliRunner

from clew.core.cli.main import main
from clew.core.intake import take as intake
from clew.core.journal.origin import SYSTEM
from clew.core.kinds import Lead, User
from clew.core.people import sign_in as auth
from clew.core.running import drain, run_until
from clew.core.storage.system_tables import JournalLine
from clew.core.workspace import Workspace

from ..app import app_of

LEAD = {"company": "苏州恒锐精密机械有限公司", "contact_name": "高建明", "phone": "13812345678", "industry": "精密加工"}


@pytest.fixture
def lead(workspace: Workspace, company: Any) -> Lead:
    """A lead that came in, was assigned, and was escalated."""
    made = intake.take(workspace, {**LEAD, "region": "江苏", "external_id": "L-0031"}, SYSTEM).lead
    drain(workspace)
    run_until(workspace, workspace.clock.now() + timedelta(minutes=31))
    return Lead.get_by_id(made.id)


@pytest.fixture
def ask(workspace: Workspace, company: Any) -> Callable[..., Any]:
    """A function that asks the API as a user."""
    client = app_of(workspace).test_client()

    def get(user: User, path: str, language: str = "zh") -> Any:
        token = auth.issue_token(workspace, user, "test", SYSTEM)
        return client.get(f"/api/v1{path}", headers={"Authorization": f"Bearer {token}", "Accept-Language": language})

    get.client = client  # type: ignore[attr-defined]
    return get


@pytest.fixture
def clew(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """A function that runs a command of the command line on this workspace."""

    def run(*words: str, locale: str = "zh_CN.UTF-8") -> Any:
        monkeypatch.setenv("LC_ALL", locale)
        monkeypatch.setenv("CLEW_DATABASE_URL", workspace.settings.database_url)
        return CliRunner().invoke(main, words)

    return run


def test_the_chain_over_the_api(lead: Lead, ask: Any) -> None:
    answer = ask(lead.owner, f"/why/lead/{lead.id}").json
    assert [one["kind"] for one in answer["links"]] == [
        *("lead.escalated", "deadline.missed", "deadline.created", "lead.assigned", "lead.created")
    ]
    assert answer["title"].startswith("为什么是")
    top = answer["links"][0]
    assert (top["who"]["rule"]["code"], top["facts"][0]["holds"]) == ("first-response-escalate", True)
    assert answer["links"][-1]["origin"]
    owner = ask(lead.owner, f"/why/lead/{lead.id}?field=owner").json
    assert [one["kind"] for one in owner["links"]] == ["lead.assigned", "lead.created"]
    english = ask(lead.owner, f"/why/lead/{lead.id}", "en").json
    assert english["title"].startswith("Why: Owned by")


def test_why_not_over_the_api(lead: Lead, ask: Any) -> None:
    answer = ask(lead.owner, f"/why-not/assign-key-account?lead={lead.id}").json
    assert answer["verdict"] == "condition_failed"
    assert [one["holds"] for one in answer["clauses"]] == [True, False]
    assert answer["change"].startswith("只要预算 = 100 万元")
    seq = answer["event"]["seq"]
    assert ask(lead.owner, f"/why-not/assign-key-account?seq={seq}").json == answer


def test_refusals_are_problems_in_words(lead: Lead, ask: Any, company: Any) -> None:
    stranger = company.sellers["华北部"][0]
    assert ask(stranger, f"/why/lead/{lead.id}").status_code == 403
    assert ask(stranger, f"/why-not/assign?lead={lead.id}").status_code == 403
    assert ask(lead.owner, "/why/lead/none").status_code == 404
    assert ask(lead.owner, "/why/nonsense/1").status_code == 404
    assert ask(lead.owner, f"/why-not/none?lead={lead.id}").status_code == 404
    assert ask(lead.owner, "/why-not/assign").status_code == 422
    assert ask(lead.owner, "/why-not/assign?seq=x").status_code == 400
    assert ask.client.get(f"/api/v1/why/lead/{lead.id}").status_code == 401


def test_both_stand_in_the_openapi_document(ask: Any) -> None:
    paths = ask.client.get("/api/v1/openapi.json").json["paths"]
    assert [one["name"] for one in paths["/api/v1/why/{kind}/{record_id}"]["get"]["parameters"]]
    assert {one["name"] for one in paths["/api/v1/why-not/{code}"]["get"]["parameters"]} >= {"lead", "seq"}


def test_the_chain_in_a_terminal(lead: Lead, clew: Any) -> None:
    by_id = clew("why", lead.id)
    assert by_id.exit_code == 0, by_id.output
    lines = by_id.output.splitlines()
    assert lines[0].startswith("为什么是")
    assert "✓ 时限是首次响应" in by_id.output
    assert "起 30 个工作分钟" in by_id.output
    assert lines[-1] == f"clew why {lead.id}"
    for words in (("L-0031",), (LEAD["company"],), ("恒锐精密",), ("lead", lead.id)):
        assert clew("why", *words).output == by_id.output, words
    assert clew("why", "owner", lead.id).output == clew("why", lead.id, "--field", "owner").output
    assert clew("why", lead.id, locale="en_US.UTF-8").output.startswith("Why: Owned by")


def test_why_not_in_a_terminal(lead: Lead, clew: Any) -> None:
    found = clew("why-not", "assign-key-account", "L-0031")
    assert found.exit_code == 0, found.output
    assert "✗ 预算 ≥ 100 万元" in found.output
    assert "→ 只要预算 = 100 万元" in found.output
    seq = JournalLine.get((JournalLine.record_id == lead.id) & (JournalLine.kind == "lead.created")).seq
    assert clew("why-not", "assign-key-account", "--seq", str(seq)).output == found.output
    assert "it fired" in clew("why-not", "assign", lead.id, locale="en_US.UTF-8").output


def test_the_terminal_says_what_is_wrong_in_one_sentence(workspace: Workspace, lead: Lead, clew: Any) -> None:
    intake.take(workspace, {"company": "苏州恒锐液压有限公司", "phone": "13812345679"}, SYSTEM)
    several = clew("why", "苏州恒锐")
    assert several.exit_code == 1
    assert "不止一条" in several.output
    assert lead.id in several.output
    assert "没有线索「谁」" in clew("why", "谁").output
    assert "no rule 'none'" in clew("why-not", "none", lead.id, locale="en_US.UTF-8").output
