"""What the checks claim of random rules, held against evaluating random facts: nothing shown wrongly, nothing proved wrongly."""

from __future__ import annotations

import copy
import random
from collections import Counter
from datetime import datetime
from typing import Any

import pytest

from clew.core.configuration.vocabulary import bundled_vocabulary as default_vocabulary
from clew.rules import (
    CollectionType,
    Finding,
    Rule,
    RuleLoop,
    Ruleset,
    Vocabulary,
    check,
    patched,
    rule_from_document,
)

from .building import NOW
from .random_rules import random_facts, random_rules
from .test_check import SHOWS

ANYTHING = Vocabulary(
    {},
    frozenset({"t", "u"}),
    default_vocabulary().actions,
    open_prefixes=("",),
    collections={"rows": CollectionType({}), "others": CollectionType({})},
)
NEVER_FIRES = ("never_true", "derived_unknown", "shadowed", "never_in_force")
SAYS_SOMETHING_OF_ITS_PARTS = ("always_true", "redundant_clause", "dead_branch")


def _rules(rng: random.Random, matching: float) -> list[dict[str, Any]]:
    documents = random_rules(rng, matching)
    for document in documents:
        if rng.random() < 0.5:
            document["then"] = [{"set_field": {"field": "lead.extra.x", "value": rng.choice(["p", "q"])}}]
    return documents


def _samples(rng: random.Random, findings: tuple[Finding, ...], matching: float) -> list[dict[str, Any]]:
    """Return random facts, and facts near those that findings show."""
    found = [random_facts(rng, 3 if matching else 0) for _ in range(40)]
    for finding in findings:
        if finding.witness:
            facts = copy.deepcopy(dict(finding.witness))
            facts |= {name: value for name, value in random_facts(rng).items() if rng.random() < 0.3}
            found.append(facts)
    return found


def _holds(rule: Rule, facts: dict[str, Any], event: str, at: str) -> bool:
    with_it = Ruleset.compile([rule])
    try:
        return bool(with_it.evaluate(event, facts, datetime.fromisoformat(at)).trace)
    finally:
        with_it.close()


def _refute(finding: Finding, documents: list[dict[str, Any]], ruleset: Ruleset, facts: dict[str, Any]) -> None:
    """Assert that a record does not contradict what a finding says of every record."""
    document = next(one for one in documents if one["id"] == finding.rules[0])
    for event in document["trigger"]:
        try:
            fired = {one.rule_id for one in ruleset.evaluate(event, facts, NOW).firings}
        except RuleLoop:
            continue
        if finding.code in NEVER_FIRES or (finding.code == "never_on_event" and event == finding.event):
            assert finding.rules[0] not in fired, (finding, facts)
        if finding.code not in SAYS_SOMETHING_OF_ITS_PARTS or "match" in document or "derived" in str(document["when"]):
            continue  # By itself a rule that builds on others means another thing than among them.
        rule = rule_from_document(document)
        if finding.code == "always_true":
            assert _holds(rule, facts, event, finding.at), (finding, facts)
        else:
            mended = rule_from_document(patched(document, finding.repairs[0].patch))
            assert _holds(rule, facts, event, finding.at) == _holds(mended, facts, event, finding.at), (finding, facts)


def _run(seed: int, rulesets: int, matching: float) -> Counter[str]:
    rng = random.Random(seed)
    seen: Counter[str] = Counter()
    for _ in range(rulesets):
        documents = _rules(rng, matching)
        rules = [rule_from_document(document) for document in documents]
        findings = check(rules, ANYTHING, NOW)
        seen.update(finding.code for finding in findings)
        for finding in findings:
            if finding.witness is not None:
                SHOWS[finding.code](finding, rules)
        ruleset = Ruleset.compile(rules)
        for facts in _samples(rng, findings, matching):
            for finding in findings:
                _refute(finding, documents, ruleset, facts)
        ruleset.close()
    return seen


@pytest.mark.parametrize("seed", range(3))
def test_what_is_claimed_of_random_rules_is_true(seed: int) -> None:
    seen = _run(seed, 8, 0.0)
    # It says something only if much is claimed.
    assert min(seen[code] for code in ("never_true", "conflict", "dead_branch", "always_true")) > 3


@pytest.mark.parametrize("seed", range(100, 102))
def test_what_is_claimed_of_random_rules_with_related_records_is_true(seed: int) -> None:
    assert _run(seed, 5, 0.4).total() > 30


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1000, 1008))
def test_what_is_claimed_of_many_random_rules_is_true(seed: int) -> None:
    assert _run(seed, 60, 0.2).total() > 500
