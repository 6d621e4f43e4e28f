"""People and teams over the API: found, added, changed, handed over, reorganised; for who sees to people."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from clew.core.journal.origin import SYSTEM
from clew.core.kinds import Lead, Team, User
from clew.core.people import tokens as auth

from ..app import app_of


@pytest.fixture
def call(any_workspace: Any, found: Callable[[Any], Any]) -> Any:
    """A function `call(role, method, path, json)` on a fresh company."""
    company = found(any_workspace)
    client = app_of(any_workspace).test_client()
    keys: dict[str, str] = {}

    def ask(role: str, method: str, path: str, json: Any = None, **headers: str) -> Any:
        user = company.user(role)
        keys.setdefault(user.id, auth.issue_token(any_workspace, user, "test", SYSTEM))
        head = {"Authorization": f"Bearer {keys[user.id]}"} | {k.replace("_", "-"): v for k, v in headers.items()}
        answer = client.open(f"/api/v1{path}", method=method, json=json, headers=head)
        assert answer.status_code < 500, answer.text
        return answer

    ask.company, ask.ws = company, any_workspace  # type: ignore[attr-defined]
    return ask


def lead(ws: Any, owner: User) -> Lead:
    customer = ws.door.create("customer", {"name": "客户"}, SYSTEM).record
    values = {"company": "恒锐精密", "customer_id": customer.id, "owner_id": owner.id, "team_id": owner.team_id}
    return ws.door.create("lead", values, SYSTEM).record


def test_people_are_listed_added_and_changed(call: Any) -> None:
    team = call.company.teams["华东一部"]
    first = call("admin", "GET", "/people?limit=7").json
    rest = call("admin", "GET", f"/people?limit=100&after={first['next']}").json
    names = [one["name"] for one in [*first["items"], *rest["items"]]]
    assert len(names) == len(set(names)) == 20
    assert rest["next"] is None
    assert len(call("admin", "GET", f"/people?team_id={team.id}&role=sales").json["items"]) == 2
    assert call("admin", "GET", "/people?state=nowhere").status_code == 422
    given = {
        "name": "方铭",
        "email": "fang@test.example",
        "roles": ["sales"],
        "team_id": team.id,
        "phone": "13812345678",
    }
    made = call("admin", "POST", "/people", given)
    assert made.status_code == 201
    assert made.json["phone"] == "+8613812345678"
    same = call("admin", "POST", "/people", given)
    assert [one["field"] for one in same.json["problems"]] == ["email"]
    path = f"/people/{made.json['id']}"
    changed = call("admin", "PATCH", path, {"title": "顾问"}, If_Match=made.headers["ETag"])
    assert changed.json["title"] == "顾问"
    assert call("admin", "PATCH", path, {"title": "x"}, If_Match=made.headers["ETag"]).status_code == 409
    assert call("admin", "PATCH", path, {"active": False}).status_code == 422
    assert call("admin", "PATCH", path, {"locale": "fr"}).status_code == 422
    assert call("admin", "POST", f"{path}/invite", {}).json["path"].startswith("/join/")
    assert call("admin", "GET", "/people/nobody").status_code == 404


def test_only_who_sees_to_people_may(call: Any) -> None:
    someone, team = call.company.user("sales"), call.company.teams["华东一部"]
    for role in ("sales", "manager", "legal"):
        for method, path, body in (
            ("GET", "/people", None),
            ("GET", f"/people/{someone.id}", None),
            ("POST", "/people", {"name": "x", "email": "x@test.example", "roles": ["admin"]}),
            ("PATCH", f"/people/{someone.id}", {"roles": ["admin"]}),
            ("POST", f"/people/{someone.id}/invite", {}),
            ("POST", f"/people/{someone.id}/hand-over/preview", {}),
            ("POST", f"/people/{someone.id}/hand-over", {"token": "x"}),
            ("POST", f"/people/{someone.id}/reactivate", {}),
            ("GET", "/personnel-changes", None),
            ("POST", "/personnel-changes/x/undo", {}),
            ("POST", "/teams", {"name": "x"}),
            ("PATCH", f"/teams/{team.id}", {"name": "x"}),
            ("POST", f"/teams/{team.id}/merge/preview", {}),
            ("POST", f"/teams/{team.id}/split", {"name": "x", "people": [], "token": "x"}),
        ):
            assert call(role, method, path, body).status_code == 403, (role, method, path)
    # Names of teams are no secret: leads show them.
    assert len(call("sales", "GET", "/teams").json["items"]) == 5


def test_a_person_is_handed_over_as_previewed(call: Any) -> None:
    leaver, colleague = call.company.sellers["华东一部"]
    one = lead(call.ws, leaver)
    path = f"/people/{leaver.id}/hand-over"
    for wrong in (
        {"choices": {"leads": "nobody"}},
        {"choices": {"leads": 7}},
        {"choices": []},
        {"takers": {"x": None}},
    ):
        assert call("admin", "POST", f"{path}/preview", wrong).status_code == 422, wrong
    plan = call("admin", "POST", f"{path}/preview", {"choices": {"leads": colleague.id}}).json
    (group,) = plan["groups"]
    assert [(row["id"], row["to"]) for row in group["rows"]] == [(one.id, colleague.id)]
    assert call("admin", "POST", path, {"token": "another"}).json["code"] == "plan_changed"
    assert User.get_by_id(leaver.id).active
    sent = {"choices": {"leads": colleague.id}, "token": plan["token"], "reason": "离职"}
    change = call("admin", "POST", path, sent).json
    assert (change["what"], change["user_id"], change["reason"]) == ("leave", leaver.id, "离职")
    assert Lead.get_by_id(one.id).owner_id == colleague.id
    assert call("admin", "POST", path, sent).status_code == 409
    assert call("admin", "GET", "/personnel-changes").json["items"][0]["id"] == change["id"]
    assert call("admin", "POST", f"/personnel-changes/{change['id']}/undo", {}).json == {"undone": 2, "kept": []}
    assert call("admin", "POST", f"/personnel-changes/{change['id']}/undo", {}).status_code == 409
    assert call("admin", "GET", f"/people/{leaver.id}").json["open_leads"] == 1
    assert call("admin", "POST", f"/people/{leaver.id}/reactivate", {}).json["active"] is True


def test_teams_are_a_tree(call: Any) -> None:
    east, south = call.company.teams["华东一部"], call.company.teams["华南部"]
    goes = call.company.sellers["华东一部"][0]
    made = call("admin", "POST", "/teams", {"name": "昆山组", "parent_id": east.id})
    assert made.status_code == 201
    listed = call("manager", "GET", "/teams").json["items"]
    assert [one["name"] for one in listed].index("昆山组") == [one["name"] for one in listed].index("华东一部") + 1
    assert call("admin", "PATCH", f"/teams/{east.id}", {"parent_id": made.json["id"]}).status_code == 422
    assert call("admin", "GET", "/teams/nowhere").status_code == 404
    split = {"name": "苏南组", "people": [goes.id]}
    plan = call("admin", "POST", f"/teams/{east.id}/split/preview", split).json
    assert [(row["kind"], row["id"]) for row in plan["rows"]] == [("user", goes.id)]
    assert [one["code"] for one in plan["rules"]] == ["assign"]
    assert call("admin", "POST", f"/teams/{east.id}/split", {**split, "token": plan["token"]}).json["what"] == "split"
    assert User.get_by_id(goes.id).team_id == Team.get(Team.name == "苏南组").id
    assert call("admin", "POST", f"/teams/{east.id}/merge/preview", {}).status_code == 422
    plan = call("admin", "POST", f"/teams/{east.id}/merge/preview", {"into_id": south.id}).json
    sent = {"into_id": south.id, "token": plan["token"]}
    assert call("admin", "POST", f"/teams/{east.id}/merge", sent).json["what"] == "merge"
    listed = call("admin", "GET", "/teams").json["items"]
    assert listed[-1]["name"] == "华东一部"
    assert listed[-1]["retired_at"]
