"""What the cells of a decision table tell apart: each fact's values as atoms, rows as boxes of atoms.

Two values of a fact that no cell and no condition tells apart are one atom, so reckoning with atoms is exact.
A box is one bit mask a fact; sets of boxes are kept disjoint.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from ..engine.compiled_conditions import closure_of
from ..language.conditions import All, Condition, Leaf, Not, holds
from ..language.values import FactView, Scalar, Value, is_number, kind_of, moment, same
from .cells import Column

Box = tuple[int, ...]
MOST_ITEMS = 6
_NAMES = ("其他", "别的", "另一个")


@dataclass(frozen=True)
class Atom:
    """Values of a fact that nothing tells apart: `sample` is one of them, None that it is missing.

    `kind` is value, range (between `low` and `high`, neither included), other (none of those named),
    mixed (a text or a list made up for patterns) or missing.
    """

    sample: Value | None
    kind: str = "value"
    low: Any = None
    high: Any = None


@dataclass(frozen=True)
class Dimension:
    """One fact with its atoms. `exact` is False where patterns or many items leave values unseen."""

    column: Column
    atoms: tuple[Atom, ...]
    exact: bool = True
    _seen: dict[datetime, list[FactView]] = field(default_factory=dict, repr=False, compare=False)

    @property
    def every(self) -> int:
        """The mask of all atoms."""
        return (1 << len(self.atoms)) - 1

    @property
    def missing(self) -> int:
        """The mask of "has no value"."""
        return 1 << (len(self.atoms) - 1)

    def mask(self, test: Condition, now: datetime) -> int:
        """Return the atoms for which a condition on this fact alone holds."""
        asked = closure_of(test)
        # As digits, for to set one bit after another in a long number copies it each time.
        return int("".join("1" if asked(view) else "0" for view in reversed(self._views(now))), 2)

    def _views(self, now: datetime) -> list[FactView]:
        if now not in self._seen:
            key = (self.column.name, self.column.derived)
            self._seen[now] = [view_of({key: atom.sample}, now) for atom in self.atoms]
        return self._seen[now]

    def of(self, mask: int) -> list[Atom]:
        """Return the atoms of a mask."""
        return [atom for place, atom in enumerate(self.atoms) if mask >> place & 1]


@dataclass
class Space:
    """The facts a table looks at; `now` stands for the moment of deciding."""

    dimensions: tuple[Dimension, ...]
    now: datetime
    places: dict[tuple[str, bool], int] = field(default_factory=dict)
    inexact: bool = False

    def __post_init__(self) -> None:
        self.places = {(one.column.name, one.column.derived): place for place, one in enumerate(self.dimensions)}

    @property
    def whole(self) -> Box:
        """The box of everything."""
        return tuple(one.every for one in self.dimensions)

    def boxes(self, condition: Condition, negated: bool = False) -> list[Box]:
        """Return the disjoint boxes in which a condition holds (or does not)."""
        if isinstance(condition, Not):
            return self.boxes(condition.item, not negated)
        if isinstance(condition, Leaf):
            return self._of_leaf(condition, negated)
        if isinstance(condition, All) is not negated:
            found = [self.whole]
            for item in condition.items:
                inner = self.boxes(item, negated)
                found = [box for one in found for other in inner if (box := meet(one, other)) is not None]
            return found
        found = []
        for item in condition.items:
            for box in self.boxes(item, negated):
                found += subtract([box], found)
        return found

    def _of_leaf(self, leaf: Leaf, negated: bool) -> list[Box]:
        place = self.places.get((leaf.name, leaf.derived))
        if place is None or leaf.than is not None:
            self.inexact = True  # It compares two facts with each other; witnesses are tried all the same.
            return [self.whole]
        dimension = self.dimensions[place]
        mask = dimension.mask(leaf, self.now)
        mask = dimension.every & ~mask if negated else mask
        return [(*self.whole[:place], mask, *self.whole[place + 1 :])] if mask else []

    def sample(self, box: Box) -> dict[tuple[str, bool], Value | None]:
        """Return one record of a box, of values as plain as can be."""
        found = {}
        for dimension, mask in zip(self.dimensions, box, strict=True):
            atoms = dimension.of(mask)
            plain = [atom for atom in atoms if atom.kind == "value"] or [a for a in atoms if a.kind != "missing"]
            ranges = [atom for atom in atoms if atom.kind == "range"]
            chosen = (ranges or plain or atoms)[0] if dimension.column.kind == "number" else (plain or atoms)[0]
            found[dimension.column.name, dimension.column.derived] = chosen.sample
        return found


def view_of(sample: dict[tuple[str, bool], Value | None], now: datetime) -> FactView:
    """Return a record as rules see it."""
    view = FactView({name: value for (name, derived), value in sample.items() if not derived}, now)
    view.derived = {
        name: value
        for (name, derived), value in sample.items()
        if derived and value is not None and not isinstance(value, list)
    }
    return view


def meet(one: Box, other: Box) -> Box | None:
    """Return what two boxes share, None if nothing."""
    found = tuple(a & b for a, b in zip(one, other, strict=True))
    return found if all(found) else None


def within(one: Box, other: Box) -> bool:
    """Say whether `one` lies within `other`."""
    return all(a & ~b == 0 for a, b in zip(one, other, strict=True))


def subtract(
    boxes: Sequence[Box], others: Iterable[Box], last: int | None = None, limit: int | None = None
) -> list[Box]:
    """Return what is left of disjoint boxes; the fact at place `last` is cut last.

    Raises OverflowError once there are more than `limit` pieces.
    """
    left = list(boxes)
    for other in others:
        if not left:
            break
        pieces: list[Box] = []
        for box in left:
            pieces += _cut(box, other, last)
        left = pieces
        if limit is not None and len(left) > limit:
            raise OverflowError
    return left


def _cut(box: Box, other: Box, last: int | None) -> list[Box]:
    if meet(box, other) is None:
        return [box]
    order = [place for place in range(len(box)) if place != last] + ([last] if last is not None else [])
    pieces, rest = [], list(box)
    for place in order:
        outside = rest[place] & ~other[place]
        if outside:
            pieces.append((*rest[:place], outside, *rest[place + 1 :]))
        rest[place] &= other[place]
    return pieces


def merged(boxes: Sequence[Box]) -> list[Box]:
    """Return the same region with boxes joined that differ in one fact only."""
    found = list(boxes)
    changed = True
    while changed:
        changed = False
        for place in range(len(found[0]) if found else 0):
            groups: dict[tuple[int, ...], int] = {}
            for box in found:
                key = box[:place] + box[place + 1 :]
                groups[key] = groups.get(key, 0) | box[place]
            if len(groups) < len(found):
                found = [(*key[:place], mask, *key[place:]) for key, mask in groups.items()]
                changed = True
    return found


def dimension_of(column: Column, leaves: Sequence[Leaf], now: datetime, suggestions: Sequence[str] = ()) -> Dimension:
    """Return the atoms of a fact, given every comparison that a table makes with it."""
    atoms, exact = _READERS.get(column.kind or "", _any_atoms)(column, leaves, now, suggestions)
    return Dimension(column, (*atoms, Atom(None, "missing")), exact)


_Found = tuple[list[Atom], bool]


def _values(leaves: Sequence[Leaf]) -> list[Scalar]:
    """Return the values that comparisons name, each once."""
    found: list[Scalar] = []
    for leaf in leaves:
        for value in leaf.value if isinstance(leaf.value, tuple) else (leaf.value,):
            if value is not None and not any(same(value, one) for one in found):
                found.append(value)
    return found


def _numbers(column: Column, leaves: Sequence[Leaf], now: datetime, suggestions: Sequence[str]) -> _Found:
    cuts = sorted({value for value in _values(leaves) if is_number(value)})
    if not cuts:
        return [Atom(1000, "range")], True
    atoms: list[Atom] = [Atom(_below(cuts[0]), "range", None, cuts[0])]
    for low, high in itertools.pairwise(cuts):
        atoms.append(Atom(low))
        middle = _between(low, high)
        if low < middle < high:
            atoms.append(Atom(middle, "range", low, high))
    return [*atoms, Atom(cuts[-1]), Atom(_above(cuts[-1]), "range", cuts[-1], None)], True


def _below(cut: Any) -> Any:
    return cut // 2 if isinstance(cut, int) and cut >= 2 else cut / 2 if cut > 0 else cut - 1


def _above(cut: Any) -> Any:
    return cut + (cut // 10 if isinstance(cut, int) and cut >= 10 else 1)


def _between(low: Any, high: Any) -> Any:
    whole = isinstance(low, int) and isinstance(high, int) and high - low >= 2
    return (low + high) // 2 if whole else low + (high - low) / 2


def _texts(column: Column, leaves: Sequence[Leaf], now: datetime, suggestions: Sequence[str]) -> _Found:
    if column.options:
        return [Atom(option) for option in column.options], True
    patterns = [leaf for leaf in leaves if leaf.op in ("contains", "starts_with", "matches")]
    named = [value for value in _values([leaf for leaf in leaves if leaf not in patterns]) if isinstance(value, str)]
    atoms = [Atom(value) for value in named]
    if patterns:
        atoms += _patterned(patterns, named, column, now)
    if other := _unnamed(column, leaves, now, [*suggestions, *_NAMES]):
        atoms.append(Atom(other, "other"))
    return atoms, not patterns


def _unnamed(column: Column, leaves: Sequence[Leaf], now: datetime, names: Sequence[str]) -> str | None:
    """Return a text that no comparison names and no pattern finds."""
    asked = [Leaf(column.name, one.op, one.value) for one in leaves if one.op not in ("!=", "not_in", "present")]
    for name in [*names, *(f"{names[-1]}{number}" for number in range(2, 20))]:
        if not any(holds(leaf, view_of({(column.name, False): name}, now)) for leaf in asked):
            return name
    return None


def _patterned(patterns: Sequence[Leaf], named: Sequence[str], column: Column, now: datetime) -> list[Atom]:
    """Return texts made up so that each pattern, and each pair, finds one."""
    starts = [str(leaf.value) for leaf in patterns if leaf.op == "starts_with"]
    parts = [str(v) for leaf in patterns if leaf.op == "contains" for v in _values([leaf])]
    texts = [*starts, *parts, *(a + b for a in starts for b in parts), *(a + b for a in parts for b in parts if a != b)]
    texts += [str(leaf.value).strip("^$") for leaf in patterns if leaf.op == "matches"]
    return [Atom(text, "mixed") for text in dict.fromkeys(texts[:60]) if text not in named]


def _bools(column: Column, leaves: Sequence[Leaf], now: datetime, suggestions: Sequence[str]) -> _Found:
    return [Atom(True), Atom(False)], True


def _lists(column: Column, leaves: Sequence[Leaf], now: datetime, suggestions: Sequence[str]) -> _Found:
    items = _values(leaves)
    sizes = range(1, len(items) + 1) if len(items) <= MOST_ITEMS else (1, 2)
    found = [Atom(list(some), "mixed") for size in sizes for some in itertools.combinations(items, size)]
    other = next(name for name in (*_NAMES, "其他 2") if name not in items)
    return [*found, Atom([other], "other")], len(items) <= MOST_ITEMS


def _moments(column: Column, leaves: Sequence[Leaf], now: datetime, suggestions: Sequence[str]) -> _Found:
    cuts: dict[datetime, str] = {}
    for leaf in leaves:
        for value in _values([leaf]):
            if leaf.op in ("within_hours", "older_than_hours"):
                at = now - timedelta(hours=float(value))
                cuts |= {at: at.isoformat()} | ({now: now.isoformat()} if leaf.op == "within_hours" else {})
            elif found := moment(value, now):
                cuts.setdefault(found, str(value))
    order = sorted(cuts)
    if not order:
        return [Atom(now.isoformat(), "range")], True
    atoms = [Atom((order[0] - timedelta(days=1)).isoformat(), "range", None, cuts[order[0]])]
    for low, high in itertools.pairwise(order):
        atoms.append(Atom(cuts[low]))
        atoms.append(Atom((low + (high - low) / 2).isoformat(), "range", cuts[low], cuts[high]))
    last = cuts[order[-1]]
    return [*atoms, Atom(last), Atom((order[-1] + timedelta(days=1)).isoformat(), "range", last, None)], True


def _any_atoms(column: Column, leaves: Sequence[Leaf], now: datetime, suggestions: Sequence[str]) -> _Found:
    """Return the atoms of a fact of which the type is not known."""
    kinds = {kind_of(value) for value in _values(leaves)}
    texts, exact = _texts(column, [leaf for leaf in leaves if _speaks(leaf, "text")], now, suggestions)
    atoms = texts + ([Atom(True), Atom(False)] if "bool" in kinds else [])
    if "number" in kinds:
        atoms += _numbers(column, leaves, now, suggestions)[0]
    return atoms, exact and not any(leaf.op in _TIMELY for leaf in leaves)


_TIMELY = ("before", "after", "within_hours", "older_than_hours")


def _speaks(leaf: Leaf, kind: str) -> bool:
    return any(kind_of(value) == kind for value in _values([leaf]))


_READERS: dict[str, Callable[[Column, Sequence[Leaf], datetime, Sequence[str]], _Found]] = {
    "number": _numbers,
    "text": _texts,
    "bool": _bools,
    "datetime": _moments,
    "list": _lists,
}
