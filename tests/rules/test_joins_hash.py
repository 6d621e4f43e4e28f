"""Joins by value and joins in durable-rules are one semantics: both held against all pairs tried in plain Python."""

from __future__ import annotations

import itertools
import random

import pytest

from clew.rules.engine.joins_durable import Joiner, Relation
from clew.rules.engine.joins_hash import HashJoiner
from clew.rules.engine.joins_rows import ItemRows
from clew.rules.language.values import FactView

from .building import NOW
from .oracle import compares

VALUES = [None, 0, 1, 1.0, True, False, "1", "x", "2026-03-01", "2026-03-01T00:00:00+00:00", 2.5, 2**60, 2**60 + 1]
FIELDS = ("p", "q")


@pytest.mark.parametrize("seed", range(4))
def test_both_ways_find_what_trying_everything_finds(seed: int) -> None:
    rng = random.Random(seed)
    found = 0
    for _ in range(150):
        aliases = ["a", "b", "c"][: rng.choice([2, 2, 3])]
        relations = [
            Relation(alias, f"{alias}.{rng.choice(FIELDS)}", op, other, f"{other}.{rng.choice(FIELDS)}")
            for place, alias in enumerate(aliases[1:], 1)
            for op in ["==", *rng.choices(["==", "!=", "<", "<=", ">", ">="], k=rng.randint(0, 2))]
            for other in [rng.choice(aliases[:place])]
        ]
        rng.shuffle(relations)
        assert HashJoiner.fits(aliases, relations)
        few = rng.sample(VALUES, 4)
        rows = [_rows(rng, alias, few) for alias in aliases]
        view = FactView({}, NOW)
        wanted = [
            places
            for places in itertools.product(*(range(len(one)) for one in rows))
            if all(_holds(one, aliases, rows, places) for one in relations)
        ]
        assert list(HashJoiner("r", aliases, relations).combinations(rows, view)) == wanted, relations
        assert list(Joiner("r", aliases, relations).combinations(rows, view)) == wanted, relations
        found += len(wanted)
    assert found > 150


def test_an_item_that_equals_nothing_before_it_is_left_to_the_engine() -> None:
    later = Relation("b", "b.p", "<", "a", "a.p")
    assert not HashJoiner.fits(["a", "b"], [later])
    assert HashJoiner.fits(["a", "b"], [later, Relation("a", "a.q", "==", "b", "b.q")])


def _rows(rng: random.Random, alias: str, values: list[object]) -> ItemRows:
    names = [f"{alias}.{field}" for field in FIELDS]
    return ItemRows(names, [tuple(rng.choice(values) for _ in FIELDS) for _ in range(rng.randint(1, 9))])


def _holds(one: Relation, aliases: list[str], rows: list[ItemRows], places: tuple[int, ...]) -> bool:
    left, right = aliases.index(one.alias), aliases.index(one.other_alias)
    return compares(one.op, rows[left].value(places[left], one.own), rows[right].value(places[right], one.other), NOW)
