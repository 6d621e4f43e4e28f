"""The test cases that a document carries: facts at a moment, and what its rules must make of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from . import schema
from .actions import check_plain
from .errors import Problems
from .values import is_scalar
from .vocabulary import CollectionType, Vocabulary

_MOST_ROWS = 1000


def check_cases(documents: object, path: str, problems: Problems, vocabulary: Vocabulary | None) -> None:
    """Check `tests`: shapes, names and moments. Whether they pass is for the rulebook to find out."""
    if not isinstance(documents, list) or len(documents) > schema.MOST_TESTS:
        zh, en = f"需要至多 {schema.MOST_TESTS} 个用例的列表", f"needs a list of at most {schema.MOST_TESTS} cases"
        problems.add(path, zh, en, found=len(documents) if isinstance(documents, list) else documents)
        return
    for index, document in enumerate(documents):
        where = f"{path}[{index}]"
        case = schema.load(schema.CaseShape, document, where, problems)
        if not isinstance(document, dict):
            continue
        _event(document.get("event"), f"{where}.event", problems, vocabulary)
        if "facts" in case:
            _facts(case["facts"], f"{where}.facts", problems, vocabulary)
        if "expect" in case:
            _expect(case["expect"], f"{where}.expect", problems, vocabulary)


def _event(event: object, path: str, problems: Problems, vocabulary: Vocabulary | None) -> None:
    if not isinstance(event, str) or not event:
        problems.add(path, "需要一个事件", "needs an event", found=event)
    elif vocabulary is not None and event not in vocabulary.triggers:
        allowed = sorted(vocabulary.triggers)
        problems.add(path, "未知的触发事件", "is no known event", found=event, allowed=allowed, word=event)


def _facts(facts: object, path: str, problems: Problems, vocabulary: Vocabulary | None) -> None:
    if not isinstance(facts, dict):
        problems.add(path, "需要 {事实: 值}", "needs a mapping of facts to values", found=facts)
        return
    for name, value in facts.items():
        where = f"{path}.{name}"
        if not isinstance(name, str):
            problems.add(where, "名称必须是文本", "a fact's name is text", found=name)
            continue
        rows = isinstance(value, list) and any(isinstance(item, dict) for item in value)
        collection = vocabulary.collections.get(name) if vocabulary is not None else None
        if vocabulary is not None and collection is None and (rows or not vocabulary.knows(name)):
            allowed = (*vocabulary.fields, *vocabulary.collections)
            problems.add(
                where, "未知的字段或集合", "is no known fact or collection", found=name, allowed=allowed, word=name
            )
        if rows or collection is not None:
            _rows(value, collection, where, problems)
        elif not _is_value(value):
            problems.add(
                where, "需要文本、数字、布尔值或它们的列表", "needs a text, number, bool or list of these", found=value
            )


def _is_value(value: object) -> bool:
    items = value if isinstance(value, list) else [value]
    return all(item is None or is_scalar(item) for item in items)


def _rows(value: object, collection: CollectionType | None, path: str, problems: Problems) -> None:
    if not isinstance(value, list) or len(value) > _MOST_ROWS or not all(isinstance(row, dict) for row in value):
        zh, en = f"需要至多 {_MOST_ROWS} 行的列表，每行是一个映射", f"needs a list of at most {_MOST_ROWS} mappings"
        problems.add(path, zh, en, found=value)
        return
    for index, row in enumerate(value):
        for name, field in row.items():
            where = f"{path}[{index}].{name}"
            if collection is not None and name not in collection.fields:
                allowed = collection.fields
                problems.add(where, "未知的字段", "is no known field", found=name, allowed=allowed, word=str(name))
            if not isinstance(name, str) or not _is_value(field):
                problems.add(where, "需要文本、数字或布尔值", "needs a text, number or bool", found=field)


def _expect(expect: object, path: str, problems: Problems, vocabulary: Vocabulary | None) -> None:
    found = schema.load(schema.ExpectShape, expect, path, problems)
    if not isinstance(expect, dict):
        return
    if not expect:
        problems.add(path, "须写 fires 或 decisions", "needs fires or decisions")
    if "fires" in found and not isinstance(found["fires"], bool):
        problems.add(f"{path}.fires", "需要 true 或 false", "needs true or false", found=found["fires"])
    if "decisions" in found:
        _decisions(found["decisions"], f"{path}.decisions", problems, vocabulary)


def _decisions(decisions: Any, path: str, problems: Problems, vocabulary: Vocabulary | None) -> None:
    shaped = isinstance(decisions, list) and all(
        isinstance(one, dict) and len(one) == 1 and all(isinstance(args, Mapping) for args in one.values())
        for one in decisions
    )
    if not shaped:
        problems.add(path, "写作 [{动作: {参数}}]", "is a list of {action: {arguments}}", found=decisions)
        return
    for index, one in enumerate(decisions):
        for name, args in one.items():
            where = f"{path}[{index}].{name}"
            if vocabulary is not None and name not in vocabulary.actions:
                allowed = vocabulary.actions
                problems.add(where, "未知的动作", "is no known action", found=name, allowed=allowed, word=str(name))
            check_plain(dict(args), where, problems)
