"""A rule as people write it: reads and checks its document, names every problem at once."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from . import schema
from .actions import Action, parse_actions
from .cases import check_cases
from .conditions import ALWAYS, Condition, parse_condition
from .errors import Problems
from .match import Match, alias_of, parse_match
from .templates import fact_names
from .values import Scalar
from .vocabulary import Vocabulary

Text = dict[str, str]

LARGEST = 1_000_000
_NO_TEXT = {"zh": "", "en": ""}


@dataclass(frozen=True)
class Rule:
    """One rule. `document` is its JSON-able source: `rule_from_document(rule.document) == rule`.

    A rule made from a row of a decision table names the table and the row, counted from 1.
    """

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
    document: dict[str, Any] = field(default_factory=dict)
    owner: str = ""
    valid_from: str | None = None
    valid_until: str | None = None
    match: tuple[Match, ...] = ()
    table: str | None = None
    row: int | None = None


def rule_from_document(document: Mapping[str, Any], vocabulary: Vocabulary | None = None) -> Rule:
    """Read one rule, as `Rule.document` holds it. Raises one RuleError with every problem.

    With a `vocabulary`, names, types, options and arguments are checked too.
    """
    problems = Problems()
    rule = read_rule(dict(document), "", problems, vocabulary)
    problems.raise_if_any()
    return rule


def read_rule(document: object, path: str, problems: Problems, vocabulary: Vocabulary | None) -> Rule:
    """Read one rule; what is wrong goes to `problems` (the result is then not to be used)."""
    at = f"{path}." if path else ""
    before = len(problems.found)
    head = schema.load(schema.RuleShape, document, path, problems)
    source: dict[str, Any] = document if isinstance(document, dict) else {}
    trigger: tuple[str, ...] = head.get("trigger", ())
    _check_events(trigger, source.get("trigger"), f"{at}trigger", problems, vocabulary)
    match: tuple[Match, ...] = ()
    told = vocabulary
    if "match" in source:
        match, told = parse_match(source["match"], f"{at}match", problems, vocabulary)
    when = parse_condition(source["when"], f"{at}when", problems, vocabulary) if "when" in source else ALWAYS
    then = parse_actions(source.get("then", []), f"{at}then", problems, told)
    _refuse_missing_rows(match, then, f"{at}then", problems)
    if "tests" in source:
        check_cases(source["tests"], f"{at}tests", problems, vocabulary)
    if not source.get("then") and not source.get("derive"):
        problems.add(f"{at}then", "规则必须有 then 或 derive", "a rule needs `then` or `derive`, or it does nothing")
    rule = Rule(
        id=head.get("id", ""),
        version=head["version"],
        title=head.get("title", _NO_TEXT),
        purpose=head.get("purpose", _NO_TEXT),
        trigger=trigger,
        when=when,
        derive=tuple(head["derive"].items()),
        then=then,
        priority=head["priority"],
        group=head.get("group"),
        owner=head["owner"],
        valid_from=head["valid"].get("from"),
        valid_until=head["valid"].get("until"),
        match=match,
    )
    if len(problems.found) == before:
        text = json.dumps(source, allow_nan=False)
        if len(text) > LARGEST:
            problems.add(
                path, f"超过 {LARGEST} 个字符，请拆成几条规则", f"has over {LARGEST} characters; split the rule"
            )
        rule.document.update(json.loads(text))
    return rule


def _check_events(
    trigger: tuple[str, ...], source: object, path: str, problems: Problems, vocabulary: Vocabulary | None
) -> None:
    for index, name in enumerate(trigger):
        if vocabulary is not None and name not in vocabulary.triggers:
            where = path if isinstance(source, str) else f"{path}[{index}]"
            allowed = sorted(vocabulary.triggers)
            problems.add(where, "未知的触发事件", "is no known event", found=name, allowed=allowed, word=name)


def _refuse_missing_rows(match: tuple[Match, ...], then: tuple[Action, ...], path: str, problems: Problems) -> None:
    """No text may speak of a row that must not exist."""
    none = {item.alias for item in match if item.none}
    if not none or problems.found:  # What is wrong already may be too deep or too long to look through.
        return
    for index, action in enumerate(then):
        for name in fact_names(action.args):
            if alias_of(name) in none:
                zh, en = "引用了 none 的项，它没有行可说", "speaks of an item that says none: it has no row"
                problems.add(f"{path}[{index}].{action.name}", zh, en, found=name)
