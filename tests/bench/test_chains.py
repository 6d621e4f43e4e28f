"""Chains and joins: grade → route → assign beside CLIPS, and Miss Manners beside durable-rules; ratios of one run."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable

import pytest

from . import chains, manners

pytestmark = [pytest.mark.bench, pytest.mark.slow]
ROUNDS = 5


def test_grade_route_assign_with_sellers_as_facts(capsys: pytest.CaptureFixture[str]) -> None:
    sample = chains.events(1000)
    wanted = chains.by_hand(sample)
    ways = {
        "Clew, traced": chains.clew(),
        "CLIPS, sellers kept in its memory": chains.clips_alone(),
        "durable-rules in one ruleset": chains.durable_rules(),
        "Python by hand": chains.by_hand,
    }
    for name, decide in ways.items():
        assert decide(sample) == wanted, name
    rates = _rates({name: lambda decide=decide: decide(sample) for name, decide in ways.items()})
    with capsys.disabled():
        print("\ngrade → route → assign: 30 rules, 20 sellers")
        for name, rate in rates.items():
            print(f"  {name:36} {rate * len(sample):10,.0f} leads/s   Clew is {rates['Clew, traced'] / rate:6.2f}x")


@pytest.mark.parametrize("number", [16, 32, 64])
def test_miss_manners(number: int, capsys: pytest.CaptureFixture[str]) -> None:
    rows = manners.guests(number)
    ways = {"Clew, a seat an event": manners.clew(rows), "durable-rules alone": manners.durable_rules(rows)}
    for name, dinner in ways.items():
        assert manners.is_good(dinner(), rows), name
    rates = _rates(ways)
    with capsys.disabled():
        print(f"\nMiss Manners, {number} guests")
        for name, rate in rates.items():
            print(f"  {name:36} {1000 / rate:8.1f} ms a dinner")
        print(f"  Clew takes {rates['durable-rules alone'] / rates['Clew, a seat an event']:.2f}x the time")


def _rates(ways: dict[str, Callable[[], object]]) -> dict[str, float]:
    found: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(ROUNDS):  # In turn, so that a slow moment of the machine meets all of them.
        for name, act in ways.items():
            gc.collect()
            start = time.perf_counter()
            act()
            found[name].append(1 / (time.perf_counter() - start))
    return {name: sorted(rates)[ROUNDS // 2] for name, rates in found.items()}
