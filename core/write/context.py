"""What the door asks the rest of the house: who must hear of a line, what stands against a write, what is secret."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from ... import rules
from ..errors import Problem
from ..models import Record


class Surroundings(Protocol):
    """The house around the door; a workspace brings it."""

    def consumers(self, kind: str) -> Sequence[str]:
        """Return who must hear of a journal line of this kind: "rules", plugins, channels."""
        ...

    def objections(self, kind: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Sequence[Problem]:
        """Return what plugins have against a write."""
        ...

    def saving_rules(self, kind: str) -> rules.Ruleset | None:
        """Return the rules in force if one of them judges records of this kind before they are written."""
        ...

    def secret(self, kind: str, record: Record, values: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return `values` as the journal may hold them: no secrets."""
        ...

    def committed(self, dispatches: Sequence[int], configuration: bool) -> None:
        """Hear that a transaction is in the database, with these dispatches to run."""
        ...
