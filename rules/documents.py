"""Rules and packs as people write them: reads and checks them, names every problem at once."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .actions import Action, parse_actions
from .conditions import ALWAYS, Condition, parse_condition
from .errors import Problems
from .values import Scalar, is_scalar
from .vocabulary import Vocabulary
from .yaml_source import read_yaml

Text = dict[str, str]

_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_NAME = re.compile(r"[a-z_][a-z0-9_]*")
_LONGEST_ID = 80
_MOST_RULES = 5000
_RULE_KEYS = ("id", "version", "title", "purpose", "trigger", "priority", "group", "when", "derive", "then")
_PACK_KEYS = ("id", "title", "rules")


@dataclass(frozen=True)
class Rule:
    """One rule. `document` is its JSON-able source: `rule_from_document(rule.document) == rule`."""

    id: str
    version: int
    title: Text
    purpose: Text
    trigger: tuple[str, ...]
    when: Condition
    derive: tuple[tuple[str, Scalar], ...]
    then: tuple[Action, ...]
    priority: int = 0
    group: str | None = None
    table: str | None = None
    row: int | None = None
    document: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Pack:
    """Rules that belong together."""

    id: str
    title: Text
    rules: tuple[Rule, ...]


def load_pack(text: str, source: str = "<text>", vocabulary: Vocabulary | None = None) -> Pack:
    """Read a pack from YAML; `source` names it in messages. Raises one RuleError with every problem.

    With a `vocabulary`, names, types, options and arguments are checked too.
    """
    document = read_yaml(text, source)
    problems = Problems()
    if not isinstance(document, dict):
        problems.add("", "规则包必须是一个映射", "a pack is a mapping", found=document, allowed=_PACK_KEYS)
        problems.raise_if_any(source)
    _unknown_keys(document, _PACK_KEYS, "", problems)
    pack_id = _identifier(document.get("id"), "id", problems)
    title = _text(document.get("title"), "title", problems)
    documents = document.get("rules")
    if not isinstance(documents, list) or not 0 < len(documents) <= _MOST_RULES:
        found = documents if not isinstance(documents, list) else len(documents)
        problems.add(
            "rules",
            f"需要 1 到 {_MOST_RULES} 条规则的列表",
            f"needs a list of 1 to {_MOST_RULES} rules",
            found=found,
        )
        documents = []
    rules = [_rule(item, f"rules[{index}]", problems, vocabulary) for index, item in enumerate(documents)]
    seen: set[str] = set()
    for index, rule in enumerate(rules):
        if rule.id and rule.id in seen:
            problems.add(f"rules[{index}].id", "规则 id 重复", "is used twice in this pack", found=rule.id)
        seen.add(rule.id)
    problems.raise_if_any(source)
    return Pack(pack_id, title, tuple(rules))


def rule_from_document(document: Mapping[str, Any], vocabulary: Vocabulary | None = None) -> Rule:
    """Read one rule, as `Rule.document` holds it. Raises one RuleError with every problem."""
    problems = Problems()
    rule = _rule(dict(document), "", problems, vocabulary)
    problems.raise_if_any()
    return rule


def _rule(document: object, path: str, problems: Problems, vocabulary: Vocabulary | None) -> Rule:
    at = f"{path}." if path else ""
    if not isinstance(document, dict):
        problems.add(path, "规则必须是一个映射", "a rule is a mapping", found=document, allowed=_RULE_KEYS)
        document = {}
    _unknown_keys(document, _RULE_KEYS, at, problems)
    group = document.get("group")
    then = parse_actions(document.get("then", []), f"{at}then", problems, vocabulary)
    derive = _derive(document.get("derive", {}), f"{at}derive", problems)
    if not document.get("then") and not document.get("derive"):
        problems.add(f"{at}then", "规则必须有 then 或 derive", "a rule needs `then` or `derive`, or it does nothing")
    rule = Rule(
        id=_identifier(document.get("id"), f"{at}id", problems),
        version=_integer(document.get("version", 1), f"{at}version", problems, low=1),
        title=_text(document.get("title"), f"{at}title", problems),
        purpose=_text(document.get("purpose"), f"{at}purpose", problems),
        trigger=_trigger(document.get("trigger"), f"{at}trigger", problems, vocabulary),
        when=parse_condition(document["when"], f"{at}when", problems, vocabulary) if "when" in document else ALWAYS,
        derive=derive,
        then=then,
        priority=_integer(document.get("priority", 0), f"{at}priority", problems, low=-1_000_000),
        group=None if group is None else _identifier(group, f"{at}group", problems),
    )
    if problems.found:
        return rule
    rule.document.update(json.loads(json.dumps(document, allow_nan=False)))
    return rule


def _unknown_keys(document: Mapping[Any, Any], allowed: tuple[str, ...], at: str, problems: Problems) -> None:
    for key in document:
        if key not in allowed:
            problems.add(f"{at}{key}", "未知的键", "is an unknown key", found=key, allowed=allowed, word=str(key))


def _identifier(value: object, path: str, problems: Problems) -> str:
    if isinstance(value, str) and len(value) <= _LONGEST_ID and _ID.fullmatch(value):
        return value
    problems.add(
        path,
        f"需要小写字母、数字与连字符组成的名称（至多 {_LONGEST_ID} 字符），如 assign-key-account",
        f"needs lower-case words joined by hyphens (at most {_LONGEST_ID} characters), as in assign-north",
        found=value,
    )
    return ""


def _integer(value: object, path: str, problems: Problems, low: int) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and low <= value <= 1_000_000:
        return value
    problems.add(path, f"需要 {low} 到 1000000 之间的整数", f"needs a whole number from {low} to 1000000", found=value)
    return low


def _text(value: object, path: str, problems: Problems) -> Text:
    if isinstance(value, dict) and set(value) == {"zh", "en"} and all(isinstance(t, str) and t for t in value.values()):
        return {"zh": value["zh"], "en": value["en"]}
    problems.add(path, "需要中英文：{zh: …, en: …}", "needs both languages: {zh: …, en: …}", found=value)
    return {"zh": "", "en": ""}


def _trigger(value: object, path: str, problems: Problems, vocabulary: Vocabulary | None) -> tuple[str, ...]:
    names = [value] if isinstance(value, str) else value
    if not isinstance(names, list) or not names or not all(isinstance(name, str) and name for name in names):
        problems.add(path, "需要一个或多个触发事件", "needs an event, or a list of events", found=value)
        return ()
    if len(set(names)) < len(names):
        problems.add(path, "触发事件重复", "names an event twice", found=names)
    for index, name in enumerate(names):
        if vocabulary is not None and name not in vocabulary.triggers:
            where = path if isinstance(value, str) else f"{path}[{index}]"
            allowed = sorted(vocabulary.triggers)
            problems.add(where, "未知的触发事件", "is no known event", found=name, allowed=allowed, word=name)
    return tuple(names)


def _derive(value: object, path: str, problems: Problems) -> tuple[tuple[str, Scalar], ...]:
    if not isinstance(value, dict):
        problems.add(path, "需要 {名称: 值}", "needs a mapping of names to values", found=value)
        return ()
    for name, derived in value.items():
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            problems.add(
                f"{path}.{name}",
                "名称须为小写字母与下划线",
                "needs a name such as customer_grade",
                found=name,
            )
        if not is_scalar(derived) or derived == "":
            problems.add(f"{path}.{name}", "需要文本、数字或布尔值", "needs a text, number or bool", found=derived)
    return tuple(value.items())
