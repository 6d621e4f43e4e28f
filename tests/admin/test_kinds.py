"""The page of kinds of record: made, refused in place, retired with its title typed, brought back; who may come here."""

from __future__ import annotations

from typing import Any

import pytest

from clew.core.company.kind_publishing import definition_of
from clew.core.kinds import CompanyChange, KindDefinition

from ..app import app_of
from .records import Desk

SAMPLE = {
    "new": "1",
    "name": "sample",
    "title_zh": "样品",
    "title_en": "Sample",
    "belongs_to": ["lead", "customer"],
    "owned": "1",
    "staged": "1",
    "icon": "archive",
    "active": "1",
}


@pytest.fixture
def desk(workspace: Any, company: Any) -> Any:
    """A function that signs somebody in."""
    app = app_of(workspace, csrf=False)
    return lambda role: Desk(app, company.user(role), company.password)


def send(desk: Any, path: str = "/kinds/publish", **more: Any) -> Any:
    return desk.client.post(path, data={**SAMPLE, **more})


def test_a_kind_is_made_and_has_its_pages_at_once(desk: Any) -> None:
    ops = desk("ops")
    assert 'href="/kinds/"' in ops.get("/fields/lead/").text
    page = ops.get("/kinds/").text
    assert "其他资料" in page  # What decides who sees it is said before it is made.
    assert send(ops).headers["Location"] == "/fields/sample/?new=1"
    assert (definition_of("sample").belongs_to, definition_of("sample").icon) == (["lead", "customer"], "archive")
    assert 'href="/records/sample/"' in ops.get("/").text
    for path in ("/records/sample/", "/records/sample/new", "/fields/sample/?new=1", "/processes/sample_process/"):
        assert ops.get(path).status_code == 200, path
    assert 'href="/records/sample/"' in desk("sales").get("/").text


def test_what_it_will_be_and_what_is_wrong_are_said_before_it_is_made(desk: Any) -> None:
    ops = desk("ops")
    shown = send(ops, "/kinds/impact").text
    assert "样品" in shown
    assert 'data-errors="0"' in shown
    assert "自带的「线索」" in send(ops, "/kinds/impact", name="lead").text
    assert "只有范围是「全部」的角色看得到" in send(ops, "/kinds/impact", belongs_to=[], owned="0").text
    answer = send(ops, name="event")
    assert answer.status_code == 422
    assert 'id="e-name"' in answer.text
    assert 'value="样品"' in answer.text
    assert not KindDefinition.select().exists()


def test_a_kind_is_retired_by_its_title_and_brought_back(desk: Any) -> None:
    ops = desk("ops")
    send(ops)
    row = definition_of("sample")
    off = {"new": "", "active": "", "revision": str(row.revision)}
    assert "键入「样品」来确认" in send(ops, "/kinds/impact", **off).text
    assert send(ops, **off).status_code == 422
    assert definition_of("sample").active
    assert send(ops, **off, typed_name="样品").status_code == 302
    assert ops.get("/records/sample/").status_code == 404
    page = ops.get("/kinds/?of=sample").text
    assert "恢复这种记录" in page
    assert send(ops, new="", revision=str(definition_of("sample").revision)).status_code == 302
    assert ops.get("/records/sample/").status_code == 200
    made = CompanyChange.select().where(CompanyChange.subject == "kind").order_by(CompanyChange.id)
    assert [one.title_zh for one in made] == ["新的记录类型「样品」", "停用记录类型「样品」", "恢复记录类型「样品」"]
    undo = ops.client.post(f"/fields/changes/{made[2].id}/undo", data={"next": "/kinds/?of=sample"})
    assert undo.headers["Location"] == "/kinds/?of=sample"
    assert not definition_of("sample").active


def test_who_does_not_set_the_company_up_comes_not_here(desk: Any) -> None:
    for role in ("sales", "manager", "legal"):
        assert desk(role).get("/kinds/").status_code == 403
        assert send(desk(role)).status_code == 403
    assert desk("ops").get("/kinds/?of=lead").status_code == 404
    assert desk("ops").get("/kinds/?of=nothing").status_code == 404
