"""The API's paths of a kind made at run time: listed, created, read, changed, moved, assigned, unlocked, described."""

from __future__ import annotations

from typing import Any

import pytest

from clew.core.app import create_app
from clew.core.company.switches import switch_plugin
from clew.core.journal.origin import SYSTEM
from clew.core.kinds import Lead, User
from clew.core.kinds.locking import locking
from clew.core.people import sign_in as auth
from clew.core.workspace import Workspace


@pytest.fixture
def call(any_workspace: Workspace, made: Any) -> Any:
    """A function `call(role or user, method, path, json, **headers)`."""
    client = create_app(any_workspace).test_client()
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
