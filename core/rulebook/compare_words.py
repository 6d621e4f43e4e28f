"""What differs between two documents in words: where it stands, and what was and is said there."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ...hooks.text import Text
from ...rules.language.actions import Action
from ...rules.language.conditions import Leaf
from ...rules.language.vocabulary import Vocabulary
from ...rules.wording.sentences import action_words, clause_words
from ..storage.records import canonical

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
_INNER = {
    "zh": Text("中文", "Chinese"),
    "en": Text("英文", "English"),
    "from": Text("开始", "from"),
    "until": Text("截止", "until"),
    "not": Text("否定", "not"),
    "where": Text("要求", "where"),
    "note": Text("备注", "note"),
    "order": Text("顺序", "order"),
    "value": Text("值", "value"),
}
_GROUPS = {"all": Text("第 {} 项", "item {}"), "any": Text("备选 {}", "alternative {}")}
_STEP = re.compile(r"([^.\[\]]+)|\[([^\]]+)\]")
_LONGEST = 160


def is_leaf(value: object) -> bool:
    """Say whether a value is one comparison of a condition."""
    return isinstance(value, Mapping) and "op" in value and ("field" in value or "derived" in value)


def place_words(path: str, known: Vocabulary) -> Text:
    """Return where a path lies: when.all[1] is 条件 · 第 2 项."""
    zh, en = [], []
    steps = [(name, number) for name, number in _STEP.findall(path)]
    group = ""
    for place, (name, number) in enumerate(steps):
        if number:
            shown = str(int(number) + 1) if number.isdigit() else f"「{number}」"
            words = _GROUPS.get(group, _GROUPS["all"])
            said = Text(words.zh.format(shown), words.en.format(shown.strip("「」")))
        elif name in _GROUPS and place:
            group = name
            continue
        else:
            said = _label(name, place, steps, known)
        zh.append(said.zh)
        en.append(said.en)
    return Text(" · ".join(zh), " · ".join(en))


def _label(name: str, place: int, steps: list[tuple[str, str]], known: Vocabulary) -> Text:
    if place == 0:
        return _LABELS.get(name, Text(name, name))
    if steps[0][0] == "then":
        action = steps[2][0] if len(steps) > 2 else ""
        spec = known.actions.get(action)
        arg = spec.args.get(name) if spec and place > 2 else None
        title = arg.title if arg else spec.title if spec and place == 2 else ("", "")
        return Text(title[0] or name, title[1] or name)
    return _INNER.get(name, Text(name, name))


def value_words(value: Any, known: Vocabulary) -> Text:
    """Return a value in words: a comparison or an action as people say it, anything else as JSON."""
    if isinstance(value, str):
        return Text(value, value)
    if isinstance(value, Mapping) and set(value) == {"zh", "en"}:
        return Text(str(value["zh"]), str(value["en"]))
    if is_leaf(value):
        return Text(*(clause_words(_leaf(value), known, language) for language in ("zh", "en")))
    if isinstance(value, Mapping) and len(value) == 1:
        ((name, args),) = value.items()
        if name in known.actions and isinstance(args, Mapping):
            action = Action(name, args)
            return Text(*(action_words(action, known, language) for language in ("zh", "en")))
    if isinstance(value, Mapping) and {"event", "expect"} <= set(value):
        return _case_words(value, known)
    if isinstance(value, list) and value and all(isinstance(item, Mapping | str) for item in value):
        each = [value_words(item, known) for item in value]
        return Text("；".join(one.zh for one in each), "; ".join(one.en for one in each))
    text = canonical(value)
    return Text(text, text) if len(text) <= _LONGEST else Text(*(text[: _LONGEST - 1] + "…",) * 2)


def _case_words(case: Mapping[str, Any], known: Vocabulary) -> Text:
    """Return a test case by its title, or else by its event."""
    if title := case.get("title"):
        found = value_words(title, known)
        return Text(f"「{found.zh}」", f"“{found.en}”")
    zh, en = known.trigger_titles.get(str(case["event"]), ("", ""))
    return Text(zh or str(case["event"]), en or str(case["event"]))


def _leaf(document: Mapping[str, Any]) -> Leaf:
    value = document.get("value")
    return Leaf(
        str(document.get("derived") or document.get("field")),
        str(document["op"]),
        tuple(value) if isinstance(value, list) else value,
        "derived" in document,
        document.get("than"),
    )
