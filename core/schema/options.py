"""The options of a choice as a definition holds them: value, words in both languages, colour, whether it is retired."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ...hooks.text import Text
from ..errors import Invalid, Problem

COLOURS = ("blue", "orange", "navy", "teal", "pink", "grey")
_LONGEST_VALUE, _LONGEST_WORDS = 100, 200
_SHAPE = Text(
    "应为选项的列表，每项含 value、zh、en 三段文字，可有 colour 和 retired，如 [{value: small, zh: 小, en: Small}]",
    "is a list of options, each with the texts value, zh and en, perhaps colour and retired, e.g. "
    '[{"value": "small", "zh": "小", "en": "Small"}]',
)
_PARTS = {"value", "zh", "en"}
_MORE = {"colour", "retired"}


def options_of(value: Any) -> tuple[tuple[str, Text], ...]:
    """Return the options that a definition holds. Raises Invalid for what is none.

    One that an earlier Clew took, and that could be read, is still read.
    """
    if not isinstance(value or [], list) or not all(_is_option(one) for one in value or ()):
        raise Invalid([Problem("options", _SHAPE)])
    return tuple((one["value"], Text(one["zh"], one["en"])) for one in value or ())


def _is_option(one: Any) -> bool:
    return isinstance(one, Mapping) and all(isinstance(one.get(part), str) for part in _PARTS)


def colours_of(value: Any) -> tuple[tuple[str, str], ...]:
    """Return the colours of the options that have one, by value; for what `options_of` reads."""
    return tuple((one["value"], one["colour"]) for one in value or () if one.get("colour") in COLOURS)


def retired_of(value: Any) -> tuple[str, ...]:
    """Return the values of the retired options; for what `options_of` reads."""
    return tuple(one["value"] for one in value or () if one.get("retired") is True)


def option_problems(value: Any) -> Iterator[Text]:
    """Yield what is wrong with options. Whoever picks one types its value or its words, so none may be that of two."""
    if value is None:
        return
    if not isinstance(value, list | tuple) or not all(
        isinstance(one, Mapping) and _PARTS <= set(one) <= _PARTS | _MORE for one in value
    ):
        yield _SHAPE
        return
    seen: dict[str, int] = {}
    for number, one in enumerate(value, 1):
        if faults := list(_part_problems(number, one)):
            yield from faults
            continue
        for text in {one["value"].lower(), one["zh"].lower(), one["en"].lower()}:
            if seen.setdefault(text, number) != number:
                yield Text(
                    f"第 {seen[text]} 项和第 {number} 项都叫「{text}」",
                    f"options {seen[text]} and {number} are both called {text!r}",
                )


def _part_problems(number: int, option: Mapping[str, Any]) -> Iterator[Text]:
    for part, longest in (("value", _LONGEST_VALUE), ("zh", _LONGEST_WORDS), ("en", _LONGEST_WORDS)):
        text = option[part]
        if not isinstance(text, str) or not text.strip():
            yield Text(f"第 {number} 项的 {part} 应为文字，不能空", f"option {number}: {part} is a text and not empty")
        elif text != text.strip() or len(text) > longest:
            yield Text(
                f"第 {number} 项的 {part} 最多 {longest} 个字，前后没有空格",
                f"option {number}: {part} has at most {longest} characters and no space around it",
            )
    if option.get("colour") not in (None, "", *COLOURS):
        known = ", ".join(COLOURS)
        yield Text(f"第 {number} 项的 colour 可选：{known}", f"option {number}: colour is one of {known}")
    if not isinstance(option.get("retired", False), bool):
        yield Text(f"第 {number} 项的 retired 应为 true 或 false", f"option {number}: retired is true or false")
