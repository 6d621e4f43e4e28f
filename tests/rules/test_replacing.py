"""Replacing some rules gives what compiling all of them anew would give, and what rules read is known."""

from __future__ import annotations

import random

import pytest

from clew.rules.engine.ruleset import Ruleset
from clew.rules.language.documents import rule_from_document
from clew.rules.language.errors import RuleError

from .building import NOW, document, leaf, rule
from .random_rules import random_facts, random_rules


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_replacing_is_the_same_as_compiling_anew(seed: int) -> None:
    rng = random.Random(seed)
    fired = 0
    for _ in range(8):
        documents = {one["id"]: one for one in random_rules(rng, 0.2)}
        ruleset = Ruleset.compile(rule_from_document(one) for one in documents.values())
        for _ in range(6):
            changed = {one["id"]: one for one in rng.sample(random_rules(rng, 0.2), 2)}
            gone = set(rng.sample(sorted(documents), min(2, len(documents))))
            documents = {
                name: one for name, one in (documents | changed).items() if name in changed or name not in gone
            }
            ruleset = ruleset.replacing([rule_from_document(one) for one in changed.values()], without=gone)
            anew = Ruleset.compile(rule_from_document(one) for one in documents.values())
            assert [one.id for one in ruleset.rules] == [one.id for one in anew.rules]
            for event in "tu":
                facts = random_facts(rng, 4)
                outcome = ruleset.evaluate(event, facts, NOW)
                assert outcome == anew.evaluate(event, facts, NOW), (facts, documents)
                assert ruleset.reads(event) == anew.reads(event)
                fired += len(outcome.firings)
    assert fired > 200


def test_the_old_ruleset_stays_as_it_was() -> None:
    old = Ruleset.compile([rule("a", leaf("n", "==", 1)), rule("b", trigger="u")])
    new = old.replacing([rule("a", leaf("n", "==", 2), version=2)], without=["b"])
    assert len(old.evaluate("t", {"n": 1}, NOW).firings) == 1
    assert len(old.evaluate("u", {}, NOW).firings) == 1
    assert len(new.evaluate("t", {"n": 2}, NOW).firings) == 1
    assert new.evaluate("u", {}, NOW).firings == ()


def test_two_rules_of_one_id_are_refused_when_replacing_too() -> None:
    with pytest.raises(RuleError, match="used by two rules"):
        Ruleset.compile([rule("a")]).replacing([rule("b"), rule("b", version=2)])


def test_what_rules_of_a_trigger_read_is_known() -> None:
    match = [
        {"as": "c", "of": "contracts", "where": {"field": "c.amount", "op": ">", "than": "budget"}},
        {"as": "t", "of": "tasks", "none": True},
    ]
    reading = rule(
        "a",
        {"any": [{"derived": "grade", "op": "==", "value": "A"}, {"field": "x", "op": "==", "than": "derived.y"}]},
        match=match,
        then=[{"note": {"text": "{c.number} {company} {derived.grade}"}}],
    )
    ruleset = Ruleset.compile([reading, rule("b", leaf("other", "present"), trigger="u")])
    assert ruleset.reads("t") == {"x", "budget", "company", "contracts", "tasks"}
    assert ruleset.reads("u") == {"other"}
    assert ruleset.reads("nobody-listens") == frozenset()


def test_an_id_may_be_given_to_another_trigger() -> None:
    ruleset = Ruleset.compile([rule_from_document(document("a", trigger="t"))])
    moved = ruleset.replacing([rule_from_document(document("a", trigger="u", version=2))])
    assert moved.evaluate("t", {}, NOW).firings == ()
    assert len(moved.evaluate("u", {}, NOW).firings) == 1
