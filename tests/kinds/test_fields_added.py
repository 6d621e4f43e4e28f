"""Fields added at run time: what can't be read is refused, and what is there already never keeps the rest from working."""

from __future__ import annotations

from typing import Any

import pytest

from clew.core.errors import Invalid
from clew.core.journal.origin import SYSTEM
from clew.core.kinds import FieldDefinition, Lead
from clew.core.kinds.lead import LEAD
from clew.core.opening import open_workspace
from clew.core.people import sign_in
from clew.core.settings import Settings
from clew.core.storage.database import database, door_opened
from clew.core.workspace import Workspace

from ..app import app_of

FIELD = {"kind": "sample", "label_zh": "试", "label_en": "Trial", "type": "text"}
A = {"value": "a", "zh": "甲", "en": "A"}


def add(ws: Workspace, **values: Any) -> Any:
    return ws.door.create("field_definition", {**FIELD, **values}, SYSTEM).record


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([{"value": "a", "zh": "甲"}], "each with the texts value, zh and en"),
        ([{"value": "a"}], "each with the texts"),
        ([{**A, "colour": "red"}], "colour is one of blue"),
        ([{**A, "size": 3}], "each with the texts"),
        ([["a", "A", "A"]], "each with the texts"),
        ("abc", "takes a list"),
        ({"a": 1}, "takes a list"),
        ([{**A, "value": 5}], "option 1: value is a text"),
        ([{**A, "value": ""}], "option 1: value is a text and not empty"),
        ([{**A, "zh": None}], "option 1: zh is a text"),
        ([A, {**A, "value": "b", "zh": "乙", "en": None}], "option 2: en is a text"),
        ([{**A, "value": " a"}], "no space around it"),
        ([{**A, "value": "a" * 101}], "at most 100 characters"),
        ([{**A, "zh": "甲" * 201}], "at most 200 characters"),
        ([A, {"value": "b", "zh": "甲", "en": "B"}], "options 1 and 2 are both called '甲'"),
        ([A, A], "are both called 'a'"),
        ([{**A, "zh": "甲\0"}], "can't be saved"),
    ],
)
def test_options_that_could_not_be_read_are_refused(
    any_workspace: Workspace, made: Any, options: Any, said: str
) -> None:
    ws = any_workspace
    with pytest.raises(Invalid, match=said):
        add(ws, name="grade", type="choice", options=options)
    assert not FieldDefinition.select().where(FieldDefinition.name == "grade").exists()
    grade = add(ws, name="grade", type="choice", options=[A])
    with pytest.raises(Invalid, match=said):
        ws.door.change("field_definition", grade.id, {"options": options}, SYSTEM)
    assert ws.kinds.field("sample", "grade").options[0][0] == "a"  # type: ignore[union-attr]


def test_a_definition_that_cannot_be_read_is_left_out_and_can_be_mended(any_workspace: Workspace, made: Any) -> None:
    ws = any_workspace
    grade = add(ws, name="grade", type="choice", options=[A])
    with door_opened():
        FieldDefinition.update(options=[{"value": "a", "zh": "甲"}]).where(FieldDefinition.id == grade.id).execute()
    again = open_workspace(settings=Settings(ws.settings.database_url))
    assert again.kinds.field("sample", "grade") is None
    assert again.kinds.field("sample", "model") is not None, "the rest is there"
    again.door.change("field_definition", grade.id, {"options": [A]}, SYSTEM)
    assert again.kinds.field("sample", "grade") is not None
    again.close()


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"name": "visit_id", "kind": "report"}, "taken"),
        ({"name": "confirm"}, "taken"),
        ({"name": "key"}, "taken"),
        ({"name": "csrf_token"}, "taken"),
        ({"name": "revision"}, "taken"),
        ({"name": "id"}, "taken"),
        ({"name": "Id"}, "lower-case"),
        ({"name": "stage_working_hours"}, "taken"),
        *(({"name": name, "kind": "lead"}, "taken") for name in LEAD.inputs or ()),
        ({"name": "quantity_min"}, "narrows lists by 'quantity'"),
        ({"name": "created_at_after"}, "narrows lists by 'created_at'"),
        ({"name": "size", "type": "number"}, "'size_max' narrows lists by 'size'"),
        ({"name": "one", "kind": "task"}, "no field can be added to 'task', only to lead, contact"),
        *(
            ({"name": "one", "kind": kind}, f"no field can be added to '{kind}'")
            for kind in ("payment", "invoice", "deadline", "notification", "user", "team", "calendar_day")
        ),
    ],
)
def test_a_name_that_means_something_else_is_refused(
    any_workspace: Workspace, made: Any, values: dict[str, Any], said: str
) -> None:
    ws = any_workspace
    report = {"name": "report", "title_zh": "报告", "title_en": "Report", "belongs_to": ["visit"]}
    ws.door.create("kind_definition", report, SYSTEM)
    add(ws, name="size_max")
    with pytest.raises(Invalid, match=said):
        add(ws, **values)


def test_a_kind_cannot_belong_to_what_would_take_the_name_of_its_field(any_workspace: Workspace, made: Any) -> None:
    ws = any_workspace
    report = {"name": "report", "title_zh": "报告", "title_en": "Report"}
    made_kind = ws.door.create("kind_definition", report, SYSTEM).record
    add(ws, kind="report", name="visit_id", type="reference", target="visit")
    with pytest.raises(Invalid, match="there is a field 'visit_id'"):
        ws.door.change("kind_definition", made_kind.id, {"belongs_to": ["visit"]}, SYSTEM)


