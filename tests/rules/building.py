"""Short ways to write rules in tests."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from clew.rules.engine.outcome import Outcome
from clew.rules.engine.ruleset import Ruleset
from clew.rules.language.documents import Rule, rule_from_document

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def document(rule_id: str, when: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """Return a rule document for the trigger "t" that notes `rule_id` when it fires."""
    found: dict[str, Any] = {
        "id": rule_id,
        "title": {"zh": "规则", "en": "Rule"},
        "purpose": {"zh": "测试", "en": "Test"},
        "trigger": ["t"],
        "then": [{"note": {"rule": rule_id}}],
    }
    if when is not None:
        found["when"] = when
    return found | more


def rule(rule_id: str, when: dict[str, Any] | None = None, **more: Any) -> Rule:
    """Return the rule of `document`."""
    return rule_from_document(document(rule_id, when, **more))


def evaluate(rules: list[Rule], facts: dict[str, Any], event: str = "t", now: datetime = NOW) -> Outcome:
    """Compile, evaluate once, free."""
    ruleset = Ruleset.compile(rules)
    try:
        return ruleset.evaluate(event, facts, now)
    finally:
        ruleset.close()


def fired(rules: list[Rule], facts: dict[str, Any], now: datetime = NOW) -> list[str]:
    """Return the ids of the rules that fire, in order."""
    return [firing.rule_id for firing in evaluate(rules, facts, now=now).firings]


def leaf(field: str, op: str, value: Any = None) -> dict[str, Any]:
    """Return one comparison; None means that the operator takes no value."""
    return {"field": field, "op": op} | ({} if value is None else {"value": value})
