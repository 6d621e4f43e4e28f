"""Fields, layouts and processes over the API: everything the pages do, with the same checks and words."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from clew.core.journal.origin import SYSTEM
from clew.core.kinds import Lead, User
from clew.core.people import sign_in as auth
from clew.core.process.processes import SALES
from clew.core.running import drain

from ..app import app_of

LEAD = {"company": "恒锐精密", "phone": "13812345678"}
STATE = {
    "label_zh": "状态",
    "label_en": "State",
    "type": "choice",
    "options": [
        {"value": "quoted", "zh": "已报价", "en": "Quoted", "colour": "teal"},
        {"value": "open", "zh": "未报价", "en": "No quote"},
    ],
}
NUMBER = {
    "label_zh": "报价单编号",
    "label_en": "Quote number",
    "type": "text",
    "needed_when": {"field": "state", "in": ["quoted"]},
}


@pytest.fixture
def call(workspace: Any, found: Callable[[Any], Any]) -> Any:
    """A function `call(role, method, path, json, **headers)` on a fresh company."""
    company = found(workspace)
    client = app_of(workspace).test_client()
    tokens: dict[str, str] = {}

    def ask(who: Any, method: str, path: str, json: Any = None, **headers: str) -> Any:
        user: User = company.user(who) if isinstance(who, str) else who
        if user.id not in tokens:
            tokens[user.id] = auth.issue_token(workspace, user, "test", SYSTEM)
        head = {"Authorization": f"Bearer {tokens[user.id]}"} | {k.replace("_", "-"): v for k, v in headers.items()}
        return client.open(f"/api/v1{path}", method=method, json=json, headers=head)

    ask.ws, ask.company = workspace, company  # type: ignore[attr-defined]
    return ask


def test_a_lead_that_comes_in_over_the_api_is_taken_whatever_the_first_stage_needs(call: Any) -> None:
    document = copy.deepcopy(SALES)
    document["stages"][0]["required"] = ["budget"]
    done = call("ops", "PUT", "/processes/sales", {"document": document})
    assert done.status_code == 200, done.json
    assert call("sales", "POST", "/leads", {"company": "先收下"}).status_code == 201


def test_a_field_is_published_asked_about_and_taken_back(call: Any) -> None:
    assert call("ops", "PUT", "/fields/lead/state", STATE).json["revision"] == 1
    made = call("ops", "POST", "/leads", {**LEAD, "state": "quoted"})
    assert made.status_code == 201
    shown = next(one for one in call("ops", "GET", "/fields/lead").json["items"] if one["name"] == "state")
    assert (shown["editable"], shown["revision"], shown["retired"]) == (True, 1, [])
    gone = {"options": [{**STATE["options"][0], "retired": True}, STATE["options"][1]]}
    touched = call("ops", "POST", "/fields/lead/state/impact", gone).json
    assert touched["totals"]["en"] == "1 record"
    (record,) = touched["items"]
    assert [one["value"] for one in record["choices"]] == ["keep", "to:open"]
    refused = call("ops", "PUT", "/fields/lead/state", gone)
    assert (refused.status_code, refused.json["problems"][0]["field"]) == (422, "answers.option:quoted:record:lead")
    done = call("ops", "PUT", "/fields/lead/state", {**gone, "answers": {record["key"]: "to:open"}})
    assert Lead.get_by_id(made.json["id"]).extra["state"] == "open"
    undone = call("ops", "POST", f"/company/changes/{done.json['change']}/undo")
    assert undone.json == {"back": 2, "kept": 0, "left": []}
    assert Lead.get_by_id(made.json["id"]).extra["state"] == "quoted"
    assert call("ops", "POST", f"/company/changes/{done.json['change']}/undo").status_code == 409
    assert call("ops", "GET", "/company/changes").json["items"][0]["can_undo"] is False


def test_the_words_of_a_missing_value_are_the_same_everywhere(call: Any) -> None:
    for name, field in (("state", STATE), ("number", NUMBER)):
        assert call("ops", "PUT", f"/fields/lead/{name}", field).status_code == 200
    refused = call("ops", "POST", "/leads", {**LEAD, "state": "已报价"}, Accept_Language="zh")
    said = [{"field": "number", "message": "请补充报价单编号"}]
    assert (refused.status_code, refused.json["problems"]) == (422, said)
    lead = call("ops", "POST", "/leads", LEAD).json
    refused = call("ops", "PATCH", f"/leads/{lead['id']}", {"state": "quoted"}, Accept_Language="zh")
    assert (refused.status_code, refused.json["problems"]) == (422, said)


def test_a_process_is_published_with_where_its_records_go(call: Any) -> None:
    lead = call("ops", "POST", "/leads", LEAD).json
    drain(call.ws)
    document = copy.deepcopy(SALES)
    document["stages"] = document["stages"][1:]
    document["transitions"] = [pair for pair in document["transitions"] if "first_contact" not in pair]
    now = call("ops", "GET", "/processes/sales").json
    assert now["counts"]["first_contact"] == 1
    touched = call("ops", "POST", "/processes/sales/impact", {"document": document}).json["items"]
    answers = {one["key"]: "to:diagnosis" for one in touched if one["choices"]}
    stale = call("ops", "PUT", "/processes/sales", {"document": document, "answers": answers}, If_Match='"99"')
    assert stale.status_code == 409
    head = {"If_Match": f'"{now["revision"]}"'}
    assert call("ops", "PUT", "/processes/sales", {"document": document, "answers": answers}, **head).status_code == 200
    assert Lead.get_by_id(lead["id"]).stage == "diagnosis"
    assert "first_contact" not in [
        one["name"] for one in call("ops", "GET", "/processes").json["items"][0]["document"]["stages"]
    ]


def test_names_that_are_not_there_are_refused_with_the_nearest(call: Any) -> None:
    document = copy.deepcopy(SALES)
    document["stages"][1]["role"] = "sails"
    said = call("ops", "PUT", "/processes/sales", {"document": document}).json["problems"][0]["message"]
    assert "sales" in said
    bad = call("ops", "PUT", "/fields/lead/number", {**NUMBER, "needed_when": {"field": "stat", "in": ["x"]}})
    assert bad.status_code == 422
    assert (
        call("ops", "PUT", "/layouts/lead", {"sections": [{"zh": "甲", "en": "A", "fields": ["budgit"]}]}).status_code
        == 422
    )
    assert call("ops", "PUT", "/fields/nokind/a", STATE).status_code == 404
    assert call("ops", "POST", "/fields/lead/nofield/impact", {}).status_code == 404


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", "/fields/lead/state", STATE),
        ("PUT", "/layouts/lead", {"columns": ["company"]}),
        ("PUT", "/processes/sales", {"document": SALES}),
        ("GET", "/what-breaks?what=stage&name=demo", None),
        ("GET", "/company/changes", None),
    ],
)
def test_only_who_sets_the_company_up_may(call: Any, method: str, path: str, body: Any) -> None:
    assert call("sales", method, path, body).status_code == 403
    assert call("manager", method, path, body).status_code == 403
    assert call("ops", method, path, body).status_code == 200


def test_what_names_a_thing_is_listed(call: Any) -> None:
    found = call("ops", "GET", "/what-breaks?what=field&name=budget&of=lead").json
    assert {"process", "table"} <= {one["use"] for one in found["items"]}
    assert call("ops", "GET", "/what-breaks?what=colour&name=red").status_code == 422


@pytest.mark.parametrize(
    "body",
    [
        {"label_zh": "甲\x00", "label_en": "A", "type": "text"},
        {"label_zh": "甲", "label_en": "A", "type": "text", "options": [[1]]},
        {"label_zh": "甲", "label_en": "A", "type": "choice", "options": [{"value": 1, "zh": "", "en": None}]},
        {
            "label_zh": "甲",
            "label_en": "A",
            "type": "choice",
            "options": [{"value": {}, "zh": [], "en": {}, "colour": []}],
        },
        {"label_zh": "甲", "label_en": "A", "type": "text", "needed_when": {"field": {}, "in": [{}]}},
        {"label_zh": "甲", "label_en": "A", "type": "text", "answers": {"a": 1}},
        {"label_zh": ["甲"], "label_en": {"a": 1}, "type": 3},
        {"label_zh": "甲" * 5000, "label_en": "A", "type": "text"},
        {"label_zh": "甲", "label_en": "A", "type": "text", "trade": "x" * 3000},
    ],
)
def test_what_is_no_field_is_said_and_breaks_nothing(call: Any, body: dict[str, Any]) -> None:
    assert call("ops", "PUT", "/fields/lead/odd", body).status_code in (400, 422)


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"stages": 3},
        {"title": {"zh": 1, "en": []}, "stages": [{"name": {}}], "transitions": [[1, 2, 3]]},
        {"title": {"zh": "甲", "en": "A"}, "stages": [{"name": ["a"], "zh": "甲", "en": "A"}], "transitions": []},
        {**SALES, "transitions": [[["a"], {}]]},
        {**SALES, "stages": [{**SALES["stages"][0], "evidence": [{"when": 10**30, "zh": "", "en": ""}]}]},
        {**SALES, "stages": [{**SALES["stages"][0], "skip": [["sales"]]}]},
        {**SALES, "stages": [{**SALES["stages"][0], "role": {}}]},
        {**SALES, "stages": [{**SALES["stages"][0], "final": []}]},
    ],
)
def test_what_is_no_process_is_said_and_breaks_nothing(call: Any, document: dict[str, Any]) -> None:
    assert call("ops", "PUT", "/processes/sales", {"document": document}).status_code in (400, 422)


def test_a_kind_is_made_filled_retired_and_brought_back(call: Any) -> None:
    sample = {"title_zh": "样品", "title_en": "Sample", "belongs_to": ["customer"], "staged": True}
    assert call("sales", "PUT", "/kinds/sample", sample).status_code == 403
    assert call("ops", "PUT", "/kinds/lead", sample).status_code == 422
    assert call("ops", "PUT", "/kinds/sample", sample).json["revision"] == 1
    assert call("ops", "PUT", "/kinds/sample", {"title_zh": "样品"}).json["change"] is None
    assert call("ops", "GET", "/records/sample").json["items"] == []
    made = call("ops", "POST", "/leads", LEAD).json
    record = call("ops", "POST", "/records/sample", {"customer_id": made["customer_id"]})
    assert record.status_code == 201, record.json
    touched = call("ops", "POST", "/kinds/sample/impact", {"active": False}).json["items"]
    answers = {one["key"]: one["choices"][0]["value"] for one in touched if one["choices"]}
    refused = call("ops", "PUT", "/kinds/sample", {"active": False, "answers": answers})
    assert "typed_name" in refused.text
    retired = call("ops", "PUT", "/kinds/sample", {"active": False, "answers": answers, "typed_name": "Sample"})
    assert retired.status_code == 200
    assert call("ops", "GET", "/records/sample").status_code == 404
    (shown,) = call("ops", "GET", "/kinds").json["items"]
    assert (shown["active"], shown["roles"]["sales"]["see"]["en"]) == (False, "Own")
    assert call("ops", "POST", f"/company/changes/{retired.json['change']}/undo", {}).json == {
        "back": 1,
        "kept": 0,
        "left": [],
    }
    assert len(call("ops", "GET", "/records/sample").json["items"]) == 1


def test_what_changes_nothing_is_answered_so_and_recorded_nowhere(call: Any) -> None:
    call("ops", "PUT", "/fields/lead/state", STATE)
    before = call("ops", "GET", "/company/changes").json
    assert call("ops", "PUT", "/fields/lead/state", STATE).json == {"change": None, "revision": 1}
    process = call("ops", "GET", "/processes/sales").json
    given = {"document": process["document"]}
    assert call("ops", "PUT", "/processes/sales", given).json == {"change": None, "revision": process["revision"]}
    assert call("ops", "PUT", "/layouts/lead", {"sections": []}).json == {"change": None, "revision": None}
    assert call("ops", "GET", "/company/changes").json == before


def test_an_option_that_operations_added_to_a_bundled_field_is_taken_out_again(call: Any) -> None:
    source = call("ops", "GET", "/fields/lead").json["items"]
    bundled = next(one for one in source if one["name"] == "source")["options"]
    more = [*bundled, {"value": "radio", "zh": "电台", "en": "Radio"}]
    words = {"label_zh": "来源", "label_en": "Source", "type": "choice"}
    assert call("ops", "PUT", "/fields/lead/source", {**words, "options": more}).status_code == 200
    refused = call("ops", "PUT", "/fields/lead/source", {**words, "options": more[1:]})
    assert refused.status_code == 422
    assert call("ops", "PUT", "/fields/lead/source", {**words, "options": bundled}).status_code == 200
    refused = call("ops", "PUT", "/fields/lead/source", {"active": False})
    assert (refused.status_code, refused.json["problems"][0]["field"]) == (422, "active")
    itself = {"field": "source", "in": ["phone"]}
    assert call("ops", "PUT", "/fields/lead/source", {"needed_when": itself}).status_code == 422


def test_a_name_of_what_nobody_sees_is_none(call: Any) -> None:
    assert call("ops", "POST", "/teams", {"name": "\u200b"}).status_code == 422
    assert call("ops", "POST", "/teams", {"name": "\u202e华东一部"}).status_code == 409
