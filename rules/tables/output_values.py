"""Values of output columns as people type them and as documents keep them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..language.values import is_number
from ..language.vocabulary import ArgSpec
from .cell_parser import read_number
from .cell_texts import number_text
from .cells import NO, YES, BadCell, label_of, values_called
from .columns import Output

NOTHING = ("", "-", "－", "—", "–")


def value_of(text: str, output: Output) -> Any:
    """Read what was typed into an output cell; None where it is left open. Raises BadCell."""
    text = text.strip()
    if text in NOTHING:
        return None
    spec = output.spec
    if spec.kind == "texts":
        return [line.strip() for line in text.splitlines() if line.strip()]
    if spec.kind == "number":
        return read_number(text)
    if spec.kind == "scalar":
        return _scalar(text)
    if text in spec.options:
        return text
    if not (spec.options or spec.labels):
        return _named(text, spec)
    called = values_called(text, spec.labels)
    if len(called) == 1:
        return called[0]
    if not spec.options or any(text.startswith(prefix) and text != prefix for prefix in spec.prefixes):
        return text
    raise BadCell(f"「{text}」不是可选的值", f"{text!r} is none of the options", text, spec.options, spec.labels)


def _named(text: str, spec: ArgSpec) -> str:
    """Return a name if it is there and means one thing; a text with a fact in it may be any. Raises BadCell."""
    if text in spec.shared:
        meant = spec.shared[text]
        zh, en = "、".join(meant), ", ".join(meant)
        raise BadCell(
            f"有 {len(meant)} 个「{text}」；请写其中一个：{zh}", f"{len(meant)} are called {text!r}; write which: {en}"
        )
    if spec.known is not None and text not in spec.known and "{" not in text:
        raise BadCell(f"没有「{text}」这个名称", f"{text!r} is no name that is there", text, spec.known)
    return text


def value_text(value: Any, output: Output, language: str = "zh") -> str:
    """Return an output's value for people; `value_of` reads it back."""
    if value is None:
        return ""
    if isinstance(value, list):
        return "\n".join(str(item) for item in value)
    if isinstance(value, bool):
        return (YES if value else NO)[0 if language == "zh" else 2]
    if is_number(value):
        return number_text(value, language)
    text = label_of(value, output.spec.labels, language) if isinstance(value, str) else str(value)
    if output.spec.kind == "scalar" and _scalar(text) != value:
        return f'"{text}"'
    return text


def _scalar(text: str) -> Any:
    if len(text) > 2 and text[0] == text[-1] == '"':
        return text[1:-1]
    if text.lower() in (*YES, *NO):
        return text.lower() in YES
    try:
        return read_number(text)
    except BadCell:
        return text


def offered(output: Output, language: str, extra: Sequence[str] = ()) -> list[str]:
    """Return the values to offer for an output column, in words."""
    spec = output.spec
    return [value_text(value, output, language) for value in dict.fromkeys((*spec.options, *spec.suggestions, *extra))]
