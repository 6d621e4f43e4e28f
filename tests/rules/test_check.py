"""The static checks as tables: rules in, findings out, each with a record that is evaluated here once more."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from clew.core.configuration.vocabulary import bundled_vocabulary
from clew.rules.checks.check import check
from clew.rules.checks.finding import Finding, patched
from clew.rules.checks.tables import table_findings
from clew.rules.engine.ruleset import Ruleset
from clew.rules.language.documents import Rule
from clew.rules.language.errors import RuleLoop
from clew.rules.packs.bundled import bundled_packs

from .building import leaf
from .check_cases import (
    BIG,
    CASES,
    EAST,
    SMALL,
    TASK,
    TODAY,
    VOCABULARY,
    X,
    assign,
    codes,
    field,
    found,
    loaded,
    notify,
    one,
)

FLAT = [(code, number, bad, good) for code, cases in CASES.items() for number, (bad, good) in enumerate(cases)]
BY_NUMBER = pytest.mark.parametrize(("code", "number", "bad", "good"), FLAT, ids=[f"{c}-{n}" for c, n, _, _ in FLAT])


@BY_NUMBER
def test_the_fault_is_found_and_shown(code: str, number: int, bad: Any, good: Any) -> None:
    findings = [finding for finding in found(bad) if finding.code == code]
    assert findings, found(bad)
    for finding in findings:
        assert finding.zh
        assert finding.en
        SHOWS[code](finding, loaded(bad))


@BY_NUMBER
def test_what_is_nearly_the_fault_is_not_called_it(code: str, number: int, bad: Any, good: Any) -> None:
    assert code not in codes(good)


@BY_NUMBER
def test_a_repair_mends(code: str, number: int, bad: Any, good: Any) -> None:
    for finding in (finding for finding in found(bad) if finding.code == code):
        for repair in finding.repairs:
            mended = [patched(doc, repair.patch) if doc["id"] == finding.rules[0] else doc for doc in bad]
            again = {(one.code, frozenset(one.rules), one.path) for one in found(mended)}
            assert (code, frozenset(finding.rules), finding.path) not in again, repair


# What a witness must show, code by code.


def evaluated(finding: Finding, rules: list[Rule]) -> tuple[set[str], dict[str, str | None], list[tuple[str, Any]]]:
    """Evaluate the witness: who fired, who was outranked by whom, and what was decided."""
    assert finding.witness is not None, finding
    ruleset = Ruleset.compile(rules)
    try:
        outcome = ruleset.evaluate(finding.event, finding.witness, datetime.fromisoformat(finding.at))
    finally:
        ruleset.close()
    fired = {one.rule_id for one in outcome.firings}
    return fired, {one.rule_id: one.by for one in outcome.trace}, [(d.rule_id, d.args) for d in outcome.decisions]


def does_not_fire(finding: Finding, rules: list[Rule]) -> None:
    assert finding.rules[0] not in evaluated(finding, rules)[0]


def fires(finding: Finding, rules: list[Rule]) -> None:
    assert finding.rules[0] in evaluated(finding, rules)[0]


def all_fire(finding: Finding, rules: list[Rule]) -> None:
    assert set(finding.rules) <= evaluated(finding, rules)[0]


def misses_a_fact(finding: Finding, rules: list[Rule]) -> None:
    """Names that nobody knows in a condition: a record that is meant, and not met."""
    if finding.path.startswith("when") and finding.repairs:
        does_not_fire(finding, rules)


def is_outranked(finding: Finding, rules: list[Rule]) -> None:
    assert evaluated(finding, rules)[1][finding.rules[0]] in finding.rules[1:]


def says_dash(finding: Finding, rules: list[Rule]) -> None:
    (text,) = [str(args) for rule, args in evaluated(finding, rules)[2] if rule == finding.rules[0]]
    assert "—" in text


def nobody_assigns(finding: Finding, rules: list[Rule]) -> None:
    assert finding.witness is not None
    assert "lead.owner_id" not in finding.witness
    assert not any("team" in args or "user" in args for _, args in evaluated(finding, rules)[2])


def goes_round(finding: Finding, rules: list[Rule]) -> None:
    with pytest.raises(RuleLoop) as caught:
        evaluated(finding, rules)
    assert set(caught.value.rule_ids) == set(finding.rules)


def starts_the_chain(finding: Finding, rules: list[Rule]) -> None:
    assert evaluated(finding, rules)[0] & set(finding.rules)


def says_there_is_none(finding: Finding, rules: list[Rule]) -> None:
    assert finding.witness is None
    assert "没有找到" in finding.zh
    assert "no record was found" in finding.en
    assert finding.level == "info"


def anything(finding: Finding, rules: list[Rule]) -> None:
    """An event or action that nobody knows: there is no record of it to show."""


SHOWS: dict[str, Callable[[Finding, list[Rule]], None]] = {
    **dict.fromkeys(("unknown_event", "unknown_action", "bad_argument"), anything),
    **dict.fromkeys(("unknown_field", "unknown_option", "type_mismatch"), misses_a_fact),
    **dict.fromkeys(("never_true", "never_on_event", "derived_unknown", "never_in_force", "expired"), does_not_fire),
    **dict.fromkeys(("misplaced_action", "unwritable_field", "always_true", "redundant_clause", "dead_branch"), fires),
    **dict.fromkeys(("derived_unread", "two_writers", "deadline_unheard", "deadline_unstarted"), fires),
    **dict.fromkeys(("conflict", "doubled", "derived_conflict"), all_fire),
    **dict.fromkeys(("shadowed", "tie"), is_outranked),
    **dict.fromkeys(("endless_chain", "repeats"), starts_the_chain),
    "text_without_fact": says_dash,
    "no_owner": nobody_assigns,
    "endless_derivation": goes_round,
    **dict.fromkeys(("circular", "unseen"), says_there_is_none),
}


def test_two_rules_of_one_id_are_named_and_the_first_is_checked() -> None:
    findings = found([one("a", BIG), one("a", {"all": [BIG, SMALL]})])
    assert [(finding.code, finding.level, finding.rules) for finding in findings] == [("doubled_id", "error", ("a",))]


def test_the_bundled_rules_have_nothing_wrong() -> None:
    rules = [rule for pack in bundled_packs(bundled_vocabulary()) for rule in pack.rules]
    assert [finding for finding in check(rules, VOCABULARY, TODAY) if finding.level != "info"] == []


def test_what_was_not_compared_is_said() -> None:
    # No two of these meet, which takes a search for each pair to see: 19,900 pairs.
    documents = [one(f"r{n}", leaf("lead.company", "starts_with", f"公{n:03}"), field(X, n)) for n in range(200)]
    (finding,) = found(documents)
    assert (finding.code, finding.level) == ("not_all_looked_at", "info")
    assert "11900" in finding.zh


def test_rules_that_go_round_on_every_record_end_the_search_and_say_so() -> None:
    circle = CASES["endless_derivation"][0][0]
    documents = [*circle, *(one(f"r{n}", leaf("lead.region", "==", f"{n}"), field(X, n)) for n in range(40))]
    findings = {finding.code: finding for finding in found(documents)}
    assert findings["endless_derivation"].rules == ("a",)
    assert "线索已创建" in findings["not_all_looked_at"].zh


def test_a_check_about_one_rule_says_the_same_of_it_and_puts_it_first() -> None:
    documents = [
        one("a", BIG, [TASK, assign("一部")]),
        one("b", EAST, [assign("二部"), TASK]),
        one("c", SMALL, notify("{derived.x}")),
    ]
    whole = found(documents)
    for about in "abc":
        some = check(loaded(documents), VOCABULARY, TODAY, {about})
        mine = {(one.code, frozenset(one.rules)) for one in whole if about in one.rules}
        assert {(one.code, frozenset(one.rules)) for one in some if about in one.rules} == mine
        assert all(one.rules[0] == about for one in some if about in one.rules)
    (conflict,) = [one for one in check(loaded(documents), VOCABULARY, TODAY, {"a"}) if one.code == "conflict"]
    assert conflict.path == "then[1]"


def test_a_patch_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="does not fit"):
        patched(one("a"), [{"op": "remove", "path": "/when/all/3"}])
    assert patched({"a": {"b/c": [1, 2]}}, [{"op": "add", "path": "/a/b~1c/-", "value": 3}]) == {
        "a": {"b/c": [1, 2, 3]}
    }


TABLE = {
    "id": "routes",
    "title": {"zh": "分配", "en": "Routes"},
    "purpose": {"zh": "测", "en": "Test"},
    "trigger": "lead.created",
    "hit": "first",
    "inputs": [{"field": "lead.budget"}],
    "outputs": [{"action": "assign", "arg": "team"}],
    "rows": [
        {"id": "big", "when": ["≥ 1000000"], "then": ["一部"]},
        {"id": "huge", "when": ["≥ 2000000"], "then": ["二部"]},
        {"id": "rest", "when": [None], "then": ["三部"]},
    ],
}


def test_a_tables_own_check_stands_among_the_findings() -> None:
    findings = table_findings(TABLE, VOCABULARY)
    (never,) = [one for one in findings if one.code == "table_shadowed"]
    assert (never.path, never.rules) == ("rows[1]", ("routes", "routes-huge", "routes-big"))
    assert never.witness
    assert never.witness["lead.budget"] >= 2_000_000
    for repair in never.repairs:
        assert "table_shadowed" not in {one.code for one in table_findings(patched(TABLE, repair.patch), VOCABULARY)}


def test_rows_of_a_table_are_checked_among_all_rules() -> None:
    rival = one("rival", leaf("lead.budget", ">", 3_000_000), assign("四部"))
    findings = {finding.code: finding for finding in found([TABLE, rival])}
    assert set(findings) == {"conflict"}, "that a row is shadowed is for the table's own check to say"
    assert set(findings["conflict"].rules) == {"rival", "routes-big"}
