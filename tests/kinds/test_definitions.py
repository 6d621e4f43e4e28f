"""Bad definitions of kinds, fields and processes are refused at the door, before anything is read from them."""

from __future__ import annotations

from typing import Any

import pytest

from clew.core.errors import Forbidden, Invalid
from clew.core.journal.origin import SYSTEM
from clew.core.kinds import KindDefinition, ProcessDefinition
from clew.core.storage.database import database
from clew.core.workspace import Workspace

from .test_made_at_run_time import as_

TITLES = {"title_zh": "试", "title_en": "Trial"}
FIELD = {"kind": "sample", "label_zh": "试", "label_en": "Trial", "type": "text"}
STAGES = [{"name": "sent", "zh": "已寄", "en": "Sent"}, {"name": "back", "zh": "已回", "en": "Back"}]
SENDING = {"name": "sending", "title": {"zh": "寄样", "en": "Sending"}, "stages": STAGES}


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"name": "Sample"}, "lower-case"),
        ({"name": "owner"}, "reserved"),
        ({"name": "lead"}, "already"),
        ({"name": "seller"}, "rules know 'sellers'"),
        ({"name": "trial", "belongs_to": ["nothing"]}, "can't belong to 'nothing'"),
        ({"name": "trial", "belongs_to": ["user"]}, "can't belong to 'user'"),
        ({"name": "trial", "belongs_to": "lead"}, "takes a list"),
        ({"name": "trial", "belongs_to": [["lead"]]}, "list of kinds"),
    ],
)
def test_a_kind_that_could_not_be_made_is_refused(
    any_workspace: Workspace, made: Any, values: dict[str, Any], said: str
) -> None:
    with pytest.raises(Invalid, match=said):
        any_workspace.door.create("kind_definition", {**TITLES, **values}, SYSTEM)
    assert KindDefinition.select().where(KindDefinition.title_zh == "试").count() == 0


def test_kinds_never_belong_to_each_other(any_workspace: Workspace, made: Any) -> None:
    ws = any_workspace
    ws.door.create("kind_definition", {**TITLES, "name": "trial", "belongs_to": ["sample"]}, SYSTEM)
    sample = KindDefinition.get(KindDefinition.name == "sample")
    for parents in (["trial"], ["sample"]):
        with pytest.raises(Invalid, match="itself belongs to sample"):
            ws.door.change("kind_definition", sample.id, {"belongs_to": parents}, SYSTEM)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"name": "select"}, "taken"),
        ({"name": "extra"}, "taken"),
        ({"name": "stage"}, "taken"),
        ({"name": "Big Name"}, "lower-case"),
        ({"name": "big", "kind": "nothing"}, "no kind 'nothing'"),
        ({"name": "model"}, "already"),
        ({"name": "big", "kind": "lead", "type": "reference", "target": "nothing"}, "no kind 'nothing' to refer"),
        ({"name": "company", "kind": "lead"}, "taken"),
        ({"name": "big", "type": "huge"}, "no option 'huge'"),
    ],
)
def test_a_field_that_could_not_be_kept_is_refused(
    any_workspace: Workspace, made: Any, values: dict[str, Any], said: str
) -> None:
    with pytest.raises(Invalid, match=said):
        any_workspace.door.create("field_definition", {**FIELD, "indexed": True, **values}, SYSTEM)


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ("text", "holds name"),
        ([], "needed"),
        ({}, "holds name"),
        ({"name": "sending"}, "holds name"),
        ({**SENDING, "name": "other", "transitions": []}, "should be 'sending'"),
        ({**SENDING, "stages": [], "transitions": []}, "at least one stage"),
        ({**SENDING, "stages": [STAGES[0], STAGES[0]], "transitions": []}, "names of their own"),
        ({**SENDING, "stages": [{**STAGES[0], "role": "king"}], "transitions": []}, "no role 'king'"),
        ({**SENDING, "transitions": [["sent", "gone"]]}, "no stage 'gone'"),
        ({**SENDING, "title": {"zh": "寄", "en": 5}, "transitions": []}, "en of 'title' is a text"),
        ({**SENDING, "stages": [{**STAGES[0], "zh": ""}], "transitions": []}, "zh of 'sent' is a text"),
        ({**SENDING, "stages": [{**STAGES[0], "required": ["nofield"]}], "transitions": []}, "no field 'nofield'"),
        ({**SENDING, "stages": [{**STAGES[0], "required": "model"}], "transitions": []}, "holds name"),
    ],
)
def test_a_process_that_could_not_be_read_is_refused(
    any_workspace: Workspace, made: Any, document: Any, said: str
) -> None:
    with pytest.raises(Invalid, match=said):
        any_workspace.door.create("process_definition", {"name": "sending", "document": document}, SYSTEM)


@pytest.mark.parametrize(
    ("kind", "said"),
    [("nothing", "no kind 'nothing': make the kind first"), ("customer", "'customer' has no stages")],
)
def test_a_process_is_one_of_a_kind_that_has_stages(any_workspace: Workspace, made: Any, kind: str, said: str) -> None:
    document = {**SENDING, "transitions": []}
    with pytest.raises(Invalid, match=said):
        any_workspace.door.create("process_definition", {"name": "sending", "kind": kind, "document": document}, SYSTEM)


def test_a_kind_has_a_process_of_its_own(any_workspace: Workspace, made: Any) -> None:
    ws = any_workspace
    with pytest.raises(Invalid, match="'visiting' is one of 'visit'"):
        ws.door.create("kind_definition", {**TITLES, "name": "trial", "process": "visiting"}, SYSTEM)
    visiting = ProcessDefinition.get(ProcessDefinition.name == "visiting")
    for change in ({"kind": "lead"}, {"name": "other"}):
        with pytest.raises(Invalid, match="name and kind can't be changed"):
            ws.door.change("process_definition", visiting.id, change, SYSTEM)


def test_operations_make_a_kind_with_stages_sellers_do_not(any_workspace: Workspace, made: Any) -> None:
    ws, ops = any_workspace, as_(made.user("ops"))
    document = {**SENDING, "transitions": [["sent", "back"]]}
    process = {"name": "sending", "kind": "parcel", "document": document}
    parcel = {"name": "parcel", **TITLES, "belongs_to": ["customer"], "process": "sending"}
    ws.door.create("kind_definition", parcel, ops)
    with pytest.raises(Forbidden):
        ws.door.create("process_definition", process, as_(made.sellers["华南部"][0]))
    ws.door.create("process_definition", process, ops)
    made_one = ws.door.create("parcel", {}, ops).record
    assert made_one.stage == "sent"
    assert ws.configuration.vocabulary.fields["parcel.stage"].options == ("sent", "back")
    assert ws.door.change("parcel", made_one.id, {"stage": "back"}, ops).stage == "back"


def test_long_names_get_an_index_each(any_workspace: Workspace, made: Any) -> None:
    ws, long = any_workspace, "a_kind_with_quite_a_long_name"
    ws.door.create("kind_definition", {**TITLES, "name": long, "belongs_to": ["customer"]}, SYSTEM)
    for end in ("first", "second"):
        name = f"a_field_with_quite_a_long_name_{end}"
        ws.door.create("field_definition", {**FIELD, "kind": long, "name": name, "indexed": True}, SYSTEM)
    names = [index.name for index in database.get_indexes("data_record")]
    assert len([name for name in names if long[:20] in name]) == 2
