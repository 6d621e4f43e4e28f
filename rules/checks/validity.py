"""Checks of a rule's dates: is it ever in force, and is it still?"""

from __future__ import annotations

from ..language.documents import Rule
from ..language.values import moment
from .finding import Repair
from .report import Report, name_of
from .witnesses import Record


def is_ever_in_force(rule: Rule, report: Report) -> bool:
    """Return whether the rule is in force at some time; say so if it is not, or no longer."""
    zh, en = name_of(rule)
    if report.bench.moment([rule]) is None:
        report.add(
            "never_in_force",
            "error",
            [rule],
            f"规则{zh}的有效期在开始之前就结束了，永远不会生效；请改起止日期",
            f"rule {en} ends before it begins and is never in force; change its dates",
            path="valid",
            event=rule.trigger[0],
            record=report.bench.evaluate(rule.trigger[0], {}, report.bench.now),
            repairs=[_without_end(rule)],
        )
        return False
    until = moment(rule.valid_until, report.bench.now)
    if until is not None and report.now is not None and until <= report.now:
        report.add(
            "expired",
            "warning",
            [rule],
            f"规则{zh}的有效期已过，不再生效；请停用它，或改截止日期",
            f"rule {en} has expired and does nothing any more; retire it, or change its end",
            path="valid.until",
            event=rule.trigger[0],
            record=_expired_on(rule, report),
            repairs=[_without_end(rule)],
        )
    return True


def _without_end(rule: Rule) -> Repair:
    path = "/valid" if rule.valid_from is None else "/valid/until"
    return Repair("去掉截止日期", "remove the end", ({"op": "remove", "path": path},))


def _expired_on(rule: Rule, report: Report) -> Record | None:
    """Return a record on which the rule fired while it was in force, evaluated now."""
    found = report.bench.first(rule, rule.trigger[0]).record
    return report.bench.evaluate(found.event, found.facts, report.bench.now) if found is not None else None
