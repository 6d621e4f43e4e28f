"""What comparisons tell apart: the values of a fact as atoms, those of an ordered fact cut where they name a value.

Two values that no comparison tells apart are one atom, so reckoning with atoms is exact.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from ..language.conditions import Leaf
from ..language.values import Scalar, Value, is_number, moment, typed

DATES = ("before", "after", "between")
AGES = ("within_hours", "older_than_hours")


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


def _halfway(low: Any, high: Any) -> Any:
    return low + (high - low) / 2


def line(cuts: Sequence[Any], below: Any, above: Any, between: Callable[[Any, Any], Any] = _halfway) -> list[Atom]:
    """Return the atoms of an ordered fact from the lowest to the highest, given where it is cut.

    `below` and `above` stand for what lies beyond the cuts; between two a whole number does if one lies there,
    or else what `between` names. Where that is no value between them there is no atom.
    """
    atoms = [Atom(below, "range", None, cuts[0]), Atom(cuts[0])]
    for low, high in itertools.pairwise(cuts):
        whole = isinstance(low, int) and isinstance(high, int) and high - low > 1
        middle = (low + high) // 2 if whole else between(low, high)
        if middle is not None and low < middle < high:
            atoms.append(Atom(middle, "range", low, high))
        atoms.append(Atom(high))
    return [*atoms, Atom(above, "range", cuts[-1], None)]


def values_named(leaves: Iterable[Leaf]) -> list[Scalar]:
    """Return the values that comparisons name, each once."""
    found: dict[Any, Scalar] = {}
    for leaf in leaves:
        for value in leaf.value if isinstance(leaf.value, tuple | list) else (leaf.value,):
            if value is not None:
                found.setdefault(typed(value), value)
    return list(found.values())


def number_cuts(leaves: Iterable[Leaf]) -> list[Any]:
    """Return the numbers that comparisons name, in order."""
    return sorted({value for value in values_named(leaves) if is_number(value)})


def moment_cuts(leaves: Iterable[Leaf], now: datetime) -> dict[datetime, str]:
    """Return the moments at which comparisons begin or cease to hold, and how each is written."""
    cuts: dict[datetime, str] = {}
    for leaf in leaves:
        if leaf.op in AGES and is_number(leaf.value):
            at = now - timedelta(hours=float(leaf.value))
            cuts |= {at: at.isoformat()} | ({now: now.isoformat()} if leaf.op == "within_hours" else {})
        elif leaf.op in DATES:
            for value in values_named([leaf]):
                if found := moment(value, now):
                    cuts.setdefault(found, str(value))
    return cuts
