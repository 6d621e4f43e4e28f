"""Arguments of an action, made ready once: templates cut into their pieces, and how a copy is filled in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..language.templates import key_of, pieces, shown
from ..language.values import FactView

Fill = Callable[[FactView], dict[str, Any]]
_Render = Callable[[FactView], Any]


def filler(args: Mapping[str, Any]) -> Fill:
    """Return a function that gives a fresh copy of `args` with every template filled in."""
    plain = dict(args)
    varying = tuple((key, render) for key, value in plain.items() if (render := _renderer(value)) is not None)
    if not varying:
        return lambda view: plain.copy()

    def fill(view: FactView) -> dict[str, Any]:
        found = plain.copy()
        for key, render in varying:
            found[key] = render(view)
        return found

    return fill


def _renderer(value: Any) -> _Render | None:
    """Return what fills in a value, None for one that always stays the same object."""
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, Mapping):
        return filler(value)
    if isinstance(value, list | tuple):
        items = tuple((item, _renderer(item)) for item in value)
        return lambda view: [item if render is None else render(view) for item, render in items]
    return None


def _text(template: str) -> _Render | None:
    parts = [(literal, None if name is None else key_of(name)) for literal, name in pieces(template)]
    if len(parts) == 1 and parts[0][1] is None:
        literal = parts[0][0]
        return None if literal == template else lambda view: literal
    if len(parts) == 1 and parts[0] == ("", parts[0][1]):
        only = parts[0][1]
        return lambda view: shown(view[only])  # type: ignore[index]
    ready = tuple(parts)
    return lambda view: "".join([literal if key is None else literal + shown(view[key]) for literal, key in ready])
