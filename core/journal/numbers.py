"""Sets of the journal's numbers, kept as spans: a transaction that is rolled back leaves many missing numbers in a row."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

Spans = Sequence[tuple[int, int]]
"""Spans (first, last), both included, in order, none touching another."""


def spans_of(numbers: Iterable[int]) -> Spans:
    """Return numbers that come in order as spans."""
    found: list[tuple[int, int]] = []
    for number in numbers:
        if found and number == found[-1][1] + 1:
            found[-1] = (found[-1][0], number)
        else:
            found.append((number, number))
    return found


def minus(spans: Spans, others: Spans) -> Spans:
    """Return what of `spans` is not in `others`."""
    found: list[tuple[int, int]] = []
    at = 0
    for first, last in spans:
        while at < len(others) and others[at][1] < first:
            at += 1
        here, start = at, first
        while here < len(others) and others[here][0] <= last:
            if others[here][0] > start:
                found.append((start, others[here][0] - 1))
            start = others[here][1] + 1
            here += 1
        if start <= last:
            found.append((start, last))
    return found


def above(spans: Spans, floor: int) -> Spans:
    """Return what of `spans` is greater than `floor`."""
    return minus(spans, [(1, floor)]) if floor > 0 else spans


def holds(spans: Spans, number: int) -> bool:
    """Say whether a number is in one of the spans."""
    at = bisect_right(spans, number, key=lambda span: span[0])
    return at > 0 and spans[at - 1][1] >= number


def written(spans: Spans) -> list[Any]:
    """Return spans as a seal keeps them: a number by itself, or [first, last]."""
    return [first if first == last else [first, last] for first, last in spans]


def read(kept: Iterable[Any]) -> Spans:
    """Return the spans that a seal keeps."""
    return list(_joined((one, one) if isinstance(one, int) else (one[0], one[1]) for one in kept))


def _joined(spans: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    begun: tuple[int, int] | None = None
    for span in spans:
        if begun is None:
            begun = span
        elif span[0] == begun[1] + 1:
            begun = (begun[0], span[1])
        else:
            yield begun
            begun = span
    if begun is not None:
        yield begun
