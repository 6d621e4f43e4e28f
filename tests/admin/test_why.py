"""为什么 in the console: whoever sees a record sees why, masked as elsewhere; nobody else does."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from clew.core.intake import take as intake
from clew.core.journal.origin import SYSTEM, Actor, Origin
from clew.core.kinds import Deadline, Lead, Notification, Task, User
from clew.core.running import drain, run_until
from clew.core.storage.system_tables import JournalLine
from clew.core.workspace import Workspace

from ..app import app_of

LEAD = {"company": "苏州恒锐精密机械有限公司", "contact_name": "高建明", "phone": "13812345678", "region": "江苏"}


@pytest.fixture
def lead(workspace: Workspace, company: Any) -> Lead:
    """A lead with an owner, an escalation, a task and a message."""
    made = intake.take(workspace, {**LEAD, "industry": "精密加工"}, SYSTEM).lead
    drain(workspace)
    run_until(workspace, workspace.clock.now() + timedelta(minutes=31))
    found = Lead.get_by_id(made.id)
    workspace.door.change("lead", found.id, {"stage": "diagnosis"}, Origin(Actor.of(found.owner), "console"))
    drain(workspace)
    return Lead.get_by_id(made.id)


@pytest.fixture
def enter(workspace: Workspace, company: Any) -> Callable[[User], Any]:
    """A function that returns a client signed in as a user."""
    app = app_of(workspace, csrf=False)

    def as_(user: User) -> Any:
        client = app.test_client()
        assert client.post("/sign-in", data={"name": user.email, "password": company.password}).status_code == 302
        return client

    return as_


def everything(lead: Lead) -> list[str]:
    task, deadline = Task.get(Task.lead == lead.id), Deadline.get(Deadline.lead == lead.id)
    line = JournalLine.get((JournalLine.kind == "lead.escalated") & (JournalLine.record_id == lead.id))
    records = ("lead", lead.id), ("owner", lead.id), ("escalation", lead.id), ("task", task.id)
    return [f"/why/{kind}/{one}" for kind, one in (*records, ("deadline", deadline.id), ("line", line.seq))]


@pytest.mark.slow
def test_those_who_see_the_lead_see_why(lead: Lead, enter: Any, company: Any) -> None:
    for user in (lead.owner, company.managers["华东一部"], company.user("ops"), company.user("admin")):
        client = enter(user)
        for path in everything(lead):
            page = client.get(path)
            assert page.status_code == 200, path
            assert page.text.count("<h1") == 1
            part = client.get(path, query_string={"part": "1"})
            assert "<html" not in part.text
            assert "data-why-title" in part.text


def test_nobody_else_does(lead: Lead, enter: Any, company: Any) -> None:
    for user in (company.sellers["华北部"][0], company.managers["华北部"], company.user("legal")):
        client = enter(user)
        for path in everything(lead):
            for more in ({}, {"part": "1"}, {"part": "1", "only": "not", "rule": "assign"}):
                answer = client.get(path, query_string=more)
                assert answer.status_code == 403, (user.name, path)
                assert lead.company not in answer.text
    message = Notification.get(Notification.lead == lead.id)
    assert enter(company.managers["华东一部"]).get(f"/why/message/{message.id}").status_code == 200
    assert enter(lead.owner).get(f"/why/message/{message.id}").status_code == 403


def test_a_stranger_to_the_house_is_asked_to_sign_in(workspace: Workspace, lead: Lead) -> None:
    answer = app_of(workspace).test_client().get(f"/why/lead/{lead.id}")
    assert answer.status_code == 302
    assert "/sign-in" in answer.location


def test_links_to_rules_are_for_those_who_may_read_them(lead: Lead, enter: Any, company: Any) -> None:
    path = f"/why/lead/{lead.id}"
    seller = enter(lead.owner).get(path).text
    assert "超时未响应则升级" in seller
    assert "/rules/" not in re.sub(r"<nav.*?</nav>", "", seller, flags=re.S)
    manager = enter(company.managers["华东一部"]).get(path).text
    assert 'href="/rules/first-response-escalate"' in manager
    assert 'href="/tables/assign"' in manager
    assert "/edit" not in manager
    asked = {"rule": "quality-unreachable"}
    assert "/rules/quality-unreachable/edit" in enter(company.user("ops")).get(path, query_string=asked).text


def test_why_not_is_answered_on_the_page_without_a_script(lead: Lead, enter: Any) -> None:
    client = enter(lead.owner)
    page = client.get(f"/why/lead/{lead.id}", query_string={"rule": "assign-key-account"}).text
    assert "没有看到这一条" not in page
    assert 'class="bad' in page
    assert "预算 ≥ 100 万元" in page
    assert f"clew why-not assign-key-account {lead.id}" in page
    assert re.search(r'<option value="assign-key-account" selected>', page)
    assert client.get(f"/why/lead/{lead.id}", query_string={"rule": "none"}).status_code == 404


def test_personal_data_stays_masked(workspace: Workspace, lead: Lead, enter: Any, company: Any) -> None:
    path = f"/why/contact/{lead.contact_id}"
    assert "高建明" in enter(lead.owner).get(path).text
    masked = enter(company.user("ops")).get(path).text
    assert "高建明" not in masked
    assert "高*明" in masked


def test_every_automatic_thing_has_its_link(lead: Lead, enter: Any, company: Any) -> None:
    owner = enter(lead.owner)
    page = owner.get(f"/leads/{lead.id}").text
    lines = JournalLine.select().where((JournalLine.customer_id == lead.customer_id) & (JournalLine.channel == "rule"))
    for line in lines.where(JournalLine.kind != "notification.created"):
        assert f'href="/why/line/{line.seq}" data-why' in page, line.kind
    for path in everything(lead)[:1]:
        assert f'href="{path}" data-why' in page
    task = Task.get(Task.lead == lead.id)
    assert f'href="/why/task/{task.id}" data-why' in page
    assert f'href="/why/task/{task.id}" data-why' in owner.get("/tasks/").text
    manager = enter(company.managers["华东一部"])
    assert (
        f'href="/why/message/{Notification.get(Notification.lead == lead.id).id}" data-why'
        in manager.get("/inbox/").text
    )
    assert "data-why" in manager.get(f"/customers/{lead.customer_id}").text


def test_both_languages(lead: Lead, enter: Any) -> None:
    client = enter(lead.owner)
    client.post("/language", data={"locale": "en"})
    page = client.get(f"/why/escalation/{lead.id}", query_string={"rule": "quality-unreachable"}).text
    assert "Why: Escalated to" in page
    assert "Why did this rule not fire?" in page
    assert "not looked at" in page
    # Names of people and rules aside, the explanation is in English.
    assert "当时" not in page


def test_the_view_alone_leads_home(lead: Lead, enter: Any) -> None:
    assert enter(lead.owner).get("/why/").location == "/"
