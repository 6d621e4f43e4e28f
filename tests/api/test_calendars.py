"""Calendars, leave and deadlines over the API, held against its document."""

from __future__ import annotations

from typing import Any

import pytest

from clew.core.intake import take as intake
from clew.core.journal.origin import SYSTEM
from clew.core.kinds import Deadline
from clew.core.people import sign_in as auth
from clew.core.running import drain
from clew.core.workspace import Workspace

from ..app import app_of


@pytest.fixture
def ask(workspace: Workspace, company: Any) -> Any:
    client = app_of(workspace).test_client()
    keys: dict[str, str] = {}

    def call(method: str, path: str, body: Any = None, role: str = "ops", **headers: str) -> Any:
        if role not in keys:
            keys[role] = auth.issue_token(workspace, company.user(role), "test", SYSTEM)
        more = {"Authorization": f"Bearer {keys[role]}", **headers}
        return client.open(f"/api/v1{path}", method=method, json=body, headers=more)

    return call


@pytest.fixture
def deadline(workspace: Workspace, company: Any) -> Deadline:
    intake.take(workspace, {"company": "恒锐精密", "industry": "精密加工", "region": "江苏"}, SYSTEM)
    drain(workspace)
    return Deadline.get()  # type: ignore[no-any-return]


def test_calendars_are_read_made_changed_and_previewed(
    ask: Any, company: Any, workspace: Workspace, deadline: Deadline
) -> None:
    (whole,) = ask("GET", "/calendars").json["items"]
    assert (whole["scope"], whole["minutes_a_week"], whole["in_zone"]) == ("organisation", 2250, "Asia/Shanghai")
    team = company.teams["华东一部"]
    made = ask(
        "POST", "/calendars", {"name": "一部", "scope": "team", "of_id": team.id, "week": {"sat": ["09:00-12:00"]}}
    )
    assert (made.status_code, made.json["works"]["sat"], made.json["works"]["mon"]) == (
        *(201, ["09:00-12:00"]),
        ["09:00-12:00", "13:30-18:00"],
    )
    path = f"/calendars/{made.json['id']}"
    seen = ask("POST", f"{path}/preview", {"week": {"tue": ["20:00-02:00"]}}).json
    assert (seen["moved"], seen["later_minutes"], seen["items"][0]["deadline_id"]) == (1, 660, deadline.id)
    changed = ask("PATCH", path, {"week": {"tue": ["20:00-02:00"]}}, **{"If-Match": f'"{made.json["revision"]}"'})
    assert changed.json["works"]["tue"] == ["20:00-02:00"]
    assert ask("PATCH", path, {"name": "x"}, **{"If-Match": f'"{made.json["revision"]}"'}).status_code == 409
    drain(workspace)
    assert ask("GET", f"/deadlines/{deadline.id}").json["due_at"] == "2026-11-24T12:30:00+00:00"
    assert ask("POST", "/calendars", {"name": "x", "scope": "team", "of_id": team.id}).status_code == 409
    assert ask("POST", "/calendars", {"name": "x", "scope": "team", "of_id": "x"}).status_code == 422
    assert ask("GET", "/calendars/none").status_code == 404


def test_days_are_set_over_what_there_is_and_taken_back(ask: Any, company: Any) -> None:
    (whole,) = ask("GET", "/calendars").json["items"]
    path = f"/calendars/{whole['id']}/days"
    days = [
        {"day": "2027-01-01", "working": False, "name": "元旦"},
        {"day": "2027-01-02", "working": True, "windows": ["09:00-12:00"]},
    ]
    assert ask("PUT", path, {"days": days}).json == {"changed": 2}
    assert ask("PUT", path, {"days": days}).json == {"changed": 0}
    shown = ask("GET", f"{path}?year=2027").json
    assert (shown["published"], [one["day"] for one in shown["items"]]) == (True, ["2027-01-01", "2027-01-02"])
    assert ask("DELETE", f"{path}/2027-01-01").json == {"changed": 1}
    assert ask("DELETE", f"{path}/2027-01-01").status_code == 404
    assert not ask("GET", f"{path}?year=2027").json["published"]