def test_the_names_of_schemas_are_never_those_of_clews_own(any_workspace: Workspace, made: Any) -> None:
    ws = any_workspace
    for name in ("line", "lead_create", "visit_page"):
        ws.door.create("kind_definition", {"name": name, "title_zh": "试", "title_en": "Trial"}, SYSTEM)
    client = app_of(ws).test_client()
    token = sign_in.issue_token(ws, made.user("ops"), "test", SYSTEM)
    schemas = client.get("/api/v1/openapi.json", headers={"Authorization": f"Bearer {token}"}).json
    names = list(schemas["components"]["schemas"])
    assert len(names) == len({*names})
    assert {"LinePage", "linePage", "LeadCreate", "lead_create", "visitPage", "visit_page"} <= {*names}
    assert not [name for name in names if name[-1].isdigit()], "apispec numbers names that clash"


# ---- Other types


@pytest.mark.parametrize(("kind", "was", "to"), [("sample", "text", "money"), ("lead", "text", "number")])
def test_the_type_stays_while_a_record_holds_a_value(
    any_workspace: Workspace, lead: Lead, kind: str, was: str, to: str
) -> None:
    ws = any_workspace
    field = add(ws, kind=kind, name="size", type=was, indexed=True)
    if kind == "lead":
        ws.door.change("lead", lead.id, {"size": "abc"}, SYSTEM)
    else:
        ws.door.create("sample", {"customer_id": lead.customer_id, "model": "M", "size": "abc"}, SYSTEM)
    with pytest.raises(Invalid, match=r"records hold a value of “Trial”.*retire the field"):
        ws.door.change("field_definition", field.id, {"type": to}, SYSTEM)
    assert ws.door.change("field_definition", field.id, {"label_en": "Size"}, SYSTEM).label_en == "Size"


def test_what_a_reference_leads_to_stays_while_a_record_holds_one(any_workspace: Workspace, lead: Lead) -> None:
    ws = any_workspace
    field = add(ws, name="other", type="reference", target="customer")
    given = {"customer_id": lead.customer_id, "model": "M", "other": lead.customer_id}
    sample = ws.door.create("sample", given, SYSTEM).record
    with pytest.raises(Invalid, match="records hold a value"):
        ws.door.change("field_definition", field.id, {"target": "lead"}, SYSTEM)
    ws.door.change("sample", sample.id, {"other": None}, SYSTEM)
    ws.door.change("field_definition", field.id, {"target": "lead"}, SYSTEM)
    with pytest.raises(Invalid, match="no kind 'nothing'"):
        ws.door.change("field_definition", field.id, {"target": "nothing"}, SYSTEM)


@pytest.mark.parametrize("change", [{"kind": "lead"}, {"name": "weight"}])
def test_a_fields_name_and_kind_stay(any_workspace: Workspace, made: Any, change: dict[str, str]) -> None:
    field = add(any_workspace, name="size")
    with pytest.raises(Invalid, match="name and kind can't be changed"):
        any_workspace.door.change("field_definition", field.id, change, SYSTEM)


def indexes(name: str) -> set[str]:
    return {one.name for one in database.get_indexes("data_record") if name in one.name}


def test_an_index_is_made_for_the_type_and_goes_with_it(any_workspace: Workspace, lead: Lead) -> None:
    ws = any_workspace
    field = add(ws, name="size", type="number", indexed=True)
    assert indexes("size") == {"ix_data_record_sample_size_numeric"}
    ws.door.change("field_definition", field.id, {"type": "text"}, SYSTEM)
    assert indexes("size") == {"ix_data_record_sample_size"}
    sample = ws.door.create("sample", {"customer_id": lead.customer_id, "model": "M", "size": "abc"}, SYSTEM).record
    assert sample.size == "abc"
    ws.door.change("field_definition", field.id, {"indexed": False}, SYSTEM)
    assert indexes("size") == set()


# ---- Columns without a declared field


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"required": "perhaps"}, "should be yes or no"),
        ({"required": [1]}, "should be yes or no"),
        ({"active": "maybe"}, "should be yes or no"),
        ({"target": ["x"]}, "takes text"),
        ({"position": "abc"}, "not a number"),
        ({"position": 10**30}, "too large"),
        ({"position": 2**31}, "whole number, at most 2147483647"),
        ({"position": 1.5}, "whole number"),
        ({"hint_zh": "\0"}, "can't be saved"),
        ({"hint_en": "\ud800"}, "can't be saved"),
        ({"hint_zh": "长" * 201}, "at most 200 characters"),
        ({"mask": "everything"}, "no option 'everything'"),
        ({"plugin": "p" * 61}, "at most 60 characters"),
    ],
)
def test_every_column_of_a_definition_is_checked(
    any_workspace: Workspace, made: Any, values: dict[str, Any], said: str
) -> None:
    with pytest.raises(Invalid, match=said):
        add(any_workspace, name="size", **values)


def test_yes_and_no_are_read_as_such(any_workspace: Workspace, made: Any) -> None:
    field = add(any_workspace, name="size", required="false", active="no")
    assert (field.required, field.active) == (False, False)
