"""What an evaluation returns: what to do, which rules said so on which facts, and the trace."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from .values import Scalar, Value


@dataclass(frozen=True)
class Decision:
    """One action to carry out; (event, rule, version, index) makes its idempotency key."""

    rule_id: str
    rule_version: int
    index: int
    action: str
    args: dict[str, Any]


@dataclass(frozen=True)
class Firing:
    """A rule that fired: the facts its condition and texts name (None: missing), what it derived and decided.

    Facts that other rules derived stand among `facts` as "derived.<name>".
    """

    rule_id: str
    rule_version: int
    facts: dict[str, Value | None]
    derived: dict[str, Scalar]
    decisions: tuple[Decision, ...]


@dataclass(frozen=True)
class TraceStep:
    """A rule whose condition held: it fired, or a rule of its group (`by`) outranked it.

    `round` counts from 1: the first round of chaining in which the condition held to the end.
    """

    rule_id: str
    rule_version: int
    verdict: Literal["fired", "outranked"]
    round: int
    by: str | None = None


@dataclass(frozen=True)
class Outcome:
    """Everything one event led to, in rank order: priority, highest first, then rule id."""

    decisions: tuple[Decision, ...]
    firings: tuple[Firing, ...]
    trace: tuple[TraceStep, ...]
