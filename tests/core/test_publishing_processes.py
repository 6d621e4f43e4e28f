"""Processes published by operations: what a stage needs, who may go past it, what ends it, and where records move."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from clew.core.company.process_publishing import publish_process, touched_by_process
from clew.core.company.publishing import Asked
from clew.core.company.undoing import undo
from clew.core.errors import Conflict, Forbidden, Invalid
from clew.core.intake import take as intake
from clew.core.journal.origin import SYSTEM, Actor, Origin
from clew.core.kinds import KindDefinition, Lead, ProcessDefinition, RuleVersion
from clew.core.process.processes import SALES
from clew.core.storage.system_tables import JournalLine
from clew.core.workspace import Workspace
from clew.core.write.prewrite import NeedsConfirmation


@pytest.fixture
def company(any_workspace: Workspace, found: Any) -> Any:
    """The company."""
    return found(any_workspace)


@pytest.fixture
def ops(company: Any) -> Origin:
    """Somebody in operations."""
    return Origin(Actor.of(company.user("ops")), "console")


@pytest.fixture
def lead(any_workspace: Workspace, company: Any) -> Lead:
    """A lead in the first stage, owned by a seller."""
    seller = company.user("sales")
    values = {"company": "恒锐精密", "phone": "13812345678", "industry": "汽车"}
    found = intake.take(any_workspace, values, SYSTEM).lead
    return any_workspace.door.change("lead", found.id, {"owner_id": seller.id, "team_id": seller.team_id}, SYSTEM)


def seller_of(lead: Lead, reason: str = "", confirmed: bool = False) -> Origin:
    return Origin(Actor.of(lead.owner), "console", reason=reason, confirmed=confirmed)


def sales(**stages: dict[str, Any]) -> dict[str, Any]:
    """Return the sales process with some of its stages changed."""
    document = copy.deepcopy(SALES)
    document["stages"] = [{**one, **stages.get(one["name"], {})} for one in document["stages"]]
    return document


def without(*names: str) -> dict[str, Any]:
    document = copy.deepcopy(SALES)
    document["stages"] = [one for one in document["stages"] if one["name"] not in names]
    document["transitions"] = [pair for pair in document["transitions"] if not {*pair} & {*names}]
    return document


def revision() -> int:
    return ProcessDefinition.get(ProcessDefinition.name == "sales").revision


def test_a_stage_that_goes_asks_where_its_records_go_and_moves_them_with_the_cause(
    any_workspace: Workspace, ops: Origin, lead: Lead
) -> None:
    ws = any_workspace
    words = {"zh": "试", "en": "Try"}
    document = {
        "id": "watch",
        "title": words,
        "purpose": words,
        "trigger": "lead.stage_changed",
        "priority": 3,
        "when": {"field": "event.to_stage", "op": "==", "value": "first_contact"},
        "then": [{"create_task": {"title": "问", "assignee": "owner"}}],
    }
    ws.door.create("rule", {"code": "watch", "pack": "custom", "version": 1, "document": document}, SYSTEM)
    new = without("first_contact")
    touched = [one for one in touched_by_process(ws, "sales", "lead", new) if one.choices]
    assert {one.key for one in touched} >= {"stage:first_contact:record:lead", "stage:first_contact:rule:watch"}
    with pytest.raises(Invalid):
        publish_process(ws, "sales", "lead", new, Asked(ops, revision()))
    answers = {one.key: "to:diagnosis" for one in touched}
    change = publish_process(ws, "sales", "lead", new, Asked(ops, revision(), answers))
    moved = Lead.get_by_id(lead.id)
    assert (moved.stage, moved.stage_since) == ("diagnosis", ws.clock.now())
    line = JournalLine.select().where(JournalLine.record_id == lead.id).order_by(JournalLine.seq.desc()).first()
    cause = JournalLine.get(JournalLine.seq == line.cause_seq)
    assert (line.kind, line.reason, cause.record_id) == ("lead.stage_changed", "流程「销售流程」", change.id)
    draft = RuleVersion.get((RuleVersion.code == "watch") & (RuleVersion.state == "draft"))
    assert draft.document["when"]["value"] == "diagnosis"
    assert undo(ws, change.id, ops).kept == ()
    assert Lead.get_by_id(lead.id).stage == "first_contact"
    assert ws.processes.get("sales").first.name == "first_contact"


def test_records_are_never_left_in_a_stage_that_is_not_there(any_workspace: Workspace, ops: Origin, lead: Lead) -> None:
    ws, row = any_workspace, ProcessDefinition.get(ProcessDefinition.name == "sales")
    with pytest.raises(Invalid, match="1 lead still in First contact"):
        ws.door.change("process_definition", row.id, {"document": without("first_contact")}, ops)


def test_a_stage_needs_a_field_and_evidence_whoever_moves(any_workspace: Workspace, ops: Origin, lead: Lead) -> None:
    ws = any_workspace
    evidence = {
        "when": {"field": "lead.budget", "op": ">=", "value": 10000},
        "zh": "预算要满一万",
        "en": "10,000 at least",
    }
    publish_process(ws, "sales", "lead", sales(diagnosis={"evidence": [evidence]}), Asked(ops, revision()))
    ws.door.change("lead", lead.id, {"industry": ""}, SYSTEM)
    for origin in (seller_of(lead), SYSTEM):
        with pytest.raises(Invalid) as refused:
            ws.door.change("lead", lead.id, {"stage": "diagnosis"}, origin)
        assert [(one.field, one.text.zh) for one in refused.value.problems] == [
            ("industry", "请补充行业，再进入「需求诊断」"),
            ("stage", "预算要满一万，再进入「需求诊断」"),
        ]
    values = {"stage": "diagnosis", "industry": "汽车", "budget": 20000}
    assert ws.door.change("lead", lead.id, values, seller_of(lead)).stage == "diagnosis"
    with pytest.raises(Invalid, match="can't be emptied"):
        ws.door.change("lead", lead.id, {"industry": ""}, seller_of(lead))


@pytest.mark.parametrize(
    ("stage", "said"),
    [
        (
            {"evidence": [{"when": {"field": "lead.budgit", "op": ">", "value": 1}, "zh": "一", "en": "a"}]},
            "lead.budgit",
        ),
        (
            {"evidence": [{"when": {"field": "contract.amount", "op": ">", "value": 1}, "zh": "一", "en": "a"}]},
            "no contract",
        ),
        ({"evidence": [{"when": {"field": "lead.budget", "op": "==", "value": "x"}, "zh": "一", "en": "a"}]}, "number"),
        ({"evidence": [{"when": {}, "zh": "一", "en": "a"}]}, "stages"),
        ({"skip": ["manger"]}, "did you mean 'manager'"),
        ({"role": "sale"}, "did you mean 'sales'"),
        ({"required": ["budgit"]}, "did you mean 'budget'"),
        ({"final": "wun"}, "did you mean 'won'"),
        ({"confirm": "yes"}, "true or false"),
    ],
)
def test_what_a_stage_says_is_checked(any_workspace: Workspace, ops: Origin, stage: dict[str, Any], said: str) -> None:
    with pytest.raises(Invalid, match=said):
        publish_process(any_workspace, "sales", "lead", sales(demo=stage), Asked(ops, revision()))


def test_some_may_go_past_a_stage_and_say_why(any_workspace: Workspace, company: Any, ops: Origin, lead: Lead) -> None:
    ws = any_workspace
    ways = sales(diagnosis={"skip": ["manager"]}, demo={"required": []})
    publish_process(ws, "sales", "lead", ways, Asked(ops, revision()))
    with pytest.raises(Invalid, match="can't go from"):
        ws.door.change("lead", lead.id, {"stage": "demo"}, seller_of(lead, "急"))
    manager = Actor.of(company.user("manager"))
    with pytest.raises(Invalid, match="say why Diagnosis is skipped"):
        ws.door.change("lead", lead.id, {"stage": "demo"}, Origin(manager, "console"))
    ws.door.change("lead", lead.id, {"stage": "demo"}, Origin(manager, "console", reason="老客户"))
    line = JournalLine.select().where(JournalLine.record_id == lead.id).order_by(JournalLine.seq.desc()).first()
    assert (line.after["stage"], line.reason) == ("demo", "老客户")


def test_a_last_stage_ends_the_lead_and_is_confirmed(any_workspace: Workspace, ops: Origin, lead: Lead) -> None:
    ws = any_workspace
    publish_process(ws, "sales", "lead", sales(diagnosis={"final": "won", "confirm": True}), Asked(ops, revision()))
    with pytest.raises(NeedsConfirmation, match="no way back from Diagnosis"):
        ws.door.change("lead", lead.id, {"stage": "diagnosis"}, seller_of(lead))
    ended = ws.door.change("lead", lead.id, {"stage": "diagnosis"}, seller_of(lead, confirmed=True))
    assert (ended.outcome, ended.closed_at) == ("won", ws.clock.now())


def test_a_kind_made_by_operations_gets_a_process(any_workspace: Workspace, ops: Origin) -> None:
    ws = any_workspace
    titles = {"title_zh": "样品", "title_en": "Sample", "belongs_to": ["customer"]}
    ws.door.create("kind_definition", {"name": "sample", **titles}, ops)
    stages = [
        {"name": name, "zh": name, "en": name, "final": "done" if name == "kept" else ""} for name in ("sent", "kept")
    ]
    document = {
        "name": "sampling",
        "title": {"zh": "送样", "en": "Sampling"},
        "stages": stages,
        "transitions": [["sent", "kept"]],
    }
    publish_process(ws, "sampling", "sample", document, Asked(ops))
    assert KindDefinition.get(KindDefinition.name == "sample").process == "sampling"
    customer = intake.take(ws, {"company": "恒锐精密", "phone": "13812345678"}, SYSTEM).lead.customer_id
    sample = ws.door.create("sample", {"customer_id": customer}, ops).record
    assert sample.stage == "sent"
    assert ws.door.change("sample", sample.id, {"stage": "kept"}, ops).stage == "kept"


def test_two_at_once_sellers_and_strange_names_are_refused(any_workspace: Workspace, company: Any, ops: Origin) -> None:
    ws = any_workspace
    seller = Origin(Actor.of(company.user("sales")), "console")
    with pytest.raises(Forbidden):
        publish_process(ws, "sales", "lead", sales(), Asked(seller, revision()))
    with pytest.raises(Conflict, match="published meanwhile"):
        publish_process(ws, "sales", "lead", sales(), Asked(ops, revision() + 1))
    with pytest.raises(Invalid, match="no such question"):
        publish_process(ws, "sales", "lead", sales(), Asked(ops, revision(), {"stage:demo:record:lead": "to:payment"}))


def test_what_was_changed_since_stays_and_says_why(any_workspace: Workspace, ops: Origin, lead: Lead) -> None:
    ws = any_workspace
    document = without("first_contact")
    answers = {one.key: "to:diagnosis" for one in touched_by_process(ws, "sales", "lead", document) if one.choices}
    change = publish_process(ws, "sales", "lead", document, Asked(ops, revision(), answers))
    assert change is not None
    ws.door.change("lead", lead.id, {"budget": 20_000_000}, SYSTEM)
    ws.door.change("lead", lead.id, {"stage": "demo"}, SYSTEM)
    undone = undo(ws, change.id, ops)
    assert [(kind, record_id, why.zh) for kind, record_id, why in undone.kept] == [("lead", lead.id, "之后又被改动")]
    assert Lead.get_by_id(lead.id).stage == "demo"
