"""Options, stages and fields taken out while records have them: nothing of a record is lost, and it can go on."""

# ruff: noqa: F811 - fixtures of the made kinds come by their names

from __future__ import annotations

import copy
from typing import Any

import pytest

from clew.core.errors import Invalid
from clew.core.journal.origin import SYSTEM, Actor, Origin
from clew.core.kinds import FieldDefinition, KindDefinition, Lead, ProcessDefinition, User
from clew.core.process.processes import SALES
from clew.core.workspace import Workspace

from ..kinds.conftest import lead, made  # noqa: F401 - fixtures
from .records import desk, owner, ws  # noqa: F401 - fixtures

OPTIONS = [{"value": one, "zh": f"选项 {one}", "en": f"Option {one}"} for one in "ab"]


def add(ws: Workspace, kind: str, name: str, type_: str, **more: Any) -> str:
    values = {"kind": kind, "name": name, "label_zh": name, "label_en": name, "type": type_, **more}
    return str(ws.door.create("field_definition", values, SYSTEM).record.id)


def visit(ws: Workspace, lead: Lead, **values: Any) -> Any:
    of = {"lead_id": lead.id, "customer_id": lead.customer_id, "owner_id": lead.owner_id, "team_id": lead.team_id}
    return ws.door.create("visit", {**of, "place": "苏州", **values}, SYSTEM).record


def test_an_option_taken_out_stays_with_those_who_have_it(
    ws: Any, made: Any, desk: Any, lead: Lead, owner: User
) -> None:
    fields = {
        (kind, name): add(ws, kind, name, type_, options=OPTIONS)
        for kind in ("visit", "lead")
        for name, type_ in (("tags", "choices"), ("size", "choice"))
    }
    row = visit(ws, lead, tags=["a"], size="a")
    ws.door.change("lead", lead.id, {"tags": ["a"], "size": "a"}, SYSTEM)
    for one in fields.values():
        ws.door.change("field_definition", one, {"options": OPTIONS[1:]}, SYSTEM)
    at = desk(owner)

    path = f"/records/visit/{row.id}/edit"
    assert '<input type="checkbox" name="f-tags" value="a" checked>' in at.get(path).text
    sent = {**at.form(path), "f-tags": ["a"], "f-size": "a", "f-place": "上海"}
    assert at.client.post(path, data=sent).status_code == 302
    after = type(row).get_by_id(row.id)
    assert after.extra == {**row.extra, "place": "上海"}

    page = at.get(f"/leads/{lead.id}").text
    assert '<input type="checkbox" name="tags" value="a" checked>' in page
    assert "<option selected>a</option>" in page
    was = Lead.get_by_id(lead.id)
    sent = {"revision": was.revision, "note": "改过", "tags": ["a"], "size": "a", "_choices": "1"}
    at.client.post(f"/leads/{lead.id}/edit", data=sent)
    now = Lead.get_by_id(lead.id)
    assert (now.note, now.extra) == ("改过", was.extra)


def test_what_is_typed_into_a_field_retired_meanwhile_is_not_dropped_silently(
    ws: Any, made: Any, desk: Any, lead: Lead, owner: User
) -> None:
    number = add(ws, "visit", "people", "number")
    row = visit(ws, lead, people=7)
    at, path = desk(owner), f"/records/visit/{row.id}/edit"
    sent = at.form(path)
    ws.door.change("field_definition", number, {"active": False}, SYSTEM)
    answer = at.client.post(path, data={**sent, "f-people": "9", "f-place": "上海"})
    assert answer.status_code == 409
    assert "没有保存" in answer.text
    assert type(row).get_by_id(row.id).extra["place"] == "苏州"
    assert at.client.post(path, data={**sent, "f-place": "上海"}).status_code == 302


def test_records_from_before_their_kind_had_a_process_enter_it(ws: Any, made: Any, desk: Any, lead: Lead) -> None:
    row = ws.door.create("sample", {"customer_id": lead.customer_id, "model": "A-1"}, SYSTEM).record
    stages = [{"name": name, "zh": name, "en": name} for name in ("sent", "tried", "kept")]
    document = {
        "name": "sampling",
        "title": {"zh": "送样", "en": "Sampling"},
        "stages": stages,
        "transitions": [["sent", "tried"], ["tried", "kept"]],
    }
    ws.door.create("process_definition", {"name": "sampling", "kind": "sample", "document": document}, SYSTEM)
    kind = KindDefinition.get(KindDefinition.name == "sample")
    ws.door.change("kind_definition", kind.id, {"process": "sampling"}, SYSTEM)
    page = desk(made.user("ops")).get(f"/records/sample/{row.id}").text
    assert all(f'value="{one["name"]}"' in page for one in stages)
    assert ws.door.change("sample", row.id, {"stage": "sent"}, SYSTEM).stage == "sent"
    with pytest.raises(Invalid, match="can't go from sent to kept"):
        ws.door.change("sample", row.id, {"stage": "kept"}, SYSTEM)


def test_a_stage_that_a_plugin_takes_out_lets_those_who_stand_in_it_go_on(ws: Any, made: Any, lead: Lead) -> None:
    document = copy.deepcopy(SALES)
    document["stages"] = [one for one in document["stages"] if one["name"] != lead.stage]
    document["transitions"] = [pair for pair in document["transitions"] if lead.stage not in pair]
    sales = ProcessDefinition.get(ProcessDefinition.name == "sales")
    with pytest.raises(Invalid, match="1 lead still in First contact"):
        ws.door.change("process_definition", sales.id, {"document": document}, SYSTEM)
    upgrade = Origin(Actor("plugin", "own", "own"), "system")
    ws.door.change("process_definition", sales.id, {"document": document}, upgrade)
    assert ws.door.change("lead", lead.id, {"stage": "demo"}, SYSTEM).stage == "demo"


def test_a_stage_asks_for_no_field_that_was_retired(ws: Any, made: Any, lead: Lead) -> None:
    row = visit(ws, lead)
    with pytest.raises(Invalid, match="fill in “Result” before Held"):
        ws.door.change("visit", row.id, {"stage": "held"}, SYSTEM)
    result = FieldDefinition.get((FieldDefinition.kind == "visit") & (FieldDefinition.name == "result"))
    ws.door.change("field_definition", result.id, {"active": False}, SYSTEM)
    assert ws.door.change("visit", row.id, {"stage": "held"}, SYSTEM).stage == "held"
