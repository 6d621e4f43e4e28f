"""The solver over boxes, against brute force: atoms, the algebra of boxes, values that pass, and which boxes meet."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clew.rules.boxes.atoms import line, number_cuts
from clew.rules.boxes.box import Box, Space, meet, merged, missed, subtract, within
from clew.rules.boxes.dimension import dimension_of
from clew.rules.boxes.meeting import Budget, meeting, outline_of, pairs, pairs_with
from clew.rules.boxes.values import Part, passes, solve
from clew.rules.language.conditions import Condition, Leaf, holds, leaves, parse_condition
from clew.rules.language.errors import Problems
from clew.rules.language.operators import OPERATORS
from clew.rules.language.values import FactView
from clew.rules.language.vocabulary import FieldType

from .building import NOW
from .random_rules import FIELDS, LISTS, MOMENTS, NUMBERS, VALUES, random_condition, random_facts, random_leaf

SEEDS = st.integers(0, 2**32)
KINDS = ("text", "number", "bool", "datetime", "list")
SHAPE = (3, 2, 4)  # The atoms of each fact.
POINTS = frozenset(itertools.product(*(range(size) for size in SHAPE)))
WHOLE: Box = tuple((1 << size) - 1 for size in SHAPE)
BOX = st.tuples(*(st.integers(1, mask) for mask in WHOLE))
BOXES = st.lists(BOX, max_size=6)
MOST: dict[str, list[Any]] = {
    "text": [value for value in VALUES if isinstance(value, str) and value] + ["x1", "其他"],
    "number": [*NUMBERS, *(near + step for near in NUMBERS for step in (-1, -0.25, 0.25, 1))],
    "bool": [True, False],
    "datetime": [*MOMENTS, *((NOW + timedelta(hours=hours / 2)).isoformat() for hours in range(-100, 10))],
    "list": [some for some in LISTS if some],
}
"""Values of each type that random comparisons tell apart, and some more."""
EVERY = [value for some in MOST.values() for value in some]


def parsed(document: dict[str, Any]) -> Any:
    return parse_condition(document, "", Problems(), None)


def random_leaves(seed: int, kind: str | None = None) -> list[Leaf]:
    """Return comparisons with values, those that a fact of this type may be asked for."""
    rng = random.Random(seed)
    found = (parsed(random_leaf(rng, [], ["a"])) for _ in range(rng.randint(1, 6)))
    return [leaf for leaf in found if leaf.than is None and (kind is None or kind in OPERATORS[leaf.op].kinds)]


def points(boxes: Iterable[Box]) -> list[tuple[int, ...]]:
    """Return the points of boxes, those of two boxes twice."""
    return [one for box in boxes for one in POINTS if all(mask >> at & 1 for mask, at in zip(box, one, strict=True))]


def outcome(asked: list[Leaf], value: Any) -> tuple[bool, ...]:
    return tuple(passes([(leaf, True)], value, NOW) for leaf in asked)


@given(SEEDS)
def test_a_line_has_an_atom_for_every_number(seed: int) -> None:
    asked = random_leaves(seed)
    cuts = number_cuts(asked)
    if not cuts:
        return
    atoms = line(cuts, cuts[0] - 1, cuts[-1] + 1)
    assert [atom.sample for atom in atoms] == sorted({atom.sample for atom in atoms})
    known = {outcome(asked, atom.sample) for atom in atoms}
    assert {outcome(asked, value) for value in MOST["number"]} <= known


@given(SEEDS, st.sampled_from(KINDS))
def test_an_exact_dimension_tells_every_value_apart_that_comparisons_do(seed: int, kind: str) -> None:
    asked = random_leaves(seed, kind)
    dimension = dimension_of("a", FieldType(kind), asked, NOW)
    known = {outcome(asked, atom.sample) for atom in dimension.atoms}
    if dimension.exact:
        assert {outcome(asked, value) for value in [*MOST[kind], None]} <= known
    for leaf in asked:
        taken = dimension.of(dimension.mask(leaf))
        assert taken == [atom for atom in dimension.atoms if passes([(leaf, True)], atom.sample, NOW)]
        assert not taken or passes([(leaf, True)], dimension.sample(dimension.mask(leaf)), NOW)


@given(BOX, BOX)
def test_two_boxes_share_the_points_of_both(one: Box, other: Box) -> None:
    both = meet(one, other)
    assert set(points([both] if both else [])) == set(points([one])) & set(points([other]))
    assert within(one, other) is (set(points([one])) <= set(points([other])))
    assert within(one, other) is (missed(one, other) == [])


@given(BOX, BOXES, st.sampled_from([None, 0, 2]))
def test_what_is_left_of_a_box_lies_in_disjoint_boxes(box: Box, others: list[Box], last: int | None) -> None:
    left = points(subtract([box], others, last))
    assert len(left) == len(set(left))
    assert set(left) == set(points([box])) - set(points(others))


@given(BOX, BOXES)
def test_merging_keeps_the_points(box: Box, others: list[Box]) -> None:
    pieces = subtract([box], others)
    found = points(merged(pieces))
    assert sorted(found) == sorted(points(pieces))
    assert len(merged(pieces)) <= len(pieces)


def test_a_box_in_too_many_pieces_is_given_up() -> None:
    others = [tuple(1 << at for at in one) for one in sorted(POINTS)[::2]]
    with pytest.raises(OverflowError):
        subtract([WHOLE], others, limit=3)


@settings(max_examples=60, deadline=None)
@given(SEEDS)
def test_a_condition_holds_in_its_boxes_and_nowhere_else(seed: int) -> None:
    when: Condition = parsed(random_condition(random.Random(seed), [], fields=["a", "b"], deepest=2))
    asked = [leaf for leaf in leaves(when) if leaf.than is None]
    facts = [dimension_of(name, None, [leaf for leaf in asked if leaf.name == name], NOW) for name in "ab"]
    space = Space(facts)
    boxes, others = space.boxes(when), space.boxes(when, negated=True)
    if space.inexact:
        return
    for at in itertools.product(*(range(len(one.atoms)) for one in facts)):
        sample = {one.key: one.atoms[place].sample for one, place in zip(facts, at, strict=True)}
        point = tuple(1 << place for place in at)
        inside = sum(within(point, box) for box in boxes)
        assert inside == holds(when, FactView(sample, NOW))
        assert inside + sum(within(point, box) for box in others) == 1
    for box in boxes:
        assert holds(when, FactView(space.sample(box), NOW))


@settings(max_examples=300)
@given(SEEDS, st.sampled_from([None, *(FieldType(kind) for kind in KINDS), FieldType("text", ("x", "xy", "q"))]))
def test_a_value_found_passes_and_none_does_where_that_is_said(seed: int, known: FieldType | None) -> None:
    rng = random.Random(seed)
    parts: list[Part] = [(leaf, rng.random() < 0.7) for leaf in random_leaves(seed, known.kind if known else None)]
    answer = solve(parts, known, NOW)
    if answer.verdict == "found":
        assert passes(parts, answer.value, NOW)
        assert not known or not known.options or answer.value in (None, *known.options)
    elif answer.verdict == "impossible":
        pool = known.options if known and known.options else MOST[known.kind] if known else EVERY
        assert [value for value in [*pool, None] if passes(parts, value, NOW)] == []


def test_values_that_nobody_checked_are_not_judged() -> None:
    assert solve([(Leaf("a", "==", {"x": 1}), True)], None, NOW).verdict == "unknown"


@given(st.lists(BOX, max_size=30))
def test_boxes_that_meet_are_found_once(boxes: list[Box]) -> None:
    wanted = [(a, b) for a, b in itertools.combinations(range(len(boxes)), 2) if meet(boxes[a], boxes[b])]
    assert sorted(meeting(boxes, WHOLE)) == wanted


@settings(max_examples=60, deadline=None)
@given(SEEDS)
def test_pairs_of_conditions_are_found_once_and_what_is_apart_never_meets(seed: int) -> None:
    rng = random.Random(seed)
    conditions = [parsed(random_condition(rng, [], deepest=2)) for _ in range(rng.randint(2, 30))]
    outlines = [outline_of(condition, number) for number, condition in enumerate(conditions)]
    every = list(itertools.combinations(range(len(outlines)), 2))
    wanted = {(a, b) for a, b in every if (a + b) % 3 and not outlines[a].is_apart(outlines[b])}

    found = list(pairs(outlines, lambda a, b: (a + b) % 3 != 0, Budget()))
    assert len(found) == len(wanted)
    assert {(min(pair), max(pair)) for pair in found} == wanted

    found = list(pairs_with(outlines[:2], outlines, lambda a, b: (a + b) % 3 != 0, Budget()))
    assert len(found) == len(set(found))
    assert {(min(pair), max(pair)) for pair in found} == {(a, b) for a, b in wanted if a < 2}

    for _ in range(20):
        view = FactView({name: value for name, value in random_facts(rng).items() if name in FIELDS}, NOW)
        holding = [number for number, condition in enumerate(conditions) if holds(condition, view)]
        assert not any(outlines[a].is_apart(outlines[b]) for a, b in itertools.combinations(holding, 2))


def test_what_was_not_compared_is_counted() -> None:
    outlines = [outline_of(parsed({"field": "a", "op": "present"}), number) for number in range(5)]
    budget = Budget(4)
    assert list(pairs(outlines, lambda a, b: True, budget)) == [(0, 1), (0, 2), (0, 3), (0, 4)]
    assert budget.skipped == 6
