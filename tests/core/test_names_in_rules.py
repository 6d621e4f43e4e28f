"""Names in rules are held against what is there: in drafts, at import, and again when something is renamed or leaves."""

from __future__ import annotations

import io
from typing import Any

import pytest
from openpyxl import load_workbook

from clew.core.company.field_publishing import publish_field, touched_by_field
from clew.core.company.publishing import Asked
from clew.core.company.switches import switch_plugin
from clew.core.company.what_breaks import Named, uses
from clew.core.errors import Invalid
from clew.core.intake import take as intake
from clew.core.journal.origin import SYSTEM, Actor, Origin
from clew.core.kinds import (
    Badge,
    FieldDefinition,
    Lead,
    Notification,
    PauseReason,
    ProcessDefinition,
    RuleRecord,
    RuleVersion,
)
from clew.core.rulebook.checks import check_all, errors_of
from clew.core.rulebook.documents import problems_of
from clew.core.rulebook.name_troubles import watch_names
from clew.core.rulebook.versions import new_draft, submit, write_draft
from clew.core.rulebook.vocabulary import vocabulary_of
from clew.core.running import drain
from clew.core.storage.system_tables import Dispatch, NameTrouble
from clew.core.workspace import Workspace
from clew.rules.language.errors import RuleError
from clew.rules.packs.bundled import bundled_packs
from clew.rules.tables.xlsx_reader import read_xlsx
from clew.rules.tables.xlsx_writer import write_xlsx

from ..app import app_of


@pytest.fixture
def company(any_workspace: Workspace, found: Any) -> Any:
    """The company."""
    return found(any_workspace)


def assigning(**to: str) -> dict[str, Any]:
    words = {"zh": "分给谁", "en": "To whom"}
    head = {"id": "given", "title": words, "purpose": words, "trigger": "lead.created", "priority": 500}
    return {**head, "then": [{"assign": to}]}


@pytest.mark.parametrize(
    ("to", "said"),
    [
        ({"team": "华东一队"}, "是否想写「华东一部」"),
        ({"user": "华东一部销售c"}, "华东一部销售"),
        ({"user": "seller1c@test.example"}, "seller1"),
        ({"team": "没有这种队"}, "没有这个名称"),
    ],
)
def test_a_draft_that_names_nobody_is_not_sent_for_approval(
    any_workspace: Workspace, company: Any, to: dict[str, str], said: str
) -> None:
    ops = Origin(Actor.of(company.user("ops")), "console")
    draft = new_draft(any_workspace, assigning(**to), ops)
    with pytest.raises(Invalid) as refused:
        submit(any_workspace, draft.id, "", ops)
    (problem,) = refused.value.problems
    assert problem.field.startswith("then[0].assign.")
    assert said in problem.text.zh


@pytest.mark.parametrize(
    "to",
    [{"team": "华东一部"}, {"user": "华东一部销售a"}, {"user": "seller1a@test.example"}, {"team": "{lead.region}部"}],
)
def test_who_is_there_may_be_named(any_workspace: Workspace, company: Any, to: dict[str, str]) -> None:
    assert problems_of(any_workspace, assigning(**to)) == []


def test_of_two_people_of_one_name_a_rule_says_which(any_workspace: Workspace, company: Any) -> None:
    ws, seller = any_workspace, company.user("sales")
    twin = {"email": "twin@test.example", "name": seller.name, "roles": ["sales"]}
    ws.door.create("user", {**twin, "team_id": company.teams["华南部"].id}, SYSTEM)
    (problem,) = problems_of(ws, assigning(user=seller.name))
    assert "有 2 个叫这个名字" in problem.text.zh
    assert "twin@test.example" in problem.text.zh
    assert problems_of(ws, assigning(user="twin@test.example")) == []
    ws.door.create(
        "rule", {"code": "given", "pack": "custom", "version": 1, "document": assigning(user=seller.name)}, SYSTEM
    )
    taken = intake.take(ws, {"company": "恒锐精密", "phone": "13812345678"}, SYSTEM).lead
    drain(ws)
    (letter,) = Dispatch.select().where(Dispatch.consumer == "rule:given")
    assert "有 2 位成员叫" in letter.error
    assert Lead.get_by_id(taken.id).owner_id is not None, "the other rules see to it"


