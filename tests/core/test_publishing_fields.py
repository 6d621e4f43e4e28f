"""Fields published by operations: options that retire, rules and records that move along, taking it all back."""

from __future__ import annotations

from typing import Any

import pytest

from clew.core.company.field_publishing import publish_field, publish_layout, touched_by_field
from clew.core.company.publishing import Asked
from clew.core.company.undoing import undo
from clew.core.errors import Conflict, Forbidden, Invalid
from clew.core.intake import take as intake
from clew.core.journal.origin import SYSTEM, Actor, Origin
from clew.core.kinds import FieldDefinition, Lead, RuleVersion
from clew.core.rulebook.checks import check_all
from clew.core.workspace import Workspace

WORDS = {"label_zh": "痛点", "label_en": "Pain", "type": "choice"}
LATE, PRICE = {"value": "late", "zh": "交付慢", "en": "Late"}, {"value": "price", "zh": "价格", "en": "Price"}


@pytest.fixture
def company(any_workspace: Workspace, found: Any) -> Any:
    """The company."""
    return found(any_workspace)


@pytest.fixture
def ops(company: Any) -> Origin:
    """Somebody in operations."""
    return Origin(Actor.of(company.user("ops")), "console")


def taken(ws: Workspace, name: str, phone: str, **values: Any) -> Lead:
    return intake.take(ws, {"company": name, "phone": phone, **values}, SYSTEM).lead


def rule(ws: Workspace, code: str, when: dict[str, Any]) -> None:
    words = {"zh": "试", "en": "Try"}
    document = {
        "id": code,
        "title": words,
        "purpose": words,
        "trigger": "lead.created",
        "priority": 3,
        "when": when,
        "then": [{"create_task": {"title": "问", "assignee": "owner"}}],
    }
    ws.door.create("rule", {"code": code, "pack": "custom", "version": 1, "document": document}, SYSTEM)


def test_a_field_is_made_renamed_and_retired_while_a_rule_and_records_use_it(
    any_workspace: Workspace, ops: Origin
) -> None:
    ws = any_workspace
    publish_field(ws, "lead", "pain", {**WORDS, "options": [LATE, PRICE]}, Asked(ops))
    row = FieldDefinition.get(FieldDefinition.name == "pain")
    late = taken(ws, "恒锐精密", "13812345678", pain="late")
    rule(ws, "of-pain", {"field": "lead.extra.pain", "op": "in", "value": ["late", "price"]})

    publish_field(ws, "lead", "pain", {"label_zh": "客户痛点"}, Asked(ops, row.revision))
    assert ws.kinds.field("lead", "pain").label.zh == "客户痛点"
    assert not [one for one in check_all(ws) if one.rules[0] == "of-pain" and one.level == "error"]

    gone = {"options": [{**LATE, "retired": True}, PRICE]}
    touched = touched_by_field(ws, "lead", "pain", gone)
    keys = {one.key for one in touched if one.choices}
    assert keys == {"option:late:rule:of-pain", "option:late:record:lead"}
    with pytest.raises(Invalid) as refused:
        publish_field(ws, "lead", "pain", gone, Asked(ops, 2))
    assert {one.field for one in refused.value.problems} == {f"answers.{key}" for key in keys}

    answers = {"option:late:rule:of-pain": "to:price", "option:late:record:lead": "to:price"}
    change = publish_field(ws, "lead", "pain", gone, Asked(ops, 2, answers))
    assert Lead.get_by_id(late.id).extra["pain"] == "price"
    draft = RuleVersion.get((RuleVersion.code == "of-pain") & (RuleVersion.state == "draft"))
    assert draft.document["when"]["value"] == ["price"]
    with pytest.raises(Invalid, match="retired"):
        ws.door.change("lead", late.id, {"pain": "late"}, ops)
    assert [one.rules[0] for one in check_all(ws) if one.code == "unknown_option"] == ["of-pain"]

    undone = undo(ws, change.id, ops)
    assert (undone.back, undone.kept) == (3, ())
    assert Lead.get_by_id(late.id).extra["pain"] == "late"
    assert RuleVersion.get_by_id(draft.id).state == "discarded"
    assert ws.door.change("lead", late.id, {"pain": "price"}, ops).extra["pain"] == "price"
    with pytest.raises(Conflict):
        undo(ws, change.id, ops)


