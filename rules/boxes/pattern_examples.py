"""A text that a pattern matches, so that a check can show a record for a rule with `matches`."""

from __future__ import annotations

import re
from functools import lru_cache
from re import _constants as ops  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

_SAMPLES = "a1 -_甲."
_DEEPEST = 8


@lru_cache(maxsize=1024)
def example_of(pattern: str) -> str | None:
    """Return a short text in which `pattern` is found, None if none was."""
    try:
        text = "".join(_text(step, 0) for step in parser.parse(pattern))
        return text if re.search(pattern, text) else None
    except (re.error, OverflowError, RecursionError, ValueError, StopIteration):
        return None


def _text(step: tuple[Any, Any], depth: int) -> str:
    op, found = step
    if depth > _DEEPEST:
        raise ValueError("nested too deep")
    if op is ops.LITERAL:
        return chr(found)
    if op in (ops.ANY, ops.NOT_LITERAL):
        return next(char for char in _SAMPLES if op is ops.ANY or ord(char) != found)
    if op is ops.IN:
        return _member(found)
    if op in (ops.MAX_REPEAT, ops.MIN_REPEAT):
        times: int = min(max(found[0], 1), found[1], 50)
        return "".join(_text(inner, depth + 1) for inner in found[2]) * times
    if op is ops.SUBPATTERN:
        return "".join(_text(inner, depth + 1) for inner in found[3])
    if op is ops.BRANCH:
        return "".join(_text(inner, depth + 1) for inner in found[1][0])
    return ""


def _member(found: list[tuple[Any, Any]]) -> str:
    """Return a character of a class such as [a-z] or [^0-9]."""
    named = [chr(value) for op, value in found if op is ops.LITERAL]
    named += [chr(value[0]) for op, value in found if op is ops.RANGE]
    inside = re.compile(_as_class(found))
    return next(char for char in "".join(named) + _SAMPLES if inside.fullmatch(char))


def _as_class(found: list[tuple[Any, Any]]) -> str:
    categories = {ops.CATEGORY_DIGIT: r"\d", ops.CATEGORY_SPACE: r"\s", ops.CATEGORY_WORD: r"\w"}
    categories |= {ops.CATEGORY_NOT_DIGIT: r"\D", ops.CATEGORY_NOT_SPACE: r"\S", ops.CATEGORY_NOT_WORD: r"\W"}
    parts = []
    for op, value in found:
        if op is ops.NEGATE:
            parts.append("^")
        elif op is ops.LITERAL:
            parts.append(re.escape(chr(value)))
        elif op is ops.RANGE:
            parts.append(f"{re.escape(chr(value[0]))}-{re.escape(chr(value[1]))}")
        elif op is ops.CATEGORY:
            parts.append(categories[value])
    return f"[{''.join(parts)}]"