@pytest.mark.parametrize(
    ("clause", "said"),
    [
        ({"field": "lead.team", "op": "==", "value": "华东一队"}, "是否想写「华东一部」"),
        ({"field": "owner.team", "op": "in", "value": ["华东一部", "华北"]}, "是否想写「华北部」"),
        ({"field": "owner.name", "op": "!=", "value": "华东一部销售c"}, "华东一部销售"),
        ({"field": "owner.manager", "op": "==", "value": "没有此人"}, "没有这个名称"),
        ({"field": "lead.stage", "op": "==", "value": "demos"}, "是否想写「demo」"),
        ({"field": "lead.extra.nothing", "op": "==", "value": "x"}, "未知的字段"),
    ],
)
def test_names_in_conditions_are_held_against_what_is_there(
    any_workspace: Workspace, company: Any, clause: dict[str, Any], said: str
) -> None:
    (problem,) = problems_of(any_workspace, {**assigning(team="华东一部"), "when": clause})
    assert problem.field.startswith("when.")
    assert said in problem.text.zh


@pytest.mark.parametrize(
    ("to", "said"), [("role:saless", "role:sales"), ("owners", "owner"), ("role:", "不在可选范围")]
)
def test_roles_are_held_against_those_there_are(any_workspace: Workspace, company: Any, to: str, said: str) -> None:
    document = {**assigning(), "then": [{"notify": {"to": to, "title": "一", "body": "二"}}]}
    (problem,) = problems_of(any_workspace, document)
    assert said in problem.text.zh


def test_a_table_and_its_spreadsheet_are_held_against_what_is_there(any_workspace: Workspace, company: Any) -> None:
    ws = any_workspace
    head = {key: value for key, value in assigning().items() if key != "then"}
    document = {
        **head,
        "inputs": [{"field": "owner.team"}, {"field": "lead.stage"}],
        "outputs": [{"action": "assign", "arg": "team"}, {"action": "notify", "arg": "to"}],
        "rows": [
            {"id": "one", "when": ["华东一队", "demo"], "then": ["华北", None]},
            {"id": "rest", "when": ["-", "-"], "then": ["华东一部", None]},
        ],
    }
    found = {one.field: one.text.zh for one in problems_of(ws, document)}
    assert set(found) == {"rows[0].when[0]", "rows[0].then[0]"}
    assert "是否想写「华东一部」" in found["rows[0].when[0]"]
    assert "是否想写「华北部」" in found["rows[0].then[0]"]
    with pytest.raises(RuleError) as refused:
        read_xlsx(write_xlsx(document), vocabulary_of(ws), document)
    said = {one.path: one.text("zh") for one in refused.value.problems}
    assert len(said) == 2
    assert all("是否想写" in one for one in said.values()), said


def test_everyone_stands_in_a_spreadsheet_in_words_and_comes_back(any_workspace: Workspace, company: Any) -> None:
    known = vocabulary_of(any_workspace)
    (table,) = bundled_packs(known)[0].documents
    data = write_xlsx(table, known)
    assert read_xlsx(data, known, table)["rows"] == table["rows"]
    shown = [cell.value for row in load_workbook(io.BytesIO(data)).worksheets[0].iter_rows() for cell in row]
    assert "全体在岗的销售" in shown, shown


def test_in_a_house_without_teams_every_team_is_unknown(any_workspace: Workspace) -> None:
    (problem,) = problems_of(any_workspace, assigning(team="华东一部"))
    assert "没有这个名称" in problem.text.zh