def test_a_retired_option_stays_with_those_who_have_it(any_workspace: Workspace, ops: Origin) -> None:
    ws = any_workspace
    publish_field(ws, "lead", "pain", {**WORDS, "options": [LATE, PRICE]}, Asked(ops))
    late = taken(ws, "恒锐精密", "13812345678", pain="late")
    answers = {"option:late:record:lead": "keep"}
    publish_field(ws, "lead", "pain", {"options": [{**LATE, "retired": True}, PRICE]}, Asked(ops, 1, answers))
    assert ws.door.change("lead", late.id, {"pain": "late", "note": "照旧"}, ops).note == "照旧"
    with pytest.raises(Invalid) as refused:
        taken(ws, "苏州泓德", "13812345679", pain="late")
    assert "已停用，不能再选" in refused.value.problems[0].text.zh
    publish_field(ws, "lead", "pain", {"options": [LATE, PRICE]}, Asked(ops, 2))
    assert taken(ws, "苏州泓德", "13812345679", pain="late").extra["pain"] == "late"


def test_options_of_a_bundled_choice_are_added_renamed_and_retired(any_workspace: Workspace, ops: Origin) -> None:
    ws = any_workspace
    now = [{"value": v, "zh": w.zh, "en": w.en} for v, w in ws.kinds.field("lead", "source").options]
    tiktok = {"value": "tiktok", "zh": "抖音", "en": "Douyin", "colour": "teal"}
    options = [{**one, "zh": "展览会"} if one["value"] == "exhibition" else one for one in now] + [tiktok]
    options = [{**one, "retired": True} if one["value"] == "email" else one for one in options]
    publish_field(ws, "lead", "source", {"options": options}, Asked(ops))
    assert taken(ws, "恒锐精密", "13812345678", source="抖音").source == "tiktok"
    assert taken(ws, "苏州泓德", "13812345679", source="展览会").source == "exhibition"
    with pytest.raises(Invalid, match="retired"):
        taken(ws, "无锡云帆", "13812345670", source="email")
    with pytest.raises(Invalid, match="can be retired, not taken out"):
        publish_field(ws, "lead", "source", {"options": options[1:]}, Asked(ops, 1, {}))
    with pytest.raises(Invalid, match="bundled field"):
        publish_field(ws, "lead", "source", {"type": "text"}, Asked(ops, 1))


def test_clearing_a_mask_takes_who_manages_roles_and_the_name_typed(
    any_workspace: Workspace, company: Any, ops: Origin
) -> None:
    ws, admin = any_workspace, Origin(Actor.of(company.user("admin")), "console")
    values = {"label_zh": "私人电话", "label_en": "Own phone", "type": "text", "mask": "phone"}
    publish_field(ws, "lead", "own_phone", values, Asked(ops))
    with pytest.raises(Invalid, match="type its label"):
        publish_field(ws, "lead", "own_phone", {"mask": ""}, Asked(ops, 1))
    with pytest.raises(Forbidden):
        publish_field(ws, "lead", "own_phone", {"mask": ""}, Asked(ops, 1, typed_name="私人电话"))
    row = FieldDefinition.get(FieldDefinition.name == "own_phone")
    with pytest.raises(Forbidden):
        ws.door.change("field_definition", row.id, {"mask": ""}, ops)
    change = publish_field(ws, "lead", "own_phone", {"mask": ""}, Asked(admin, 1, typed_name="Own phone"))
    assert ws.kinds.field("lead", "own_phone").mask == ""
    undo(ws, change.id, ops)
    assert ws.kinds.field("lead", "own_phone").mask == "phone"


def test_two_at_once_and_sellers_are_refused(any_workspace: Workspace, company: Any, ops: Origin) -> None:
    ws, seller = any_workspace, Origin(Actor.of(company.user("sales")), "console")
    with pytest.raises(Forbidden):
        publish_field(ws, "lead", "pain", {**WORDS, "options": [LATE]}, Asked(seller))
    publish_field(ws, "lead", "pain", {**WORDS, "options": [LATE]}, Asked(ops))
    with pytest.raises(Conflict, match="published meanwhile"):
        publish_field(ws, "lead", "pain", {"label_zh": "甲"}, Asked(ops, None))
    publish_field(ws, "lead", "pain", {"label_zh": "甲"}, Asked(ops, 1))
    with pytest.raises(Conflict, match="published meanwhile"):
        publish_field(ws, "lead", "pain", {"label_zh": "乙"}, Asked(ops, 1))


