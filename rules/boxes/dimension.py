"""One fact's values as atoms, given every comparison made with it; a set of values is a bit mask over them."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from ..engine.compiled_conditions import closure_of
from ..language.conditions import Condition, Leaf
from ..language.operators import holds
from ..language.values import FactView, Key, Value, kind_of
from ..language.vocabulary import FieldType
from .atoms import AGES, Atom, line, moment_cuts, number_cuts, values_named

_BOOLS = [Atom(True), Atom(False)]
MOST_ITEMS = 6
_MOST_TEXTS = 60
_NAMES = ("其他", "别的", "另一个")
_PATTERNS = ("contains", "starts_with", "matches")


@dataclass(frozen=True)
class Dimension:
    """A fact with its atoms, the last of which is "missing"; `now` stands for the moment of deciding.

    `exact` is False where patterns or many items leave values unseen.
    """

    key: Key
    kind: str | None
    options: tuple[str, ...]
    atoms: tuple[Atom, ...]
    now: datetime
    exact: bool = True

    @property
    def every(self) -> int:
        """The mask of all atoms."""
        return (1 << len(self.atoms)) - 1

    @property
    def missing(self) -> int:
        """The mask of "has no value"."""
        return 1 << (len(self.atoms) - 1)

    def mask(self, test: Condition) -> int:
        """Return the atoms for which a condition on this fact alone holds."""
        asked = closure_of(test)
        # As digits, for to set one bit after another in a long number copies it each time.
        return int("".join("1" if asked(view) else "0" for view in self._views), 2)

    @cached_property
    def _views(self) -> list[FactView]:
        """The atoms as rules see them, the last one first."""
        views = [FactView({}, self.now) for _ in self.atoms]
        for view, atom in zip(views, reversed(self.atoms), strict=True):
            view[self.key] = atom.sample
        return views

    def of(self, mask: int) -> list[Atom]:
        """Return the atoms of a mask."""
        return [atom for place, atom in enumerate(self.atoms) if mask >> place & 1]

    def sample(self, mask: int) -> Value | None:
        """Return one value of a mask, as plain as can be."""
        atoms = self.of(mask)
        ranges = [atom for atom in atoms if atom.kind == "range"] if self.kind == "number" else []
        plain = [atom for atom in atoms if atom.kind == "value"]
        present = [atom for atom in atoms if atom.kind != "missing"]
        return (ranges or plain or present or atoms)[0].sample


def dimension_of(key: Key, known: FieldType | None, leaves: Sequence[Leaf], now: datetime) -> Dimension:
    """Return the atoms of a fact of the given type (None: any), given every comparison that is made with it."""
    atoms, exact = _READERS[known.kind](known, leaves, now) if known else _any_atoms(leaves, now)
    kind, options = (known.kind, known.options) if known else (None, ())
    return Dimension(key, kind, options, (*atoms, Atom(None, "missing")), now, exact)


_Found = tuple[list[Atom], bool]


def _numbers(known: FieldType, leaves: Sequence[Leaf], now: datetime) -> _Found:
    cuts = number_cuts(leaves)
    return line(cuts, _below(cuts[0]), _above(cuts[-1])) if cuts else [Atom(1000, "range")], True


def _below(cut: Any) -> Any:
    return cut // 2 if isinstance(cut, int) and cut >= 2 else cut / 2 if cut > 0 else cut - 1


def _above(cut: Any) -> Any:
    return cut + (cut // 10 if isinstance(cut, int) and cut >= 10 else 1)


def _moments(known: FieldType, leaves: Sequence[Leaf], now: datetime) -> _Found:
    cuts = moment_cuts(leaves, now)
    if not cuts:
        return [Atom(now.isoformat(), "range")], True

    def written(at: Any) -> str | None:
        return None if at is None else cuts.get(at) or at.isoformat()

    order, day = sorted(cuts), timedelta(days=1)
    atoms = line(order, order[0] - day, order[-1] + day)
    return [Atom(written(one.sample), one.kind, written(one.low), written(one.high)) for one in atoms], True


def _texts(known: FieldType, leaves: Sequence[Leaf], now: datetime) -> _Found:
    if known.options:
        return [Atom(option) for option in known.options if option], True
    patterns = [leaf for leaf in leaves if leaf.op in _PATTERNS]
    named = values_named(leaf for leaf in leaves if leaf.op not in _PATTERNS)
    atoms = [Atom(value) for value in named if isinstance(value, str)]
    atoms += [Atom(text, "mixed") for text in _patterned(patterns) if text not in named]
    if other := _unnamed(leaves, now, [*known.suggestions, *_NAMES]):
        atoms.append(Atom(other, "other"))
    return atoms, not patterns


def _unnamed(leaves: Sequence[Leaf], now: datetime, names: Sequence[str]) -> str | None:
    """Return a text that no comparison names and no pattern finds."""
    asked = [leaf for leaf in leaves if leaf.op not in ("!=", "not_in", "present")]
    for name in [*names, *(f"{names[-1]}{number}" for number in range(2, 20))]:
        if not any(holds(leaf.op, name, leaf.value, now) for leaf in asked):
            return name
    return None


def _patterned(patterns: Sequence[Leaf]) -> Sequence[str]:
    """Return texts made up so that each pattern, and each pair, finds one."""
    starts = [str(leaf.value) for leaf in patterns if leaf.op == "starts_with"]
    parts = [str(value) for leaf in patterns if leaf.op == "contains" for value in values_named([leaf])]
    texts = [*starts, *parts, *(a + b for a in starts for b in parts), *(a + b for a in parts for b in parts if a != b)]
    texts += [str(leaf.value).strip("^$") for leaf in patterns if leaf.op == "matches"]
    return list(dict.fromkeys(texts[:_MOST_TEXTS]))


def _lists(known: FieldType, leaves: Sequence[Leaf], now: datetime) -> _Found:
    items = values_named(leaves)
    sizes = range(1, len(items) + 1) if len(items) <= MOST_ITEMS else (1, 2)
    found = [Atom(list(some), "mixed") for size in sizes for some in itertools.combinations(items, size)]
    other = next(name for name in (*_NAMES, "其他 2") if name not in items)
    return [*found, Atom([other], "other")], len(items) <= MOST_ITEMS


def _any_atoms(leaves: Sequence[Leaf], now: datetime) -> _Found:
    """Return the atoms of a fact of which the type is not known."""
    kinds = {kind_of(value) for value in values_named(leaves)}
    speaking = [leaf for leaf in leaves if any(kind_of(value) == "text" for value in values_named([leaf]))]
    atoms, exact = _texts(FieldType("text"), speaking, now)
    atoms += _BOOLS if "bool" in kinds else []
    atoms += _numbers(FieldType("number"), leaves, now)[0] if "number" in kinds else []
    return atoms, exact and not any(leaf.op in ("before", "after", *AGES) for leaf in leaves)


_READERS: dict[str, Callable[[FieldType, Sequence[Leaf], datetime], _Found]] = {
    "number": _numbers,
    "text": _texts,
    "bool": lambda known, leaves, now: (_BOOLS, True),
    "datetime": _moments,
    "list": _lists,
}
