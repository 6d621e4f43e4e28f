"""Who goes first: rules in rank order, and in each group only the first that holds acts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from .compiled_rule import CompiledRule


def ranked(held: Iterable[int], compiled: Sequence[CompiledRule]) -> list[tuple[int, int | None]]:
    """Return the rules in rank order, each with the rule of its group that outranks it, or None."""
    leaders: dict[str, int] = {}
    found: list[tuple[int, int | None]] = []
    for position in sorted(held):
        group = compiled[position].group
        if group is None:
            found.append((position, None))
        else:
            leader = leaders.setdefault(group, position)
            found.append((position, None if leader == position else leader))
    return found
