"""The states of a kind that has no process: whose turn it is in each, and the steps from one to another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from ...hooks.text import Text


@dataclass(frozen=True)
class Step:
    """A way from the state `source` to the state `to`: what the button says, and what the page says once it is done.

    `back` sends the record back to who had it before: the door wants a reason for it.
    """

    source: str
    to: str
    act: Text
    done: Text
    icon: str = "route"
    back: bool = False


@dataclass(frozen=True)
class States:
    """The field that holds the state, whose turn it is while it has a value (a permission), and the steps.

    `beside` are the values that are no step of the way: a record is there while something is put right.
    """

    field: str
    turns: Mapping[str, str]
    steps: tuple[Step, ...]
    beside: frozenset[str] = frozenset()

    def waiting_for(self, permission: str) -> tuple[str, ...]:
        """Return the values in which a record waits for who has a permission."""
        return tuple(value for value, turn in self.turns.items() if turn == permission)

    @cached_property
    def sent_back(self) -> frozenset[str]:
        """The values that a record has once it was sent back."""
        return frozenset(one.to for one in self.steps if one.back)

    def step(self, source: str, to: str) -> Step | None:
        """Return the step from one value to another, None if there is none."""
        return next((one for one in self.steps if (one.source, one.to) == (source, to)), None)

    def steps_from(self, source: str) -> tuple[Step, ...]:
        """Return the steps from a value, in the order they are offered."""
        return tuple(one for one in self.steps if one.source == source)
