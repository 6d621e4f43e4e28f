"""Facts as texts for people have them: ¥244,000, an option's name, 2026年11月24日 14:05; never what machines are sent.

A text is in the language it is written in: with a Chinese character in its plain parts Chinese, else English.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from ...rules.language.templates import fact_names, pieces, shown
from ...rules.language.values import moment
from ...rules.language.vocabulary import FieldType, Vocabulary
from ...rules.wording.words import field_type, pick
from ..schema.registry import Kinds

_CHINESE = re.compile(r"[一-鿿]")
_MONEY_AFTER = re.compile(r"\s*(?:元|万元|yuan|CNY|RMB)", re.IGNORECASE)
_MONEY_BEFORE = re.compile(r"[¥￥]\s*$")
_YUAN = "元"


@dataclass(frozen=True, eq=False)
class Telling:
    """What texts are filled in with: the kinds and the names of facts in force, and the company's time zone.

    `prose` are the arguments, each an action and its argument, that hold text for people.
    """

    kinds: Kinds
    vocabulary: Vocabulary
    zone: ZoneInfo
    prose: frozenset[tuple[str, str]]

    def changes(self, name: str, rows: Mapping[str, str]) -> bool:
        """Say whether a fact reads otherwise in a text than as it is kept."""
        known = field_type(name, self.vocabulary, rows)
        return known is not None and (known.kind != "text" or bool(known.labels))


def filled(value: Any, facts: Mapping[str, Any], how: Telling | None, rows: Mapping[str, str]) -> Any:
    """Return an argument with its templates filled in: in words with `how`, else as facts are kept."""
    if isinstance(value, str):
        return _text(value, facts, how, rows)
    if isinstance(value, Mapping):
        return {key: filled(inner, facts, how, rows) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [filled(inner, facts, how, rows) for inner in value]
    return value


def _text(text: str, facts: Mapping[str, Any], how: Telling | None, rows: Mapping[str, str]) -> str:
    if not any(fact_names(text)):
        return "".join(plain for plain, _ in pieces(text))
    cut = list(pieces(text))
    language = "zh" if any(_CHINESE.search(plain) for plain, _ in cut) else "en"
    found = ""
    for number, (plain, name) in enumerate(cut):
        found += plain
        if name is not None:
            after = cut[number + 1][0] if number + 1 < len(cut) else ""
            known = field_type(name, how.vocabulary, rows) if how is not None else None
            value = facts.get(name)
            found += _words(value, known, language, (found, after), how.zone) if how is not None else shown(value)
    return found


def _words(value: Any, known: FieldType | None, language: str, around: tuple[str, str], zone: ZoneInfo) -> str:
    if isinstance(value, list | tuple):
        return ("、" if language == "zh" else ", ").join(_words(one, known, language, around, zone) for one in value)
    if isinstance(value, bool) and language == "en":
        return "yes" if value else "no"
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return _number(value, known, around)
    if isinstance(value, datetime):
        return _moment(value, language, zone)
    if isinstance(value, str) and known is not None:
        if value in known.labels:
            return pick(known.labels[value], language)
        if known.kind == "datetime" and (at := moment(value)) is not None:
            return _day(at, language) if len(value) == len("2026-11-24") else _moment(at, language, zone)
    return shown(value)


def _number(value: float | Decimal, known: FieldType | None, around: tuple[str, str]) -> str:
    if known is None or not known.unit[0]:
        return shown(float(value) if isinstance(value, Decimal) else value)
    exact = Decimal(str(value))
    digits = f"{abs(exact):,.0f}" if exact == exact.to_integral_value() else f"{abs(exact):,.2f}"
    sign = "-" if exact < 0 else ""
    before, after = around
    # A text that names the currency itself is given the digits alone.
    named = known.unit[0] != _YUAN or _MONEY_AFTER.match(after) or _MONEY_BEFORE.search(before)
    return f"{sign}{digits}" if named else f"{sign}¥{digits}"


def _moment(value: datetime, language: str, zone: ZoneInfo) -> str:
    local = value.astimezone(zone) if value.tzinfo is not None else value
    return f"{_day(local, language)} {local:%H:%M}"


def _day(value: datetime, language: str) -> str:
    return f"{value.year}年{value.month}月{value.day}日" if language == "zh" else f"{value.day} {value:%b %Y}"
