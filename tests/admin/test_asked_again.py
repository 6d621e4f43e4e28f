"""Pages that stand between a person and a write: the confirmation, the lock, and what was set aside."""

from __future__ import annotations

import re
from typing import Any

import pytest
from click.testing import CliRunner

from clew.core.cli.dead_letters import dead_letters_command
from clew.core.intake import take as intake
from clew.core.journal.origin import SYSTEM
from clew.core.kinds import Lead, RuleRecord, Task
from clew.core.kinds.locking import locking
from clew.core.people import sign_in as auth
from clew.core.running import drain
from clew.core.storage.system_tables import Dispatch, Firing, JournalLine
from clew.core.workspace import Workspace

from ..app import app_of


def put(ws: Workspace, code: str, trigger: str, then: list[dict[str, Any]], version: int = 1, **more: Any) -> None:
    """Put a rule in force, or its next version."""
    words = {"zh": code, "en": code}
    document = {"id": code, "version": version, "title": words, "purpose": words, "trigger": trigger, "then": then}
    values = {"version": version, "document": {**document, **more}}
    found = RuleRecord.get_or_none(RuleRecord.code == code)
    if found is None:
        ws.door.create("rule", {"code": code, "pack": "custom", **values}, SYSTEM)
    else:
        ws.door.change("rule", found.id, values, SYSTEM)


@pytest.fixture
def enter(workspace: Any, company: Any) -> Any:
    """A function that returns a client signed in as somebody of a role."""
    app = app_of(workspace, csrf=False)

    def sign_in(who: Any) -> Any:
        client = app.test_client()
        email = company.user(who).email if isinstance(who, str) else who.email
        client.post("/sign-in", data={"name": email, "password": company.password})
        return client

    return sign_in


@pytest.fixture
def lead(workspace: Workspace, company: Any) -> Lead:
    made = intake.take(workspace, {"company": "恒锐精密", "phone": "13812345678", "region": "江苏"}, SYSTEM).lead
    drain(workspace)
    return Lead.get_by_id(made.id)


LOW = {"field": "lead.budget", "op": "<", "value": 1000}


def test_the_page_asks_once_more_with_everything_that_was_typed(workspace: Workspace, enter: Any, lead: Lead) -> None:
    put(
        workspace,
        "sure",
        "lead.saving",
        [{"require_confirmation": {"message": "预算 {lead.budget} 元？"}}],
        3,
        when=LOW,
    )
    client = enter(lead.owner)
    form = {"budget": "5", "note": "<很小>", "pain_points": ["price", "delivery"], "_choices": "1"}
    asked = client.post(f"/leads/{lead.id}/edit", data=form)
    page = asked.get_data(as_text=True)
    assert asked.status_code == 409
    assert "预算 5 元？" in page
    assert "sure v3" in page
    assert Lead.get_by_id(lead.id).budget is None
    again = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page)
    assert ("note", "&lt;很小&gt;") in again
    assert [value for name, value in again if name == "pain_points"] == ["price", "delivery"]
    said = {**form, "confirm": "1"}
    assert client.post(f"/leads/{lead.id}/edit", data=said).status_code == 302
    lead = Lead.get_by_id(lead.id)
    assert (lead.budget, lead.note, lead.extra["pain_points"]) == (5, "<很小>", ["price", "delivery"])
    assert Firing.get(Firing.rule == "sure").version == 3


def test_a_new_lead_is_confirmed_too(workspace: Workspace, enter: Any) -> None:
    put(workspace, "sure", "lead.saving", [{"require_confirmation": {"message": "确定？"}}], when=LOW)
    client = enter("ops")
    form = {"company": "远东包装", "budget": "5", "key": "k1"}
    assert client.post("/leads/new", data=form).status_code == 409
    assert not Lead.select().exists()
    assert client.post("/leads/new", data={**form, "confirm": "1"}).status_code == 302
    assert Lead.get().company == "远东包装"


def test_a_locked_lead_says_why_and_who_may_unlocks_it_on_the_page(
    workspace: Workspace, enter: Any, lead: Lead
) -> None:
    workspace.door.change("lead", lead.id, locking("等主管核对", "lock-large", "3"), SYSTEM)
    seller = enter(lead.owner)
    page = seller.get(f"/leads/{lead.id}").get_data(as_text=True)
    assert "等主管核对" in page
    assert "lock-large v3" in page
    assert f"/leads/{lead.id}/unlock" not in page
    refused = seller.post(f"/leads/{lead.id}/edit", data={"note": "x"}, follow_redirects=True)
    assert "这条线索已锁定：等主管核对" in refused.get_data(as_text=True)
    ops = enter("ops")
    assert f"/leads/{lead.id}/unlock" in ops.get(f"/leads/{lead.id}").get_data(as_text=True)
    ops.post(f"/leads/{lead.id}/unlock")
    assert not Lead.get_by_id(lead.id).locked


