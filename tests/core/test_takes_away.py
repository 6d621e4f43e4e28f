"""Whom a changed rule no longer covers is told to whoever approves it: on the page, in the API, on the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from clew.core.cli.rules import rules_group
from clew.core.errors import Invalid
from clew.core.journal.origin import SYSTEM, Actor, Origin
from clew.core.kinds import RuleRecord, RuleVersion
from clew.core.people.sign_in import issue_token
from clew.core.rulebook.files import import_rules, incoming
from clew.core.rulebook.publishing import approve, retire
from clew.core.rulebook.versions import write_draft
from clew.core.workspace import Workspace
from clew.rules.language.dumping import dump_pack

from ..app import app_of


@pytest.fixture
def company(any_workspace: Workspace, found: Any) -> Any:
    """The company."""
    return found(any_workspace)


def narrowed() -> dict[str, Any]:
    document = RuleRecord.get(RuleRecord.code == "first-response-start").document
    asked = {"field": "lead.region", "op": "==", "value": "江苏"}
    start = {"start_deadline": {"name": "first_response", "working_minutes": 20}}
    return {**document, "when": {"all": [*document["when"]["all"], asked]}, "then": [start]}


def run(ws: Workspace, *args: str) -> Any:
    return CliRunner(env={"LC_ALL": "zh_CN.UTF-8"}).invoke(rules_group, args, obj=lambda: ws)


def test_it_stands_first_and_in_red_where_the_change_is_approved(any_workspace: Workspace, company: Any) -> None:
    ws, ops = any_workspace, company.user("ops")
    draft = write_draft(ws, "first-response-start", narrowed(), Origin(Actor.of(ops), "console"))
    done = run(ws, "submit", "first-response-start", "--note", "请看")
    assert done.exit_code == 0, done.output
    assert "不再覆盖" in done.output
    client = app_of(ws, csrf=False).test_client()
    client.post("/sign-in", data={"name": company.user("manager").email, "password": company.password})
    page = client.get(f"/approvals/{draft.id}").text.partition("<h1")[2]
    assert "改后覆盖得更少" in page
    body = page[page.index("改后覆盖得更少") :]
    assert "地区不是「江苏」（含未填）" in body
    assert page.index("改后覆盖得更少") < page.index("处</h2>" if "处</h2>" in page else "改了")
    assert "不再覆盖" in client.get("/approvals/").text
    compare = client.get(f"/rules/first-response-start/compare?a=1&b={draft.number}").text
    assert "改后覆盖得更少" in compare


def test_the_api_of_the_review_says_it(any_workspace: Workspace, company: Any) -> None:
    ws, ops = any_workspace, company.user("ops")
    draft = write_draft(ws, "first-response-start", narrowed(), Origin(Actor.of(ops), "console"))
    head = {"Authorization": f"Bearer {issue_token(ws, company.user('manager'), 'test', SYSTEM)}"}
    client = app_of(ws).test_client()
    for path in (f"versions/{draft.number}", f"compare?a=1&b={draft.number}"):
        (loss,) = client.get(f"/api/v1/rules/first-response-start/{path}", headers=head).json["takes_away"]
        assert (loss["level"], loss["what"]) == ("uncovered", "region")
        assert loss["text"]["zh"].startswith("不再覆盖：")
        assert loss["text"]["en"].startswith("no longer covered: ")
    (old,) = [client.get("/api/v1/rules/first-response-start/versions/1", headers=head).json["takes_away"]]
    assert old == []


def pack(document: dict[str, Any]) -> str:
    return dump_pack({"id": "own", "title": {"zh": "自有", "en": "Own"}, "rules": [document]})


def test_an_import_says_it_and_refuses_names_that_are_not_there(
    any_workspace: Workspace, company: Any, tmp_path: Path
) -> None:
    ws = any_workspace
    file = tmp_path / "own.yaml"
    file.write_text(pack(narrowed()), encoding="utf-8")
    done = run(ws, "import", str(file), "--dry-run")
    assert done.exit_code == 0, done.output
    assert "不再覆盖" in done.output
    words = {"zh": "一", "en": "One"}
    wrong = {"id": "wrong", "title": words, "purpose": words, "trigger": "lead.created"}
    wrong |= {"then": [{"assign": {"team": "华东一队"}}]}
    file.write_text(pack(wrong), encoding="utf-8")
    with pytest.raises(Invalid) as refused:
        import_rules(ws, incoming({"own.yaml": file.read_text("utf-8")}), Origin(Actor.of(company.user("ops")), "cli"))
    assert "是否想写「华东一部」" in str(refused.value.text.zh)
    done = run(ws, "import", str(file))
    assert done.exit_code != 0
    assert not RuleVersion.select().where(RuleVersion.code == "wrong").exists()


def test_a_draft_of_a_rule_that_was_retired_since_is_said_to_bring_it_back(
    any_workspace: Workspace, company: Any
) -> None:
    ws, ops = any_workspace, company.user("ops")
    asker = Origin(Actor.of(ops), "console")
    draft = write_draft(ws, "first-response-start", narrowed(), asker)
    retire(ws, "first-response-start", asker)
    done = run(ws, "submit", "first-response-start", "--note", "请看")
    assert done.exit_code == 0, done.output
    assert "批准后它会重新生效" in done.output
    assert "不再覆盖" not in done.output
    client = app_of(ws, csrf=False).test_client()
    client.post("/sign-in", data={"name": company.user("manager").email, "password": company.password})
    for path, said in (("/approvals/", "已退役，批准后恢复"), (f"/approvals/{draft.id}", "批准后它会重新生效")):
        page = client.get(path).text
        assert said in page
        assert "不再覆盖" not in page
    head = {"Authorization": f"Bearer {issue_token(ws, company.user('manager'), 'test', SYSTEM)}"}
    shown = client.get(f"/api/v1/rules/first-response-start/versions/{draft.number}", headers=head).json
    assert (shown["takes_away"], shown["brings_back"]) == ([], True)
    approve(ws, draft.id, Origin(Actor.of(company.user("manager")), "console"))
    assert RuleRecord.get(RuleRecord.code == "first-response-start").retired_at is None
    shown = client.get(f"/api/v1/rules/first-response-start/versions/{draft.number}", headers=head).json
    assert shown["brings_back"] is False
