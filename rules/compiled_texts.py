"""Arguments of an action, made ready once: which parts hold templates, and how a copy is filled in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .templates import render
from .values import FactView

Fill = Callable[[FactView], dict[str, Any]]


def filler(args: Mapping[str, Any]) -> Fill:
    """Return a function that gives a fresh copy of `args` with every template filled in."""
    plain = dict(args)
    varying = tuple(key for key, value in plain.items() if _varies(value))
    if not varying:
        return lambda view: plain.copy()

    def fill(view: FactView) -> dict[str, Any]:
        found = plain.copy()
        for key in varying:
            found[key] = render(plain[key], view)
        return found

    return fill


def _varies(value: Any) -> bool:
    """Say whether `value` must be rendered: it has braces, or is a list or mapping that wants a copy of its own."""
    return "{" in value or "}" in value if isinstance(value, str) else isinstance(value, list | tuple | Mapping)