def test_what_a_rename_breaks_is_found_again_marked_and_told_once(any_workspace: Workspace, company: Any) -> None:
    ws, ops = any_workspace, company.user("ops")
    ws.refresh()
    assert watch_names(ws) == 0
    ws.door.change("team", company.teams["华北部"].id, {"name": "北方大区"}, SYSTEM)
    assert (watch_names(ws), watch_names(ws)) == (1, 0)
    (told,) = Notification.select().where(Notification.user == ops.id)
    assert (told.title, told.link) == ("规则「线索分配」提到的名称不在了", "/rules/assign")
    assert "华北部" in told.body
    client = app_of(ws, csrf=False).test_client()
    client.post("/sign-in", data={"name": ops.email, "password": company.password})
    assert "名称不在了" in client.get("/rules/").text
    assert "没有这个名称" in client.get("/rules/assign").text
    assert 'href="/rules/assign"' in client.get("/inbox/").text
    assert [row.code for row in NameTrouble.select()] == ["assign"]
    ws.door.change("team", company.teams["华北部"].id, {"name": "华北部"}, SYSTEM)
    assert watch_names(ws) == 0
    assert NameTrouble.select().count() == 0
    assert "名称不在了" not in client.get("/rules/").text


@pytest.mark.parametrize("what", ["person", "role", "field", "stage", "plugin's field"])
def test_whatever_goes_is_found_in_the_rules_that_name_it(any_workspace: Workspace, company: Any, what: str) -> None:
    ws, seller = any_workspace, company.user("sales")
    field = {"kind": "lead", "name": "rank", "label_zh": "评级", "label_en": "Rank", "type": "choice", "mask": ""}
    options = [{"value": name, "zh": name, "en": name} for name in ("甲", "乙")]
    made = ws.door.create(
        "field_definition", {**field, "options": options, "hint_zh": "", "hint_en": ""}, SYSTEM
    ).record
    clause = {"field": "lead.extra.rank", "op": "==", "value": "乙"}
    documents = {
        "person": assigning(user=seller.name),
        "role": {**assigning(), "then": [{"notify": {"to": "role:night", "title": "一", "body": "二"}}]},
        "field": {**assigning(team="华东一部"), "when": clause},
        "stage": {**assigning(), "then": [{"move_stage": {"stage": "demo"}}]},
        "plugin's field": {**assigning(team="华东一部"), "when": {"field": "lead.extra.model", "op": "present"}},
    }
    role = {"name": "night", "title_zh": "夜班", "title_en": "Night shift", "permissions": [], "cells": {}}
    night = ws.door.create("role", role, SYSTEM).record
    before = set(vocabulary_of(ws).fields)
    switch_plugin(ws, "car_dealer", True, SYSTEM)
    document = documents[what]
    if what == "plugin's field":
        name = min(one for one in vocabulary_of(ws).fields if one.startswith("lead.extra.") and one not in before)
        document = {**document, "when": {"field": name, "op": "present"}}
    ws.door.create("rule", {"code": "given", "pack": "custom", "version": 1, "document": document}, SYSTEM)
    ws.refresh()
    assert watch_names(ws) == 0
    if what == "person":
        ws.door.change("user", seller.id, {"active": False}, SYSTEM)
    elif what == "role":
        ws.door.change("role", night.id, {"active": False}, SYSTEM)
    elif what == "field":
        ws.door.change("field_definition", made.id, {"options": options[:1]}, SYSTEM)
    elif what == "stage":
        row = ProcessDefinition.get(ProcessDefinition.name == "sales")
        stages = [one for one in row.document["stages"] if one["name"] != "demo"]
        ways = [one for one in row.document["transitions"] if "demo" not in one]
        document = {**row.document, "stages": stages, "transitions": ways}
        ws.door.change("process_definition", row.id, {"document": document}, SYSTEM)
    else:
        switch_plugin(ws, "car_dealer", False, SYSTEM)
    ws.refresh()
    assert watch_names(ws) >= 1
    assert "given" in {row.code for row in NameTrouble.select()}


