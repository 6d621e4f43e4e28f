"""Rule documents as the rulebook handles them: read into rules, checked for problems, in one fixed order."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from ...hooks.text import Text
from ...rules.language.documents import Rule
from ...rules.language.errors import RuleError
from ...rules.language.vocabulary import Vocabulary
from ...rules.packs.reading import rules_from_document
from ..errors import Invalid, Problem
from ..storage.records import canonical
from ..timeline.rule_versions import title_of
from ..workspace import Workspace
from .vocabulary import vocabulary_of

LARGEST = 1_000_000
"""A document larger than this (as JSON, in characters) is refused."""
_FIRST = ("id", "version", "title", "purpose", "owner", "valid", "trigger", "priority", "group", "hit", "inputs")
_ORDER = {name: place for place, name in enumerate((*_FIRST, "outputs", "match", "when", "derive", "then", "rows"))}
_INNER = {name: place for place, name in enumerate(("zh", "en", "field", "derived", "op", "value", "from", "until"))}


def rules_of(document: Mapping[str, Any], vocabulary: Vocabulary | None = None) -> tuple[Rule, ...]:
    """Return the rules a document stands for: one, or a decision table's many. Raises RuleError."""
    return rules_from_document(document, vocabulary)


def problems_of(ws: Workspace, document: Mapping[str, Any]) -> list[Problem]:
    """Return everything wrong with a document by itself, with its path; empty if it can be read."""
    try:
        rules_of(document, vocabulary_of(ws))
    except RuleError as error:
        return [Problem(one.path, Text(one.text("zh"), one.text("en"))) for one in error.problems]
    return []


def checked_shape(document: object, code: str | None = None) -> dict[str, Any]:
    """Return a document as plain JSON, fit to be kept as a draft though it may still have problems.

    Raises Invalid if it is no mapping, too large or too deep, or its `id` is not `code`.
    """
    try:
        if not isinstance(document, Mapping):
            raise TypeError
        text = json.dumps(dict(document), allow_nan=False, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError):
        raise _invalid(
            "", "规则文档须是可以写成 JSON 的映射", "a rule document is a mapping that JSON can hold"
        ) from None
    if len(text) > LARGEST:
        raise _invalid(
            "", f"规则文档超过 {LARGEST} 个字符，请拆成几条", f"the document has over {LARGEST} characters; split it"
        )
    found: dict[str, Any] = json.loads(text)
    if not isinstance(found.get("id"), str) or not found["id"]:
        raise _invalid("id", "请给规则一个 id，如 assign-north", "give the rule an id such as assign-north")
    if code is not None and found["id"] != code:
        raise _invalid(
            "id",
            f"规则的 id 不能从「{code}」改成「{found['id']}」；请另建一条规则",
            f"a rule's id can't change from {code!r} to {found['id']!r}; make a new rule",
        )
    return found


def _invalid(path: str, zh: str, en: str) -> Invalid:
    return Invalid([Problem(path, Text(zh, en))])


def numbered(document: Mapping[str, Any], number: int) -> dict[str, Any]:
    """Return the document as version `number`; version 1 may leave its number unsaid."""
    if number == 1 and "version" not in document:
        return dict(document)
    return {**document, "version": number}


def same(a: Mapping[str, Any], b: Mapping[str, Any]) -> bool:
    """Say whether two documents say the same, whatever their version numbers."""
    return canonical({**a, "version": 0}) == canonical({**b, "version": 0})


def ordered(value: Any, depth: int = 0) -> Any:
    """Return a document with its keys in the order people write them: the store keeps none."""
    if isinstance(value, Mapping):
        order = _INNER if depth else _ORDER
        keys = sorted(value, key=lambda key: (order.get(key, len(order) if depth else 50 + (key == "tests")), str(key)))
        return {key: ordered(value[key], depth + 1) for key in keys}
    return [ordered(item, depth + 1) for item in value] if isinstance(value, list) else value


def code_of(rule_id: str, codes: Iterable[str]) -> str:
    """Return which of these documents a rule came from: a table's row is called `<table>-<row>`; else the rule's own id."""
    fitting = [code for code in codes if rule_id == code or rule_id.startswith(f"{code}-")]
    return max(fitting, key=len, default=rule_id)


def ids_of(found: Iterable[Rule]) -> set[str]:
    """Return the ids of rules: what firings and journal lines name."""
    return {rule.id for rule in found}


__all__ = [
    "LARGEST",
    "checked_shape",
    "code_of",
    "ids_of",
    "numbered",
    "ordered",
    "problems_of",
    "rules_of",
    "same",
    "title_of",
    "vocabulary_of",
]
