"""What an action is: how rules name it and what it makes of a record, and the function that carries it out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from ...rules.language.vocabulary import ActionSpec
from ..errors import ClewError
from ..journal.origin import Origin
from ..schema.kind import Calendar, Store
from ..schema.registry import Kinds
from .subject import Subject


class CannotApply(ClewError):
    """A decision names something that does not exist; the event becomes a dead letter."""

    code = "cannot_apply"


class Made(Protocol):
    """A record that a creating call made."""

    @property
    def record(self) -> Any:
        """The record."""
        ...


class Writer(Protocol):
    """A transaction, of the database or simulated: what an action writes with."""

    now: datetime
    kinds: Kinds

    @property
    def origin(self) -> Origin:
        """Who writes, and why."""
        ...

    @property
    def store(self) -> Store:
        """The records."""
        ...

    @property
    def calendar(self) -> Calendar:
        """The working calendar in force."""
        ...

    def create(self, kind: str, values: Mapping[str, Any], key: str | None = None) -> Made:
        """Create a record."""
        ...

    def change(self, kind: str, record_id: str, values: Mapping[str, Any]) -> Any:
        """Change a record."""
        ...


Apply = Callable[[Writer, Subject, Mapping[str, Any], str], None]
"""Carries an action out: the transaction, what to act on, the arguments, and the key that makes it count once."""


@dataclass(frozen=True)
class Action:
    """One action. `simulated` says that backtests do it, too; the rest has effects outside of the records."""

    name: str
    spec: ActionSpec
    apply: Apply
    simulated: bool = True
