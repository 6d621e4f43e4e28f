"""Kinds of record made by operations: made with a process, filled, retired with what names them, brought back, undone."""

from __future__ import annotations

from typing import Any

import pytest

from clew.core.company.field_publishing import publish_field
from clew.core.company.kind_publishing import definition_of, publish_kind, touched_by_kind, who_may
from clew.core.company.publishing import Asked
from clew.core.company.undoing import undo
from clew.core.errors import Conflict, Forbidden, Invalid
from clew.core.intake import take as intake
from clew.core.journal.origin import SYSTEM, Actor, Origin
from clew.core.kinds import CompanyChange
from clew.core.workspace import Workspace

SAMPLE = {"title_zh": "样品", "title_en": "Sample", "belongs_to": ["customer"], "owned": True}


@pytest.fixture
def company(any_workspace: Workspace, found: Any) -> Any:
    """The company."""
    return found(any_workspace)


@pytest.fixture
def ops(company: Any) -> Origin:
    """Somebody in operations."""
    return Origin(Actor.of(company.user("ops")), "console")


def made(ws: Workspace, ops: Origin, **more: Any) -> CompanyChange:
    change = publish_kind(ws, "sample", {**SAMPLE, **more}, Asked(ops), staged=True)
    assert change is not None
    return change


def a_sample(ws: Workspace, ops: Origin) -> Any:
    lead = intake.take(ws, {"company": "恒锐精密", "phone": "13812345678"}, SYSTEM).lead
    publish_field(ws, "sample", "model", {"label_zh": "型号", "label_en": "Model", "type": "text"}, Asked(ops))
    return ws.door.create("sample", {"customer_id": lead.customer_id, "model": "A7"}, ops).record


def revision() -> int:
    row = definition_of("sample")
    assert row is not None
    return row.revision


def test_a_kind_is_made_with_a_process_and_its_records_move_through_it(any_workspace: Workspace, ops: Origin) -> None:
    ws = any_workspace
    made(ws, ops)
    assert (ws.kinds["sample"].staged, ws.kinds["sample"].process) == (True, "sample_process")
    sample = a_sample(ws, ops)
    assert (sample.stage, sample.owner_id) == ("begun", ops.actor.id)
    assert ws.door.change("sample", sample.id, {"stage": "done"}, ops).stage == "done"


@pytest.mark.parametrize(
    ("name", "values", "field", "said"),
    [
        ("lead", {}, "name", "自带的「线索」"),
        ("event", {}, "name", "保留的"),
        ("seller", {}, "name", "规则里已有所指"),
        ("Bad Name", {}, "name", "小写英文"),
        ("x" * 300, {}, "name", "小写英文"),
        ("trial", {"belongs_to": ["user"]}, "belongs_to", "不能归属"),
        ("trial", {"title_zh": ""}, "title_zh", "中文名称"),
    ],
)
def test_what_no_kind_can_be_is_said_beside_its_field(
    any_workspace: Workspace, ops: Origin, name: str, values: dict[str, Any], field: str, said: str
) -> None:
    with pytest.raises(Invalid) as told:
        publish_kind(any_workspace, name, {**SAMPLE, **values}, Asked(ops), staged=True)
    (problem,) = told.value.problems
    assert (problem.field, said in problem.text.zh) == (field, True), problem
    assert not CompanyChange.select().exists()


def test_a_code_that_is_taken_says_by_what(any_workspace: Workspace, ops: Origin) -> None:
    ws = any_workspace
    made(ws, ops)
    with pytest.raises(Conflict, match="published meanwhile"):
        publish_kind(ws, "sample", SAMPLE, Asked(ops))
    publish_kind(ws, "sample", {"active": False}, Asked(ops, revision(), typed_name="Sample"))
    with pytest.raises(Invalid, match="which is retired: bring it back"):
        ws.door.create("kind_definition", {"name": "sample", **SAMPLE}, ops)


