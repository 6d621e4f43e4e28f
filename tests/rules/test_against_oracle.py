"""The engine's way against the oracle's, on random rules and facts: chains, groups, joins, dates and odd types."""

from __future__ import annotations

import random

import pytest

from clew.rules.engine.ruleset import Ruleset
from clew.rules.language.documents import rule_from_document

from .building import NOW
from .oracle import Oracle
from .random_rules import random_facts, random_rules


def _compare(seed: int, rulesets: int, matching: float) -> dict[str, int]:
    """Evaluate both ways; return how much of what was seen."""
    rng = random.Random(seed)
    seen = dict.fromkeys(("checks", "fired", "chained", "outranked", "joined"), 0)
    for _ in range(rulesets):
        documents = random_rules(rng, matching)
        joining = {one["id"]: one["match"] for one in documents if "match" in one}
        ruleset = Ruleset.compile(rule_from_document(one) for one in documents)
        for _ in range(30):
            event, facts = rng.choice("ttu"), random_facts(rng, 6 if matching else 0)
            outcome = ruleset.evaluate(event, facts, NOW)
            oracle = Oracle(documents, event, facts, NOW)
            got = [(step.rule_id, step.verdict) for step in outcome.trace]
            assert got == oracle.answer(), (event, facts, documents)
            for firing in outcome.firings:
                match = joining.get(firing.rule_id)
                if match is not None:
                    rule = next(one for one in documents if one["id"] == firing.rule_id)
                    rows = oracle.rows(rule)
                    spoken = "".join(str(rows[item["as"]]["n"]) for item in match if not item.get("none"))
                    assert firing.decisions[0].args["rows"] == spoken, (facts, rule)
                    seen["joined"] += 1
            seen["checks"] += len(documents)
            seen["fired"] += len(outcome.firings)
            seen["chained"] += any(step.round > 1 for step in outcome.trace)
            seen["outranked"] += any(step.verdict == "outranked" for step in outcome.trace)
        ruleset.close()
    return seen


@pytest.mark.parametrize("seed", range(8))
def test_rules_and_chains_agree_with_plain_python(seed: int) -> None:
    seen = _compare(seed, 25, 0.0)
    # The comparison means something only if much fires, chains and is outranked.
    assert seen["checks"] > 10_000
    assert seen["fired"] > 1_000
    assert min(seen["chained"], seen["outranked"]) > 50


@pytest.mark.parametrize("seed", range(100, 104))
def test_joins_agree_with_plain_python(seed: int) -> None:
    seen = _compare(seed, 10, 0.5)
    assert seen["joined"] > 300
    assert min(seen["chained"], seen["outranked"]) > 5


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1000, 1016))
def test_hundreds_of_thousands_of_checks_agree(seed: int) -> None:
    assert _compare(seed, 30, 0.3)["checks"] > 15_000
    assert _compare(seed + 100, 40, 0.0)["checks"] > 20_000
