"""A rule as one sentence, in Chinese or English: 当线索已创建，且预算 ≥ 20 万元，就分配给团队「大客户部」。

Two rules that mean different things never read the same; `sentence_parts` says which piece of the
document each piece of the sentence stands for.
"""

from __future__ import annotations

from collections.abc import Iterable

from ..language.actions import Action
from ..language.conditions import ALWAYS, Condition, Leaf
from ..language.documents import Rule
from ..language.match import Match
from ..language.vocabulary import Vocabulary
from .actions import action_parts
from .conditions import Part, Speaker, comma, condition_parts, leaf_parts
from .words import collection_words, field_words, moment_words, quoted, scalar_words, trigger_words, value_words


def sentence(rule: Rule, vocabulary: Vocabulary, language: str = "zh") -> str:
    """Return the rule as one sentence in "zh" or "en"."""
    return "".join(text for text, _ in sentence_parts(rule, vocabulary, language))


def sentence_parts(rule: Rule, vocabulary: Vocabulary, language: str = "zh") -> list[Part]:
    """Return the sentence in pieces, each with the path of what it stands for in the document, or None.

    The pieces of a decision table's row have paths in the rule that the row stands for.
    """
    speaker = Speaker(vocabulary, language, {item.alias: item.of for item in rule.match})
    clauses: list[list[Part]] = [
        [(trigger_words(rule.trigger, vocabulary, language), "trigger")],
        *(_match(item, f"match[{index}]", speaker) for index, item in enumerate(rule.match)),
        *condition_parts(rule.when, "when", speaker),
    ]
    deeds: list[list[Part]] = [[_derived(name, value, language)] for name, value in rule.derive]
    deeds += [action_parts(action, f"then[{index}]", speaker) for index, action in enumerate(rule.then)]
    zh = speaker.zh
    return _capitalised(
        [
            *_validity(rule, language),
            ("当" if zh else "when ", None),
            *_joined(clauses, comma(language)),
            ("，就" if zh else ", then ", None),
            *_joined(deeds, "，并" if zh else ", and "),
            *_group(rule, language),
            ("。" if zh else ".", None),
        ],
        language,
    )


def clause_words(leaf: Leaf, vocabulary: Vocabulary, language: str = "zh") -> str:
    """Return one comparison in words: 预算 ≥ 20 万元."""
    return "".join(text for text, _ in leaf_parts(leaf, "", Speaker(vocabulary, language)))


def condition_words(condition: Condition, vocabulary: Vocabulary, language: str = "zh") -> str:
    """Return a condition in words: 地区不是江苏（含未填），且预算 ≥ 20 万元."""
    speaker = Speaker(vocabulary, language)
    return "".join(text for text, _ in _joined(condition_parts(condition, "", speaker), comma(language)))


def match_words(rule: Rule, vocabulary: Vocabulary, language: str = "zh") -> str:
    """Return what a rule asks of related records, in words."""
    speaker = Speaker(vocabulary, language, {item.alias: item.of for item in rule.match})
    asked = [_match(item, f"match[{index}]", speaker) for index, item in enumerate(rule.match)]
    return "".join(text for text, _ in _joined(asked, comma(language)))


def action_words(action: Action, vocabulary: Vocabulary, language: str = "zh") -> str:
    """Return one action in words: 给负责人建任务「补全联系方式」."""
    return "".join(text for text, _ in action_parts(action, "", Speaker(vocabulary, language)))


def _joined(items: Iterable[list[Part]], between: str) -> list[Part]:
    found: list[Part] = []
    for number, parts in enumerate(items):
        found += [(between, None), *parts] if number else parts
    return found


def _match(item: Match, path: str, speaker: Speaker) -> list[Part]:
    """Return what a rule asks of related records: 客户的合同中有一条（其金额 ≥ 20 万元）."""
    zh, alone = speaker.zh, len(speaker.rows) == 1
    name = "" if alone else f" {item.alias} " if zh else f" {item.alias}"
    if zh:
        count = "没有一条" if item.none else "有一条" if item.at_least is None else f"至少有 {item.at_least} 条"
        start = f"{collection_words(item.of, speaker.vocabulary, 'zh')}中{count}{name}"
    else:
        count = "none" if item.none else "one" if item.at_least is None else f"at least {item.at_least}"
        start = f"among {collection_words(item.of, speaker.vocabulary, 'en')} there is {count}{name}"
    if item.where == ALWAYS:
        return [(start.rstrip(), path)]
    within = condition_parts(item.where, f"{path}.where", speaker)
    inner = _joined(within, comma(speaker.language))
    return [(f"{start}（" if zh else f"{start} (", path), *inner, ("）" if zh else ")", None)]


def _derived(name: str, value: object, language: str) -> Part:
    words = scalar_words(value, None, language)
    fact = quoted(name, language)
    return (f"认定事实{fact}为{words}" if language == "zh" else f"take the fact {fact} to be {words}", f"derive.{name}")


def _validity(rule: Rule, language: str) -> list[Part]:
    zh = language == "zh"
    parts: list[Part] = []
    if rule.valid_from is not None:
        words = moment_words(rule.valid_from, language, bare_date=True)
        parts.append((f"自 {words}起" if zh else f"from {words}", "valid.from"))
    if rule.valid_until is not None:
        words = moment_words(rule.valid_until, language, bare_date=True)
        parts.append((f"在 {words}{' ' if words[-1].isdigit() else ''}之前" if zh else f"until {words}", "valid.until"))
    return [part for found in parts for part in (found, ("，" if zh else ", ", None))]


def _group(rule: Rule, language: str) -> list[Part]:
    if rule.group is None:
        return []
    name = quoted(rule.group, language)
    words = f"（{name}组中只有最优先的一条生效）" if language == "zh" else f" (only the first in the group {name} acts)"
    return [(words, "group")]


def _capitalised(parts: list[Part], language: str) -> list[Part]:
    if language == "zh":
        return parts
    (text, path), *rest = parts
    return [(text[:1].upper() + text[1:], path), *rest]


__all__ = [
    "Part",
    "action_words",
    "clause_words",
    "field_words",
    "sentence",
    "sentence_parts",
    "trigger_words",
    "value_words",
]
