"""Where a rule or table names a thing, and the same document with another name in its place."""

from __future__ import annotations

from typing import Any

import pytest

from clew.core.journal.origin import SYSTEM
from clew.core.rulebook.documents import rules_of
from clew.core.rulebook.named import Named, wanted
from clew.core.rulebook.names_used import uses_of_person
from clew.core.rulebook.replacing import replaced
from clew.core.workspace import Workspace

WORDS = {"zh": "一", "en": "One"}


def rule(**parts: Any) -> dict[str, Any]:
    return {"id": "one", "title": WORDS, "purpose": WORDS, "trigger": "lead.created", **parts}


RULE = rule(
    match=[
        {"as": "c", "of": "contracts", "where": {"field": "c.status", "op": "==", "value": "signed"}},
        {"as": "s", "of": "sellers", "where": {"field": "s.team", "op": "==", "value": "华东"}},
    ],
    when={
        "all": [
            {"field": "lead.team", "op": "in", "value": ["华东", "华北"]},
            {"not": {"field": "event.to_stage", "op": "==", "value": "demo"}},
            {"field": "lead.budget", "op": ">", "value": 3},
        ]
    },
    then=[
        {"assign": {"team": "华东"}},
        {"notify": {"to": "role:ops", "title": "{lead.company} 华东", "body": "{derived.grade}"}},
        {"set_field": {"field": "lead.quality", "value": "合格"}},
        {"move_stage": {"stage": "quote"}},
        {"close_deadline": {"name": "visit"}},
        {"pause_deadline": {"name": "visit", "reason": "waiting_customer"}},
        {"award": {"to": "owner", "badge": "gold", "reason": "华东"}},
        {"assign": {"team": "{lead.region}部"}},
    ],
)


@pytest.mark.parametrize(
    ("named", "places"),
    [
        (Named("field", "status", "contract"), ["match[0].where"]),
        (Named("option", "signed", "contract.status"), ["match[0].where.value"]),
        (Named("team", "华东"), ["match[1].where.value", "when.all[0].value", "then[0].assign.team"]),
        (Named("team", "华北"), ["when.all[0].value"]),
        (Named("stage", "demo"), ["when.all[1].not.value"]),
        (Named("stage", "quote"), ["then[3].move_stage.stage"]),
        (Named("field", "budget", "lead"), ["when.all[2]"]),
        (Named("role", "ops"), ["then[1].notify.to"]),
        (Named("field", "company", "lead"), ["then[1].notify.title"]),
        (Named("option", "合格", "lead.quality"), ["then[2].set_field.value"]),
        (Named("deadline", "visit"), ["then[4].close_deadline.name", "then[5].pause_deadline.name"]),
        (Named("pause_reason", "waiting_customer"), ["then[5].pause_deadline.reason"]),
        (Named("badge", "gold"), ["then[6].award.badge"]),
        (Named("action", "award"), ["then[6]"]),
    ],
)
def test_every_place_of_a_rule_that_holds_a_name_is_found(
    workspace: Workspace, named: Named, places: list[str]
) -> None:
    assert [mention.path for _, mention in wanted(workspace, named).places(rules_of(RULE), RULE)] == places


def test_a_name_is_replaced_where_it_is_one_and_stays_in_texts(workspace: Workspace) -> None:
    found = replaced(RULE, wanted(workspace, Named("team", "华东")), {"华东": "东区"})
    assert found["match"][1]["where"]["value"] == "东区"
    assert found["when"]["all"][0]["value"] == ["东区", "华北"]
    assert found["then"][0] == {"assign": {"team": "东区"}}
    assert found["then"][1:] == RULE["then"][1:]


TABLE = rule(
    inputs=[{"field": "lead.region"}, {"field": "lead.industry"}, {"field": "lead.team"}],
    outputs=[{"action": "assign", "arg": "team"}, {"action": "notify", "arg": "title"}],
    rows=[
        {"id": "a", "when": ["江苏", "-", "华东、华北"], "then": ["华东", "华东"]},
        {"id": "b", "when": ["-", "-", "-"], "then": ["华北", None]},
    ],
)


@pytest.mark.parametrize(
    ("named", "places"),
    [
        (Named("field", "region", "lead"), [1]),
        (Named("field", "industry", "lead"), ["inputs[1].field"]),
        (Named("team", "华东"), [1, 1]),
        (Named("team", "华北"), [1, 2]),
        (Named("option", "江苏", "lead.region"), [1]),
        (Named("option", "江苏", "lead.industry"), []),
    ],
)
def test_a_table_names_by_its_rows_and_a_column_counts_without_a_cell(
    workspace: Workspace, named: Named, places: list[Any]
) -> None:
    found = wanted(workspace, named).places(rules_of(TABLE), TABLE)
    assert [row or mention.path for row, mention in found] == places


def test_a_table_is_renamed_in_the_cells_that_hold_such_names(workspace: Workspace) -> None:
    found = replaced(TABLE, wanted(workspace, Named("team", "华东")), {"华东": "东区"})
    assert found["rows"][0] == {"id": "a", "when": ["江苏", "-", "东区、华北"], "then": ["东区", "华东"]}
    assert found["rows"][1] == TABLE["rows"][1]


def test_of_two_people_of_one_name_only_an_e_mail_or_an_id_means_one(any_workspace: Workspace, found: Any) -> None:
    ws = any_workspace
    company = found(ws)
    someone = company.user("sales")
    for code, to in (("by-name", someone.name), ("by-mail", someone.email), ("by-id", "")):
        then = [{"assign": {"user": to}}] if to else [{"notify": {"to": someone.id, "title": "一", "body": "二"}}]
        document = {**rule(then=then), "id": code}
        ws.door.create("rule", {"code": code, "pack": "custom", "version": 1, "document": document}, SYSTEM)
    assert [one.code for one in uses_of_person(ws, someone.id)] == ["by-id", "by-mail", "by-name"]
    ws.door.create("user", {"email": "twin@test.example", "name": someone.name, "roles": ["sales"]}, SYSTEM)
    assert [one.code for one in uses_of_person(ws, someone.id)] == ["by-id", "by-mail"]
