"""Checks of what rules say: a text that speaks of a fact nobody knows when it is written."""

from __future__ import annotations

from collections.abc import Mapping

from ..language.actions import Action
from ..language.conditions import Leaf, leaves
from ..language.documents import Rule
from ..language.templates import DERIVED, MISSING, fact_names
from .alternatives import Want
from .available_facts import available
from .report import Report, name_of
from .witnesses import FACT_ONLY, Record, Search


def check_texts(rule: Rule, searches: Mapping[str, Search], report: Report) -> None:
    """Find texts that speak of what is never known when the rule fires."""
    for index, action in enumerate(rule.then):
        for argument, value in action.args.items():
            for name in dict.fromkeys(fact_names(value)):
                for event, search in searches.items():
                    if search.record is not None and _is_never_known(rule, name, event, report):
                        _gap(rule, index, action, argument, name, search.record, report)
                        break


def _is_never_known(rule: Rule, name: str, event: str, report: Report) -> bool:
    if name.startswith(DERIVED):
        return (event, name.removeprefix(DERIVED)) not in report.bench.derivers
    if any(name.startswith(f"{item.alias}.") for item in rule.match):
        return False
    if not available(name, event, report.vocabulary):
        return True
    asked = any(leaf.name == name and not leaf.derived for leaf in leaves(rule.when))
    return asked and not report.bench.has_way(
        event, [Want(rule.when, True, 0), Want(Leaf(name, "present"), True, FACT_ONLY)]
    )


def _gap(rule: Rule, index: int, action: Action, argument: str, name: str, record: Record, report: Report) -> None:
    zh, en = name_of(rule)
    event_zh, event_en = report.event_words(record.event)
    report.add(
        "text_without_fact",
        "warning",
        [rule],
        f"规则{zh}的文字用到 {{{name}}}，但「{event_zh}」触发它时没有这项事实，会显示为「{MISSING}」；请换一个事实",
        f"a text of rule {en} names {{{name}}}, which is not known when {event_en}: it will read “{MISSING}”; "
        "name another fact",
        path=f"then[{index}].{action.name}.{argument}",
        record=record,
    )
