"""Merging, un-merging and splitting over the API."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from clew.core.intake import take as intake
from clew.core.journal.origin import SYSTEM
from clew.core.kinds import Customer, Lead
from clew.core.people import tokens as auth

from ..app import app_of


class _Caller:
    """Calls the API as operations."""

    def __init__(self, ws: Any, company: Any) -> None:
        self._client = app_of(ws).test_client()
        self._head = {"Authorization": f"Bearer {auth.issue_token(ws, company.user('ops'), 'test', SYSTEM)}"}

    def get(self, path: str) -> Any:
        return self._client.get(f"/api/v1{path}", headers=self._head)

    def post(self, path: str, json: Any = None) -> Any:
        return self._client.post(f"/api/v1{path}", json=json, headers=self._head)


@pytest.fixture
def call(workspace: Any, found: Callable[[Any], Any]) -> _Caller:
    return _Caller(workspace, found(workspace))


@pytest.fixture
def two(workspace: Any) -> tuple[Lead, Lead]:
    given = (
        {"company": "苏州恒锐", "phone": "13812345678"},
        {"company": "上海另一家", "phone": "13900001111", "region": "上海"},
    )
    return tuple(intake.take(workspace, one, SYSTEM).lead for one in given)  # type: ignore[return-value]


def test_a_customer_is_merged_found_at_its_old_address_and_given_back(call: Any, two: Any) -> None:
    one, other = two
    path = f"/records/customer/{other.customer_id}"
    plan = call.post(f"{path}/merge/preview", json={"into_id": one.customer_id}).json
    assert [(row["kind"], row["total"]) for row in plan["moving"]] == [("lead", 1), ("contact", 1)]
    assert {(row["field"], row["state"]) for row in plan["values"]} == {("name", "differs"), ("region", "filled")}
    refused = call.post(f"{path}/merge", json={"into_id": one.customer_id, "token": "old"})
    assert (refused.status_code, refused.json["code"]) == (409, "plan_changed")
    assert call.post(f"{path}/merge", json={"into_id": one.customer_id, "token": plan["token"]}).status_code == 200
    assert call.get(path).json["id"] == one.customer_id
    assert call.get(f"/customers/{other.customer_id}").json["id"] == one.customer_id
    back = call.post(f"{path}/unmerge/preview").json
    assert (back["questions"], back["into_id"]) == ([], one.customer_id)
    assert call.post(f"{path}/unmerge", json={"token": back["token"]}).status_code == 200
    assert call.get(path).json["id"] == other.customer_id
    assert Customer.get_by_id(one.customer_id).region == ""


def test_a_customer_is_split(call: Any, two: Any) -> None:
    one, _ = two
    body = {"values": {"name": "苏州恒锐自动化"}, "chosen": {"lead": [one.id]}}
    path = f"/customers/{one.customer_id}/split"
    plan = call.post(f"{path}/preview", json=body).json
    assert [(row["kind"], row["total"]) for row in plan["moving"]] == [("lead", 1), ("contact", 1)]
    made = call.post(path, json={**body, "token": plan["token"]})
    assert made.status_code == 200
    assert Lead.get_by_id(one.id).customer_id == made.json["id"]


@pytest.mark.parametrize(
    "chosen",
    [
        {},
        {"lead": "x"},
        {"lead": [1]},
        {"nothing": ["x"]},
        {"user": ["x"]},
        {"lead": ["x" * 5000]},
    ],
)
def test_what_a_stranger_sends_is_refused(call: Any, two: Any, chosen: Any) -> None:
    path = f"/customers/{two[0].customer_id}/split/preview"
    answer = call.post(path, json={"values": {"name": "新"}, "chosen": chosen})
    assert answer.status_code in (400, 404, 422), answer.json
    for kind in ("lead", "nothing", "user"):
        path = f"/records/{kind}/{two[0].id}/merge/preview"
        assert call.post(path, json={"into_id": "x"}).status_code == 404
