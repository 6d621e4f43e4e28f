"""The API's paths of a kind made at run time: listed, created, read, changed, moved, assigned, unlocked, described."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from clew.core.company.switches import switch_plugin
from clew.core.journal.origin import SYSTEM, Actor, Origin
from clew.core.kinds import Lead, User
from clew.core.kinds.locking import locking
from clew.core.people import sign_in as auth
from clew.core.workspace import Workspace

from ..app import app_of


@pytest.fixture
def call(any_workspace: Workspace, made: Any) -> Any:
    """A function `call(role or user, method, path, json, **headers)`."""
    client = app_of(any_workspace).test_client()
    tokens: dict[str, str] = {}

    def ask(who: Any, method: str, path: str, json: Any = None, **headers: str) -> Any:
        user: User = made.user(who) if isinstance(who, str) else who
        if user.id not in tokens:
            tokens[user.id] = auth.issue_token(any_workspace, user, "test", SYSTEM)
        head = {"Authorization": f"Bearer {tokens[user.id]}"} | {k.replace("_", "-"): v for k, v in headers.items()}
        return client.open(f"/api/v1{path}", method=method, json=json, headers=head)

    ask.ws, ask.company = any_workspace, made  # type: ignore[attr-defined]
    return ask


def test_a_visit_travels_its_whole_way(call: Any, lead: Lead) -> None:
    seller = lead.owner
    values = {"lead_id": lead.id, "place": "苏州", "cost": "1,200.5"}
    made = call(seller, "POST", "/records/visit", values, Idempotency_Key="v1")
    again = call(seller, "POST", "/records/visit", values, Idempotency_Key="v1")
    other = call(seller, "POST", "/records/visit", {**values, "place": "上海"}, Idempotency_Key="v1")
    assert (made.status_code, again.status_code, other.status_code) == (201, 200, 409)
    assert (made.json["id"], made.json["place"], made.json["cost"]) == (again.json["id"], "苏州", "1200.50")
    assert (made.json["stage"], made.json["owner_id"]) == ("planned", seller.id)
    assert made.json["customer_id"] == lead.customer_id
    where = f"/records/visit/{made.json['id']}"
    read = call("ops", "GET", where)
    assert (read.headers["ETag"], read.json["place"]) == ('"1"', "苏州")
    assert call(seller, "PATCH", where, {"place": "昆山"}, If_Match=read.headers["ETag"]).json["place"] == "昆山"
    assert call(seller, "PATCH", where, {"place": "太仓"}, If_Match=read.headers["ETag"]).status_code == 409
    assert call(seller, "POST", f"{where}/transitions", {"stage": "held"}).status_code == 422
    held = call(seller, "POST", f"{where}/transitions", {"stage": "held", "result": "有意向"}).json
    assert (held["stage"], held["result"]) == ("held", "good")
    colleague = call.company.sellers["华南部"][1]
    given = {"owner_id": colleague.id}
    assert call(seller, "POST", f"{where}/assign", given).status_code == 403
    assigned = call("ops", "POST", f"{where}/assign", given).json
    assert (assigned["owner_id"], assigned["team_id"]) == (colleague.id, colleague.team_id)
    call.ws.door.change("visit", made.json["id"], locking("查", "r", "1"), SYSTEM)
    assert call(seller, "PATCH", where, {"place": "太仓"}).status_code == 423
    assert call("ops", "POST", f"{where}/unlock").json["locked"] is False


def test_nothing_is_given_to_somebody_who_can_not_take_it(call: Any, lead: Lead) -> None:
    visit = call(lead.owner, "POST", "/records/visit", {"lead_id": lead.id, "place": "苏州"}).json
    colleague, legal = call.company.sellers["华南部"][1], call.company.user("legal")
    call.ws.door.change("user", colleague.id, {"active": False}, SYSTEM)
    ways = (f"/leads/{lead.id}/assign", f"/records/lead/{lead.id}/assign", f"/records/visit/{visit['id']}/assign")
    for way in ways:
        answer = call("ops", "POST", way, {"owner_id": colleague.id}, Accept_Language="en")
        assert (answer.status_code, "is deactivated" in answer.json["title"]) == (422, True)
        assert call("ops", "POST", way, {"owner_id": "nobody"}).status_code == 404
    for way in ways[:2]:
        answer = call("ops", "POST", way, {"owner_id": legal.id}, Accept_Language="en")
        assert (answer.status_code, "no role that works on a lead (roles: legal)" in answer.json["title"]) == (
            422,
            True,
        )
        assert answer.json["problems"][0]["field"] == "owner_id"


def test_what_is_wrong_is_refused_with_what_would_be_right(call: Any, lead: Lead) -> None:
    seller = lead.owner
    unknown = call(seller, "POST", "/records/visit", {"lead_id": lead.id, "plase": "苏州"}, Accept_Language="en")
    assert unknown.status_code == 422
    assert "did you mean 'place'" in unknown.text
    assert call(seller, "POST", "/records/visit", {"lead_id": lead.id}).json["problems"][0]["field"] == "place"
    listed = call(seller, "GET", "/records/visit?plaice=x", Accept_Language="en")
    assert listed.status_code == 422
    assert "did you mean 'place'" in listed.text
    assert call(seller, "GET", "/records/visit?limit=1&limit=2").status_code == 422
    assert call(seller, "GET", "/records/visit?sort=plaice").status_code == 422
    assert call(seller, "GET", "/records/visit?cost_min=dear").json["problems"][0]["field"] == "cost_min"
    assert call(seller, "GET", "/records/visits").status_code == 404
    visit = call(seller, "POST", "/records/visit", {"lead_id": lead.id, "place": "苏州"}).json
    moved = call(seller, "PATCH", f"/records/visit/{visit['id']}", {"lead_id": lead.id})
    assert (moved.status_code, moved.json["code"]) == (400, "not_changeable")
    staged = call(seller, "PATCH", f"/records/visit/{visit['id']}", {"stage": "held"})
    assert staged.status_code == 400
    stranger = next(one for one in call.company.sellers["华南部"] if one.id != seller.id)
    assert call(stranger, "GET", f"/records/visit/{visit['id']}").status_code == 404
    assert call(stranger, "POST", "/records/visit", {"lead_id": lead.id, "place": "苏州"}).status_code == 403


def test_lists_are_filtered_sorted_and_paged_by_the_database(call: Any, lead: Lead) -> None:
    quantities = (5, 200, None, 30, 30.5)
    for number, quantity in enumerate(quantities):
        values = {"customer_id": lead.customer_id, "model": f"M{number}", "quantity": quantity}
        assert call("ops", "POST", "/records/sample", values).status_code == 201

    def models(query: str) -> list[str]:
        found: list[str] = []
        after: str | None = ""
        while after is not None:
            page = call("ops", "GET", f"/records/sample?{query}&limit=2&after={after}").json
            found += [one["model"] for one in page["items"]]
            after = page["next"]
        return found

    assert models("") == ["M4", "M3", "M2", "M1", "M0"]
    assert models("sort=quantity") == ["M0", "M3", "M4", "M1", "M2"]
    assert models("sort=-quantity") == ["M1", "M4", "M3", "M0", "M2"]
    assert models("sort=-model") == ["M4", "M3", "M2", "M1", "M0"]
    assert models("quantity_min=30&quantity_max=30.5&sort=model") == ["M3", "M4"]
    assert models("quantity=200") == ["M1"]
    assert models("q=m3") == ["M3"]
    assert models(f"customer_id={lead.customer_id}&created_at_before=2026-11-24T00:00") == []
    assert models("sort=-created_at") == ["M4", "M3", "M2", "M1", "M0"]
    cursor = call("ops", "GET", "/records/sample?sort=quantity&limit=1").json["next"]
    assert call("ops", "GET", f"/records/sample?sort=model&after={cursor}").status_code == 422
    assert call("ops", "GET", "/records/sample?sort=model&after=x").status_code == 422


FORGED = (
    *(("quantity", value) for value in (1e308, 10**18, 10**30, True, "x", [1], "1e999999")),
    *(("cost", value) for value in ("1e999999", "1e30", "NaN", "1e-999999", "5.001", True, 10**30, [])),
    *(("stage_since", value) for value in ("0001-01-01T00:00:00+08:00", "9999-12-31T23:59:59-08:00", 5, "x", {})),
    *(("created_at", value) for value in ("0001-01-01T00:00:00+08:00", "9999-12-31T23:59:59-08:00", None)),
    ("place", {"a": 1}),
    ("place", "\ud800"),
    ("locked", "x"),
    ("locked", [[[]]]),
)


@pytest.mark.slow
def test_a_forged_cursor_is_refused(call: Any, lead: Lead) -> None:
    for field, value in FORGED:
        for order in (field, f"-{field}"):
            cursor = json.dumps([order, value, "01M85H26M0XSR728KDB2SAJRC1"])
            after = base64.urlsafe_b64encode(cursor.encode()).decode().rstrip("=")
            kind = "sample" if field == "quantity" else "visit"
            answer = call("ops", "GET", f"/records/{kind}?sort={order}&after={after}")
            assert answer.status_code == (200 if value is None else 422), (order, value)
            assert value is None or answer.json["problems"][0]["field"] == "after"
    for field, value in (("budget", "1e999999"), ("budget", "1e30"), ("received_at", "0001-01-01T00:00:00+08:00")):
        cursor = json.dumps([field, value, "01M85H26M0XSR728KDB2SAJRC1"])
        after = base64.urlsafe_b64encode(cursor.encode()).decode().rstrip("=")
        assert call("ops", "GET", f"/records/lead?sort={field}&after={after}").status_code == 422


@pytest.mark.slow
def test_the_document_describes_the_kinds_in_force(call: Any) -> None:
    found = call("ops", "GET", "/openapi.json").json
    paths = {path.removeprefix("/api/v1") for path in found["paths"]}
    visits = {"/records/visit", "/records/visit/{record_id}"}
    visits |= {f"/records/visit/{{record_id}}/{way}" for way in ("transitions", "assign", "unlock")}
    assert visits <= paths
    assert "/records/sample/{record_id}/transitions" not in paths, "it has no process"
    create = found["components"]["schemas"]["visitCreate"]
    assert create["required"] == ["place"]
    assert create["properties"]["result"]["anyOf"][0]["enum"] == ["good", "none"]
    assert "有意向" in create["properties"]["result"]["anyOf"][1]["enum"]
    assert create["properties"]["place"]["description"] == "Place (地点)"
    assert found["components"]["schemas"]["visitTransition"]["properties"]["stage"]["enum"] == ["planned", "held"]
    assert found["paths"]["/api/v1/records/visit"]["post"]["operationId"] == "create_visit_record"
    switch_plugin(call.ws, "visits", False, SYSTEM)
    assert "/api/v1/records/visit" not in call("ops", "GET", "/openapi.json").json["paths"]
    assert call("ops", "GET", "/records/visit").status_code == 404


def test_a_rule_is_tried_on_it_as_the_caller_sees_it(call: Any, lead: Lead) -> None:
    ws, company = call.ws, call.company
    ops = Origin(Actor.of(company.user("ops")), "console")
    tel = {"kind": "sample", "name": "tel", "label_zh": "电话", "label_en": "Phone", "type": "text", "mask": "phone"}
    ws.door.create("field_definition", tel, ops)
    given = {"customer_id": lead.customer_id, "model": "A-1", "quantity": 3, "tel": "13912345678"}
    sample = ws.door.create("sample", given, Origin(Actor.of(User.get_by_id(lead.owner_id)), "console")).record
    document = {
        "id": "sampled",
        "title": {"zh": "样品", "en": "Sample"},
        "purpose": {"zh": "试", "en": "Try"},
        "trigger": "sample.created",
        "when": {"field": "sample.quantity", "op": ">=", "value": 2},
        "then": [{"create_task": {"title": "打 {sample.tel}", "assignee": "owner"}}],
    }
    tried = call("ops", "POST", "/rule-trials", {"document": document, "record_id": sample.id})
    assert tried.status_code == 200, tried.json
    assert tried.json["fired"]
    assert tried.json["facts"]["sample.tel"] == "139****5678"
    assert "13912345678" not in tried.text
    elsewhere = next(one for one in company.managers.values() if one.team_id != lead.team_id)
    assert call(elsewhere, "POST", "/rule-trials", {"document": document, "record_id": sample.id}).status_code == 404
    assert call("ops", "POST", "/rule-trials", {"document": document, "record_id": lead.id}).status_code == 404
    document["trigger"] = "nothing.created"
    assert call("ops", "POST", "/rule-trials", {"document": document, "record_id": sample.id}).status_code == 422