def unknown(ws: Workspace) -> set[str]:
    return {one.rules[0] for one in check_all(ws) if one.code == "unknown_option"}


def test_renaming_a_team_and_switching_a_person_off_show_what_breaks(any_workspace: Workspace, company: Any) -> None:
    ws, seller = any_workspace, company.user("sales")
    document = assigning(user=seller.name)
    ws.door.create("rule", {"code": "given", "pack": "custom", "version": 1, "document": document}, SYSTEM)
    assert unknown(ws) == set()
    ws.door.change("team", company.teams["华北部"].id, {"name": "北方大区"}, SYSTEM)
    ws.door.change("user", seller.id, {"active": False}, SYSTEM)
    assert unknown(ws) == {"assign-north", "assign-services", "given"}
    taken = intake.take(ws, {"company": "恒锐精密", "phone": "13812345678"}, SYSTEM).lead
    drain(ws)
    (letter,) = Dispatch.select().where(Dispatch.state == "dead")
    assert (letter.consumer, Lead.get_by_id(taken.id).owner_id != seller.id) == ("rule:given", True)
    assert "已停用" in letter.error


def closing(name: str) -> dict[str, Any]:
    return {**assigning(), "trigger": "follow_up.created", "then": [{"close_deadline": {"name": name}}]}


def test_a_deadline_that_nothing_starts_is_an_error_with_the_name_that_was_meant(
    any_workspace: Workspace, company: Any
) -> None:
    ws, ops = any_workspace, Origin(Actor.of(company.user("ops")), "console")
    draft = new_draft(ws, closing("first_responce"), ops)
    with pytest.raises(Invalid) as refused:
        submit(ws, draft.id, "", ops)
    assert "是否想写「first_response」" in refused.value.text.zh
    assert not [one for one in check_all(ws, closing("first_response")) if one.code == "deadline_unstarted"]


def test_of_two_rules_that_share_a_deadline_either_may_be_renamed_first(any_workspace: Workspace, company: Any) -> None:
    ws, ops = any_workspace, Origin(Actor.of(company.user("ops")), "console")
    document = RuleRecord.get(RuleRecord.code == "first-response-start").document
    start = {"start_deadline": {"name": "erste_antwort", "working_minutes": 30}}
    draft = write_draft(ws, "first-response-start", {**document, "then": [start]}, ops)
    assert not [
        one for one in errors_of(ws, draft.document) if "first-response-met" in one.text.zh or "等待时限" in one.text.zh
    ]
    ws.door.change("rule", RuleRecord.get(RuleRecord.code == "first-response-start").id, {"enabled": False}, SYSTEM)
    waiting = {one.rules[0] for one in check_all(ws) if one.code == "deadline_unstarted" and one.level == "error"}
    assert waiting == {"first-response-met", "first-response-escalate"}, "readiness and the checks show them"


def doing(action: str, **args: str) -> dict[str, Any]:
    return {**assigning(), "then": [{action: args}]}


@pytest.mark.parametrize(
    ("document", "said"),
    [
        (doing("award", to="owner", badge="data_champon", reason="齐"), "是否想写「data_champion」"),
        (doing("pause_deadline", name="first_response", reason="waiting_custommer"), "是否想写「waiting_customer」"),
        (doing("pause_deadline", name="first_responce", reason="waiting_customer"), "是否想写「first_response」"),
        (doing("resume_deadline", name="first_responce"), "是否想写「first_response」"),
    ],
    ids=["badge", "reason", "deadline paused", "deadline resumed"],
)
def test_badges_reasons_to_pause_and_deadlines_are_held_against_those_there_are(
    any_workspace: Workspace, company: Any, document: dict[str, Any], said: str
) -> None:
    ws, ops = any_workspace, Origin(Actor.of(company.user("ops")), "console")
    draft = new_draft(ws, document, ops)
    with pytest.raises(Invalid) as refused:
        submit(ws, draft.id, "", ops)
    assert said in refused.value.text.zh


