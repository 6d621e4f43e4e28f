"""Rules and decision tables found by a part of their title or code; there are hundreds at most, so all are read."""

from __future__ import annotations

from dataclasses import dataclass

from ...hooks.text import Text
from ...rules.tables.model import is_table
from ..finding.folding import fold, words_of
from ..journal.origin import Actor
from ..kinds import RuleRecord
from ..roles import may


@dataclass(frozen=True)
class FoundRule:
    """A rule, or a decision table, by its code and title."""

    code: str
    title: Text
    is_table: bool
    enabled: bool


def find_rules(actor: Actor, text: str, most: int) -> list[FoundRule]:
    """Return the rules that hold every word of a text in their title or code; none for who may not see rules."""
    words = words_of(text)
    if not words or not may(actor, "rules:see"):
        return []
    found = []
    for row in RuleRecord.select().where(RuleRecord.retired_at.is_null()).order_by(RuleRecord.code):
        title = row.document.get("title") or {}
        zh, en = str(title.get("zh") or row.code), str(title.get("en") or title.get("zh") or row.code)
        held = [fold(one) for one in (zh, en, row.code)]
        if all(any(word in one for one in held) for word in words):
            found.append(FoundRule(row.code, Text(zh, en), is_table(row.document), row.enabled))
        if len(found) == most:
            break
    return found