@pytest.fixture
def dead(workspace: Workspace, company: Any) -> Dispatch:
    """A dead letter: version 1 of its rule named a team there was not; there is one now, and a version 2."""
    stuck = {"assign": {"team": "西南部"}}
    put(workspace, "visit", "lead.created", [{"create_task": {"title": "v1", "assignee": "owner"}}, stuck])
    intake.take(workspace, {"company": "恒锐精密", "phone": "13812345678"}, SYSTEM)
    drain(workspace)
    workspace.clock.advance(minutes=20)  # type: ignore[attr-defined]
    put(workspace, "visit", "lead.created", [{"create_task": {"title": "v2", "assignee": "owner"}}], 2)
    team = workspace.door.create("team", {"name": "西南部"}, SYSTEM).record
    person = {"email": "new@test.example", "name": "新人", "roles": ["sales"], "team_id": team.id}
    workspace.door.create("user", person, SYSTEM)
    row: Dispatch = Dispatch.get((Dispatch.state == "dead") & (Dispatch.kind == "lead.created"))
    return row


def _decided(ws: Workspace, row: Dispatch) -> tuple[str, list[str], list[int]]:
    drain(ws)
    tasks = [task.title for task in Task.select().where(Task.title.in_(("v1", "v2")))]
    fired = [one.version for one in Firing.select().where((Firing.rule == "visit") & (Firing.seq == row.seq))]
    return Dispatch.get_by_id(row.id).state, tasks, fired


def test_a_dead_letter_goes_again_by_the_rules_of_today_from_the_page(
    workspace: Workspace, enter: Any, dead: Dispatch
) -> None:
    client = enter("admin")
    page = client.get("/dead-letters/").get_data(as_text=True)
    assert "用当时的规则重试" in page
    assert "用现在的规则重试" in page
    client.post("/dead-letters/retry", data={"id": dead.id, "rules": "now"})
    assert _decided(workspace, dead) == ("done", ["v2"], [1, 2])
    line = JournalLine.get(JournalLine.kind == "dead_letter.retried")
    assert line.after == {"count": 1, "rules": "now"}


def test_a_dead_letter_goes_again_by_the_rules_of_then_from_the_page(
    workspace: Workspace, enter: Any, dead: Dispatch
) -> None:
    enter("admin").post("/dead-letters/retry", data={"id": dead.id, "rules": "then"})
    assert _decided(workspace, dead) == ("done", ["v1"], [1])
    assigned = JournalLine.get((JournalLine.cause_rule == "visit") & (JournalLine.kind == "lead.assigned"))
    assert assigned.cause_version == "1"


def test_a_dead_letter_goes_again_over_the_api(workspace: Workspace, company: Any, dead: Dispatch) -> None:
    client = app_of(workspace).test_client()

    def call(role: str, method: str, path: str, **more: Any) -> Any:
        head = {"Authorization": f"Bearer {auth.issue_token(workspace, company.user(role), 'test', SYSTEM)}"}
        return client.open(f"/api/v1/dead-letters{path}", method=method, headers=head, **more)

    assert call("sales", "GET", "").status_code == 403
    (shown,) = call("admin", "GET", "").json["items"]
    assert (shown["id"], shown["kind"], shown["attempts"]) == (dead.id, "lead.created", 1)
    assert call("admin", "POST", f"/{dead.id}/retry", json={"rules": "later"}).status_code == 400
    sent = call("admin", "POST", f"/{dead.id}/retry", json={"rules": "now"})
    assert (sent.status_code, sent.json["rules"]) == (202, "now")
    assert _decided(workspace, dead) == ("done", ["v2"], [1, 2])
    assert call("admin", "POST", f"/{dead.id}/retry", json={}).status_code == 404


def test_a_dead_letter_goes_again_from_the_command_line(workspace: Workspace, dead: Dispatch) -> None:
    def run(*arguments: str) -> Any:
        return CliRunner().invoke(dead_letters_command, arguments, obj=lambda: workspace)

    assert f"{dead.id}  2026-11-24 09:00  lead.created" in run("list").output
    assert run("retry").exit_code == 2
    assert run("retry", "--all", "--rules", "now").output.strip() == "1 event on the way again"
    assert _decided(workspace, dead) == ("done", ["v2"], [1, 2])


@pytest.mark.slow
def test_a_suspended_metric_says_why_on_the_report_and_is_taken_up_again_there(
    workspace: Workspace, enter: Any, lead: Lead
) -> None:
    words = "官网表单重复提交"
    put(workspace, "watch", "follow_up.created", [{"suspend_metric": {"metric": "escalations", "reason": words}}], 2)
    workspace.door.create("follow_up", {"lead_id": lead.id, "way": "phone", "content": "聊过"}, SYSTEM)
    drain(workspace)
    ops = enter("ops")
    page = ops.get("/report/").get_data(as_text=True)
    assert words in page
    assert "watch v2" in page
    assert f"已暂停：{words}" in page, "and where its figure would stand"
    assert ops.get("/report/pdf").status_code == 200
    assert enter(lead.owner).post("/report/resume", data={"metric": "escalations"}).status_code == 403
    assert words in ops.get("/report/").get_data(as_text=True)
    ops.post("/report/resume", data={"metric": "escalations"})
    assert words not in ops.get("/report/").get_data(as_text=True)
