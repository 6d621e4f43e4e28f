"""The roles page: what retiring a role takes away, its title typed, another administrator, and back."""

from __future__ import annotations

from typing import Any

import pytest

from clew.core.journal.origin import SYSTEM
from clew.core.kinds import RoleRecord

from ..app import app_of
from .records import Desk


@pytest.fixture
def desk(workspace: Any, company: Any) -> Any:
    """A function that signs somebody in."""
    app = app_of(workspace, csrf=False)
    second = {"email": "second@test.example", "name": "第二位", "roles": ["admin"]}
    other = workspace.door.create(
        "user", {**second, "password_hash": company.user("admin").password_hash}, SYSTEM
    ).record
    return lambda role: Desk(app, other if role == "second" else company.user(role), company.password)


def role(name: str) -> RoleRecord:
    return RoleRecord.get(RoleRecord.name == name)


def test_what_falls_away_is_shown_and_two_retire_and_bring_back(desk: Any, company: Any) -> None:
    first, second = desk("admin"), desk("second")
    page = first.get("/roles/sales?retire=1").text
    part = page.partition('id="retiring"')[2].partition("</section>")[0]
    assert company.user("sales").name in part
    assert "什么都做不了了" in part
    assert 'href="/processes/sales/"' in part
    sent = {"base": role("sales").revision}
    refused = first.client.post("/roles/sales/retire", data=sent)
    assert (refused.status_code, "请键入「销售」" in refused.text) == (422, True)
    assert first.client.post("/roles/sales/retire", data={**sent, "typed_name": "销售"}).status_code == 302
    waits = second.get("/roles/sales").text
    assert "要停用这个角色，等审批" in waits
    assert 'id="retiring"' in waits
    change = waits.partition('action="/roles/changes/')[2].partition('"')[0]
    second.post(f"/roles/changes/{change}", act="approve")
    assert not role("sales").active
    gone = first.get("/roles/sales").text
    assert "已停用，什么都不给" in gone
    assert "恢复这个角色" in gone
    assert first.client.post("/roles/sales/restore", data={"base": role("sales").revision}).status_code == 302
    change = second.get("/roles/sales").text.partition('action="/roles/changes/')[2].partition('"')[0]
    second.post(f"/roles/changes/{change}", act="approve")
    assert role("sales").active


def test_who_does_not_manage_roles_retires_none(desk: Any) -> None:
    assert desk("ops").client.post("/roles/sales/retire", data={"typed_name": "销售"}).status_code == 403
    assert role("sales").active
