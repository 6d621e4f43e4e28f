"""Roles as data: proposed by one administrator, put in force by another, at once in every process."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from clew.core.access import policy
from clew.core.access.holders import holders
from clew.core.errors import Conflict, Forbidden, Invalid
from clew.core.intake import take as intake
from clew.core.journal.origin import SYSTEM, Actor, Origin
from clew.core.kinds import Notification, RoleChange, RoleRecord, User
from clew.core.opening import open_workspace
from clew.core.people import role_changes as roles
from clew.core.people import sign_in as auth
from clew.core.people.invitations import LinkRefused, accept, reset
from clew.core.people.role_effects import effects
from clew.core.storage.database import database
from clew.core.workspace import Workspace

from ..app import app_of


@pytest.fixture
def ws(any_workspace: Workspace) -> Workspace:
    return any_workspace


@pytest.fixture
def firm(ws: Workspace, found: Callable[[Workspace], Any]) -> Any:
    return found(ws)


@pytest.fixture
def admins(ws: Workspace, firm: Any) -> tuple[Origin, Origin]:
    """Two administrators."""
    second = ws.door.create(
        "user", {"email": "second@test.example", "name": "第二位", "roles": ["admin"]}, SYSTEM
    ).record
    return Origin(Actor.of(firm.user("admin")), "console"), Origin(Actor.of(second), "console")


def cells_of(name: str, **rows: dict[str, str]) -> dict[str, Any]:
    """Return what a role is, with some rows in another's place."""
    role = roles.role_named(name)
    values = {one: getattr(role, one) for one in ("title_zh", "title_en", "permissions")}
    return {**values, "cells": {**role.cells, **rows}}


NOTHING: dict[str, str] = {}


def test_a_change_waits_for_another_administrator_and_then_is_in_force(
    ws: Workspace, firm: Any, admins: tuple[Origin, Origin]
) -> None:
    first, second = admins
    intake.take(ws, {"company": "看得到吗", "phone": "13800001111"}, SYSTEM)
    legal = Actor.of(firm.user("legal"))
    assert not policy.visible(ws.kinds, legal, "lead").exists()
    change = roles.propose(
        ws, "legal", cells_of("legal", lead={"see": "all"}), first, roles.role_named("legal").revision
    )
    assert change.state == "open"
    assert not policy.visible(ws.kinds, legal, "lead").exists(), "nothing is in force before it is approved"
    assert Notification.select().where(Notification.user == second.actor.id).exists(), "the other one is told"
    with pytest.raises(Forbidden, match="another administrator"):
        roles.approve(ws, change.id, first)
    with pytest.raises(Forbidden):
        roles.approve(ws, change.id, Origin(Actor.of(firm.user("ops")), "console"))
    with pytest.raises(Conflict, match="waits for approval"):
        roles.propose(ws, "legal", cells_of("legal", lead={"see": "own"}), second, roles.role_named("legal").revision)
    roles.approve(ws, change.id, second)
    assert policy.visible(ws.kinds, legal, "lead").exists()
    with pytest.raises(Conflict, match="settled"):
        roles.reject(ws, change.id, second, "晚了")


def test_another_process_follows_a_change(ws: Workspace, firm: Any) -> None:
    other = open_workspace(settings=ws.settings, clock=ws.clock)
    admin = Origin(Actor.of(firm.user("admin")), "console")
    made = roles.propose(ws, "sales", cells_of("sales", task=NOTHING), admin, roles.role_named("sales").revision)
    assert made.state == "approved", "the only administrator needs nobody"
    other.refresh()
    assert other.configuration.roles.roles["sales"].scope("task", "see") == ""
    assert not policy.may(Actor.of(firm.user("sales")), "task")


def test_a_new_role_is_made_after_another(ws: Workspace, firm: Any) -> None:
    admin = Origin(Actor.of(firm.user("admin")), "console")
    roles.propose(ws, "presales", {**cells_of("sales"), "title_zh": "售前"}, admin)
    user = ws.door.create("user", {"email": "p@test.example", "name": "售前甲", "roles": ["presales"]}, SYSTEM).record
    assert policy.may(Actor.of(user), "lead")
    assert policy.may_write(Actor.of(user), ws.kinds["lead"])


