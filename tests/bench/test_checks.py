"""How long the static checks take: plain routing rules, rules of every kind, and one rule among thousands."""

from __future__ import annotations

import random
import time
from typing import Any

import pytest

from clew.core.configuration.vocabulary import bundled_vocabulary
from clew.rules.checks.check import check
from clew.rules.language.documents import Rule, rule_from_document

from .sales_rules import rows

pytestmark = pytest.mark.bench
INDUSTRIES = [f"行业{n}" for n in range(40)]
EVENTS = ["lead.created", "lead.changed", "lead.assigned", "lead.stage_changed"]


def mixed(count: int) -> list[Rule]:
    """Return rules of many kinds, a good part of them at odds with each other."""
    rng = random.Random(count)
    regions = [f"地区{n}" for n in range(count // 10)]
    return [rule_from_document(_document(number, regions, rng)) for number in range(count)]


def _document(number: int, regions: list[str], rng: random.Random) -> dict[str, Any]:
    parts: list[dict[str, Any]] = [
        {"field": "lead.region", "op": "in", "value": rng.sample(regions, 3)},
        {"field": "lead.budget", "op": rng.choice([">=", "<"]), "value": rng.randrange(100) * 10_000},
        {"not": {"field": "lead.industry", "op": "==", "value": rng.choice(INDUSTRIES)}},
        {
            "any": [
                {"field": "lead.answered", "op": "==", "value": True},
                {"field": "lead.open_tasks", "op": ">", "value": 3},
            ]
        },
        {"derived": f"grade{rng.randrange(20)}", "op": "==", "value": "A"},
    ]
    then = [
        {"assign": {"team": f"团队{rng.randrange(9)}"}},
        {"set_field": {"field": f"lead.extra.f{rng.randrange(30)}", "value": rng.randrange(4)}},
        {"create_task": {"title": f"任务{rng.randrange(500)}", "assignee": "owner"}},
        {"start_deadline": {"name": f"d{rng.randrange(20)}", "working_minutes": rng.randrange(1, 60)}},
    ]
    words = {"zh": f"规则 {number}", "en": f"Rule {number}"}
    found = {"id": f"m-{number}", "title": words, "purpose": words, "trigger": rng.choice(EVENTS)}
    found["when"] = {"all": [parts[0], *rng.sample(parts[1:], 2)]}
    found["then"] = [rng.choice(then)]
    reads = any("derived" in part for part in found["when"]["all"])
    if not reads and rng.random() < 0.1:
        found["derive"] = {f"grade{rng.randrange(20)}": rng.choice("AB")}
    elif rng.random() < 0.3:  # Together, groups and derived facts go round: that is another test.
        found["group"] = f"g{rng.randrange(20)}"
        found["priority"] = rng.randrange(100)
    return found


@pytest.mark.parametrize("count", [1000, 5000])
def test_checks_of_many_rules(count: int) -> None:
    plain, many = [rule_from_document(row.document()) for row in rows(count)], mixed(count)
    known = bundled_vocabulary()
    seconds = []
    for rules, about in ((plain, None), (plain, {plain[7].id}), (many, None), (many, {many[7].id})):
        start = time.perf_counter()
        found = check(rules, known, None, about)
        seconds.append(time.perf_counter() - start)
        assert rules is many or not found, "nothing is wrong with the routing rules"
    print(
        f"\n{count:,} rules: {seconds[0]:.2f} s routing, {seconds[1]:.2f} s of one; "
        f"{seconds[2]:.2f} s mixed, {seconds[3]:.2f} s of one"
    )
