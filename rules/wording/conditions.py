"""Conditions in words: one clause a comparison, joined so that nobody can group them in two ways.

Only the top level is joined by commas (，且 / , and). Alternatives stand within one of its parts, without a
comma (或 / or); whatever is nested deeper stands in brackets.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from string import Formatter
from typing import Any

from ..language.conditions import All, AnyOf, Condition, Leaf, Not
from ..language.templates import DERIVED
from ..language.values import is_number
from ..language.vocabulary import Vocabulary
from .words import Language, Rows, field_type, field_words, hours_words, moment_words, pick, scalar_words, value_words

Part = tuple[str, str | None]
"""A piece of a sentence, and the path of what it stands for in the rule's document, if anything."""

_LEAF: dict[str, dict[str, str]] = {
    "zh": {
        "==": "{f}是{v}",
        "==n": "{f} = {v}",
        "!=": "{f}已填但不是{v}",
        "!=n": "{f}已填但 ≠ {v}",
        "<": "{f} < {v}",
        "<=": "{f} ≤ {v}",
        ">": "{f} > {v}",
        ">=": "{f} ≥ {v}",
        "in": "{f}是{v}之一",
        "not_in": "{f}已填但不在{v}之列",
        "contains": "{f}含有{v}",
        "contains list": "{f}包括{v}",
        "starts_with": "{f}以{v}开头",
        "matches": "{f}匹配正则{v}",
        "missing": "{f}为空",
        "present": "{f}已填",
        "between": "{f}在 {a} – {b}之间（含两端）",
        "before": "{f}早于 {v}",
        "after": "{f}晚于 {v}",
        "within_hours": "{f}在最近 {v}内",
        "older_than_hours": "{f}距今超过 {v}",
        "not ==": "{f}不是{v}（含未填）",
        "not ==n": "{f} ≠ {v}（含未填）",
        "not in": "{f}不在{v}之列（含未填）",
        "not contains": "{f}不含{v}（含未填）",
        "not contains list": "{f}不包括{v}（含未填）",
        "not starts_with": "{f}不以{v}开头（含未填）",
        "than ==": "{f}与{v}相同",
        "than !=": "{f}与{v}不同（两者都已填）",
        "not than ==": "{f}与{v}不同（含未填）",
        "not bool": "{f}（含未填）",
    },
    "en": {
        "==": "{f} is {v}",
        "==n": "{f} is {v}",
        "!=": "{f} is given but not {v}",
        "!=n": "{f} is given but not {v}",
        "<": "{f} is below {v}",
        "<=": "{f} is at most {v}",
        ">": "{f} is above {v}",
        ">=": "{f} is at least {v}",
        "in": "{f} is one of {v}",
        "not_in": "{f} is given but none of {v}",
        "contains": "{f} contains {v}",
        "contains list": "{v} is among {f}",
        "starts_with": "{f} starts with {v}",
        "matches": "{f} matches the pattern {v}",
        "missing": "{f} is empty",
        "present": "{f} is given",
        "between": "{f} is from {a} to {b} (inclusive)",
        "before": "{f} is before {v}",
        "after": "{f} is after {v}",
        "within_hours": "{f} is within the last {v}",
        "older_than_hours": "{f} is over {v} ago",
        "not ==": "{f} is not {v} (or is empty)",
        "not ==n": "{f} is not {v} (or is empty)",
        "not in": "{f} is none of {v} (or is empty)",
        "not contains": "{f} does not contain {v} (or is empty)",
        "not contains list": "{v} is not among {f} (or there are none)",
        "not starts_with": "{f} does not start with {v} (or is empty)",
        "than ==": "{f} is the same as {v}",
        "than !=": "{f} is not the same as {v} (both given)",
        "not than ==": "{f} is not the same as {v} (or one is empty)",
        "not bool": "{f} (or that is not known)",
    },
}
_JOIN = {
    "zh": {"comma": "，且", "all": "且", "any": "或", "not": "并非", "open": "（", "close": "）"},
    "en": {"comma": ", and ", "all": " and ", "any": " or ", "not": "not ", "open": "(", "close": ")"},
}


@dataclass(frozen=True)
class Speaker:
    """Whose words: a vocabulary's, in one language; `rows` says what the names of related records stand for."""

    vocabulary: Vocabulary
    language: str
    rows: Rows = field(default_factory=dict)

    @property
    def zh(self) -> bool:
        """Say whether it speaks Chinese."""
        return self.language == "zh"

    def field(self, name: str, derived: bool = False) -> str:
        """Return what people call a fact; "derived.x" is one that a rule derives."""
        if name.startswith(DERIVED) and not derived:
            name, derived = name.removeprefix(DERIVED), True
        return field_words(name, self.vocabulary, self.language, derived=derived, rows=self.rows)


def conjuncts(condition: Condition, path: str) -> Iterator[tuple[Condition, str]]:
    """Yield the parts that all must hold, with their paths; nested `all` come as one list."""
    if isinstance(condition, All):
        for index, item in enumerate(condition.items):
            yield from conjuncts(item, f"{path}.all[{index}]")
    else:
        yield condition, path


def condition_parts(condition: Condition, path: str, speaker: Speaker) -> list[list[Part]]:
    """Return the clauses of a condition, each as its parts, to be joined by commas."""
    return [_grouped(item, where, speaker, 1) for item, where in conjuncts(condition, path)]


def comma(language: str) -> str:
    """Return what stands between the clauses of a condition."""
    return _JOIN[language]["comma"]


