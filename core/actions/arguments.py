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


def minutes(zh: str, en: str, *, needed: bool = True) -> ArgSpec:
    """Return an argument that takes a number of working minutes."""
    return ArgSpec("number", required=needed, title=(zh, en))


def one_of(zh: str, en: str, labels: Mapping[str, Title], *, needed: bool = True, names: str = "") -> ArgSpec:
    """Return an argument that takes one of some options; `names` says what it is a name of."""
    return ArgSpec(required=needed, options=tuple(labels), title=(zh, en), labels=labels, names=names)
