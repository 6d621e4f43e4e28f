"""The checks as the rulebook asks them: what holds up a draft and what does not, and how versions differ in words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from clew.core.configuration.vocabulary import bundled_vocabulary
from clew.core.errors import Invalid
from clew.core.journal.origin import SYSTEM, Actor, Origin
from clew.core.kinds import RuleRecord
from clew.core.rulebook.checks import check_all
from clew.core.rulebook.compare import compare
from clew.core.rulebook.publishing import approve
from clew.core.rulebook.versions import begin_draft, new_draft, save_draft, submit
from clew.core.workspace import Workspace
from clew.rules.language.documents import rule_from_document
from clew.rules.wording.sentences import sentence


def document(code: str, when: dict[str, Any], then: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    words = {"zh": f"规则 {code}", "en": f"Rule {code}"}
    base = {"id": code, "title": words, "purpose": words, "trigger": "lead.changed"}
    return base | {"when": when, "then": then} | more


def quality(value: str) -> list[dict[str, Any]]:
    return [{"set_field": {"field": "lead.extra.rank", "value": value}}]


BIG = {"field": "lead.budget", "op": ">=", "value": 500_000}
EAST = {"field": "lead.region", "op": "==", "value": "上海"}
LOST = {"field": "lead.outcome", "op": "==", "value": "lost"}


@pytest.fixture
def desk(workspace: Workspace, found: Callable[[Workspace], Any]) -> tuple[Workspace, Origin, Origin]:
    company = found(workspace)
    field = {"kind": "lead", "name": "rank", "label_zh": "评级", "label_en": "Rank", "type": "text", "options": []}
    workspace.door.create("field_definition", {**field, "mask": "", "hint_zh": "", "hint_en": ""}, SYSTEM)
    ops, manager = (Origin(Actor.of(company.user(role)), "console") for role in ("ops", "manager"))
    return workspace, ops, manager


def publish(desk: tuple[Workspace, Origin, Origin], doc: dict[str, Any]) -> None:
    ws, ops, manager = desk
    version = new_draft(ws, doc, ops)
    submit(ws, version.id, "请看", ops)
    approve(ws, version.id, manager)


def test_a_draft_that_fights_a_rule_in_force_is_not_submitted(desk: Any) -> None:
    ws, ops, _ = desk
    publish(desk, document("a", BIG, quality("好")))
    draft = new_draft(ws, document("b", EAST, quality("差")), ops)
    with pytest.raises(Invalid) as refused:
        submit(ws, draft.id, "请看", ops)
    (problem,) = refused.value.problems
    assert problem.field == "then[0]"
    assert "规则 a" in problem.text.zh
    (finding,) = [one for one in check_all(ws, draft.document) if one.level == "error"]
    assert finding.rules == ("b", "a")
    outcome = ws.ruleset.evaluate(finding.event, finding.witness, ws.clock.now())
    assert "a" in {one.rule_id for one in outcome.firings}


def test_what_was_wrong_before_does_not_hold_up_a_draft_that_leaves_it_so(desk: Any) -> None:
    ws, ops, _ = desk
    publish(desk, document("a", BIG, quality("好")))
    publish(desk, document("b", {"all": [EAST, {"field": "lead.budget", "op": "missing"}]}, quality("差")))
    assert [one for one in check_all(ws) if one.level == "error"] == []
    # An upgrade, not a person, made them fight: the rule is changed behind the rulebook's back.
    row = RuleRecord.get(RuleRecord.code == "b")
    with ws.door.transaction(ops) as tx:
        tx.change("rule", row.id, {"document": {**row.document, "when": EAST}})
    ws.refresh()
    assert [one.code for one in check_all(ws) if one.level == "error"] == ["conflict"]
    draft = begin_draft(ws, "a", ops)
    changed = {**draft.document, "purpose": {"zh": "说得更清楚", "en": "Said more clearly"}}
    save_draft(ws, draft.id, changed, ops)
    assert submit(ws, draft.id, "请看", ops).state == "review"


def test_a_draft_that_leaves_others_waiting_for_what_it_derived_is_named(desk: Any) -> None:
    ws, ops, _ = desk
    publish(desk, document("grade", BIG, [], derive={"grade": "A"}) | {"then": quality("好")})
    reader = {"derived": "grade", "op": "==", "value": "A"}
    publish(desk, document("visit", reader, [{"create_task": {"title": "上门", "assignee": "owner"}}]))
    draft = begin_draft(ws, "grade", ops)
    without = {key: value for key, value in draft.document.items() if key != "derive"}
    save_draft(ws, draft.id, without, ops)
    assert {(one.code, one.rules) for one in check_all(ws, without)} == {("derived_unknown", ("visit",))}
    with pytest.raises(Invalid) as refused:
        submit(ws, draft.id, "请看", ops)
    assert "规则 visit" in refused.value.problems[0].text.zh


def test_nothing_is_checked_twice_until_something_changes(desk: Any) -> None:
    ws, _, _ = desk
    first = check_all(ws)
    assert check_all(ws) is first
    publish(desk, document("a", LOST, quality("好")))
    assert check_all(ws) is not first


def test_versions_differ_in_the_words_of_people() -> None:
    first = document("a", {"all": [BIG, EAST]}, quality("好"))
    second = document("a", {"all": [{**BIG, "value": 800_000}, EAST]}, [*quality("好"), {"unlock": {}}], priority=5)
    found = compare(first, second)
    assert [(one.path, one.kind) for one in found] == [
        ("when.all[0]", "changed"),
        ("then[1]", "added"),
        ("priority", "added"),
        ("", "changed"),
    ]
    assert found[0].zh == "条件 · 第 1 项：预算 ≥ 50 万元 → 预算 ≥ 80 万元"
    assert found[1].en == "actions · item 2 added: unlock the record"
    known = bundled_vocabulary()
    before, after = (sentence(rule_from_document(one), known) for one in (first, second))
    assert (found[3].before, found[3].after) == (before, after)


def test_a_new_test_case_is_called_by_its_title() -> None:
    case = {
        "title": {"zh": "大单", "en": "A big deal"},
        "event": "lead.created",
        "facts": {},
        "expect": {"fires": True},
    }
    plain = document("a", BIG, quality("好"))
    (found,) = compare(plain, {**plain, "tests": [case]})
    assert (found.zh, found.en) == ("新增测试用例：「大单」", "test cases added: “A big deal”")