def test_what_a_role_gives_is_what_the_widest_of_several_gives(ws: Workspace, firm: Any) -> None:
    both = Actor("user", "x", "x", frozenset({"sales", "ops"}))
    assert policy.scopes(both, "lead", "see") == {"own", "all"}
    assert policy.may(both, "see:all")


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"permissions": ["rules:sea"]}, r"there is no 'rules:sea': did you mean 'rules:see'\?"),
        ({"cells": {"*": {"see": "everyone"}}}, "there is no 'everyone'"),
        ({"cells": {"*": {"look": "own"}}}, "there is no 'look'"),
        ({"cells": {"Lead!": {"see": "own"}}}, "no kind 'Lead!'"),
        ({"cells": ["x"]}, "cells"),
        ({"cells": {"lead": "own"}}, "cells map kinds"),
        ({"title_zh": ""}, "title_zh|Title"),
    ],
)
def test_what_no_role_can_be_is_refused_in_words(ws: Workspace, firm: Any, values: Any, said: str) -> None:
    admin = Origin(Actor.of(firm.user("admin")), "console")
    with pytest.raises(Invalid, match=said):
        roles.propose(ws, "sales", {**cells_of("sales"), **values}, admin, roles.role_named("sales").revision)
    assert not RoleChange.select().exists()


def test_somebody_can_always_change_roles(ws: Workspace, firm: Any) -> None:
    admin = Origin(Actor.of(firm.user("admin")), "console")
    role = roles.role_named("admin")
    values = {**cells_of("admin"), "permissions": [one for one in role.permissions if one != "roles"]}
    with pytest.raises(Conflict, match="nobody could manage"):
        roles.propose(ws, "admin", values, admin, role.revision)
    assert RoleRecord.get(RoleRecord.name == "admin").permissions == role.permissions
    assert not RoleChange.select().exists(), "nothing is half-written"


def test_a_role_changed_meanwhile_is_not_overwritten(ws: Workspace, firm: Any, admins: tuple[Origin, Origin]) -> None:
    first, second = admins
    base = roles.role_named("sales").revision
    change = roles.propose(ws, "sales", cells_of("sales", task=NOTHING), first, base)
    ws.door.change("role", roles.role_named("sales").id, {"title_zh": "销售员"}, SYSTEM)
    with pytest.raises(Conflict):
        roles.approve(ws, change.id, second)
    assert RoleChange.get_by_id(change.id).state == "open"
    with pytest.raises(Conflict, match="reload"):
        roles.propose(ws, "legal", cells_of("legal", task=NOTHING), first, 99)


def test_over_the_api(ws: Workspace, firm: Any, admins: tuple[Origin, Origin]) -> None:
    client = app_of(ws).test_client()

    def call(user: str, method: str, path: str, json: Any = None) -> Any:
        token = auth.issue_token(ws, firm.user(user), "test", SYSTEM)
        return client.open(f"/api/v1{path}", method=method, json=json, headers={"Authorization": f"Bearer {token}"})

    assert call("ops", "GET", "/roles").status_code == 403
    listed = call("admin", "GET", "/roles").json
    sales = next(one for one in listed["items"] if one["name"] == "sales")
    assert sales["cells"]["*"]["see"] == "own"
    body = {"cells": {**sales["cells"], "task": {"see": "team"}}, "base": sales["revision"]}
    change = call("admin", "PUT", "/roles/sales", body)
    assert (change.status_code, change.json["state"]) == (202, "open")
    assert [one["id"] for one in call("admin", "GET", "/role-changes").json["items"]] == [change.json["id"]]
    assert call("admin", "POST", f"/role-changes/{change.json['id']}", {"act": "approve"}).status_code == 403
    assert call("admin", "POST", f"/role-changes/{change.json['id']}", {"act": "reject"}).json["state"] == "withdrawn"
    lead = intake.take(ws, {"company": "核对", "phone": "13800001111"}, SYSTEM).lead
    asked = f"/role-check?user={firm.user('legal').id}&kind=lead&record={lead.id}"
    assert call("admin", "GET", asked).json["answers"]["see"]["may"] is False
    assert call("admin", "GET", "/role-check?user=x&kind=lead&record=y").status_code == 404


