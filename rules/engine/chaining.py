"""Rules that build on each other: evaluated in rounds until what they derive no longer changes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ..language.errors import RuleLoop
from ..language.values import FactView, Scalar
from .compiled_rule import CompiledRule
from .index import TriggerIndex
from .ranking import ranked


def settle(
    index: TriggerIndex,
    compiled: Sequence[CompiledRule],
    view: FactView,
    plain: list[int],
    chained: list[list[int]],
) -> dict[int, int]:
    """Evaluate until what is derived stays; return who holds, and since which round. Leaves it in `view`.

    `plain` and `chained` are who holds when nothing is derived yet, the latter by unit of the index.

    Each round starts from what the round before derived, so that a rule fires at the end only if
    the facts it reads are derived by rules that fire at the end too. Raises RuleLoop.
    """
    since: dict[int, int] = {}
    # Rules that don't go round settle in one round per rule that reads and derives at most; rules
    # that still change in as many rounds again are going round.
    settled_by = min(index.deriving, index.reading) + 2
    unsettled: list[set[int]] = []
    deriving: list[int] = []
    for number in range(1, 2 * settled_by + 1):
        held = plain + [position for found in chained for position in found]
        since = {position: since.get(position, number) for position in held}
        acting = [position for position, by in ranked(held, compiled) if by is None] if index.grouped else held
        before, deriving = deriving, sorted([position for position in acting if compiled[position].derive])
        if deriving == before:
            return since
        derived = _derived([compiled[position] for position in deriving])
        changed = _changed(derived, view.derived)
        if not changed:
            return since
        if number >= settled_by:
            unsettled.append(set(deriving))
        view.derive(derived, changed)
        for place, unit in enumerate(index.chained):
            if not unit.reads.isdisjoint(changed):
                chained[place] = unit.match(view)
    going_round = set().union(*unsettled).difference(set(unsettled[0]).intersection(*unsettled))
    raise RuleLoop(compiled[position].rule.id for position in going_round)


def _derived(acting: Iterable[CompiledRule]) -> dict[str, Scalar]:
    """Return the derived facts; of two rules deriving one name, the higher in rank is heard."""
    derived: dict[str, Scalar] = {}
    for rule in acting:
        for name, value in rule.derive.items():
            if name not in derived:
                derived[name] = value
    return derived


def _changed(now: Mapping[str, Scalar], before: Mapping[str, Scalar]) -> list[str]:
    """Return the names whose values differ; 1 and True compare equal in Python, and are two values to a rule."""
    found = [
        name
        for name, value in now.items()
        if name not in before or before[name] != value or type(before[name]) is not type(value)
    ]
    return found + [name for name in before if name not in now]
