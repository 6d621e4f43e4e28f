"""What would break: everything that names a field, an option, a stage, a team … is found by what it says, not by text."""

from __future__ import annotations

from typing import Any

import pytest

from clew.core.company.use import counted
from clew.core.company.what_breaks import Named, uses
from clew.core.errors import Invalid
from clew.core.intake import take as intake
from clew.core.journal.origin import SYSTEM, Actor, Origin
from clew.core.rulebook.versions import new_draft
from clew.core.workspace import Workspace

_WORDS = {"zh": "试", "en": "Try"}


def rule(code: str, **parts: Any) -> dict[str, Any]:
    return {"id": code, "title": _WORDS, "purpose": _WORDS, "trigger": "lead.created", "priority": 7, **parts}


def keep(ws: Workspace, document: dict[str, Any], **more: Any) -> None:
    ws.door.create(
        "rule", {"code": document["id"], "pack": "custom", "version": 1, "document": document, **more}, SYSTEM
    )


def found(ws: Workspace, what: str, name: str, of: str = "") -> set[tuple[str, str]]:
    return {(one.use, one.name) for one in uses(ws, Named(what, name, of))}


@pytest.fixture
def lived(workspace: Workspace, company: Any) -> Workspace:
    """Rules of the company's own that name things in all the ways there are, and two leads."""
    ws = workspace
    note = {"create_task": {"title": "问来源 exhibition", "assignee": "owner"}}
    keep(ws, rule("in-words", then=[note]))
    keep(
        ws,
        rule("compares", when={"field": "lead.source", "op": "in", "value": ["exhibition", "web_form"]}, then=[note]),
    )
    keep(ws, rule("sets", then=[{"set_field": {"field": "lead.source", "value": "exhibition"}}]), enabled=False)
    told = {"create_task": {"title": "问 {lead.source}", "assignee": "role:legal"}}
    keep(ws, rule("tells", then=[told]))
    moves = {"all": [{"field": "event.to_stage", "op": "==", "value": "demo"}]}
    keep(ws, {**rule("moved", when=moves, then=[note]), "trigger": "lead.stage_changed"})
    match = [{"as": "other", "of": "leads", "where": {"field": "other.budget", "op": ">", "value": 5}}]
    keep(ws, rule("related", match=match, then=[note]))
    intake.take(ws, {"company": "恒锐精密", "phone": "13812345678", "source": "exhibition", "budget": 5}, SYSTEM)
    intake.take(ws, {"company": "苏州泓德", "phone": "13812345679", "source": "web_form"}, SYSTEM)
    return ws


def test_an_option_is_named_by_comparing_and_by_setting_never_by_a_text(lived: Workspace) -> None:
    assert found(lived, "option", "exhibition", "lead.source") >= {
        ("rule", "compares"),
        ("rule", "sets"),
        ("record", "lead"),
    }
    assert ("rule", "in-words") not in found(lived, "option", "exhibition", "lead.source")
    assert ("rule", "tells") not in found(lived, "option", "exhibition", "lead.source")


def test_a_field_is_named_by_a_template_a_related_row_and_a_stage_that_needs_it(lived: Workspace) -> None:
    assert {("rule", "compares"), ("rule", "sets"), ("rule", "tells")} <= found(lived, "field", "source", "lead")
    budget = found(lived, "field", "budget", "lead")
    assert {("rule", "related"), ("process", "sales"), ("record", "lead")} <= budget
    assert ("rule", "tells") not in budget


def test_a_stage_is_named_by_where_an_event_came_to(lived: Workspace) -> None:
    assert ("rule", "moved") in found(lived, "stage", "demo", "sales")
    assert ("rule", "moved") not in found(lived, "stage", "signing", "sales")
    assert ("record", "lead") in found(lived, "stage", "first_contact", "sales")


def test_a_role_a_team_and_a_person_are_found(lived: Workspace, company: Any) -> None:
    assert {("rule", "tells")} <= found(lived, "role", "legal")
    assert ("process", "sales") in found(lived, "role", "finance")
    assert ("table", "assign") in found(lived, "team", "华北部")
    manager = company.managers["华北部"]
    assert ("team", company.teams["华北部"].id) in found(lived, "person", manager.id)


def test_drafts_count_and_totals_say_so_in_words(lived: Workspace, company: Any) -> None:
    ops = Origin(Actor.of(company.user("ops")), "console")
    when = {"field": "lead.source", "op": "==", "value": "referral"}
    new_draft(lived, rule("later", when=when, then=[{"lock": {"reason": "试"}}]), ops)
    (use,) = uses(lived, Named("option", "referral", "lead.source"))
    assert (use.use, use.name, use.places) == ("draft", "later", ("when.value",))
    assert use.said.zh == "线索的来源是「转介绍」" or "转介绍" in use.said.zh
    assert counted([use]).zh == "1 份草稿"
    assert counted([use]).en == "1 draft"


def test_rows_of_a_decision_table_are_named_by_their_number(workspace: Workspace, company: Any) -> None:
    (table,) = [one for one in uses(workspace, Named("team", "大客户部")) if one.use == "table"]
    assert (table.name, table.rows, table.path) == ("assign", (1,), "/tables/assign/")
    assert table.said.zh.startswith("第 1 行：")


def test_no_such_sort_of_name_is_said(workspace: Workspace) -> None:
    with pytest.raises(Invalid):
        uses(workspace, Named("colour", "red"))
