"""Arguments of actions in short: what the specifications of actions use."""

from __future__ import annotations

from collections.abc import Mapping

from ...rules.language.vocabulary import ArgSpec, Title


def text(zh: str, en: str, *, needed: bool = True, names: str = "") -> ArgSpec:
    """Return an argument that takes text; `names` says what it is a name of."""
    return ArgSpec(required=needed, title=(zh, en), names=names)


def cut(value: str, longest: int) -> str:
    """Return the text of an argument as a record keeps it."""
    return value.strip()[:longest]


MOST_MINUTES, MOST_HOURS, MOST_DAYS = 600_000, 10_000, 1_250
"""The longest deadlines: about five years of working time."""


def minutes(zh: str, en: str, *, needed: bool = True) -> ArgSpec:
    """Return an argument that takes a number of working minutes."""
    return ArgSpec("number", required=needed, title=(zh, en), most=MOST_MINUTES)


def amount(zh: str, en: str, most: int, *, whole: bool = False) -> ArgSpec:
    """Return an argument that takes an amount of working time, one of several units."""
    return ArgSpec("number", title=(zh, en), least=1 if whole else 0, most=most, whole=whole)


def one_of(zh: str, en: str, labels: Mapping[str, Title], *, needed: bool = True, names: str = "") -> ArgSpec:
    """Return an argument that takes one of some options; `names` says what it is a name of."""
    return ArgSpec(required=needed, options=tuple(labels), title=(zh, en), labels=labels, names=names)
