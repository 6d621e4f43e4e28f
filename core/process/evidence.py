"""Evidence a stage needs: a condition in the rule language over the facts of the record that would enter it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...hooks.text import Text
from ...rules.language.conditions import Condition, parse_condition
from ...rules.language.errors import Problems

_PARTS = {"when", "zh", "en"}


@dataclass(frozen=True)
class Evidence:
    """A condition, and the words that say what is missing while it does not hold; `document` is its source."""

    when: Condition
    words: Text
    document: Mapping[str, Any]


def evidence_of(document: Any) -> tuple[Evidence, ...]:
    """Read the evidence of a stage. Raises TypeError or ValueError for what can't be read."""
    if not isinstance(document, list | tuple):
        raise TypeError("evidence is a list")
    return tuple(_one(part) for part in document)


def _one(document: Any) -> Evidence:
    if not isinstance(document, Mapping) or set(document) != _PARTS:
        raise ValueError("evidence has when, zh and en")
    problems = Problems()
    when = parse_condition(document["when"], "when", problems, None)
    if problems.found:
        raise ValueError(problems.found[0].text("en"))
    return Evidence(when, Text(document["zh"], document["en"]), document)