def test_a_cell_says_who_moves_and_who_exports(ws: Workspace, firm: Any) -> None:
    admin, seller = Origin(Actor.of(firm.user("admin")), "console"), firm.user("sales")
    lead = intake.take(ws, {"company": "会动吗", "phone": "13800001111"}, SYSTEM).lead
    ws.door.change("lead", lead.id, {"owner_id": seller.id, "team_id": seller.team_id}, SYSTEM)
    client = app_of(ws, csrf=False).test_client()
    client.post("/sign-in", data={"name": seller.email, "password": firm.password})
    assert "会动吗" in client.get("/records/lead/export.csv").text
    row = {**roles.role_named("sales").cells["*"], "move": "", "export": ""}
    roles.propose(ws, "sales", cells_of("sales", lead=row), admin, roles.role_named("sales").revision)
    assert client.get("/records/lead/export.csv").status_code == 403
    assert "export.csv" not in client.get("/leads/").text
    by_seller = Origin(Actor.of(seller), "console")
    with pytest.raises(Forbidden, match="may not change it"):
        ws.door.change("lead", lead.id, {"stage": "diagnosis"}, by_seller)
    assert ws.door.change("lead", lead.id, {"note": "可以"}, by_seller).note == "可以"


def test_nobody_gives_more_than_they_have(ws: Workspace, firm: Any) -> None:
    ops = Origin(Actor.of(firm.user("ops")), "console")
    new = {"email": "n@test.example", "name": "新人"}
    with pytest.raises(Forbidden, match="role administrator may do more than you"):
        ws.door.create("user", {**new, "roles": ["admin"]}, ops)
    made = ws.door.create("user", {**new, "roles": ["sales", "manager"]}, ops).record
    with pytest.raises(Forbidden, match="role administrator"):
        ws.door.change("user", made.id, {"roles": ["sales", "admin"]}, ops)
    for values in ({"active": False}, {"email": "x@test.example"}, {"roles": ["sales"]}):
        with pytest.raises(Forbidden, match="role administrator"):
            ws.door.change("user", firm.user("admin").id, values, ops)
    with pytest.raises(Forbidden, match="your own roles"):
        ws.door.change("user", ops.actor.id, {"roles": ["ops", "sales"]}, ops)
    with pytest.raises(Forbidden, match="your role may not do this"):
        ws.door.change("role", roles.role_named("sales").id, {"title_zh": "x"}, ops)
    seller = Origin(Actor.of(firm.user("sales")), "console")
    with pytest.raises(Forbidden):
        ws.door.change("user", seller.actor.id, {"roles": ["admin"]}, seller)


def test_a_link_made_before_a_promotion_is_worth_nothing_after_it(ws: Workspace, firm: Any) -> None:
    """Who made a link could become whom it is for: it must not hold once that person may do more."""
    admin, ops = (Origin(Actor.of(firm.user(role)), "console") for role in ("admin", "ops"))
    seller = firm.sellers["华东一部"][0]
    promoted = reset(ws, seller.id, ops).rpartition("/")[2]
    ws.door.change("user", seller.id, {"roles": ["admin"]}, admin)
    with pytest.raises(LinkRefused):
        accept(ws, promoted, "a-good-long-password", "127.0.0.1")
    other = firm.sellers["华东一部"][1]
    grown = reset(ws, other.id, ops).rpartition("/")[2]
    values = cells_of("sales")
    values["permissions"] = [*values["permissions"], "journal"]
    change = roles.propose(ws, "sales", values, admin, roles.role_named("sales").revision)
    roles.approve(ws, change.id, Origin(Actor.of(User.get_by_id(seller.id)), "console"))
    with pytest.raises(LinkRefused):
        accept(ws, grown, "a-good-long-password", "127.0.0.1")


def test_who_may_only_move_records_on_does_that_and_no_more(ws: Workspace, firm: Any) -> None:
    admin, seller = Origin(Actor.of(firm.user("admin")), "console"), firm.user("sales")
    lead = intake.take(ws, {"company": "只换阶段", "phone": "13800001111", "industry": "其他"}, SYSTEM).lead
    ws.door.change("lead", lead.id, {"owner_id": seller.id, "team_id": seller.team_id}, SYSTEM)
    mover = cells_of("sales", lead={"see": "own", "move": "own"})
    roles.propose(ws, "sales", mover, admin, roles.role_named("sales").revision)
    by_seller = Origin(Actor.of(seller), "console")
    moved = ws.door.change("lead", lead.id, {"stage": "diagnosis", "pain_points": "价格敏感"}, by_seller)
    assert moved.stage == "diagnosis"
    with pytest.raises(Forbidden, match="may not change it"):
        ws.door.change("lead", lead.id, {"note": "x"}, by_seller)


