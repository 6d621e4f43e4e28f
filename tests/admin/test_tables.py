"""Decision tables in the console: list, grid, typing, saving, XLSX, submitting — and who may."""

from __future__ import annotations

import io
from copy import deepcopy
from typing import Any

import openpyxl
import pytest

from clew.admin.rulebook.tables_grid import columns_json
from clew.core.intake import take as intake
from clew.core.journal.origin import SYSTEM, Actor, Origin
from clew.core.kinds import RuleVersion
from clew.core.rulebook.documents import vocabulary_of
from clew.core.rulebook.versions import open_draft, save_draft
from clew.core.running import drain
from clew.rules.tables.cell_parser import cell_of, document_cell
from clew.rules.tables.cell_texts import stored
from clew.rules.tables.columns import column_of, output_of
from clew.rules.tables.output_values import value_of

from .. import own_kinds
from ..app import app_of


@pytest.fixture
def enter(workspace: Any, company: Any) -> Any:
    """A function that returns a client signed in as somebody of a role."""
    app = app_of(workspace, csrf=False)

    def as_(role: str) -> Any:
        client = app.test_client()
        answer = client.post("/sign-in", data={"name": company.user(role).email, "password": company.password})
        assert answer.status_code == 302
        return client

    return as_


def look(client: Any, document: dict[str, Any], typed: list[Any], **more: Any) -> Any:
    """Send a table to be read and checked."""
    return client.post(f"/tables/{document['id']}/look", json={"document": document, "typed": typed, **more})


def bundled() -> dict[str, Any]:
    """Return the document of the table that comes with Clew."""
    version = RuleVersion.get((RuleVersion.code == "assign") & (RuleVersion.state == "published"))
    return deepcopy(version.document)


def test_the_list_says_what_each_table_decides_and_how_it_fares(enter: Any, workspace: Any) -> None:
    lead = {
        "company": "华晨精工",
        "contact_name": "高建明",
        "phone": "13812345678",
        "industry": "汽车",
        "region": "苏州",
    }
    intake.take(workspace, lead, SYSTEM)
    drain(workspace)
    page = enter("ops").get("/tables/").text
    assert "1 张决策表，近 30 天命中 1 次" in page
    assert "行业 × 地区 × 预算 → 团队、分配方式" in page
    assert "没有问题" in page
    assert "新建决策表" in page
    assert 'href="/tables/"' in page.partition("</nav>")[0]


def test_only_who_may_see_rules_comes_here_and_only_ops_edits(enter: Any) -> None:
    seller, manager = enter("sales"), enter("manager")
    for path in ("/tables/", "/tables/assign", "/tables/assign/export"):
        assert (seller.get(path).status_code, manager.get(path).status_code) == (403, 200)
    assert "新建决策表" not in manager.get("/tables/").text
    assert "提交审批" not in manager.get("/tables/assign").text.partition("<dialog")[0]
    document = bundled()
    assert look(manager, document, []).status_code == 403
    assert look(manager, document, [], save=True).status_code == 403
    assert manager.post("/tables/assign/submit", json={}).status_code in (403, 404)
    assert manager.post("/tables/assign/import", data={}).status_code == 403
    assert manager.post("/tables/new", data={"title": "表"}).status_code == 403
    assert RuleVersion.select().where(RuleVersion.code == "assign").count() == 2


def test_what_is_typed_is_read_checked_and_saved_as_a_draft(enter: Any) -> None:
    client, document = enter("ops"), bundled()
    document["rows"][0]["when"][2] = ">=200万"
    document["rows"][0]["then"][1] = "成员轮流"
    found = look(client, document, [[0, "when", 2], [0, "then", 1]], save=True, revision=None).get_json()
    assert found["document"]["rows"][0] | {"note": None} == {
        "id": "key-account",
        "when": ["-", "-", "≥ 200 万"],
        "then": ["大客户部", "round_robin"],
        "note": None,
    }
    assert found["shown"][0] == {"when": ["-", "-", "≥ 200 万元"], "then": ["大客户部", "成员轮流"]}
    assert (found["version"]["state"], found["version"]["author"]) == ("draft", "ops 同事")
    draft = open_draft("assign")
    assert draft is not None
    assert draft.document["rows"][0]["then"] == ["大客户部", "round_robin"]
    assert "草稿 v" in client.get("/tables/").text


