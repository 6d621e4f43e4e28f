"""Decisions per second through `rules/`, tracing on, beside other engines: ratios of one run, results all equal."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Sequence

import pytest

from . import contenders
from .contenders import Decide, Event
from .sales_rules import SHAPES, Row, events, rows

pytestmark = [pytest.mark.bench, pytest.mark.slow]
ROUNDS = 3
# Events a round: each engine gets about a sixth of a second, the slow ones at least ten events.
LEAST, MOST, SECONDS = 10, 20_000, 0.15
OTHERS: dict[str, Callable[[Sequence[Row]], Decide]] = {
    "durable-rules in cells": contenders.durable_rules,
    "CLIPS, event by event": contenders.clips_alone,
    "CLIPS, in batches": contenders.clips_batches,
    "zen-engine table": contenders.zen_table,
    "rule-engine": contenders.rule_engine_alone,
    "closures behind a hash (the limit)": contenders.closures,
}


def test_decisions_per_second_beside_other_engines(capsys: pytest.CaptureFixture[str]) -> None:
    own: dict[int, float] = {}
    for count in SHAPES:
        given = rows(count)
        sample = events(count, MOST)
        oracle = _oracle(given, sample[:200])
        engines = {"Clew, traced": contenders.clew(given)} | {name: make(given) for name, make in OTHERS.items()}
        parts: dict[str, Sequence[Event]] = {}
        for name, decide in engines.items():
            few = sample[:LEAST]
            assert decide(few) == oracle[:LEAST], f"{name} decides otherwise than plain Python at {count} rules"
            start = time.perf_counter()
            decide(few)
            each = (time.perf_counter() - start) / LEAST
            parts[name] = sample[: max(LEAST, min(MOST, int(SECONDS / each)))]
            checked = parts[name][:200]
            assert decide(checked) == oracle[: len(checked)], name
        rates: dict[str, list[float]] = {name: [] for name in engines}
        for _ in range(ROUNDS):  # In turn, so that a slow moment of the machine meets all of them.
            for name, decide in engines.items():
                rates[name].append(_rate(decide, parts[name]))
        middle = {name: sorted(found)[ROUNDS // 2] for name, found in rates.items()}
        own[count] = middle["Clew, traced"]
        with capsys.disabled():
            print(f"\n{count} rules, two matches an event")
            for name, rate in middle.items():
                print(f"  {name:36} {rate:10,.0f} events/s   Clew is {own[count] / rate:7.2f}x")
    with capsys.disabled():
        print(f"Clew: an event over 5,000 rules costs {own[10] / own[5000]:.2f}x one over 10")


def _oracle(given: Sequence[Row], sample: Sequence[Event]) -> list[set[str]]:
    return [{row.id for row in given if row.holds(event)} for event in sample]


def _rate(decide: Decide, part: Sequence[Event]) -> float:
    gc.collect()
    start = time.perf_counter()
    decide(part)
    return len(part) / (time.perf_counter() - start)
