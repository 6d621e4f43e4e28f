"""Saved views and bulk acts over the API."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from clew.core.journal.origin import SYSTEM
from clew.core.kinds import Lead, SavedView, Task, User
from clew.core.people import tokens as auth
from clew.core.storage.system_tables import BulkBatch, JournalLine
from clew.core.workbench import bulk as batches

from ..app import app_of
from ..openapi import hold


class Caller:
    """Somebody's calls; every answer is held against the document."""

    def __init__(self, ws: Any, user: User) -> None:
        self._app = app_of(ws)
        self._client = self._app.test_client()
        self._head = {"Authorization": f"Bearer {auth.issue_token(ws, user, 'test', SYSTEM)}"}

    def ask(self, method: str, path: str, json: Any = None, **head: str) -> Any:
        answer = self._client.open(f"/api/v1{path}", method=method, json=json, headers={**self._head, **head})
        hold(self._app, answer)
        return answer


@pytest.fixture
def calls(workspace: Any, company: Any) -> Callable[[User], Caller]:
    return lambda user: Caller(workspace, user)


@pytest.fixture
def leads(workspace: Any, company: Any) -> list[Lead]:
    seller = company.sellers["华东一部"][0]
    with workspace.door.transaction(SYSTEM) as tx:
        customer = tx.create("customer", {"name": "恒锐精密"}).record
        owned = {"owner_id": seller.id, "team_id": seller.team_id, "customer_id": customer.id}
        found = [tx.create("lead", {"company": f"公司{number}", **owned}).record for number in range(5)]
        tx.let_rules_pass()
    return found


def test_a_view_is_made_changed_and_deleted_by_its_owner_and_seen_by_whom_it_is_shared_with(
    calls: Any, company: Any
) -> None:
    ops, seller = calls(company.user("ops")), calls(company.sellers["华东一部"][0])
    given = {"kind": "lead", "name": "展会来的", "query": "source=展会&sort=budget", "share": "all"}
    made = ops.ask("POST", "/views", given, **{"Idempotency-Key": "one"})
    assert (made.status_code, made.json["share"]) == (201, "all")
    again = ops.ask("POST", "/views", given, **{"Idempotency-Key": "one"})
    assert (again.status_code, again.json["id"]) == (200, made.json["id"])
    assert [one["name"] for one in seller.ask("GET", "/views?kind=lead").json["items"]] == ["展会来的"]
    path = f"/views/{made.json['id']}"
    assert seller.ask("PATCH", path, {"name": "我的"}).status_code == 403
    assert seller.ask("DELETE", path).status_code == 403
    assert seller.ask("POST", "/views", {**given, "share": "all"}).status_code == 422
    assert ops.ask("POST", "/views", {**given, "kind": "rule"}).status_code == 404
    assert ops.ask("PATCH", path, {"share": "own"}, **{"If-Match": '"1"'}).json["revision"] == 2
    assert ops.ask("PATCH", path, {"name": "x"}, **{"If-Match": '"1"'}).status_code == 409
    assert seller.ask("DELETE", path).status_code == 404
    assert ops.ask("DELETE", path).status_code == 200
    assert ops.ask("GET", "/views").json["items"] == []
    assert SavedView.get_by_id(made.json["id"]).retired_at is not None


def test_a_bulk_act_is_looked_at_begun_once_followed_stopped_and_taken_back(
    workspace: Any, calls: Any, company: Any, leads: list[Lead], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches.run_part, "__defaults__", (2,))
    ops = calls(company.user("ops"))
    other = company.sellers["华东一部"][1]
    asked = {"kind": "lead", "action": "assign", "target": other.id, "ids": [one.id for one in leads]}
    look = ops.ask("POST", "/bulk/preview", asked)
    assert (look.status_code, look.json["can"]) == (200, 5)
    assert not BulkBatch.select().exists()
    begun = ops.ask("POST", "/bulk", {**asked, "id": "01ARZ3NDEKTSV4RRFFQ69G5FAV"})
    assert (begun.status_code, begun.json["state"], begun.json["left"]) == (201, "running", 3)
    again = ops.ask("POST", "/bulk", {**asked, "id": "01ARZ3NDEKTSV4RRFFQ69G5FAV"})
    assert (again.json["id"], BulkBatch.select().count()) == (begun.json["id"], 1)
    path = f"/bulk/{begun.json['id']}"
    assert ops.ask("POST", f"{path}/stop").json["state"] == "stopped"
    assert ops.ask("POST", f"{path}/stop").status_code == 409
    assert calls(other).ask("GET", path).status_code == 403
    ops.ask("POST", f"{path}/go-on")
    batches.run_bulk(workspace, begun.json["id"])
    assert ops.ask("GET", path).json["state"] == "ended"
    assert {one.owner_id for one in Lead.select()} == {other.id}
    rows = ops.ask("GET", f"{path}/rows?limit=3").json
    assert [row["state"] for row in rows["items"]] == ["done"] * 3
    assert len(ops.ask("GET", f"{path}/rows?limit=3&after={rows['next']}").json["items"]) == 2
    ops.ask("POST", f"{path}/undo")
    batches.run_bulk(workspace, begun.json["id"])
    assert ops.ask("GET", "/bulk?kind=lead").json["items"][0]["counts"]["undone"] == 5
    assert {one.owner_id for one in Lead.select()} == {leads[0].owner_id}
    assert {line.channel for line in JournalLine.select().where(JournalLine.kind == "bulk.started")} == {"api"}


def test_a_bulk_act_of_what_is_not_the_callers_is_refused_in_words(calls: Any, company: Any, leads: list[Lead]) -> None:
    stranger = calls(company.sellers["华南部"][0])
    asked = {"kind": "lead", "action": "set", "field": "region", "target": "上海", "ids": [leads[0].id]}
    refused = stranger.ask("POST", "/bulk", asked)
    assert (refused.status_code, refused.json["problems"][0]["field"]) == (422, "ids")
    ops = calls(company.user("ops"))
    for bad, code in (
        ({"kind": "rule"}, 404),
        ({"kind": "nothing"}, 404),
        ({"ids": []}, 422),
        ({"ids": [1]}, 422),
        ({"action": "fly"}, 403),
        ({"field": "id"}, 404),
        ({"action": "move", "target": "moon"}, 404),
        ({"action": "task", "target": "x", "due_at": "someday"}, 422),
        ({"id": "short"}, 422),
        ({"target": None}, 422),
    ):
        assert ops.ask("POST", "/bulk", {**asked, **bad}).status_code == code, bad
    made = ops.ask(
        "POST", "/bulk", {**asked, "action": "task", "target": "回访", "due_at": "2026-11-26T15:00:00+08:00"}
    )
    assert made.json["counts"]["done"] == 1
    assert Task.get(Task.title == "回访").assignee_id == leads[0].owner_id