def test_what_can_not_be_read_stays_and_is_said(enter: Any) -> None:
    client, document = enter("ops"), bundled()
    document["rows"][0]["when"][2] = "≥ 很多"
    found = look(client, document, [[0, "when", 2]], save=True).get_json()
    (problem,) = found["problems"]
    assert (problem["row"], problem["kind"], problem["column"]) == (0, "when", 2)
    assert problem["text"] == "「很多」不是数字；可写：≥ 50 万元、20–50 万元"
    assert found["document"]["rows"][0]["when"][2] == "≥ 很多"
    assert found["findings"] == []
    refused = client.post("/tables/assign/submit", json={})
    assert refused.status_code == 422
    assert "rows[0].when[2]" in refused.get_data(as_text=True)


def test_findings_come_with_witness_and_repairs(enter: Any) -> None:
    client, document = enter("ops"), bundled()
    document["rows"].insert(2, {"id": "r10", "when": ["汽车", "上海", "-"], "then": ["华南部", None]})
    found = look(client, document, []).get_json()
    (shadowed,) = [one for one in found["findings"] if one["kind"] == "shadowed"]
    assert shadowed["rows"] == [3, 2]
    assert shadowed["witness"] == "行业：「汽车」；地区：「上海」；预算：15 万元"
    assert shadowed["repairs"][0]["patch"] == [{"op": "move", "from": "/rows/2", "path": "/rows/1"}]
    assert open_draft("assign") is None


def test_two_at_once_lose_nothing(enter: Any, workspace: Any, company: Any) -> None:
    client, document = enter("ops"), bundled()
    revision = look(client, document | {"owner": "甲"}, [], save=True).get_json()["version"]["revision"]
    draft = open_draft("assign")
    assert draft is not None
    other = Origin(Actor.of(company.user("admin")), "console")
    save_draft(workspace, draft.id, {**draft.document, "owner": "乙"}, other, draft.revision)
    told = look(client, document | {"owner": "丙"}, [], save=True, revision=revision).get_json()["conflict"]
    assert "admin 同事 在你编辑期间保存了这张表" in told["text"]
    assert told["grid"]["document"]["owner"] == "乙"
    kept = look(client, document | {"owner": "丙"}, [], save=True, revision=told["version"]["revision"]).get_json()
    assert open_draft("assign").document["owner"] == kept["document"]["owner"] == "丙"  # type: ignore[union-attr]


def test_a_draft_goes_to_approval_and_may_be_given_up(enter: Any) -> None:
    client, document = enter("ops"), bundled()
    document["rows"][0]["when"][2] = "≥ 200 万"
    look(client, document, [], save=True)
    sent = client.post("/tables/assign/submit", json={"note": "大客户门槛提高"}).get_json()["version"]
    assert (sent["state"], sent["note"]) == ("review", "大客户门槛提高")
    assert sent["approvers"]
    assert client.post("/tables/assign/discard", json={}).get_json() == {"to": "/tables/assign"}
    assert open_draft("assign") is None
    assert client.post("/tables/assign/submit", json={}).status_code == 404


def test_a_table_goes_to_excel_and_back(enter: Any) -> None:
    client, document = enter("ops"), bundled()
    answer = client.get("/tables/assign/export")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="assign-v2.xlsx"'
    book = openpyxl.load_workbook(io.BytesIO(answer.data))
    book["决策表"]["D4"] = ">= 3m"
    found = _import(client, book).get_json()
    assert found["document"]["rows"][0]["when"][2] == ">= 3m"
    assert found["shown"][0]["when"][2] == "≥ 300 万元"
    assert [row["id"] for row in found["document"]["rows"]] == [row["id"] for row in document["rows"]]
    book["决策表"]["D4"] = "很多"
    refused = _import(client, book)
    assert (refused.status_code, refused.get_json()["problems"][0]["path"]) == (422, "D4")
    book["说明"]["B2"] = "other"
    book["决策表"]["D4"] = 5
    assert "不是「assign」的" in _import(client, book).get_data(as_text=True)
    broken = client.post("/tables/assign/import", data={"file": (io.BytesIO(b"junk"), "x.xlsx")})
    assert broken.status_code == 422


