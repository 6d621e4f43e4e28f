"""What rules mean: types, missing facts, order, groups, chaining, texts and what is recorded."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from clew.rules.engine.outcome import Decision, TraceStep
from clew.rules.engine.ruleset import Ruleset
from clew.rules.language.errors import FactError, RuleError, RuleLoop

from .building import NOW, document, evaluate, fired, leaf, rule


def holds(condition: dict[str, Any], facts: dict[str, Any]) -> bool:
    return fired([rule("r", condition)], facts) == ["r"]


@pytest.mark.parametrize(
    ("value", "fact", "expected"),
    [
        (1, 1, True),
        (1, 1.0, True),
        (1, Decimal("1.00"), True),
        (1, True, False),
        (True, 1, False),
        (True, True, True),
        ("1", 1, False),
        (1, "1", False),
        (0.1, Decimal("0.1"), True),
        (2**60, 2**60 + 1, False),
        ("华'\"\\\n", "华'\"\\\n", True),
    ],
)
def test_equal_means_one_kind_and_one_value(value: Any, fact: Any, expected: bool) -> None:
    assert holds(leaf("f", "==", value), {"f": fact}) is expected
    assert holds(leaf("f", "!=", value), {"f": fact}) is not expected


def test_a_number_is_not_less_than_a_text() -> None:
    assert not holds(leaf("f", "<", 5), {"f": "1"})
    assert not holds(leaf("f", "<", 5), {"f": True})
    assert not holds(leaf("f", ">", 5), {"f": "9"})


@pytest.mark.parametrize("nothing", [{}, {"f": None}, {"f": ""}, {"f": []}])
def test_a_missing_fact_makes_everything_false_except_missing(nothing: dict[str, Any]) -> None:
    assert holds(leaf("f", "missing"), nothing)
    for op, value in [
        ("==", 1),
        ("!=", 1),
        ("not_in", [1]),
        ("<", 9),
        ("present", None),
        ("before", "2030-01-01"),
    ]:
        assert not holds(leaf("f", op, value), nothing), op
    assert holds({"not": leaf("f", "==", 1)}, nothing)


@pytest.mark.parametrize(
    ("ago", "within", "older"), [(0, True, False), (24, True, False), (24.1, False, True), (-1, False, False)]
)
def test_ages_count_from_the_given_moment(ago: float, within: bool, older: bool) -> None:
    fact = {"f": NOW - timedelta(hours=ago)}
    assert holds(leaf("f", "within_hours", 24), fact) is within
    assert holds(leaf("f", "older_than_hours", 24), fact) is older


def test_a_moment_without_an_offset_lies_in_the_zone_of_now() -> None:
    eight = datetime.fromisoformat("2026-03-02T17:30+08:00")
    found = rule("r", leaf("f", "before", "2026-03-02T12:00"))
    assert fired([found], {"f": "2026-03-02T03:59:00Z"}, now=eight) == ["r"]
    assert fired([found], {"f": "2026-03-02T04:01:00Z"}, now=eight) == []


def test_now_needs_a_time_zone() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        evaluate([rule("r")], {}, now=datetime(2026, 1, 1))


@pytest.mark.parametrize("value", [float("nan"), float("inf"), Decimal("nan"), {"a": 1}, object(), b"x", [[1]]])
def test_a_fact_nobody_can_read_is_refused_by_name(value: Any) -> None:
    with pytest.raises(FactError, match="'f'"):
        evaluate([rule("r", leaf("f", "==", 1))], {"f": value})


def test_the_order_is_priority_then_id() -> None:
    rules = [rule("b"), rule("a"), rule("late", priority=-1), rule("first", priority=10)]
    assert fired(rules, {}) == ["first", "a", "b", "late"]


def test_of_a_group_only_the_highest_acts() -> None:
    rules = [
        rule("low", group="g"),
        rule("high", group="g", priority=1),
        rule("other", group="h"),
        rule("none"),
    ]
    outcome = evaluate(rules, {})
    assert [decision.rule_id for decision in outcome.decisions] == ["high", "none", "other"]
    assert TraceStep("low", 1, "outranked", 1, by="high") in outcome.trace


def test_a_rule_reads_what_another_derives() -> None:
    grade = rule("grade", leaf("budget", ">=", 100), derive={"grade": "A"}, then=[])
    care = rule("care", {"derived": "grade", "op": "==", "value": "A"}, derive={"care": True})
    visit = rule("visit", {"derived": "care", "op": "==", "value": True}, then=[{"note": {"text": "{derived.grade}"}}])
    outcome = evaluate([visit, care, grade], {"budget": 100})
    assert {step.rule_id: step.round for step in outcome.trace} == {"care": 2, "grade": 1, "visit": 3}
    assert outcome.decisions[-1] == Decision("visit", 1, 0, "note", {"text": "A"})
    assert outcome.firings[-1].facts == {"derived.care": True, "derived.grade": "A"}
    assert fired([visit, care, grade], {"budget": 99}) == []


def test_a_chain_may_be_long_and_cross_cells() -> None:
    rules = [rule("r0", derive={"n0": 1})]
    for number in range(1, 120):
        before = {"derived": f"n{number - 1}", "op": "==", "value": 1}
        rules.append(rule(f"r{number}", before, derive={f"n{number}": 1}))
    assert len(fired(rules, {})) == 120


def test_of_two_derivations_the_higher_rank_is_heard() -> None:
    reader = rule("reader", {"derived": "grade", "op": "==", "value": "A"})
    low = rule("low", derive={"grade": "B"}, then=[])
    assert fired([reader, low, rule("high", derive={"grade": "A"}, priority=1, then=[])], {}) == [
        "high",
        "low",
        "reader",
    ]
    assert fired([reader, low], {}) == ["low"]


def test_rules_going_round_are_named() -> None:
    flip = rule("flip", {"derived": "on", "op": "missing"}, derive={"on": True})
    steady = rule("steady", derive={"calm": True})
    with pytest.raises(RuleLoop) as caught:
        evaluate([flip, steady], {})
    assert caught.value.rule_ids == ("flip",)


def test_rules_that_support_each_other_fire_only_when_something_starts_them() -> None:
    a = rule("a", {"derived": "b", "op": "present"}, derive={"a": 1})
    b = rule("b", {"any": [{"derived": "a", "op": "present"}, leaf("start", "==", True)]}, derive={"b": 1})
    assert fired([a, b], {}) == []
    assert fired([a, b], {"start": True}) == ["a", "b"]


def test_texts_are_filled_in_with_facts_and_nothing_else() -> None:
    action = {"note": {"text": "「{lead.company}」{n} {b} {l} {gone} {{x}}", "rows": ["{n}"], "count": 3}}
    facts = {"lead.company": "{n}{{%s", "n": Decimal("860000"), "b": True, "l": ["急", "贵"]}
    (decision,) = evaluate([rule("r", then=[action])], facts).decisions
    assert decision.args == {"text": "「{n}{{%s」860000 是 急、贵 — {x}", "rows": ["860000"], "count": 3}


def test_a_firing_keeps_the_facts_it_saw() -> None:
    found = rule("r", {"any": [leaf("a", "==", 1), leaf("b", "==", 2)]}, then=[{"note": {"text": "{c}"}}])
    (firing,) = evaluate([found], {"a": 1, "c": "x", "unread": 5}).firings
    assert firing.facts == {"a": 1, "b": None, "c": "x"}


def test_an_index_never_hides_a_rule() -> None:
    rules = [
        rule(f"r{n}", {"all": [leaf("city", "in", [f"c{n}", f"c{n + 1}"]), leaf("n", "==", 1)]}) for n in range(150)
    ]
    rules.append(rule("always", leaf("n", "==", 1)))
    assert fired(rules, {"city": "c70", "n": 1}) == ["always", "r69", "r70"]
    assert fired(rules, {"n": 1}) == ["always"]


def test_two_rules_may_not_share_an_id() -> None:
    with pytest.raises(RuleError, match="used by two rules"):
        Ruleset.compile([rule("a"), rule("a", title={"zh": "另", "en": "Other"})])


def test_a_rule_goes_to_the_database_and_back() -> None:
    found = rule("r", {"not": leaf("a", "in", [1, True])}, derive={"g": "A"}, group="x", priority=3)
    assert rule("r", **{k: v for k, v in found.document.items() if k != "id"}) == found
    assert found.document == document(
        "r", {"not": leaf("a", "in", [1, True])}, derive={"g": "A"}, group="x", priority=3
    )
