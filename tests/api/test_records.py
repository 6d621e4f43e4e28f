"""Records of the bundled kinds by their own paths, and whatever else a call may send that is no good."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from clew.core.journal.origin import SYSTEM
from clew.core.kinds import Contact, Lead, User
from clew.core.people import sign_in as auth

from ..app import app_of

LEAD = {"company": "苏州恒锐精密机械有限公司", "contact_name": "高建明", "phone": "13812345678", "industry": "精密加工"}


@pytest.fixture
def call(any_workspace: Any, found: Callable[[Any], Any]) -> Any:
    """A function `call(role or user, method, path, json or data, **headers)` on a fresh company."""
    company = found(any_workspace)
    client = app_of(any_workspace).test_client()
    tokens: dict[str, str] = {}

    def ask(who: Any, method: str, path: str, json: Any = None, data: Any = None, **headers: str) -> Any:
        user: User = company.user(who) if isinstance(who, str) else who
        if user.id not in tokens:
            tokens[user.id] = auth.issue_token(any_workspace, user, "test", SYSTEM)
        head = {"Authorization": f"Bearer {tokens[user.id]}"} | {k.replace("_", "-"): v for k, v in headers.items()}
        if data is not None:
            head.setdefault("Content-Type", "application/json")
        answer = client.open(f"/api/v1{path}", method=method, json=json, data=data, headers=head)
        if answer.status_code >= 400:
            assert answer.mimetype == "application/problem+json"
            assert answer.json["status"] == answer.status_code < 500, answer.text
        return answer

    ask.client, ask.company, ask.ws = client, company, any_workspace  # type: ignore[attr-defined]
    return ask


def test_a_lead_comes_in_by_the_path_of_its_kind_and_is_found_by_it(call: Any) -> None:
    made = call("ops", "POST", "/records/lead", {**LEAD, "budget": "500000"}, Idempotency_Key="k")
    assert (
        made.status_code,
        call("ops", "POST", "/records/lead", {**LEAD, "budget": "500000"}, Idempotency_Key="k").status_code,
    ) == (201, 200)
    assert made.json["budget"] == "500000.00"
    assert [one["id"] for one in call("ops", "GET", "/records/lead?q=恒锐&budget_min=1000").json["items"]] == [
        made.json["id"]
    ]
    assert call("ops", "GET", "/records/lead?budget_max=1000").json["items"] == []
    assert call("sales", "GET", "/records/lead").json["items"] == []


def test_personal_data_is_masked_and_can_not_be_found_out_by_asking(call: Any) -> None:
    call("ops", "POST", "/leads", LEAD)
    contact = call("ops", "GET", "/records/contact").json["items"][0]
    assert (contact["phone"], contact["name"]) == ("138****5678", "高*明")
    assert call("ops", "GET", f"/records/contact/{contact['id']}").json["phone"] == "138****5678"
    for query in ("phone=13812345678", "sort=phone", "name=高建明", "q=高"):
        assert call("ops", "GET", f"/records/contact?{query}").status_code == 422, query
    assert Contact.select().count() == 1


def test_what_clew_is_made_of_has_no_paths(call: Any) -> None:
    for kind in ("user", "api_token", "rule", "rule_version", "plugin", "team", "field_definition"):
        assert call("admin", "GET", f"/records/{kind}").status_code == 404, kind
        assert call("admin", "POST", f"/records/{kind}", {"name": "x"}).status_code == 404, kind
    assert call("admin", "POST", "/records/deadline", {}).status_code == 404, "nobody fills one in"
    text = call.client.get("/api/v1/openapi.json").text
    assert "token_hash" not in text
    assert "password_hash" not in text


def test_the_second_record_of_a_number_is_a_conflict(call: Any) -> None:
    lead_id = call("ops", "POST", "/leads", LEAD).json["id"]
    values = {"number": "S-1", "amount": "1000", "lead_id": lead_id, "customer_id": Lead.get().customer_id}
    assert call("admin", "POST", "/records/contract", values).status_code == 201
    assert call("admin", "POST", "/records/contract", values).status_code == 409
    assert call("admin", "POST", "/contracts", values).status_code == 409
    assert call("admin", "POST", "/records/contract", {"number": "S-2", "amount": "1000"}).status_code == 422
    assert (
        call("admin", "POST", "/contracts", {**values, "number": "S-3", "extra": {"locked": True}}).status_code == 422
    )


def test_a_customer_and_a_task_change_hands(call: Any) -> None:
    call("ops", "POST", "/leads", LEAD)
    seller = call.company.user("sales")
    customer = call("ops", "GET", "/records/customer").json["items"][0]
    given = call("ops", "POST", f"/records/customer/{customer['id']}/assign", {"owner_id": seller.id})
    assert given.json["owner_id"] == seller.id
    assert call("ops", "POST", f"/records/customer/{customer['id']}/assign", {"owner_id": "nobody"}).status_code == 404
    task = call("ops", "POST", "/records/task", {"title": "打电话", "due_at": "2026-11-25 10:00"}).json
    assert (
        call("ops", "POST", f"/records/task/{task['id']}/assign", {"owner_id": seller.id}).json["assignee_id"]
        == seller.id
    )
    assert call(seller, "PATCH", f"/records/task/{task['id']}", {"state": "已完成"}).json["state"] == "done"


BODIES = (
    ("[]", 400),
    ('"text"', 400),
    ("null", 400),
    ("1", 400),
    ("{", 400),
    ('{"company": NaN}', 400),
    ('{"budget": Infinity}', 400),
    (f'{{"budget": 1{"0" * 5000}}}', 400),
    ("[" * 100_000, 400),
    ('{"note":' + "[" * 100_000, 400),
    ('{"company": "' + "x" * 300 + '"}', 422),
    (f'{{"note": {"[" * 200}{"]" * 200}}}', 422),
    ('{"company": "\\u0000甲"}', 422),
    ('{"company": "\\ud800"}', 422),
    ('{"\\ud800": "甲"}', 422),
    ('{"company": {"a": 1}}', 422),
    ('{"company": ["甲"]}', 422),
    ('{"company": true}', 422),
    ('{"company": "甲", "budget": 1e400}', 422),
    (f'{{"company": "甲", "budget": 1{"0" * 30}}}', 422),
    ('{"company": "甲", "budget": "1e999999999"}', 422),
    ('{"company": "甲", "budget": "sNaN"}', 422),
    ('{"company": "甲", "received_at": "0001-01-01T00:00:00"}', 422),
    ('{"company": "甲", "received_at": "9999-12-31T23:59:59-12:00"}', 422),
    ('{"company": "甲", "received_at": "9999-12-31"}', 422),
    ('{"company": "甲", "compani": "乙"}', 422),
)


def test_a_body_that_is_no_good_is_a_problem_and_nothing_is_written(call: Any) -> None:
    for path in ("/leads", "/records/lead"):
        for body, status in BODIES:
            answer = call("ops", "POST", path, data=body.encode("utf-8", "surrogatepass"))
            assert answer.status_code == status, (body[:80], answer.text)
    assert Lead.select().count() == 0


@pytest.mark.slow
def test_bytes_types_addresses_and_headers_that_are_no_good_are_problems(call: Any) -> None:
    assert call("ops", "POST", "/leads", data=b'{"company": "\xff\xfe"}').status_code == 400
    assert (
        call("ops", "POST", "/leads", data=b"company=x", Content_Type="application/x-www-form-urlencoded").status_code
        == 415
    )
    assert call("ops", "POST", "/leads", data=b"<a/>", Content_Type="text/xml").status_code == 415
    for path in ("/leads/%00", "/records/lead/%00", "/records/%00", "/customers/a%00b/timeline", "/rules/%00"):
        assert call("admin", "GET", path).status_code == 404, path
    for path in ("/leads?q=%00", "/tasks?state=%00", "/journal?kind=%00", "/records/lead?q=%00", "/leads?after=%00"):
        assert call("admin", "GET", path).status_code == 422, path
    for path in ("/journal?after=x", "/dead-letters?after=99999999999999999999", "/leads?limit=x", "/leads?limit=-1"):
        assert call("admin", "GET", path).status_code == 422, path
    assert call("admin", "GET", "/leads?limit=100000").status_code == 200
    assert call("admin", "POST", "/dead-letters/99999999999999999999/retry", {}).status_code == 404
    assert call("admin", "GET", "/rules/x/versions/99999999999999999999").status_code == 404
    for since in ("0001-01-01T00:00", "9999-12-31T23:59:59-12:00", "soon"):
        assert call("ops", "GET", "/leads", None).status_code == 200
        assert call("ops", "GET", f"/leads?received_after={since}").status_code == 422
        assert call("ops", "GET", f"/records/lead?received_at_after={since}").status_code == 422
    lead_id = call("ops", "POST", "/leads", LEAD).json["id"]
    for seen in ("x", "²", '"1', "1" * 40):
        assert call("ops", "PATCH", f"/leads/{lead_id}", {"note": "一"}, If_Match=seen).status_code in (200, 422), seen
    assert call("ops", "PATCH", f"/leads/{lead_id}", {"note": "二"}, If_Match="*").status_code == 200


def test_parameters_and_fields_that_nobody_asked_for_are_named(call: Any) -> None:
    for path in ("/leads?stag=x", "/leads/x?a=1", "/tasks?stat=open", "/rule-vocabulary?x=1", "/why/lead/x?fild=owner"):
        answer = call("admin", "GET", path, Accept_Language="en")
        assert answer.status_code == 422, path
        assert answer.json["problems"], path
    assert "did you mean 'stage'" in call("ops", "GET", "/leads?stag=x", Accept_Language="en").text
    lead_id = call("ops", "POST", "/leads", LEAD).json["id"]
    for path in ("transitions", "outcome", "assign", "unlock", "follow-ups"):
        answer = call("ops", "POST", f"/leads/{lead_id}/{path}", {"nonsense": 1, "stage": "x"})
        assert answer.status_code == 422, path
        assert "nonsense" in [one["field"] for one in answer.json["problems"]], path


_NO_BODY = ("discard_draft", "remove_calendar_day", "preview_unmerge_record", "delete_view")
"""Operations that are asked by their address alone."""


def test_every_operation_says_everything(call: Any) -> None:
    found = call.client.get("/api/v1/openapi.json").json
    assert found["components"]["securitySchemes"]["token"]["scheme"] == "bearer"
    names = []
    for path, methods in found["paths"].items():
        for method, operation in methods.items():
            if method == "parameters":
                continue
            where = f"{method} {path}"
            names.append(operation["operationId"])
            assert re.fullmatch(r"[a-z]+(_[a-z]+)+", operation["operationId"]), where
            assert operation["summary"], where
            good = [one for code, one in operation["responses"].items() if code < "400"]
            assert good, where
            for answer in good:
                (media, body), *_ = answer["content"].items()
                assert body["schema"], where
                assert "example" in body or media != "application/json", where
            assert {"401", "422", "500"} <= set(operation["responses"]), where
            if "requestBody" in operation:
                (media, body), *_ = operation["requestBody"]["content"].items()
                assert "example" in body or media == "multipart/form-data", where
                shaped = {"415"} if media == "application/json" else set()
                assert {"400", "413"} | shaped <= set(operation["responses"]), where
            elif method != "get":
                assert operation["operationId"] in _NO_BODY, where
    assert len(names) == len(set(names))
    for problem in found["components"]["responses"].values():
        assert list(problem["content"]) == ["application/problem+json"]
