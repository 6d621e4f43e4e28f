"""Templates in action arguments: `{lead.company}` becomes the fact's text. Names only: no expressions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from .errors import Problems
from .values import FactView, Key, Value
from .vocabulary import Vocabulary

MISSING = "—"
DERIVED = "derived."

_PIECE = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")
_NAME = re.compile(r"[A-Za-z_]\w*(\.\w+)*")


def fact_names(value: object) -> Iterator[str]:
    """Yield the names that templates anywhere in `value` (text, list or mapping) speak of."""
    if isinstance(value, str):
        for match in _PIECE.finditer(value):
            if match[1] is not None:
                yield match[1]
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from fact_names(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from fact_names(inner)


def check_template(text: str, path: str, problems: Problems, vocabulary: Vocabulary | None) -> None:
    """Note stray braces, anything that is not a plain name, and names nobody knows."""
    for match in _PIECE.finditer(text):
        if match[0] in ("{{", "}}"):
            continue
        name = match[1]
        if name is None:
            problems.add(
                path,
                "花括号不成对；要写出花括号请用 {{ 与 }}",
                "has a stray brace; write {{ or }} for a brace",
                found=text,
            )
        elif not _NAME.fullmatch(name):
            problems.add(path, "花括号里只能是事实名称", "takes only a fact's name between braces", found=match[0])
        elif vocabulary is not None and not name.startswith(DERIVED) and not vocabulary.knows(name):
            problems.add(path, "未知的字段", "names no known field", found=name, allowed=vocabulary.fields, word=name)


def key_of(name: str) -> Key:
    """Return where a view keeps the fact that a text calls `name`: "derived.x" is one that a rule derives."""
    return (name.removeprefix(DERIVED),) if name.startswith(DERIVED) else name


def pieces(text: str) -> Iterator[tuple[str, str | None]]:
    """Cut a template up: each piece is plain text and the name that follows it (None: the text ends)."""
    plain, at = "", 0
    for match in _PIECE.finditer(text):
        plain, at = plain + text[at : match.start()], match.end()
        if match[1] is None:  # A doubled brace, or a stray one.
            plain += match[0][0]
        else:
            yield plain, match[1]
            plain = ""
    if plain or at < len(text) or not text:
        yield plain + text[at:], None


def render(value: Any, view: FactView) -> Any:
    """Return a copy of an argument with every template filled in; a missing fact becomes "—"."""
    if isinstance(value, str):
        return "".join(plain if name is None else plain + shown(view[key_of(name)]) for plain, name in pieces(value))
    if isinstance(value, Mapping):
        return {key: render(inner, view) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [render(inner, view) for inner in value]
    return value


def shown(value: Value | None) -> str:
    """Return a fact as texts show it."""
    if value is None:
        return MISSING
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, list):
        return "、".join(shown(item) for item in value)
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
