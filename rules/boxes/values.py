"""What one fact must be for some comparisons to hold together: a value, or the proof that there is none.

`solve` is sound both ways: a value found passes, and `IMPOSSIBLE` is said only where every value a fact of
that type can have was weighed. Where neither is sure, it answers UNKNOWN.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Any, Literal, NamedTuple

from ..language.conditions import Leaf
from ..language.operators import holds
from ..language.values import Value
from ..language.vocabulary import FieldType
from .atoms import AGES, DATES, Atom, line, moment_cuts, number_cuts, values_named
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


def passes(parts: Iterable[Part], value: Value | None, now: datetime) -> bool:
    """Say whether each comparison with a value (None: missing) comes out as wanted at `now`."""
    return all(holds(leaf.op, value, leaf.value, now) is wanted for leaf, wanted in parts)


def solve(parts: Sequence[Part], known: FieldType | None, now: datetime) -> Answer:
    """Return a value of the given type (None: any) with which each comparison comes out as wanted at `now`."""
    try:
        return _solved(tuple(parts), known, now)
    except TypeError:  # A value that can't be hashed, from a document nobody checked.
        return UNKNOWN


@lru_cache(maxsize=20_000)
def _solved(parts: tuple[Part, ...], known: FieldType | None, now: datetime) -> Answer:
    if passes(parts, None, now):
        return Answer("found")
    if any((leaf, not wanted) in parts for leaf, wanted in parts):
        return IMPOSSIBLE
    if known is not None and known.options:
        return _first(parts, (option for option in known.options if option), now, IMPOSSIBLE)
    kinds = (known.kind,) if known is not None else ("text", "number", "bool", "datetime", "list")
    answers = [_SOLVERS[kind](parts, now) for kind in kinds]
    found = (answer for answer in answers if answer.verdict == "found")
    return next(found, UNKNOWN if UNKNOWN in answers else IMPOSSIBLE)


def _first(parts: Sequence[Part], candidates: Iterable[Value], now: datetime, otherwise: Answer) -> Answer:
    """Return the first value that passes."""
    return next((Answer("found", value) for value in candidates if passes(parts, value, now)), otherwise)


def _number(parts: Sequence[Part], now: datetime) -> Answer:
    cuts = number_cuts(leaf for leaf, _ in parts)
    if not cuts:
        return _first(parts, (1,), now, IMPOSSIBLE)
    atoms = line(cuts, cuts[0] - 1, cuts[-1] + 1, _mean)
    # Beyond 2**53 a decimal number plus one is itself, and there may be none between two.
    exact = len(atoms) == 2 * len(cuts) + 1 and atoms[0].sample < cuts[0] and cuts[-1] < atoms[-1].sample
    return _first(parts, _named_first(atoms), now, IMPOSSIBLE if exact else UNKNOWN)


def _mean(low: Any, high: Any) -> Any:
    try:
        return (low + high) / 2
    except OverflowError:
        return None


def _named_first(atoms: Sequence[Atom]) -> Iterator[Any]:
    """Yield a value of each atom: those that comparisons name, those between them, and those beyond."""
    for kind in ("value", "range"):
        yield from (atom.sample for atom in atoms[1:-1] if atom.kind == kind)
    yield from (atoms[-1].sample, atoms[0].sample)


def _datetime(parts: Sequence[Part], now: datetime) -> Answer:
    leaves = [leaf for leaf, _ in parts]
    cuts = set(moment_cuts(leaves, now))
    if not cuts or any(leaf.op in AGES for leaf in leaves):
        cuts.add(now)
    order, second = sorted(cuts), timedelta(seconds=1)
    try:
        atoms = line(order, order[0] - second, order[-1] + second)
    except OverflowError:
        return UNKNOWN
    kinds = {leaf.op in AGES for leaf in leaves if leaf.op in (*AGES, *DATES)}
    texts = any(leaf.op not in (*AGES, *DATES, "missing", "present") for leaf in leaves)
    # With the calendar and the clock in one condition, another moment of evaluation might do it.
    otherwise = UNKNOWN if len(kinds) > 1 or texts else IMPOSSIBLE
    return _first(parts, (at.isoformat() for at in _named_first(atoms)), now, otherwise)


def _list(parts: Sequence[Part], now: datetime) -> Answer:
    """Only what a list holds matters: the items asked for, or any other one."""
    wanted = [leaf.value for leaf, positive in parts if positive and leaf.op == "contains"]
    return _first(parts, (wanted or ["其他"],), now, IMPOSSIBLE)


def _text(parts: Sequence[Part], now: datetime) -> Answer:
    # Not to differ from a value is to be it, for the fact is not missing here.
    named = [leaf for leaf, wanted in parts if leaf.op in (("==", "in") if wanted else ("!=", "not_in"))]
    if named:
        return _first(parts, (value for value in values_named(named) if isinstance(value, str)), now, IMPOSSIBLE)
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
    return any(
        (leaf.op == "contains" and isinstance(leaf.value, str) and any(leaf.value in one for one in held))
        or (leaf.op == "starts_with" and any(start.startswith(str(leaf.value)) for start in starts))
        for leaf in refused
    )


_SOLVERS: dict[str, Callable[[Sequence[Part], datetime], Answer]] = {
    "bool": lambda parts, now: _first(parts, (True, False), now, IMPOSSIBLE),
    "number": _number,
    "text": _text,
    "datetime": _datetime,
    "list": _list,
}
