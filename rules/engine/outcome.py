"""What an evaluation returns: what to do, which rules said so on which facts, and the trace.

Named tuples, because hundreds of thousands of them are made in a backtest.
"""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

from ..language.values import Scalar, Value


class Decision(NamedTuple):
    """One action to carry out; (event, rule, version, index) makes its idempotency key."""

    rule_id: str
    rule_version: int
    index: int  # type: ignore[assignment]
    action: str
    args: dict[str, Any]


class Firing(NamedTuple):
    """A rule that fired: the facts its condition and texts name (None: missing), what it derived and decided.

    Facts that other rules derived stand among `facts` as "derived.<name>".
    """

    rule_id: str
    rule_version: int
    facts: dict[str, Value | None]
    derived: dict[str, Scalar]
    decisions: tuple[Decision, ...]


class TraceStep(NamedTuple):
    """A rule whose condition held: it fired, or a rule of its group (`by`) outranked it.

    `round` counts from 1: the first round of chaining in which the condition held to the end.
    """

    rule_id: str
    rule_version: int
    verdict: Literal["fired", "outranked"]
    round: int
    by: str | None = None


class Outcome(NamedTuple):
    """Everything one event led to, in rank order: priority, highest first, then rule id."""

    decisions: tuple[Decision, ...]
    firings: tuple[Firing, ...]
    trace: tuple[TraceStep, ...]