@pytest.mark.parametrize(
    "days",
    [
        [7],
        [None],
        [{"day": "2027-01-01"}],
        [{"day": "0001-01-01", "working": False}],
        [{"day": "9999-12-31", "working": False}],
        [{"day": ["x"], "working": False}],
        [{"day": "2027-01-01", "working": "yes"}],
        [{"day": "2027-01-01", "working": True, "windows": [7]}],
        [{"day": "2027-01-01", "working": False, "windows": ["09:00-12:00"]}],
        [{"day": "2027-01-01", "working": True, "name": "x" * 100}],
        [{"day": "2027-01-01", "working": True, "more": 1}],
    ],
)
def test_days_that_are_none_are_refused(ask: Any, days: Any) -> None:
    (whole,) = ask("GET", "/calendars").json["items"]
    answer = ask("PUT", f"/calendars/{whole['id']}/days", {"days": days})
    assert answer.status_code == 422, answer.json


def test_leave_is_seen_by_oneself_and_by_who_keeps_calendars(ask: Any, company: Any, deadline: Deadline) -> None:
    seller = company.user("sales")
    leave = {"user_id": seller.id, "from_at": "2026-11-24 13:30", "to_at": "2026-11-24 18:00", "kind": "annual"}
    assert ask("POST", "/leave/preview", leave).status_code == 200
    assert ask("POST", "/leave/preview", {**leave, "user_id": "x"}).status_code == 404
    made = ask("POST", "/leave", leave)
    assert (made.status_code, made.json["from_at"]) == (201, "2026-11-24T05:30:00+00:00")
    assert ask("POST", "/leave", leave, role="sales").status_code == 403
    assert [one["id"] for one in ask("GET", "/leave", role="sales").json["items"]] == [made.json["id"]]
    assert ask("GET", "/leave", role="finance").json["items"] == []
    assert ask("PATCH", f"/leave/{made.json['id']}", {"cancelled": True}).json["cancelled"]
    for bad in ({"to_at": "2026-11-01"}, {"user_id": "nobody"}, {"from_at": 7}, {"kind": "x"}, {"deputy_id": "nobody"}):
        assert ask("POST", "/leave", {**leave, **bad}).status_code in (422, 404), bad


def test_a_deadline_is_derived_paused_and_resumed_by_who_sees_it(ask: Any, company: Any, deadline: Deadline) -> None:
    path = f"/deadlines/{deadline.id}"
    derived = ask("GET", f"{path}/derivation", **{"Accept-Language": "en"}).json
    assert (derived["amount"], derived["steps"][-1]["total"], derived["calendar"]) == (
        *("30 min (working time)", 30),
        "the organisation’s calendar",
    )
    paused = ask("POST", f"{path}/pause", {"reason": "waiting_customer", "note": "图纸"})
    assert (paused.json["state"], paused.json["paused_for"]) == ("paused", "waiting_customer")
    assert ask("POST", f"{path}/pause", {"reason": "waiting_customer"}).status_code == 409
    assert ask("POST", f"{path}/pause", {"reason": "x"}).status_code in (409, 422)
    assert ask("POST", f"{path}/resume").json["state"] == "open"
    assert ask("POST", f"{path}/resume").status_code == 404
    assert [one["note"] for one in ask("GET", f"{path}/pauses").json["items"]] == ["图纸"]
    assert ask("GET", path, role="finance").status_code == 404
    assert ask("POST", f"{path}/pause", {"reason": "waiting_customer"}, role="legal").status_code == 404


def test_only_who_sets_the_company_up_changes_calendars(ask: Any) -> None:
    (whole,) = ask("GET", "/calendars", role="sales").json["items"]
    path = f"/calendars/{whole['id']}"
    assert ask("PATCH", path, {"name": "x"}, role="manager").status_code == 403
    assert ask("PUT", f"{path}/days", {"days": []}, role="sales").status_code == 403
    assert ask("POST", f"{path}/preview", {}, role="finance").status_code == 403
