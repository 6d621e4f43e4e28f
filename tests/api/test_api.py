"""The API as a program meets it: tokens, scope, idempotency, problems in words, stable pages."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from clew.core.intake import take as intake
from clew.core.journal.origin import SYSTEM
from clew.core.kinds import FollowUp, Lead, Task, User
from clew.core.people import sign_in as auth
from clew.core.running import drain
from clew.core.storage.system_tables import JournalLine

from ..app import app_of

LEAD = {"company": "苏州恒锐精密机械有限公司", "contact_name": "高建明", "phone": "13812345678", "industry": "精密加工"}


@pytest.fixture
def call(any_workspace: Any, found: Callable[[Any], Any]) -> Any:
    """A function `call(role or user, method, path, json, **headers)` on a fresh company."""
    company = found(any_workspace)
    client = app_of(any_workspace).test_client()
    tokens: dict[str, str] = {}

    def ask(who: Any, method: str, path: str, json: Any = None, **headers: str) -> Any:
        user: User = company.user(who) if isinstance(who, str) else who
        if user.id not in tokens:
            tokens[user.id] = auth.issue_token(any_workspace, user, "test", SYSTEM)
        head = {"Authorization": f"Bearer {tokens[user.id]}"} | {k.replace("_", "-"): v for k, v in headers.items()}
        return client.open(f"/api/v1{path}", method=method, json=json, headers=head)

    ask.client, ask.company, ask.ws = client, company, any_workspace  # type: ignore[attr-defined]
    return ask


def test_without_a_token_there_is_nothing_to_see(call: Any) -> None:
    answer = call.client.get("/api/v1/leads")
    assert answer.status_code == 401
    assert answer.mimetype == "application/problem+json"
    assert call.client.get("/api/v1/leads", headers={"Authorization": "Bearer clew_wrong"}).status_code == 401


def test_a_lead_travels_its_whole_way(call: Any) -> None:
    made = call("ops", "POST", "/leads", {**LEAD, "budget": "500000", "region": "江苏"})
    assert made.status_code == 201
    drain(call.ws)
    lead = call("ops", "GET", f"/leads/{made.json['id']}").json
    owner = User.get_by_id(lead["owner_id"])
    assert "sales" in owner.roles
    assert (
        call(owner, "POST", f"/leads/{lead['id']}/follow-ups", {"way": "phone", "content": "聊过"}).status_code == 201
    )
    moved = call(owner, "POST", f"/leads/{lead['id']}/transitions", {"stage": "diagnosis"})
    assert moved.json["stage"] == "diagnosis"
    assert call(owner, "POST", f"/leads/{lead['id']}/transitions", {"stage": "signing"}).status_code == 422
    assert call(owner, "POST", f"/leads/{lead['id']}/outcome", {"outcome": "lost"}).status_code == 422
    lost = call(owner, "POST", f"/leads/{lead['id']}/outcome", {"outcome": "lost", "lost_reason": "预算取消"})
    assert lost.json["outcome"] == "lost"
    lines = call(owner, "GET", f"/customers/{lead['customer_id']}/timeline").json["items"]
    assert {"lead.created", "lead.assigned", "follow_up.created", "lead.stage_changed"} <= {x["kind"] for x in lines}
    assigned = next(x for x in lines if x["kind"] == "lead.assigned")
    assert assigned["cause"]["rule"].startswith("assign-")


def test_the_same_key_takes_a_lead_in_once(call: Any) -> None:
    first = call("ops", "POST", "/leads", LEAD, Idempotency_Key="k1")
    again = call("ops", "POST", "/leads", LEAD, Idempotency_Key="k1")
    other = call("ops", "POST", "/leads", {**LEAD, "company": "别家"}, Idempotency_Key="k1")
    assert (first.status_code, again.status_code, other.status_code) == (201, 200, 409)
    assert first.json["id"] == again.json["id"]
    assert Lead.select().count() == 1


def test_what_is_wrong_is_said_for_each_field_in_the_callers_language(call: Any) -> None:
    wrong = {"company": "甲", "phone": "12", "budget": "很多", "source": "官网表"}
    chinese = call("ops", "POST", "/leads", wrong)
    english = call("ops", "POST", "/leads", wrong, Accept_Language="en")
    assert chinese.status_code == 422
    assert {p["field"] for p in chinese.json["problems"]} == {"phone", "budget", "source"}
    assert "是不是「官网表单」" in chinese.text
    assert "did you mean" in english.text
    assert Lead.select().count() == 0


def test_a_seller_sees_only_their_own_leads_and_masked_names(call: Any) -> None:
    mine, other = call.company.sellers["华东一部"]
    lead = intake.take(call.ws, LEAD, SYSTEM).lead
    team = call.company.teams["华东一部"]
    call.ws.door.change("lead", lead.id, {"owner_id": mine.id, "team_id": team.id}, SYSTEM)
    assert call(other, "GET", f"/leads/{lead.id}").status_code == 404
    assert call(other, "PATCH", f"/leads/{lead.id}", {"note": "x"}).status_code == 404
    assert call(mine, "GET", f"/leads/{lead.id}").json["contact"]["phone"] == "13812345678"
    assert call("ops", "GET", f"/leads/{lead.id}").json["contact"]["phone"] == "138****5678"
    assert call("finance", "GET", "/leads").json["items"] == []
    assert call(mine, "GET", "/journal").status_code == 403


def test_a_change_on_what_one_no_longer_sees_is_refused(call: Any) -> None:
    lead_id = call("ops", "POST", "/leads", LEAD).json["id"]
    etag = call("ops", "GET", f"/leads/{lead_id}").headers["ETag"]
    assert call("ops", "PATCH", f"/leads/{lead_id}", {"note": "一"}, If_Match=etag).status_code == 200
    assert call("ops", "PATCH", f"/leads/{lead_id}", {"note": "二"}, If_Match=etag).status_code == 409
    assert Lead.get_by_id(lead_id).note == "一"


def test_pages_stay_put_while_leads_come_in(call: Any) -> None:
    for n in range(5):
        call.ws.clock.advance(seconds=1)
        call("ops", "POST", "/leads", {"company": f"公司{n}号", "phone": f"1391234567{n}"})
    first = call("ops", "GET", "/leads?limit=2").json
    call.ws.clock.advance(seconds=1)
    call("ops", "POST", "/leads", {"company": "后来的", "phone": "13712345678"})
    rest = call("ops", "GET", f"/leads?limit=10&after={first['next']}").json
    assert [x["company"] for x in first["items"] + rest["items"]] == [f"公司{n}号" for n in (4, 3, 2, 1, 0)]
    assert rest["next"] is None


def test_the_erp_side_comes_in_once_and_by_finance_only(call: Any) -> None:
    lead_id = call("ops", "POST", "/leads", {**LEAD, "budget": "1000"}).json["id"]
    contract = call("admin", "POST", "/contracts", {"number": "S-1", "amount": "1000", "lead_id": lead_id})
    assert contract.status_code == 201
    invoice = {"number": "F-1", "contract_number": "S-1", "amount": "1000", "issued_at": "2026-11-24 10:00"}
    assert call("finance", "POST", "/invoices", invoice, Idempotency_Key="f1").status_code == 201
    assert call("finance", "POST", "/invoices", invoice, Idempotency_Key="f1").status_code == 200
    assert call("sales", "POST", "/invoices", {**invoice, "number": "F-2"}).status_code == 403


def test_the_document_describes_every_endpoint(call: Any) -> None:
    spec = call.client.get("/api/v1/openapi.json").json
    assert spec["openapi"].startswith("3.")
    served = {
        re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", str(rule))
        for rule in call.client.application.url_map.iter_rules()
        if str(rule).startswith("/api/v1/") and "openapi" not in str(rule)
    }
    assert set(spec["paths"]) == served
    assert all(op.get("summary") for path in spec["paths"].values() for n, op in path.items() if n != "parameters")


def test_the_form_takes_leads_from_anyone_but_robots(call: Any) -> None:
    good = {"company": "官网来客", "phone": "13912345678", "submission_id": "s1"}
    assert call.client.post("/form/leads", json=good).status_code == 201
    assert call.client.post("/form/leads", data=good).status_code == 201
    assert (
        call.client.post("/form/leads", json={"company": "机器人", "phone": "13912345679", "website": "x"}).status_code
        == 201
    )
    assert call.client.post("/form/leads", json={"company": "没有电话"}).status_code == 422
    assert call.client.post("/form/leads", json=["不是对象"]).status_code == 422
    assert Lead.select().count() == 1
    line = JournalLine.get(JournalLine.kind == "lead.created")
    assert (line.channel, line.actor_kind, line.ip) == ("form", "public", "127.0.0.1")
    assert call.client.get("/form/leads").status_code == 200
    answers = [call.client.post("/form/leads", json={"website": "x"}).status_code for _ in range(25)]
    assert 429 in answers


def test_health_readiness_and_measures(call: Any) -> None:
    assert call.client.get("/healthz").json == {"status": "ok"}
    assert call.client.get("/readyz").status_code == 200
    text = call.client.get("/metrics").text
    assert "clew_dispatch{" in text
    assert "clew_journal_unsealed" in text


def test_a_contact_and_what_comes_next_are_recorded_together_and_once(call: Any) -> None:
    lead = call("ops", "POST", "/leads", {**LEAD, "region": "江苏"}).json
    drain(call.ws)
    path, owner = f"/leads/{lead['id']}/follow-ups", User.get_by_id(Lead.get_by_id(lead["id"]).owner_id)
    said = {"way": "phone", "content": "要看样机", "next_step": "约样机演示", "next_at": "2026-11-26T10:00:00+08:00"}
    first = call(owner, "POST", path, said, Idempotency_Key="one")
    again = call(owner, "POST", path, said, Idempotency_Key="one")
    other = call(owner, "POST", path, {**said, "next_step": "别的事"}, Idempotency_Key="one")
    assert (first.status_code, again.status_code, other.status_code) == (201, 200, 409)
    assert first.json["id"] == again.json["id"]
    assert first.json["next_at"] == "2026-11-26T02:00:00+00:00"
    assert [(one.title, one.assignee_id, one.customer_id) for one in Task.select()] == [
        ("约样机演示", owner.id, lead["customer_id"])
    ]
    call(owner, "POST", path, {"way": "phone", "content": "没有下一步", "next_at": "2026-11-27T10:00:00+08:00"})
    assert (FollowUp.select().count(), Task.select().count()) == (2, 1)


def test_nothing_is_recorded_where_the_next_step_is_refused(call: Any) -> None:
    lead_id = call("ops", "POST", "/leads", LEAD).json["id"]
    path, said = f"/leads/{lead_id}/follow-ups", {"way": "phone", "content": "聊过", "next_step": "再打电话"}
    past = "2026-11-20T10:00:00+08:00"
    for more, wrong in (
        ({}, {"next_at"}),
        ({"next_at": past}, {"next_at"}),
        ({"next_at": "明天"}, {"next_at"}),
        ({"next_at": past, "next_step": "很" * 201, "way": "fax"}, {"next_step", "way", "next_at"}),
    ):
        refused = call("ops", "POST", path, {**said, **more})
        assert (refused.status_code, {one["field"] for one in refused.json["problems"]}) == (422, wrong)
    call("ops", "POST", f"/leads/{lead_id}/outcome", {"outcome": "lost", "lost_reason": "预算取消"})
    closed = call("ops", "POST", path, {**said, "next_at": "2026-11-26T10:00:00+08:00"})
    assert [one["field"] for one in closed.json["problems"]] == ["next_step"]
    assert (FollowUp.select().count(), Task.select().count()) == (0, 0)
