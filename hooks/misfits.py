"""What is wrong with a spec or an effect that a plugin returned: a value of another type than its dataclass says."""

from __future__ import annotations

import dataclasses
from functools import cache
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints


def misfit(spec: object) -> str | None:
    """Return which value of a spec or an effect is of another type than declared; None if all is well."""
    return _within(spec, type(spec), type(spec).__name__)


def _misfit(value: Any, wanted: Any, where: str) -> str | None:
    if get_origin(wanted) in (Union, UnionType):
        found = [_misfit(value, one, where) for one in get_args(wanted) if one is not NoneType or value is None]
        return None if None in found else found[0]
    if get_origin(wanted) is tuple:
        return _within_tuple(value, get_args(wanted), where)
    known = get_origin(wanted) or wanted
    if known is Any or (isinstance(value, known) and not (known is int and isinstance(value, bool))):
        return _within(value, known, where) if dataclasses.is_dataclass(known) else None
    return f"{where} is {type(value).__name__}, not {getattr(known, '__name__', known)}"


def _within(value: Any, wanted: Any, where: str) -> str | None:
    hints = _hints(wanted)
    found = (_misfit(getattr(value, name), hints[name], f"{where}.{name}") for name in hints)
    return next((one for one in found if one), None)


def _within_tuple(value: Any, parts: tuple[Any, ...], where: str) -> str | None:
    if not isinstance(value, tuple | list):
        return f"{where} is {type(value).__name__}, not a tuple"
    if parts[-1:] == (Ellipsis,):
        parts = (parts[0],) * len(value)
    if len(parts) != len(value):
        return f"{where} holds {len(value)} values, not {len(parts)}"
    found = (_misfit(one, part, f"{where}[{at}]") for at, (one, part) in enumerate(zip(value, parts, strict=True)))
    return next((one for one in found if one), None)


@cache
def _hints(wanted: Any) -> dict[str, Any]:
    known = get_type_hints(wanted)
    return {one.name: known[one.name] for one in dataclasses.fields(wanted)}
