"""Why a rule fired or not: clauses, values, and changes that do what they promise."""

from __future__ import annotations

import random

import pytest

from clew.rules.engine.ruleset import Ruleset
from clew.rules.explain.account import explain, explain_in
from clew.rules.language.documents import rule_from_document

from .building import NOW, document
from .random_rules import random_condition, random_facts

BUDGET = {"field": "lead.budget", "op": ">=", "value": 100000}
TRADE = {"field": "lead.industry", "op": "in", "value": ["汽车", "精密加工"]}
FREE = {"field": "lead.owner_id", "op": "missing"}


def _rule(when: dict | None, **more: object):
    return rule_from_document(document("r", when, **more))


def test_the_clause_that_failed_stops_the_reading_and_the_change_is_the_nearest() -> None:
    facts = {"lead.budget": 80000, "lead.industry": "汽车"}
    found = explain(_rule({"all": [TRADE, BUDGET, FREE]}), facts, NOW)
    assert not found.holds
    assert [clause.holds for clause in found.root.items] == [True, False, None]
    (failed,) = found.failed
    assert (failed.path, failed.value) == ("when.all[1]", 80000)
    assert [(one.name, one.before, one.after) for one in found.changes] == [("lead.budget", 80000, 100000)]


def test_of_several_ways_the_one_with_the_fewest_changes_is_named() -> None:
    when = {"any": [{"all": [TRADE, BUDGET]}, {"all": [FREE, BUDGET]}]}
    found = explain(_rule(when), {"lead.budget": 1, "lead.industry": "教育"}, NOW)
    assert [one.name for one in found.changes] == ["lead.budget"], "an owner is missing already"
    assert {clause.path for clause in found.failed} == {"when.any[0].all[0]", "when.any[1].all[1]"}


def test_two_comparisons_of_one_fact_are_met_together() -> None:
    when = {"all": [BUDGET, {"field": "lead.budget", "op": "<", "value": 100001}]}
    (change,) = explain(_rule(when), {"lead.budget": 5}, NOW).changes
    assert change.after == 100000
    never = {"all": [BUDGET, {"field": "lead.budget", "op": "<", "value": 5}]}
    assert explain(_rule(never), {"lead.budget": 50}, NOW).changes == ()


def test_a_rule_that_holds_needs_no_change() -> None:
    found = explain(_rule({"not": FREE}), {"lead.owner_id": "u"}, NOW)
    assert (found.holds, found.failed, found.changes) == (True, (), ())
    assert explain(_rule(None), {}, NOW).holds


def test_among_other_rules_it_may_be_outranked_or_never_have_been_asked() -> None:
    rules = [
        rule_from_document(document("first", None, group="g", priority=5)),
        rule_from_document(document("second", None, group="g")),
        rule_from_document(document("graded", BUDGET, derive={"grade": "A"}, then=[])),
        rule_from_document(document("for-a", {"derived": "grade", "op": "==", "value": "A"})),
    ]
    with_budget = {"lead.budget": 200000}
    assert explain_in(rules, "first", "t", {}, NOW).verdict == "fired"
    second = explain_in(rules, "second", "t", {}, NOW)
    assert (second.verdict, second.by) == ("outranked", "first")
    assert explain_in(rules, "second", "u", {}, NOW).verdict == "not_triggered"
    assert explain_in(rules, "for-a", "t", with_budget, NOW).verdict == "fired"
    failed = explain_in(rules, "for-a", "t", {}, NOW)
    assert failed.verdict == "condition_failed"
    assert [(one.name, one.derived, one.after) for one in failed.explanation.changes] == [("grade", True, "A")]
    assert explain_in(rules, "nobody", "t", {}, NOW).verdict == "unknown_rule"


@pytest.mark.parametrize("seed", range(6))
def test_the_changes_make_any_rule_fire_and_none_of_them_is_too_much(seed: int) -> None:
    rng = random.Random(seed)
    mended = 0
    for _ in range(400):
        rule, facts = _rule(random_condition(rng, [])), random_facts(rng)
        ruleset = Ruleset.compile([rule])
        found = explain(rule, facts, NOW)
        assert found.holds == bool(ruleset.evaluate("t", facts, NOW).firings), (rule.document, facts)
        assert found.holds or found.failed
        if found.changes:
            after = {one.name: one.after for one in found.changes}
            assert ruleset.evaluate("t", {**facts, **after}, NOW).firings, (rule.document, facts, after)
            for name in after:
                fewer = {**facts, **{other: value for other, value in after.items() if other != name}}
                assert not ruleset.evaluate("t", fewer, NOW).firings, (rule.document, facts, after, name)
            mended += 1
        ruleset.close()
    assert mended > 100
