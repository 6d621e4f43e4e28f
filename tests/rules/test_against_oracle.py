"""The engine's way against the oracle's, on random rules and facts: chains, groups, missing and odd types."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest

from clew.rules import Ruleset, rule_from_document

from .building import NOW, document
from .oracle import Oracle

FIELDS = ["a", "b", "c", "d"]
VALUES = [
    "x",
    "y",
    "xy",
    "",
    True,
    False,
    0,
    1,
    1.0,
    2,
    2.5,
    -3,
    1e-7,
    2**60,
    2**60 + 1,
    "1",
    'q"\\\n华',
    "True",
]
TIMES = [
    "2026-03-02",
    "2026-03-01T09:30:00+08:00",
    (NOW - timedelta(hours=2)).isoformat(),
    "2026-03-02T09:30:01",
    "no",
]
LISTS = [[], ["x"], ["x", "1"], [1], ["xy", "y"]]
SCALARS = [value for value in VALUES if value != ""]
NUMBERS = [value for value in VALUES if isinstance(value, int | float) and not isinstance(value, bool)]
MOMENTS = TIMES[:-1]
PATTERNS = ["x", "^x.?$", "[a-y]+", "(x|y)y", r"\d"]


def random_leaf(rng: random.Random, names: list[str]) -> dict:
    op = rng.choice(
        [
            "==",
            "==",
            "==",
            "!=",
            "<",
            "<=",
            ">",
            ">=",
            "in",
            "not_in",
            "contains",
            "starts_with",
            "matches",
            "missing",
            "present",
            "between",
            "before",
            "after",
            "within_hours",
            "older_than_hours",
        ]
    )
    leaf: dict = {"op": op}
    if names and rng.random() < 0.35:
        leaf["derived"] = rng.choice(names)
    else:
        leaf["field"] = rng.choice(FIELDS)
    if op in ("==", "!=", "contains"):
        leaf["value"] = rng.choice(SCALARS)
    elif op in ("<", "<=", ">", ">="):
        leaf["value"] = rng.choice(NUMBERS)
    elif op in ("in", "not_in"):
        leaf["value"] = rng.sample(SCALARS, rng.randint(1, 4))
    elif op == "starts_with":
        leaf["value"] = rng.choice(["x", "xy", "2026"])
    elif op == "matches":
        leaf["value"] = rng.choice(PATTERNS)
    elif op == "between":
        leaf["value"] = sorted(rng.sample(NUMBERS, 2)) if rng.random() < 0.6 else rng.sample(MOMENTS, 2)
    elif op in ("before", "after"):
        leaf["value"] = rng.choice(MOMENTS)
    elif op in ("within_hours", "older_than_hours"):
        leaf["value"] = rng.choice([0, 1, 2, 3.5, 40])
    return leaf


def random_condition(rng: random.Random, names: list[str], depth: int = 0) -> dict:
    shape = rng.choice(["leaf", "leaf", "all", "any", "not"] if depth < 3 else ["leaf"])
    if shape == "leaf":
        return random_leaf(rng, names)
    if shape == "not":
        return {"not": random_condition(rng, names, depth + 1)}
    return {shape: [random_condition(rng, names, depth + 1) for _ in range(rng.randint(1, 4))]}


def random_rules(rng: random.Random) -> list[dict]:
    """Rules in levels: a level reads what lower ones derive, and groups stay within a level."""
    documents = []
    for number in range(rng.randint(5, 40)):
        level = rng.randint(0, 3)
        names = [f"n{lower}{which}" for lower in range(level) for which in "pq"]
        more: dict = {"priority": rng.choice([0, 0, 5, -1])}
        if level < 3 and rng.random() < 0.5:
            more["derive"] = {f"n{level}{rng.choice('pq')}": rng.choice(SCALARS)}
        if rng.random() < 0.3:
            more["group"] = f"g{level}"
        more["trigger"] = rng.choice([["t"], ["t"], ["t", "u"], ["u"]])
        when = random_condition(rng, names) if rng.random() < 0.95 else None
        documents.append(document(f"r{number}", when, **more))
    return documents


def random_facts(rng: random.Random) -> dict:
    pool = [*VALUES, *TIMES, *LISTS, None]
    return {name: rng.choice(pool) for name in FIELDS if rng.random() < 0.85}


@pytest.mark.parametrize("seed", range(8))
def test_the_engine_agrees_with_plain_python(seed: int) -> None:
    rng = random.Random(seed)
    checks = fired = chained = outranked = 0
    for _ in range(25):
        documents = random_rules(rng)
        ruleset = Ruleset.compile(rule_from_document(doc) for doc in documents)
        for _ in range(30):
            event, facts = rng.choice("ttu"), random_facts(rng)
            outcome = ruleset.evaluate(event, facts, NOW)
            got = [(step.rule_id, step.verdict) for step in outcome.trace]
            assert got == Oracle(documents, event, facts, NOW).answer(), (event, facts, documents)
            checks += len(documents)
            fired += len(outcome.firings)
            chained += any(step.round > 1 for step in outcome.trace)
            outranked += any(step.verdict == "outranked" for step in outcome.trace)
        ruleset.close()
    # The comparison means something only if much fires, chains and is outranked.
    assert checks > 10_000
    assert fired > 1_000
    assert chained > 50
    assert outranked > 50
