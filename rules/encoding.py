"""Turns facts into the small whole numbers the engine compares, exactly and typed.

No text, float or foreign type reaches the C code: an equality becomes a code, an order a rank among
the rules' own thresholds, and everything else (dates, patterns, lists, negations) a plain 0 or 1.
"""

from __future__ import annotations

from bisect import bisect_left, insort

from .branches import Branch, Literal
from .conditions import Leaf, holds
from .engine import Test
from .values import FactView, Scalar, Value, is_number, kind_of

_ORDERED = ("<", "<=", ">", ">=")
_Source = tuple[str, bool]


class Encoder:
    """The properties of one cell. Feed every branch to `add` first, then encode tests and facts."""

    def __init__(self) -> None:
        self._codes: dict[_Source, dict[tuple[str, Scalar], int]] = {}
        self._ranks: dict[_Source, list[int | float]] = {}
        self._questions: dict[Literal, str] = {}
        self._names: dict[tuple[str, _Source], str] = {}

    def add(self, branch: Branch) -> None:
        """Make room for the branch's tests."""
        for literal in branch:
            leaf = literal.condition
            if literal.negated or not isinstance(leaf, Leaf):
                self._question(literal)
            elif _is_ordered(leaf):
                thresholds = self._ranks.setdefault(_source(leaf), [])
                if leaf.value not in thresholds:
                    insort(thresholds, leaf.value)
            elif leaf.op == "==":
                codes = self._codes.setdefault(_source(leaf), {})
                codes.setdefault((kind_of(leaf.value), leaf.value), len(codes) + 1)
            else:
                self._question(literal)

    def tests(self, branch: Branch) -> tuple[Test, ...]:
        """Return the engine's tests for a branch; the most telling ones (equalities) first."""
        return tuple(sorted((self._test(literal) for literal in branch), key=lambda test: test[1] != "=="))

    def properties(self, view: FactView) -> dict[str, int]:
        """Return what the engine sees of the facts; a missing one has no property."""
        found: dict[str, int] = {}
        for source, codes in self._codes.items():
            value = _read(source, view)
            if value is not None and not isinstance(value, list):
                found[self._name("e", source)] = codes.get((kind_of(value), value), 0)
        for source, thresholds in self._ranks.items():
            value = _read(source, view)
            if is_number(value):
                # Even: between two thresholds. Odd: equal to one.
                place = bisect_left(thresholds, value)  # type: ignore[type-var]
                found[self._name("o", source)] = 2 * place + (place < len(thresholds) and thresholds[place] == value)
        for literal, name in self._questions.items():
            found[name] = int(holds(literal.condition, view))
        return found

    def _test(self, literal: Literal) -> Test:
        leaf = literal.condition
        if not literal.negated and isinstance(leaf, Leaf):
            source = _source(leaf)
            if _is_ordered(leaf):
                return (self._name("o", source), leaf.op, 2 * self._ranks[source].index(leaf.value) + 1)
            if leaf.op == "==":
                return (self._name("e", source), "==", self._codes[source][kind_of(leaf.value), leaf.value])
        return (self._question(literal), "==", 0 if literal.negated else 1)

    def _question(self, literal: Literal) -> str:
        return self._questions.setdefault(Literal(literal.condition), f"q{len(self._questions)}")

    def _name(self, kind: str, source: _Source) -> str:
        return self._names.setdefault((kind, source), f"{kind}{len(self._names)}")


def _source(leaf: Leaf) -> _Source:
    return (leaf.name, leaf.derived)


def _is_ordered(leaf: Leaf) -> bool:
    return leaf.op in _ORDERED


def _read(source: _Source, view: FactView) -> Value | None:
    name, derived = source
    return view.derived.get(name) if derived else view.get(name)
