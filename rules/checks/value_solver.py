"""What one fact must be for some comparisons to hold: a value, or the proof that there is none.

`solve` is sound both ways: a value found passes, and `IMPOSSIBLE` is said only where every value a fact of
that type can have was weighed. Where neither is sure, it answers UNKNOWN.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Any, Literal, NamedTuple

from ..language.conditions import Leaf
from ..language.operators import holds
from ..language.values import Value, is_number, kind_of, moment
from ..language.vocabulary import FieldType
from .pattern_examples import example_of

Verdict = Literal["found", "impossible", "unknown"]
Part = tuple[Leaf, bool]
"""A comparison with a value, and whether it must hold."""


class Answer(NamedTuple):
    """A value that passes (None: the fact must be missing), or why there is none."""

    verdict: Verdict
    value: Value | None = None


IMPOSSIBLE = Answer("impossible")
UNKNOWN = Answer("unknown")
MISSING_ONLY = FieldType("text", ("",))
"""The type of a fact that is never there."""

_ABSOLUTE = ("before", "after", "between")
_RELATIVE = ("within_hours", "older_than_hours")


def solve(parts: Sequence[Part], known: FieldType | None, now: datetime) -> Answer:
    """Return a value of the given type (None: any) with which each comparison comes out as wanted at `now`."""
    try:
        return _solved(tuple(parts), known, now)
    except TypeError:  # A value that can't be hashed, from a document nobody checked.
        return UNKNOWN


@lru_cache(maxsize=20_000)
def _solved(parts: tuple[Part, ...], known: FieldType | None, now: datetime) -> Answer:
    if _passes(parts, None, now):
        return Answer("found")
    if any((leaf, not wanted) in parts for leaf, wanted in parts):
        return IMPOSSIBLE
    if known is not None and known.options:
        return _first(parts, (option for option in known.options if option), now, IMPOSSIBLE)
    kinds = (known.kind,) if known is not None else ("text", "number", "bool", "datetime", "list")
    answers = [_SOLVERS[kind](parts, now) for kind in kinds]
    for answer in answers:
        if answer.verdict == "found":
            return answer
    return UNKNOWN if UNKNOWN in answers else IMPOSSIBLE


def _passes(parts: Sequence[Part], value: Value | None, now: datetime) -> bool:
    return all(holds(leaf.op, value, leaf.value, now) is wanted for leaf, wanted in parts)


def _first(parts: Sequence[Part], candidates: Any, now: datetime, otherwise: Answer) -> Answer:
    for value in candidates:
        if _passes(parts, value, now):
            return Answer("found", value)
    return otherwise


def _bool(parts: Sequence[Part], now: datetime) -> Answer:
    return _first(parts, (True, False), now, IMPOSSIBLE)


def _number(parts: Sequence[Part], now: datetime) -> Answer:
    """Numbers pass or fail alike between two that are named: one of each span is enough."""
    named = sorted({number for leaf, _ in parts for number in _listed(leaf) if is_number(number)})
    if not named:
        return _first(parts, (1,), now, IMPOSSIBLE)
    spans = [_between(low, high) for low, high in pairwise(named)]
    inside = [span for span in spans if span is not None]
    outside = (named[-1] + 1, named[0] - 1)
    # Beyond 2**53 a decimal number plus one is itself.
    exact = len(inside) == len(spans) and outside[0] > named[-1] and outside[1] < named[0]
    return _first(parts, [*named, *inside, *outside], now, IMPOSSIBLE if exact else UNKNOWN)


def _between(low: float, high: float) -> float | None:
    """Return a number between two others, None where none can be named exactly."""
    if isinstance(low, int) and isinstance(high, int) and high - low > 1:
        return (low + high) // 2
    try:
        middle = (low + high) / 2
    except OverflowError:
        return None
    return middle if low < middle < high else None


def _listed(leaf: Leaf) -> Sequence[Any]:
    return leaf.value if isinstance(leaf.value, tuple | list) else (leaf.value,)


def _list(parts: Sequence[Part], now: datetime) -> Answer:
    """Only what a list holds matters: the items asked for, or any other one."""
    wanted = [leaf.value for leaf, positive in parts if positive and leaf.op == "contains"]
    return _first(parts, (wanted or ["其他"],), now, IMPOSSIBLE)


def _datetime(parts: Sequence[Part], now: datetime) -> Answer:
    marks: set[datetime] = set()
    for leaf, _ in parts:
        if leaf.op in _RELATIVE and is_number(leaf.value):
            marks |= {now - timedelta(hours=float(leaf.value)), now}
        elif leaf.op in _ABSOLUTE:
            marks |= {found for one in _listed(leaf) if (found := moment(one, now)) is not None}
    ordered = sorted(marks) or [now]
    spans = [low + (high - low) / 2 for low, high in pairwise(ordered)]
    try:
        outside = [ordered[-1] + timedelta(seconds=1), ordered[0] - timedelta(seconds=1)]
    except OverflowError:
        return UNKNOWN
    candidates = [at.isoformat() for at in [*ordered, *spans, *outside]]
    kinds = {leaf.op in _RELATIVE for leaf, _ in parts if leaf.op in (*_RELATIVE, *_ABSOLUTE)}
    texts = any(leaf.op not in (*_RELATIVE, *_ABSOLUTE, "missing", "present") for leaf, _ in parts)
    # With the calendar and the clock in one condition, another moment of evaluation might do it.
    return _first(parts, candidates, now, UNKNOWN if len(kinds) > 1 or texts else IMPOSSIBLE)


def _text(parts: Sequence[Part], now: datetime) -> Answer:
    # Not to differ from a value is to be it, for the fact is not missing here.
    named = [leaf for leaf, wanted in parts if leaf.op in (("==", "in") if wanted else ("!=", "not_in"))]
    if named:
        return _first(parts, (v for leaf in named for v in _listed(leaf) if kind_of(v) == "text"), now, IMPOSSIBLE)
    answer = _first(parts, _texts(parts), now, UNKNOWN)
    return answer if answer.verdict == "found" or not _no_text(parts) else IMPOSSIBLE


def _texts(parts: Sequence[Part]) -> Iterator[str]:
    """Yield texts made of what the comparisons ask for, with endings that none of them names."""
    starts = [str(leaf.value) for leaf, wanted in parts if wanted and leaf.op == "starts_with"]
    inner = [leaf.value for leaf, wanted in parts if wanted and leaf.op == "contains" and isinstance(leaf.value, str)]
    examples = [example_of(str(leaf.value)) for leaf, wanted in parts if wanted and leaf.op == "matches"]
    start = max(starts, key=len, default="")
    pieces = [piece for piece in inner if piece not in start]
    for example in examples or [""]:
        yield "".join([start, *pieces, example or ""]) or "其他"
        yield "".join([start, example or "", *pieces, "其他"])
    for ending in ("甲", "乙", "A", "1", "…"):
        yield "".join([start, *pieces, ending])


def _no_text(parts: Sequence[Part]) -> bool:
    """Say whether it is plain that no text passes; False means only that it is not plain."""
    wanted = [leaf for leaf, positive in parts if positive]
    refused = [leaf for leaf, positive in parts if not positive]
    if any(leaf.op not in ("!=", "not_in", "contains", "starts_with", "matches", "present") for leaf in wanted):
        return True  # Missing, or what only numbers and moments pass: those kinds are weighed by themselves.
    if any(leaf.op == "present" for leaf in refused):
        return True
    starts = sorted((str(leaf.value) for leaf in wanted if leaf.op == "starts_with"), key=len)
    if any(not longer.startswith(shorter) for shorter, longer in pairwise(starts)):
        return True
    if any(leaf.op == "contains" and not isinstance(leaf.value, str) for leaf in wanted):
        return True
    held = [*starts, *(str(leaf.value) for leaf in wanted if leaf.op == "contains")]
    for leaf in refused:
        if leaf.op == "contains" and isinstance(leaf.value, str) and any(leaf.value in one for one in held):
            return True
        if leaf.op == "starts_with" and any(start.startswith(str(leaf.value)) for start in starts):
            return True
    return False


_SOLVERS: dict[str, Callable[[Sequence[Part], datetime], Answer]] = {
    "bool": _bool,
    "number": _number,
    "text": _text,
    "datetime": _datetime,
    "list": _list,
}
