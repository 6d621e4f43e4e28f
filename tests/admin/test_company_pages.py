"""The pages of fields and processes, and the moves they make: who may open them, what is refused in place, typed names."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from clew.core.company.process_publishing import publish_process
from clew.core.company.publishing import Asked
from clew.core.intake import take as intake
from clew.core.journal.origin import SYSTEM, Actor, Origin
from clew.core.kinds import FieldDefinition, Lead, ProcessDefinition
from clew.core.process.processes import SALES

from ..app import app_of
from .records import Desk


@pytest.fixture
def desk(workspace: Any, company: Any) -> Any:
    """A function that signs somebody in."""
    app = app_of(workspace, csrf=False)
    return lambda role: Desk(app, company.user(role), company.password)


@pytest.mark.parametrize("path", ["/fields/lead/", "/fields/lead/?new=1", "/processes/", "/processes/sales/"])
def test_who_sets_the_company_up_sees_the_pages(desk: Any, path: str) -> None:
    assert desk("ops").get(path).status_code == 200
    assert desk("admin").get(path).status_code == 200
    assert desk("sales").get(path).status_code == 403
    assert desk("manager").get(path).status_code == 403


@pytest.mark.parametrize(
    "path", ["/fields/nothing/", "/fields/user/", "/processes/nothing/", "/processes/new?kind=user"]
)
def test_what_is_not_there_is_not_found(desk: Any, path: str) -> None:
    assert desk("ops").get(path).status_code == 404


def test_a_field_that_can_not_be_is_refused_in_place(desk: Any) -> None:
    sent = {"new": "1", "name": "Bad Name", "label_zh": "我填的", "type": "text", "options": "[]", "active": "1"}
    answer = desk("ops").client.post("/fields/lead/publish", data=sent)
    assert answer.status_code == 422
    assert 'value="我填的"' in answer.text
    assert 'id="e-name"' in answer.text
    for bad in ("{", "3", '[{"value": 1}]', "[[]]", '[{"value": {}, "zh": [], "colour": {}}]'):
        assert desk("ops").client.post("/fields/lead/publish", data={**sent, "options": bad}).status_code == 422
    assert (
        not FieldDefinition.select().where(FieldDefinition.kind == "lead", FieldDefinition.name == "Bad Name").exists()
    )


def test_what_two_publish_at_once_is_said_in_words(desk: Any) -> None:
    sent = {"new": "1", "name": "grade2", "label_zh": "等级", "type": "text", "options": "[]", "active": "1"}
    assert desk("ops").client.post("/fields/lead/publish", data=sent).status_code == 302
    again = desk("ops").client.post("/fields/lead/publish", data=sent)
    assert again.status_code == 409
    assert "刚被别人发布过" in again.text


@pytest.mark.parametrize("document", ["", "[]", "{", '{"stages": 1}', '{"title": {"zh": 1}}', "1" * 5000])
def test_a_process_that_is_none_breaks_nothing(desk: Any, document: str) -> None:
    at = desk("ops").client
    sent = {"kind": "lead", "document": document, "revision": "1"}
    assert at.post("/processes/sales/impact", data=sent).status_code == 200
    assert at.post("/processes/sales/publish", data=sent).status_code in (409, 422)


@pytest.mark.parametrize(
    "sent", [None, [], {"sections": 3}, {"sections": [{"fields": [1]}]}, {"columns": [[]], "revision": {}}]
)
def test_a_layout_that_is_none_breaks_nothing(desk: Any, sent: Any) -> None:
    at = desk("ops").client
    assert at.post("/fields/lead/layout", data=json.dumps(sent), content_type="application/json").status_code == 422


def test_a_move_without_a_way_back_is_confirmed_by_the_name(workspace: Any, company: Any, desk: Any) -> None:
    ops = Origin(Actor.of(company.user("ops")), "console")
    document = copy.deepcopy(SALES)
    document["stages"][1] |= {"confirm": True, "final": "won", "required": []}
    revision = ProcessDefinition.get(ProcessDefinition.name == "sales").revision
    publish_process(workspace, "sales", "lead", document, Asked(ops, revision))
    lead = intake.take(workspace, {"company": "恒锐精密", "phone": "13812345678"}, SYSTEM).lead
    at, path = desk("ops").client, f"/leads/{lead.id}/stage"
    sent = {"stage": "diagnosis"}
    asked = at.post(path, data=sent)
    assert (asked.status_code, "键入「恒锐精密」来确认" in asked.text) == (409, True)
    assert at.post(path, data={**sent, "confirm": "1"}).status_code == 409
    assert at.post(path, data={**sent, "confirm": "1", "typed": "恒锐"}).status_code == 409
    assert at.post(path, data={**sent, "confirm": "1", "typed": "恒锐精密"}).status_code == 302
    assert Lead.get_by_id(lead.id).outcome == "won"


def test_a_layout_is_followed_by_list_form_and_page(workspace: Any, company: Any, desk: Any) -> None:
    sections = [{"zh": "商机情况", "en": "Deal", "fields": ["region", "budget"]}]
    sent = {"sections": sections, "columns": ["company", "region"], "revision": None}
    at = desk("ops").client
    answer = at.post("/fields/lead/layout", data=json.dumps(sent), content_type="application/json")
    assert answer.status_code == 200
    lead = intake.take(workspace, {"company": "恒锐精密", "phone": "13812345678"}, SYSTEM).lead
    for path in ("/leads/new", f"/leads/{lead.id}"):
        page = at.get(path).text
        assert page.index("商机情况") < page.index('id="f-region"') < page.index('id="f-budget"')
    heads = at.get("/leads/").text.partition("<thead")[2].partition("</thead>")[0]
    assert "地区" in heads
    assert "预算" not in heads
