"""What the checks claim of random rules, held against evaluating random facts: nothing shown wrongly, nothing proved wrongly."""

from __future__ import annotations

import copy
import random
from collections import Counter
from datetime import datetime
from typing import Any

import pytest

from clew.core.configuration.vocabulary import bundled_vocabulary
from clew.rules.checks.check import check
from clew.rules.checks.finding import Finding, patched
from clew.rules.engine.ruleset import Ruleset
from clew.rules.language.documents import rule_from_document
from clew.rules.language.errors import RuleLoop
from clew.rules.language.vocabulary import CollectionType, Vocabulary

from .building import NOW
from .random_rules import random_facts, random_rules
from .test_check import SHOWS

ANYTHING = Vocabulary(
    {},
    frozenset({"t", "u"}),
    bundled_vocabulary().actions,
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


def _holds(rule: Ruleset, facts: dict[str, Any], finding: Finding, event: str) -> bool:
    return bool(rule.evaluate(event, facts, datetime.fromisoformat(finding.at)).trace)


def _by_itself(finding: Finding, documents: list[dict[str, Any]]) -> tuple[Ruleset, ...]:
    """Return the rule of a finding that speaks of its parts, and that rule mended, each compiled alone."""
    document = _document(finding, documents)
    if finding.code not in SAYS_SOMETHING_OF_ITS_PARTS or "match" in document or "derived" in str(document["when"]):
        return ()  # By itself a rule that builds on others means another thing than among them.
    mended = [] if finding.code == "always_true" else [patched(document, finding.repairs[0].patch)]
    return tuple(Ruleset.compile([rule_from_document(one)]) for one in (document, *mended))


def _document(finding: Finding, documents: list[dict[str, Any]]) -> dict[str, Any]:
    return next(one for one in documents if one["id"] == finding.rules[0])


def _fired(ruleset: Ruleset, event: str, facts: dict[str, Any]) -> set[str] | None:
    """Return the rules that fire, or None if they go round without end."""
    try:
        return {one.rule_id for one in ruleset.evaluate(event, facts, NOW).firings}
    except RuleLoop:
        return None


def _refute(
    finding: Finding,
    document: dict[str, Any],
    alone: tuple[Ruleset, ...],
    fired: dict[str, set[str] | None],
    facts: dict[str, Any],
) -> None:
    """Assert that a record does not contradict what a finding says of every record."""
    for event in document["trigger"]:
        on_event = fired[event]
        if on_event is None:
            continue
        if finding.code in NEVER_FIRES or (finding.code == "never_on_event" and event == finding.event):
            assert finding.rules[0] not in on_event, (finding, facts)
        if not alone:
            continue
        if finding.code == "always_true":
            assert _holds(alone[0], facts, finding, event), (finding, facts)
        else:
            assert _holds(alone[0], facts, finding, event) == _holds(alone[1], facts, finding, event), (finding, facts)


def _run(seed: int, rulesets: int, matching: float) -> Counter[str]:
    rng = random.Random(seed)
    seen: Counter[str] = Counter()
    for _ in range(rulesets):
        documents = _rules(rng, matching)
        events = {event for document in documents for event in document["trigger"]}
        rules = [rule_from_document(document) for document in documents]
        findings = check(rules, ANYTHING, NOW)
        seen.update(finding.code for finding in findings)
        for finding in findings:
            if finding.witness is not None:
                SHOWS[finding.code](finding, rules)
        ruleset = Ruleset.compile(rules)
        about = [(one, _document(one, documents), _by_itself(one, documents)) for one in findings]
        for facts in _samples(rng, findings, matching):
            # Each record is evaluated once for all findings, and each rule alone compiled once for all records.
            fired = {event: _fired(ruleset, event, facts) for event in events}
            for finding, document, alone in about:
                _refute(finding, document, alone, fired, facts)
        for each in (ruleset, *(one for _, _, alone in about for one in alone)):
            each.close()
    return seen


@pytest.mark.slow
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