def test_a_role_is_retired_by_two_gives_nothing_and_is_brought_back(
    ws: Workspace, firm: Any, admins: tuple[Origin, Origin]
) -> None:
    first, second = admins
    seller = firm.user("sales")
    intake.take(ws, {"company": "看得到吗", "phone": "13800001111"}, SYSTEM)
    lead = ws.kinds["lead"].model.get()
    ws.door.change("lead", lead.id, {"owner_id": seller.id, "team_id": seller.team_id, "industry": "汽车"}, SYSTEM)
    revision = roles.role_named("sales").revision
    retired = cells_of("sales") | {"active": False}
    assert roles.changes(roles.role_named("sales"), retired) == [("", "active", "on", "")]
    (rows,) = (rows for kind, rows in effects(ws, roles.role_named("sales"), retired) if kind == "lead")
    assert [(one.now, one.then) for one in rows if one.user.id == seller.id] == [(1, 0)]
    change = roles.propose(ws, "sales", retired, first, revision)
    assert change.state == "open"
    assert policy.visible(ws.kinds, Actor.of(seller), "lead").exists()
    roles.approve(ws, change.id, second)
    assert not policy.visible(ws.kinds, Actor.of(seller), "lead").exists()
    assert User.get_by_id(seller.id).roles == ["sales"]
    with pytest.raises((Forbidden, Invalid)):
        ws.door.change("lead", lead.id, {"stage": "diagnosis"}, Origin(Actor.of(seller), "console"))
    back = roles.propose(ws, "sales", cells_of("sales") | {"active": True}, first, revision + 1)
    roles.approve(ws, back.id, second)
    assert policy.visible(ws.kinds, Actor.of(seller), "lead").exists()
    assert ws.door.change("lead", lead.id, {"stage": "diagnosis"}, Origin(Actor.of(seller), "console")).stage


def test_the_last_role_that_manages_access_is_not_retired(ws: Workspace, firm: Any) -> None:
    only = Origin(Actor.of(firm.user("admin")), "console")
    with pytest.raises(Conflict, match="nobody could manage"):
        roles.propose(ws, "admin", cells_of("admin") | {"active": False}, only, roles.role_named("admin").revision)
    assert roles.role_named("admin").active


@pytest.mark.parametrize("name", ["x" * 300, "Bad Name", ""])
def test_a_bad_name_of_a_role_is_said_of_the_name(ws: Workspace, firm: Any, name: str) -> None:
    with pytest.raises(Invalid) as told:
        roles.propose(ws, name, cells_of("sales"), Origin(Actor.of(firm.user("admin")), "console"))
    assert [one.field for one in told.value.problems] == ["name"]
    assert not RoleChange.select().exists()


def test_two_roles_that_alone_change_roles_are_not_retired_beside_each_other(
    ws: Workspace, firm: Any, admins: tuple[Origin, Origin]
) -> None:
    first, second = admins
    values = {"name": "helper", "title_zh": "助理管理员", "permissions": ["roles", "people"], "cells": {}}
    ws.door.create("role", values, SYSTEM)
    ws.refresh()
    helper = ws.door.create("user", {"email": "h@test.example", "name": "助理", "roles": ["helper"]}, SYSTEM).record
    third = Origin(Actor.of(helper), "console")
    one = roles.propose(ws, "helper", {**cells_of("helper"), "active": False}, first, revision("helper"))
    other = roles.propose(ws, "admin", {**cells_of("admin"), "active": False}, second, revision("admin"))
    barrier, answers = threading.Barrier(2), []

    def approve(change: RoleChange, origin: Origin) -> None:
        try:
            barrier.wait(20)
            answers.append(roles.approve(ws, change.id, origin))
        except (Conflict, Forbidden) as error:
            answers.append(error)
        finally:
            database.close()

    threads = [threading.Thread(target=approve, args=given) for given in ((one, second), (other, third))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(isinstance(answer, RoleChange) for answer in answers) == [False, True]
    ws.refresh()
    assert holders("roles")


def revision(name: str) -> int:
    return int(roles.role_named(name).revision)