def _grouped(condition: Condition, path: str, speaker: Speaker, depth: int) -> list[Part]:
    """Return one part of a condition; `depth` counts what it stands in: from 2 on groups take brackets."""
    condition, path = _single(condition, path)
    if isinstance(condition, Leaf):
        return leaf_parts(condition, path, speaker)
    words = _JOIN[speaker.language]
    if isinstance(condition, Not):
        short = _negated(condition, path, speaker)
        if short is not None:
            return short
        inner = _grouped(condition.item, f"{path}.not", speaker, 1)
        return [(words["not"] + words["open"], path), *inner, (words["close"], None)]
    kind = "all" if isinstance(condition, All) else "any"
    found: list[Part] = []
    for number, (item, where) in enumerate(_flat(condition, path)):
        if number:
            found.append((words[kind], None))
        found += _grouped(item, where, speaker, depth + 1)
    if depth > 1:
        return [(words["open"], None), *found, (words["close"], None)]
    return found


def _single(condition: Condition, path: str) -> tuple[Condition, str]:
    """Return what a group of one item stands for."""
    while isinstance(condition, All | AnyOf) and len(condition.items) == 1:
        path = f"{path}.{'all' if isinstance(condition, All) else 'any'}[0]"
        condition = condition.items[0]
    return condition, path


def _flat(condition: All | AnyOf, path: str) -> Iterator[tuple[Condition, str]]:
    """Yield the items of a group; a group of the same kind within it gives its items."""
    kind = "all" if isinstance(condition, All) else "any"
    for index, item in enumerate(condition.items):
        inner, where = _single(item, f"{path}.{kind}[{index}]")
        if type(inner) is type(condition):
            yield from _flat(inner, where)
        else:
            yield inner, where


def leaf_parts(leaf: Leaf, path: str, speaker: Speaker) -> list[Part]:
    """Return one comparison in words."""
    clause = _bool_clause(leaf, path, speaker)
    if clause is not None:
        return clause
    return _filled(_LEAF[speaker.language][_template(leaf, speaker)], leaf, path, speaker)


def _template(leaf: Leaf, speaker: Speaker) -> str:
    """Return which template says a comparison."""
    if leaf.than is not None:
        return f"than {leaf.op}" if leaf.op in ("==", "!=") else leaf.op
    if leaf.op in ("==", "!=") and is_number(leaf.value):
        return f"{leaf.op}n"
    known = None if leaf.derived else field_type(leaf.name, speaker.vocabulary, speaker.rows)
    return "contains list" if leaf.op == "contains" and known is not None and known.kind == "list" else leaf.op


def _negated(condition: Not, path: str, speaker: Speaker) -> list[Part] | None:
    """Return a denied comparison as people say it, None where it takes a bracket."""
    leaf, where = _single(condition.item, f"{path}.not")
    if not isinstance(leaf, Leaf):
        return None
    template = _LEAF[speaker.language]
    if isinstance(leaf.value, bool):
        other = _bool_clause(Leaf(leaf.name, leaf.op, not leaf.value, leaf.derived), where, speaker)
        if other is not None:
            before, _, after = template["not bool"].partition("{f}")
            return [*([(before, None)] if before else []), *other, (after, where)]
    key = f"not {_template(leaf, speaker)}"
    return _filled(template[key], leaf, where, speaker) if key in template else None


def _bool_clause(leaf: Leaf, path: str, speaker: Speaker) -> list[Part] | None:
    """Return the clause a yes-or-no fact has for being so or not, if it has one."""
    if not isinstance(leaf.value, bool) or leaf.op != "==" or leaf.derived:
        return None
    known = field_type(leaf.name, speaker.vocabulary, speaker.rows)
    labels: Mapping[str, Any] = known.labels if known is not None and known.kind == "bool" else {}
    said = pick(labels.get("true" if leaf.value else "false", ("", "")), speaker.language)
    return [(said, f"{path}.value")] if said else None


def _filled(template: str, leaf: Leaf, path: str, speaker: Speaker) -> list[Part]:
    where = {
        "f": f"{path}.{'derived' if leaf.derived else 'field'}",
        "v": f"{path}.{'value' if leaf.than is None else 'than'}",
        "a": f"{path}.value[0]",
        "b": f"{path}.value[1]",
    }
    words = {"f": speaker.field(leaf.name, leaf.derived), **_values(leaf, speaker)}
    found: list[Part] = []
    for literal, name, _, _ in Formatter().parse(template):
        if literal:
            found.append((literal, f"{path}.op"))
        if name:
            found.append((words[name], where[name]))
    return found


def _values(leaf: Leaf, speaker: Speaker) -> dict[str, str]:
    if leaf.than is not None:
        return {"v": speaker.field(leaf.than)}
    value, language = leaf.value, speaker.language
    if leaf.op in ("before", "after"):
        return {"v": moment_words(str(value), language, bare_date=leaf.op == "before")}
    if leaf.op in ("within_hours", "older_than_hours"):
        return {"v": hours_words(value, language)}
    if leaf.op == "between" and not is_number(value[0]):
        return {name: moment_words(str(one), language) for name, one in zip("ab", value, strict=True)}
    if leaf.op == "between":
        low, high = (value_words(leaf.name, one, speaker.vocabulary, language, rows=speaker.rows) for one in value)
        return {"a": low, "b": high}
    if leaf.op in ("matches", "starts_with", "contains") and isinstance(value, str):
        known = field_type(leaf.name, speaker.vocabulary, speaker.rows)
        return {"v": scalar_words(value, known if leaf.op == "contains" else None, language)}
    return {"v": value_words("" if leaf.derived else leaf.name, value, speaker.vocabulary, language, rows=speaker.rows)}


__all__ = ["Language", "Part", "Speaker", "comma", "condition_parts", "conjuncts", "leaf_parts"]