def test_a_field_only_for_a_trade_is_in_force_with_it(any_workspace: Workspace, ops: Origin) -> None:
    ws = any_workspace
    values = {"label_zh": "车牌", "label_en": "Plate", "type": "text", "trade": "car_deeler"}
    with pytest.raises(Invalid, match="no plugin 'car_deeler'"):
        publish_field(ws, "lead", "plate", values, Asked(ops))
    ws.door.create("plugin", {"name": "car_dealer", "enabled": False}, SYSTEM)
    with pytest.raises(Invalid, match="did you mean 'car_dealer'"):
        publish_field(ws, "lead", "plate", values, Asked(ops))
    publish_field(ws, "lead", "plate", {**values, "trade": "car_dealer"}, Asked(ops))
    assert ws.kinds.field("lead", "plate") is None


def test_a_field_needed_because_of_another_says_so_with_the_same_words(any_workspace: Workspace, ops: Origin) -> None:
    ws = any_workspace
    quoted = [{"value": "quoted", "zh": "已报价", "en": "Quoted"}, {"value": "none", "zh": "未报价", "en": "No quote"}]
    publish_field(ws, "lead", "state", {**WORDS, "label_zh": "状态", "options": quoted}, Asked(ops))
    number = {"label_zh": "报价单编号", "label_en": "Quote number", "type": "text"}
    when = {"field": "state", "in": ["quoted"]}
    with pytest.raises(Invalid, match="no option 'qoted'; did you mean 'quoted'"):
        publish_field(ws, "lead", "number", {**number, "needed_when": {**when, "in": ["qoted"]}}, Asked(ops))
    publish_field(ws, "lead", "number", {**number, "needed_when": when}, Asked(ops))
    lead = taken(ws, "恒锐精密", "13812345678")
    for act in (
        lambda: ws.door.change("lead", lead.id, {"state": "quoted"}, ops),
        lambda: taken(ws, "苏州泓德", "13812345679", state="quoted"),
    ):
        with pytest.raises(Invalid) as refused:
            act()
        assert refused.value.problems[0].text.zh == "请补充报价单编号"
    assert ws.door.change("lead", lead.id, {"state": "quoted", "number": "Q-1"}, ops).extra["number"] == "Q-1"
    with pytest.raises(Invalid, match="Quote number"):
        ws.door.change("lead", lead.id, {"number": ""}, ops)


def test_a_layout_orders_fields_and_names_no_field_that_is_not_there(any_workspace: Workspace, ops: Origin) -> None:
    ws = any_workspace
    sections = [{"zh": "商机", "en": "Deal", "fields": ["budget", "region"]}]
    with pytest.raises(Invalid, match="did you mean 'budget'"):
        publish_layout(ws, "lead", {"sections": [{**sections[0], "fields": ["budgit"]}]}, Asked(ops))
    change = publish_layout(ws, "lead", {"sections": sections, "columns": ["company", "region"]}, Asked(ops))
    lead = ws.kinds["lead"]
    (rest, deal) = lead.grouped([one for one in lead.fields if one.form])
    assert rest[0].zh == ""
    assert (deal[0].zh, [one.name for one in deal[1]]) == ("商机", ["budget", "region"])
    undo(ws, change.id, ops)
    assert not ws.kinds["lead"].layout.sections


def test_a_section_title_in_one_language_is_that_in_both(any_workspace: Workspace, ops: Origin) -> None:
    ws = any_workspace
    sections = [{"zh": "商机", "fields": ["budget"]}, {"zh": "", "en": "Place", "fields": ["region"]}]
    publish_layout(ws, "lead", {"sections": sections}, Asked(ops))
    layout = ws.kinds["lead"].layout
    assert layout is not None
    assert [(one.title.zh, one.title.en) for one in layout.sections] == [("商机", "商机"), ("Place", "Place")]
    with pytest.raises(Invalid, match="or one of them"):
        publish_layout(ws, "lead", {"sections": [{"fields": ["budget"]}]}, Asked(ops, 1))
