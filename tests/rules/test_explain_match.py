"""Why related records fit or not: the item, the clause, the nearest row, and the change of a row that would do."""

from __future__ import annotations

import random
import re
from typing import Any

import pytest

from clew.rules.engine.ruleset import Ruleset
from clew.rules.explain.account import explain
from clew.rules.language.documents import rule_from_document

from .building import NOW, document
from .random_rules import random_condition, random_facts, random_match

LARGE = {"field": "c.amount", "op": ">=", "value": 100}
SIGNED = {"field": "c.status", "op": "==", "value": "signed"}
OPEN = {"field": "t.contract", "op": "==", "than": "c.number"}
CONTRACTS = [
    {"number": "A", "amount": 90, "status": "signed"},
    {"number": "B", "amount": 120, "status": "draft"},
    {"number": "C", "amount": 20, "status": "draft"},
]


def _rule(*items: dict[str, Any], when: dict[str, Any] | None = None):
    return rule_from_document(document("r", when, match=list(items)))


def test_the_item_that_found_no_row_says_how_many_pass_each_clause_and_which_came_nearest() -> None:
    found = explain(
        _rule({"as": "c", "of": "contracts", "where": {"all": [LARGE, SIGNED]}}), {"contracts": CONTRACTS}, NOW
    )
    (item,) = found.match
    assert (found.holds, item.holds, item.rows, item.passing) == (False, False, 3, 0)
    assert [(one.path, one.passed) for one in item.clauses] == [
        ("match[0].where.all[0]", 1),
        ("match[0].where.all[1]", 1),
    ]
    assert item.nearest == 0, "the first of those that fail one clause only"
    (failed,) = found.failed
    assert (failed.path, failed.kind, failed.value) == ("match[0]", "match", 0)
    assert [(one.name, one.before, one.after) for one in found.changes] == [("contracts[0].amount", 90, 100)]


def test_an_item_is_judged_with_the_rows_found_before_it() -> None:
    rule = _rule({"as": "c", "of": "contracts", "where": SIGNED}, {"as": "t", "of": "tasks", "where": OPEN})
    tasks = [{"contract": "B"}]
    found = explain(rule, {"contracts": CONTRACTS, "tasks": tasks}, NOW)
    assert [one.holds for one in found.match] == [True, False]
    leaf = found.match[1].nearest_clause
    assert leaf is not None
    assert (leaf.value, leaf.wanted, leaf.leaf and leaf.leaf.than) == ("B", "A", "c.number")
    assert [(one.name, one.after) for one in found.changes] == [("tasks[0].contract", "A")]
    assert explain(rule, {"tasks": tasks}, NOW).match[1].holds is None, "no contract: tasks were not looked at"


def test_a_row_that_must_not_exist_is_named() -> None:
    rule = _rule({"as": "c", "of": "contracts", "where": SIGNED, "none": True})
    (item,) = explain(rule, {"contracts": CONTRACTS}, NOW).match
    assert (item.holds, item.passing, item.nearest) == (False, 1, 0)
    assert explain(rule, {}, NOW).holds


def test_a_comparison_of_two_facts_shows_both_and_is_mended() -> None:
    rule = rule_from_document(document("r", {"field": "paid", "op": ">=", "than": "agreed"}))
    found = explain(rule, {"paid": 5, "agreed": 9}, NOW)
    (failed,) = found.failed
    assert (failed.value, failed.wanted) == (5, 9)
    assert [(one.name, one.after) for one in found.changes] == [("paid", 9)]
    assert explain(rule, {"paid": 5}, NOW).changes == (), "nothing reaches a fact that is missing"


@pytest.mark.parametrize("seed", range(4))
def test_what_is_said_is_what_the_rules_decide_and_changes_do_what_they_promise(seed: int) -> None:
    rng = random.Random(seed)
    mended = 0
    for _ in range(250):
        when = random_condition(rng, [], 0) if rng.random() < 0.4 else None
        rule = rule_from_document(document("r", when, match=random_match(rng, [])))
        facts = random_facts(rng, 5)
        ruleset = Ruleset.compile([rule])
        found = explain(rule, facts, NOW)
        assert found.holds == bool(ruleset.evaluate("t", facts, NOW).firings), (rule.document, facts)
        assert found.holds or found.failed
        if found.changes:
            changed = _changed(facts, {one.name: one.after for one in found.changes})
            assert ruleset.evaluate("t", changed, NOW).firings, (rule.document, facts, found.changes)
            mended += 1
        ruleset.close()
    assert mended > 10


def _changed(facts: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    found = {**facts, **{name: [dict(row) for row in facts[name]] for name in ("rows", "others") if name in facts}}
    for name, after in changes.items():
        row = re.fullmatch(r"(\w+)\[(\d+)\]\.(\w+)", name)
        if row:
            found[row[1]][int(row[2])][row[3]] = after
        else:
            found[name] = after
    return found