def test_a_badge_that_is_renamed_or_retired_and_a_reason_switched_off_are_found_in_rules(
    any_workspace: Workspace, company: Any
) -> None:
    ws = any_workspace
    awards = doing("award", to="owner", badge="data_champion", reason="齐")
    pauses = doing("pause_deadline", name="first_response", reason="waiting_customer")
    for code, document in (("awards", awards), ("pauses", pauses)):
        values = {"code": code, "pack": "custom", "version": 1, "document": {**document, "id": code}}
        ws.door.create("rule", values, SYSTEM)
    ws.refresh()
    assert watch_names(ws) == 0
    assert {one.name for one in uses(ws, Named("badge", "data_champion"))} == {"awards"}
    assert {one.name for one in uses(ws, Named("pause_reason", "waiting_customer"))} == {"pauses"}
    reason = PauseReason.get(PauseReason.name == "waiting_customer")
    ws.door.change("pause_reason", reason.id, {"active": False}, SYSTEM)
    badges = FieldDefinition.get(FieldDefinition.kind == "badge")
    retired = [{**one, "retired": True} for one in badges.options]
    ws.door.change("field_definition", badges.id, {"options": retired}, SYSTEM)
    ws.refresh()
    assert watch_names(ws) == 2
    assert {row.code for row in NameTrouble.select()} == {"awards", "pauses"}


def test_a_badge_in_a_spreadsheet_stands_in_words_and_is_held_against_those_there_are(
    any_workspace: Workspace, company: Any
) -> None:
    known = vocabulary_of(any_workspace)
    head = {key: value for key, value in assigning().items() if key != "then"}
    table = {
        **head,
        "inputs": [{"field": "lead.region"}],
        "outputs": [{"action": "award", "arg": one} for one in ("to", "badge", "reason")],
        "rows": [{"id": "rest", "when": ["-"], "then": ["owner", "data_champion", "齐"]}],
    }
    book = load_workbook(io.BytesIO(write_xlsx(table, known)))
    assert read_xlsx(write_xlsx(table, known), known, table)["rows"] == table["rows"]
    (cell,) = [one for row in book.worksheets[0].iter_rows() for one in row if one.value == "数据标兵"]
    cell.value = "数据标"
    changed = io.BytesIO()
    book.save(changed)
    with pytest.raises(RuleError) as refused:
        read_xlsx(changed.getvalue(), known, table)
    assert "是否想写" in str(refused.value.problems[0].text("zh"))


def test_a_badge_is_retired_with_the_rules_that_award_it_asked_about_and_the_awards_kept(
    any_workspace: Workspace, company: Any
) -> None:
    ws, ops = any_workspace, Origin(Actor.of(company.user("ops")), "console")
    document = {**doing("award", to="role:ops", badge="data_champion", reason="齐"), "id": "awards"}
    ws.door.create("rule", {"code": "awards", "pack": "custom", "version": 1, "document": document}, SYSTEM)
    intake.take(ws, {"company": "恒锐精密", "phone": "13812345678"}, SYSTEM)
    drain(ws)
    award = Badge.get()
    old = {"value": "data_champion", "zh": "数据标兵", "en": "Data champion", "retired": True}
    values = {"options": [old, {"value": "gold", "zh": "金牌", "en": "Gold"}]}
    found = touched_by_field(ws, "badge", "badge", values)
    assert {(one.use.use, one.use.name) for one in found} == {("rule", "awards"), ("record", "badge")}
    answers = {one.key: "to:gold" if one.use.use == "rule" else "keep" for one in found}
    row = FieldDefinition.get(FieldDefinition.kind == "badge")
    publish_field(ws, "badge", "badge", values, Asked(ops, row.revision, answers))
    (draft,) = RuleVersion.select().where((RuleVersion.code == "awards") & (RuleVersion.state == "draft"))
    assert draft.document["then"] == [{"award": {"to": "role:ops", "badge": "gold", "reason": "齐"}}]
    assert Badge.get_by_id(award.id).badge == "data_champion"
