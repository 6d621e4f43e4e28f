"""Documents and facts from somebody who means harm: each ends in a sentence, and soon."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from clew.rules.engine.ruleset import Ruleset
from clew.rules.language.documents import rule_from_document
from clew.rules.language.errors import RuleError, RuleLoop
from clew.rules.language.patterns import pattern_fault
from clew.rules.packs.reading import load_pack, rules_from_document

from .building import NOW, document, evaluate, fired, leaf, rule


@pytest.fixture(autouse=True)
def _soon() -> Iterator[None]:
    started = time.process_time()
    yield
    assert time.process_time() - started < 10


def _deep(levels: int, key: str) -> Any:
    found: Any = leaf("f", "missing")
    for _ in range(levels):
        found = {key: [found] if key != "not" else found}
    return found


def _list(levels: int) -> Any:
    found: Any = []
    for _ in range(levels):
        found = [found]
    return found


@pytest.mark.parametrize(
    "change",
    [
        {"when": _deep(5000, "not")},
        {"when": _deep(5000, "all")},
        {"when": _list(5000)},
        {"title": _list(5000)},
        {"id": _list(5000)},
        {"valid": {"from": _list(5000)}},
        {"trigger": [_list(5000)]},
        {"derive": {"a": _list(5000)}},
        {"then": [{"note": {"x": _list(5000)}}]},
        {"match": [{"as": "c", "of": "rows", "where": _deep(5000, "any")}]},
        {"match": _list(5000)},
        {"tests": [{"title": "x", "event": "t", "facts": {"f": _list(5000)}, "expect": {"fires": True}}]},
        {"tests": [{"title": "x", "event": "t", "expect": {"decisions": [{"note": {"x": _list(5000)}}]}}]},
        {"tests": [{"title": "x", "event": "t", "expect": _list(5000)}]},
        {"rows": _list(5000)},
        {"rows": [{"id": "a", "when": _list(5000), "then": _list(5000)}], "inputs": _list(5000), "outputs": [1]},
    ],
    ids=lambda change: next(iter(change)),
)
def test_nesting_without_end_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(RuleError):
        rules_from_document(document("r") | change)


@pytest.mark.slow
@pytest.mark.parametrize(
    "change",
    [
        {"title": {"zh": "x" * 10_000_000, "en": "x"}},
        {"purpose": {"zh": "x", "en": "x" * 10_000_000}},
        {"id": "x" * 10_000_000},
        {"owner": "x" * 10_000_000},
        {"when": leaf("f", "==", "x" * 10_000_000)},
        {"when": leaf("f", "matches", "x" * 10_000_000)},
        {"when": leaf("f", "in", list(range(1_000_000)))},
        {"when": {"all": [leaf("f", "==", number) for number in range(20_000)]}},
        {"then": [{"note": {"x": "{a}" * 3_000_000}}]},
        {"then": [{"note": {"x": 1}}] * 100_000},
        {"derive": {f"n{number}": "x" * 1000 for number in range(5_000)}},
        {"trigger": [f"t{number}" for number in range(1_000_000)]},
        {"match": [{"as": "c", "of": "rows"}] * 100_000},
        {"tests": [{"title": "x", "event": "t", "expect": {"fires": True}}] * 100_000},
        {"x" * 10_000_000: 1},
    ],
    ids=lambda change: next(iter(change))[:10],
)
def test_megabytes_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(RuleError) as caught:
        rule_from_document(document("r") | change)
    assert len(str(caught.value)) < 100_000


def test_a_file_of_ten_megabytes_is_refused_unread() -> None:
    with pytest.raises(RuleError, match="larger than 1000000 bytes"):
        load_pack("a: [" + "1," * 5_000_000 + "]", "big.yaml")


def test_thousands_of_problems_are_named_within_bounds() -> None:
    text = "id: p\ntitle: {zh: 包, en: P}\nrules:\n" + "  - {x: 1}\n" * 2000
    with pytest.raises(RuleError) as caught:
        load_pack(text)
    assert len(caught.value.problems) <= 1000


@pytest.mark.parametrize(
    "pattern", ["a*a*a*$", "(?:a|b)*c+d?", "a{0,99}a{0,99}a{0,99}b", "[ab]*[ab]*[ab]*c", "(a*)b*(c*)d"]
)
def test_the_dearest_patterns_that_are_taken_end_soon(pattern: str) -> None:
    if pattern_fault(pattern) is None:
        started = time.process_time()
        fired([rule("r", leaf("f", "matches", pattern))], {"f": "a" * 1_000_000 + "!"})
        assert time.process_time() - started < 2


@pytest.mark.parametrize(
    "text",
    [
        "{f.__class__}",
        "{f[0]}",
        "{f!r}",
        "{f:>99999999}",
        "{0}",
        "{}",
        "{f",
        "f}",
        "{f()}",
        "{f.{f}}",
        "{ f }",
    ],
)
def test_templates_take_names_only(text: str) -> None:
    try:
        found = rule("r", then=[{"note": {"text": text}}])
    except RuleError:
        return
    (decision,) = evaluate([found], {"f": "secret"}).decisions
    assert decision.args["text"] == "—", "a name that is no fact is a missing one"


def test_what_a_fact_says_is_never_read_as_a_template() -> None:
    (decision,) = evaluate([rule("r", then=[{"note": {"text": "{f}"}}])], {"f": "{secret}", "secret": "x"}).decisions
    assert decision.args["text"] == "{secret}"


def test_hundreds_of_facts_and_conditions_are_no_matter() -> None:
    wide = {"all": [leaf(f"f{number}", "==", number) for number in range(200)]}
    facts = {f"f{number}": number for number in range(2000)}
    assert fired([rule("wide", wide)], facts) == ["wide"]
    row = {f"f{number}": number for number in range(400)}
    same = {"all": [{"field": f"b.f{number}", "op": "==", "than": f"a.f{number}"} for number in range(200)]}
    match = [{"as": "a", "of": "rows"}, {"as": "b", "of": "rows", "where": same}]
    found = rule("joined", match=match)
    assert fired([found], {"rows": [row, row | {"f3": "x"}] * 40}) == ["joined"]
    assert (
        fired(
            [rule("r", match=[{"as": "a", "of": "rows"}, {"as": "b", "of": "others", "where": same}])],
            {"rows": [row], "others": [row | {"f199": "x"}]},
        )
        == []
    )


def test_an_endless_chain_among_a_thousand_rules_is_stopped_and_named() -> None:
    others = [
        rule(f"r{number}", leaf("n", ">=", number % 50), derive={f"d{number}": 1}, then=[]) for number in range(1000)
    ]
    one = rule("one", {"derived": "b", "op": "missing"}, derive={"a": 1})
    two = rule("two", {"derived": "a", "op": "present"}, derive={"b": 1})
    ruleset = Ruleset.compile([*others, one, two])
    with pytest.raises(RuleLoop) as caught:
        ruleset.evaluate("t", {"n": 100}, NOW)
    assert set(caught.value.rule_ids) == {"one", "two"}
    assert "one" in caught.value.zh