def test_a_kind_is_retired_once_what_names_it_is_settled_and_its_title_typed(
    any_workspace: Workspace, ops: Origin
) -> None:
    ws = any_workspace
    made(ws, ops)
    sample = a_sample(ws, ops)
    words = {"zh": "试", "en": "Try"}
    document = {"id": "of-samples", "title": words, "purpose": words, "trigger": "sample.created", "priority": 3}
    document["then"] = [{"create_task": {"title": "问", "assignee": "owner"}}]
    ws.door.create("rule", {"code": "of-samples", "pack": "custom", "version": 1, "document": document}, SYSTEM)
    found = touched_by_kind(ws, "sample", {"active": False})
    open_ = {one.key: [value for value, _ in one.choices] for one in found if one.choices}
    assert open_ == {"kind:sample:rule:of-samples": ["leave"], "kind:sample:record:sample": ["keep"]}
    assert [one.use.use for one in found if not one.choices] == ["process"]
    answers = {key: values[0] for key, values in open_.items()}
    with pytest.raises(Invalid, match="say what becomes of"):
        publish_kind(ws, "sample", {"active": False}, Asked(ops, revision(), typed_name="样品"))
    with pytest.raises(Invalid, match="type “Sample” to confirm"):
        publish_kind(ws, "sample", {"active": False}, Asked(ops, revision(), answers))
    publish_kind(ws, "sample", {"active": False}, Asked(ops, revision(), answers, "样品"))
    assert "sample" not in ws.kinds
    publish_kind(ws, "sample", {"active": True}, Asked(ops, revision()))
    assert ws.kinds["sample"].model.get_by_id(sample.id).extra["model"] == "A7"
    assert ws.kinds["sample"].staged


def test_making_a_kind_is_taken_back_until_there_are_records(any_workspace: Workspace, ops: Origin) -> None:
    ws = any_workspace
    change = made(ws, ops)
    assert undo(ws, change.id, ops).back == 2
    assert "sample" not in ws.kinds
    publish_kind(ws, "sample", {"active": True}, Asked(ops, revision()))
    assert ws.kinds["sample"].staged
    again = publish_kind(ws, "parcel", {**SAMPLE, "title_zh": "包裹", "title_en": "Parcel"}, Asked(ops))
    assert again is not None
    lead = intake.take(ws, {"company": "恒锐精密", "phone": "13812345678"}, SYSTEM).lead
    ws.door.create("parcel", {"customer_id": lead.customer_id}, ops)
    with pytest.raises(Conflict, match="retire the kind instead"):
        undo(ws, again.id, ops)


def test_what_records_and_rules_are_made_of_stays_and_titles_change(any_workspace: Workspace, ops: Origin) -> None:
    ws = any_workspace
    made(ws, ops)
    with pytest.raises(Invalid, match="this stays"):
        publish_kind(ws, "sample", {"belongs_to": ["lead"]}, Asked(ops, revision()))
    assert publish_kind(ws, "sample", SAMPLE, Asked(ops, revision())) is None
    publish_kind(ws, "sample", {"title_zh": "样件"}, Asked(ops, revision()))
    assert ws.kinds["sample"].title.zh == "样件"


def test_who_may_what_is_told_by_role_and_sellers_make_no_kinds(
    any_workspace: Workspace, ops: Origin, company: Any
) -> None:
    gives = {one.role: {action: words.en for action, words in one.cells.items()} for one in who_may("sample")}
    assert gives["sales"]["see"] == "Own"
    assert gives["ops"]["create"] == "All"
    with pytest.raises(Forbidden):
        publish_kind(any_workspace, "sample", SAMPLE, Asked(Origin(Actor.of(company.user("sales")), "console")))


def test_a_plugins_kind_is_its_own(any_workspace: Workspace, ops: Origin) -> None:
    from ..own_kinds import make_both

    make_both(any_workspace, ops)
    row = definition_of("visit")
    assert row is not None
    with pytest.raises(Invalid, match="plugin 'visits' brings it"):
        publish_kind(any_workspace, "visit", {"title_zh": "走访"}, Asked(ops, row.revision))
