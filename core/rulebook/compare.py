"""What differs between two versions of a rule: by path, and in words."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ... import rules
from ...hooks.text import Text
from ..models import canonical
from .documents import ordered, rules_of

_LABELS = {
    "title": Text("标题", "title"),
    "purpose": Text("目的", "purpose"),
    "owner": Text("负责人", "owner"),
    "valid": Text("有效期", "validity"),
    "trigger": Text("触发事件", "trigger"),
    "priority": Text("优先级", "priority"),
    "group": Text("互斥组", "group"),
    "hit": Text("命中方式", "hit policy"),
    "when": Text("条件", "condition"),
    "match": Text("关联", "join"),
    "derive": Text("派生事实", "derived facts"),
    "then": Text("动作", "actions"),
    "inputs": Text("输入列", "inputs"),
    "outputs": Text("输出列", "outputs"),
    "rows": Text("行", "rows"),
    "tests": Text("测试用例", "test cases"),
}
_LONGEST = 160


@dataclass(frozen=True)
class Difference:
    """One place where two documents differ. `kind` is added, removed or changed; None stands for "not there"."""

    path: str
    kind: str
    before: Any
    after: Any
    zh: str
    en: str


def compare(a: Mapping[str, Any], b: Mapping[str, Any]) -> list[Difference]:
    """Return what changed from document `a` to `b`, in the order people read a rule; versions are not compared."""
    first, second = (ordered({k: v for k, v in one.items() if k != "version"}) for one in (a, b))
    found = list(_walk(first, second, ""))
    sentence = _sentences(a, b) if found else None
    return [*found, sentence] if sentence else found


def _sentences(a: Mapping[str, Any], b: Mapping[str, Any]) -> Difference | None:
    """Return the two rules' sentences where they differ, if rules can be put into words."""
    words: Callable[..., str] | None = getattr(rules, "sentence", None)
    if words is None:
        return None
    try:
        (one,), (other,) = rules_of(a), rules_of(b)
        known = rules.default_vocabulary()
        was, now = ([words(rule, known, language) for language in ("zh", "en")] for rule in (one, other))
    except (rules.RulesError, ValueError, KeyError):
        return None
    if was == now:
        return None
    return Difference(
        "", "changed", was[0], now[0], f"整句：{was[0]} → {now[0]}", f"in a sentence: {was[1]} → {now[1]}"
    )


def _walk(a: Any, b: Any, path: str) -> Iterator[Difference]:
    if isinstance(a, Mapping) and isinstance(b, Mapping):
        for key in [*a, *(key for key in b if key not in a)]:
            where = f"{path}.{key}" if path else str(key)
            if key not in b:
                yield _said(where, "removed", a[key], None)
            elif key not in a:
                yield _said(where, "added", None, b[key])
            else:
                yield from _walk(a[key], b[key], where)
    elif isinstance(a, list) and isinstance(b, list):
        yield from _lists(a, b, path)
    elif canonical(a) != canonical(b):
        yield _said(path, "changed", a, b)


def _lists(a: list[Any], b: list[Any], path: str) -> Iterator[Difference]:
    if all(isinstance(item, Mapping) and "id" in item for item in [*a, *b]):
        yield from _by_id(a, b, path)
        return
    matcher = difflib.SequenceMatcher(None, [canonical(i) for i in a], [canonical(i) for i in b], autojunk=False)
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag == "equal":
            continue
        pairs = min(i2 - i1, j2 - j1) if isinstance((a[i1:i2] or [None])[0], Mapping | list) else 0
        for step in range(pairs):
            yield from _walk(a[i1 + step], b[j1 + step], f"{path}[{j1 + step}]")
        for place in range(i1 + pairs, i2):
            yield _said(f"{path}[{place}]", "removed", a[place], None)
        for place in range(j1 + pairs, j2):
            yield _said(f"{path}[{place}]", "added", None, b[place])


def _by_id(a: list[Any], b: list[Any], path: str) -> Iterator[Difference]:
    """Compare rows by their id; a row that only moved is said to have moved."""
    was, now = ({item["id"]: item for item in some} for some in (a, b))
    for key, item in was.items():
        if key not in now:
            yield _said(f"{path}[{key}]", "removed", item, None)
        else:
            yield from _walk(item, now[key], f"{path}[{key}]")
    for key, item in now.items():
        if key not in was:
            yield _said(f"{path}[{key}]", "added", None, item)
    before, after = [key for key in was if key in now], [key for key in now if key in was]
    if before != after:
        yield _said(f"{path}.order", "changed", before, after)


def _said(path: str, kind: str, before: Any, after: Any) -> Difference:
    label = _LABELS.get(path.partition(".")[0].partition("[")[0], Text(path, path))
    where = path.removeprefix(path.partition(".")[0].partition("[")[0])
    zh_place, en_place = (f"{text}{where}" if where else text for text in (label.zh, label.en))
    was, now = (_words(value) for value in (before, after))
    zh = {
        "added": f"新增{zh_place}：{now[0]}",
        "removed": f"去掉{zh_place}：{was[0]}",
        "changed": f"{zh_place}：{was[0]} → {now[0]}",
    }[kind]
    en = {
        "added": f"{en_place} added: {now[1]}",
        "removed": f"{en_place} removed: {was[1]}",
        "changed": f"{en_place}: {was[1]} → {now[1]}",
    }[kind]
    return Difference(path, kind, before, after, zh, en)


def _words(value: Any) -> tuple[str, str]:
    """Return a value in both languages: a text in two languages as each, a leaf as a comparison, others as JSON."""
    if isinstance(value, str):
        return value, value
    if isinstance(value, Mapping) and set(value) == {"zh", "en"}:
        return str(value["zh"]), str(value["en"])
    if isinstance(value, Mapping) and "op" in value and ("field" in value or "derived" in value):
        name = value.get("field") or value.get("derived")
        text = f"{name} {value['op']} {canonical(value['value']) if 'value' in value else ''}".strip()
        return text[:_LONGEST], text[:_LONGEST]
    text = canonical(value)
    return (text, text) if len(text) <= _LONGEST else (text[: _LONGEST - 1] + "…",) * 2


def merged(base: Mapping[str, Any], mine: Mapping[str, Any], theirs: Mapping[str, Any]) -> dict[str, Any]:
    """Return `mine` with the top-level parts that only `theirs` changed since `base`."""
    result = dict(mine)
    for key in {*base, *theirs}:
        untouched = canonical(mine.get(key)) == canonical(base.get(key)) and (key in mine) == (key in base)
        if key != "version" and untouched:
            if key in theirs:
                result[key] = theirs[key]
            else:
                result.pop(key, None)
    return result