def _import(client: Any, book: Any) -> Any:
    data = io.BytesIO()
    book.save(data)
    data.seek(0)
    return client.post("/tables/assign/import", data={"file": (data, "table.xlsx")})


def test_a_new_table_begins_with_its_catch_all(enter: Any) -> None:
    client = enter("ops")
    answer = client.post("/tables/new", data={"title": "华南线索分配", "title_en": "South leads"})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/tables/south-leads")
    page = client.get("/tables/south-leads").text
    assert "华南线索分配" in page
    assert open_draft("south-leads").document["rows"][0]["when"] == ["-", "-", "-"]  # type: ignore[union-attr]
    assert client.post("/tables/new", data={"title": " "}).status_code == 422


def test_a_rule_is_no_table_and_a_name_nobody_has_is_not_found(enter: Any) -> None:
    client = enter("ops")
    assert client.get("/tables/first-response-start").headers["Location"] == "/rules/first-response-start/edit"
    assert client.get("/tables/none").status_code == 404
    assert client.post("/tables/assign/look", json={"document": {"id": "assign"}}).status_code == 422


@pytest.mark.parametrize("broken", [{"rows": [1, {"when": "x"}]}, {"inputs": "x"}, {"outputs": [None]}, {"rows": None}])
def test_a_broken_draft_is_shown_and_its_problems_said(enter: Any, broken: dict[str, Any]) -> None:
    client = enter("ops")
    found = look(client, bundled() | broken, [[0, "when", 0], ["x"], [9, "then", 9]], save=True)
    assert found.status_code == 200
    assert found.get_json()["problems"]
    assert client.get("/tables/assign").status_code == 200
    assert client.get("/tables/").status_code == 200


@pytest.mark.parametrize("language", ["zh", "en"])
def test_what_any_column_offers_or_shows_as_an_example_is_taken(
    workspace: Any, company: Any, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    """Of every fact and argument there is, own kinds and fields and two people of one name included."""
    ws = workspace
    own_kinds.make_both(ws, Origin(Actor.of(company.user("ops")), "console"))
    twin = company.sellers["华东一部"][0]
    ws.door.change("user", company.user("legal").id, {"name": twin.name}, SYSTEM)
    monkeypatch.setattr("clew.admin.rulebook.tables_grid.t", lambda zh, en: zh if language == "zh" else en)
    known = vocabulary_of(ws)
    inputs = [column_of({"field": name}, known) for name in known.fields]
    outputs = [
        output_of({"action": action, "arg": arg}, known) for action, spec in known.actions.items() for arg in spec.args
    ]
    shown = columns_json(ws, inputs, outputs, language)
    assert {"visit.cost", "lead.owner_id"} <= {one["name"] for one in shown}
    for column, head in zip(inputs, shown, strict=False):
        examples = head["hint"].removeprefix("例：").removeprefix("e.g. ").split("；" if language == "zh" else "; ")
        for text in (*head["offers"], *examples):
            assert document_cell(stored(cell_of(text, column), column), column).tests, (head["name"], text)
    for output, head in zip(outputs, shown[len(inputs) :], strict=True):
        for text in head["offers"]:
            assert value_of(text, output) not in (None, ""), (head["name"], text)
    owners = next(one["offers"] for one in shown if one["name"] == "lead.owner_id")
    assert any(twin.email in one for one in owners)
    assert not any(twin.id in one for one in owners)
    heads = {one["name"]: one["title"] for one in shown}
    assert heads["lead.region"] != heads["customer.region"]
    settable = next(one["offers"] for one in shown if one["name"] == "field" and one["of"])
    assert not any("lead." in one for one in settable)
