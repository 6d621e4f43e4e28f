"""Nobody sees or does in the console what their role may not, by URL either."""

from __future__ import annotations

from typing import Any

import pytest

from clew.core.intake import take as intake
from clew.core.journal.origin import SYSTEM
from clew.core.kinds import Customer, Lead, PluginRecord, PossibleDuplicate, RuleRecord
from clew.core.storage.system_tables import JournalLine

from ..app import app_of

PAGES = (
    "/",
    "/leads/",
    "/leads/new",
    "/customers/",
    "/duplicates/",
    "/tasks/",
    "/inbox/",
    "/rules/",
    "/tables/",
    "/backtests/",
    "/approvals/",
    "/report/",
    "/plugins/",
    "/people/",
    "/people/changes/",
    "/journal/",
    "/dead-letters/",
    "/readiness/",
)
SYSTEM_PAGES = {"/plugins/", "/people/", "/people/changes/", "/journal/", "/dead-letters/", "/readiness/"}
RULE_PAGES = {"/rules/", "/tables/", "/backtests/", "/approvals/"}
REFUSED = {
    "sales": {"/duplicates/", "/report/"} | RULE_PAGES | SYSTEM_PAGES,
    "manager": {"/duplicates/"} | SYSTEM_PAGES,
    "ops": SYSTEM_PAGES - {"/dead-letters/", "/readiness/", "/people/", "/people/changes/"},
    "legal": {"/duplicates/", "/leads/", "/leads/new", "/report/"} | RULE_PAGES | SYSTEM_PAGES,
    "finance": {"/duplicates/", "/leads/", "/leads/new", "/report/"} | RULE_PAGES | SYSTEM_PAGES,
    "admin": set(),
}


@pytest.fixture
def enter(workspace: Any, company: Any) -> Any:
    """A function that returns a client signed in as somebody of a role."""
    app = app_of(workspace, csrf=False)

    def as_(role: str) -> Any:
        client = app.test_client()
        answer = client.post("/sign-in", data={"name": company.user(role).email, "password": company.password})
        assert answer.status_code == 302
        return client

    as_.app, as_.ws, as_.company = app, workspace, company  # type: ignore[attr-defined]
    return as_


@pytest.mark.slow
@pytest.mark.parametrize("role", REFUSED)
def test_each_page_opens_for_whom_it_is(enter: Any, role: str) -> None:
    client = enter(role)
    answers = {page: client.get(page).status_code for page in PAGES}
    assert answers == {page: 403 if page in REFUSED[role] else 200 for page in PAGES}
    rail = client.get("/").text.partition("</nav>")[0]
    assert all(f'href="{page}"' not in rail for page in REFUSED[role])


def test_a_stranger_is_asked_to_sign_in(enter: Any) -> None:
    client = enter.app.test_client()
    for page in PAGES:
        answer = client.get(page)
        assert answer.status_code == 302
        assert answer.location.startswith("/sign-in")


def test_what_a_role_may_not_do_is_refused_by_url(enter: Any) -> None:
    lead = intake.take(enter.ws, {"company": "别人的", "phone": "13812345678"}, SYSTEM).lead
    seller = enter("sales")
    assert seller.get(f"/leads/{lead.id}").status_code == 404
    assert seller.post(f"/leads/{lead.id}/edit", data={"note": "改"}).status_code == 404
    assert seller.post("/rules/first-response-start/switch", data={"on": "0"}).status_code == 403
    assert seller.post("/plugins/webhook/switch", data={"on": "1"}).status_code == 403
    assert enter("manager").post("/rules/first-response-start/switch", data={"on": "0"}).status_code == 403
    assert RuleRecord.get(RuleRecord.code == "first-response-start").enabled
    assert not PluginRecord.select().where(PluginRecord.enabled).exists()
    assert Lead.get_by_id(lead.id).note == ""


def test_ops_switch_a_rule_and_the_journal_says_who(enter: Any) -> None:
    enter("ops").post("/rules/first-response-start/switch", data={"on": "0"})
    assert not RuleRecord.get(RuleRecord.code == "first-response-start").enabled
    line = JournalLine.select().where(JournalLine.kind == "rule.changed").order_by(JournalLine.seq.desc()).get()
    assert (line.actor_name, line.channel, line.ip) == ("ops 同事", "console", "127.0.0.1")
    assert (line.before, line.after) == ({"enabled": True}, {"enabled": False})


def test_a_secret_is_never_shown_back(enter: Any) -> None:
    client = enter("admin")
    settings = {"url": "http://127.0.0.1:9/hook", "secret": "top-secret-value", "events": ""}
    client.post("/plugins/webhook/settings", data=settings)
    client.post("/plugins/webhook/switch", data={"on": "1"})
    assert PluginRecord.get(PluginRecord.name == "webhook").settings["secret"] == "top-secret-value"
    assert "top-secret-value" not in client.get("/plugins/").text + client.get("/journal/").text
    client.post("/plugins/webhook/settings", data={**settings, "secret": ""})
    assert PluginRecord.get(PluginRecord.name == "webhook").settings["secret"] == "top-secret-value"


def test_forms_need_their_token(enter: Any) -> None:
    client = enter("sales")
    enter.app.config["WTF_CSRF_ENABLED"] = True
    assert client.post("/inbox/read").status_code == 400


def test_ops_merge_what_turned_out_to_be_one_customer(enter: Any) -> None:
    for n, name in enumerate(("恒锐精密仪器机械制造厂", "恒锐精密仪器机械制照厂")):
        intake.take(enter.ws, {"company": name, "phone": f"1380000000{n}"}, SYSTEM)
    pair = PossibleDuplicate.get()
    client = enter("ops")
    assert "恒锐精密仪器机械制照厂" in client.get("/duplicates/").text
    assert client.post(f"/duplicates/{pair.id}/merge").status_code == 302
    older = Customer.select().order_by(Customer.id).first()
    assert {lead.customer_id for lead in Lead.select()} == {older.id}
    assert Customer.get(Customer.id != older.id).merged_into_id == older.id
    assert client.post(f"/duplicates/{pair.id}/merge").status_code == 404


def test_a_stage_is_entered_by_the_role_that_answers_for_it(enter: Any) -> None:
    lead = intake.take(
        enter.ws, {"company": "甲", "phone": "13812345678", "industry": "电子", "budget": 1}, SYSTEM
    ).lead
    seller = enter.company.user("sales")
    enter.ws.door.change("lead", lead.id, {"owner_id": seller.id, "team_id": seller.team_id}, SYSTEM)
    for stage in ("diagnosis", "demo", "negotiation", "signing"):
        enter.ws.door.change("lead", lead.id, {"stage": stage}, SYSTEM)
    assert enter("sales").post(f"/leads/{lead.id}/stage", data={"stage": "payment"}).status_code == 403
    assert "到回款确认" not in enter("sales").get(f"/leads/{lead.id}").text
    assert enter("manager").post(f"/leads/{lead.id}/stage", data={"stage": "payment"}).status_code == 302
    assert Lead.get_by_id(lead.id).stage == "payment"
