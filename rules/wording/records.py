"""A record in words, as the example of a finding: 预算：20 万元；来源：展会."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..language.vocabulary import FieldType, Vocabulary
from .words import field_words, lowered, moment_words, pick, quoted, scalar_words, side_by_side


def record_words(facts: Mapping[str, Any], vocabulary: Vocabulary, language: str = "zh") -> str:
    """Return what a record holds in words, related records included."""
    zh = language == "zh"
    said = []
    for name, value in facts.items():
        if name in vocabulary.collections:
            said += [_row(name, row, vocabulary, language) for row in value]
        else:
            words = field_words(name, vocabulary, language).removeprefix("the ")
            said.append(f"{words}{'：' if zh else ': '}{_value(value, vocabulary.fields.get(name), language)}")
    if not said:
        return "什么都没填的记录" if zh else "a record with nothing filled in"
    return ("；" if zh else "; ").join(said)


def _value(value: Any, known: FieldType | None, language: str) -> str:
    if isinstance(value, list | tuple):
        return side_by_side([scalar_words(one, known, language) for one in value], language)
    if known is not None and known.kind == "datetime" and isinstance(value, str):
        return moment_words(value, language)
    return scalar_words(value, known, language)


def _row(collection: str, row: Mapping[str, Any], vocabulary: Vocabulary, language: str) -> str:
    known = vocabulary.collections[collection]
    title = pick(known.title, language) or quoted(collection, language)
    parts = []
    for name, value in row.items():
        field = known.fields.get(name)
        words = (pick(field.title, language) if field else "") or quoted(name, language)
        words = words if language == "zh" else lowered(words)
        parts.append(f"{words}{'：' if language == 'zh' else ': '}{_value(value, field, language)}")
    opening, between, closing = ("（", "，", "）") if language == "zh" else (" (", ", ", ")")
    return f"{title}{opening}{between.join(parts)}{closing}" if parts else title
