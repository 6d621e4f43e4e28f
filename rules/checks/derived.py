"""Facts that rules derive and nobody reads."""

from __future__ import annotations

from collections import defaultdict

from ..language.conditions import leaves
from ..language.documents import Rule
from ..language.templates import DERIVED, fact_names
from .report import Report, name_of


def reads_derived(rule: Rule) -> frozenset[str]:
    """Return the facts, derived by other rules, that a rule's conditions and texts read."""
    conditions = (rule.when, *(item.where for item in rule.match))
    names = {name for condition in conditions for leaf in leaves(condition) for name in leaf.names}
    names |= {name for action in rule.then for name in fact_names(action.args)}
    return frozenset(name.removeprefix(DERIVED) for name in names if name.startswith(DERIVED))


def check_derived(report: Report) -> None:
    """Find derived facts that no rule on the same event reads, in a condition or in a text."""
    bench = report.bench
    read: dict[str, set[str]] = defaultdict(set)
    for rule in bench.rules:
        names = reads_derived(rule)
        for event in rule.trigger:
            read[event] |= names
    for rule in report.rules:
        for name, _ in rule.derive:
            if any(name in read[event] for event in rule.trigger):
                continue
            zh, en = name_of(rule)
            report.add(
                "derived_unread",
                "warning",
                [rule],
                f"规则{zh}推导的事实「{name}」没有规则使用；请在别的规则里用它，或去掉",
                f"rule {en} derives the fact “{name}”, which no rule reads; read it in another rule, or leave it out",
                path=f"derive.{name}",
                event=rule.trigger[0],
                record=bench.first(rule, rule.trigger[0]).record,
            )
