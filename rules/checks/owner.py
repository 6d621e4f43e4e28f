"""No lead stays without an owner: a search for a new lead that no rule assigns."""

from __future__ import annotations

from collections.abc import Sequence

from ..language.conditions import Leaf
from ..language.documents import Rule
from .alternatives import Want
from .report import Report
from .witnesses import FACT_ONLY, Record

_EVENT = "lead.created"
_MOST_TRIES = 60
_UNOWNED = (Leaf("lead.owner_id", "missing"), Leaf("lead.outcome", "==", "open"))


def check_owner(report: Report) -> None:
    """Find a new lead that would stay without an owner, if leads are assigned by rules at all."""
    assigning = [rule for rule in report.bench.by_event.get(_EVENT, ()) if _assigns(rule)]
    if not assigning:
        return
    record = _left_alone(assigning, report)
    if record is None:
        return
    # The last to be asked are where a catch-all belongs; the rules that are looked at go first.
    order = sorted(assigning, key=lambda rule: (not report.concerns(rule), rule.priority, rule.id))
    rules = order[:3]
    report.add(
        "no_owner",
        "error",
        rules,
        "有的新线索没有任何规则分配，会没有负责人；请加一条兜底规则（决策表加一行全部「任意」）",
        "some new leads are assigned by no rule and stay without an owner; add a catch-all rule "
        "(in a decision table: a row that takes anything)",
        path="when",
        record=record,
    )


def _assigns(rule: Rule) -> bool:
    return any(action.name == "assign" for action in rule.then)


def _left_alone(assigning: Sequence[Rule], report: Report) -> Record | None:
    """Return a lead that nobody gets: refuse each rule that takes one, until none does."""
    bench = report.bench
    base = [Want(leaf, True, FACT_ONLY) for leaf in _UNOWNED]
    refused: list[Rule] = []
    hidden: list[Rule] = []
    for _ in range(_MOST_TRIES):
        wants = [*base, *(Want(rule.when, False, FACT_ONLY) for rule in refused)]
        facts = bench.facts(_EVENT, wants)
        record = bench.evaluate(_EVENT, facts, bench.now) if facts is not None else None
        if record is None:
            break
        takers = [bench.by_id[one.rule_id] for one in record.outcome.decisions if one.action == "assign"]
        if not takers:
            return record
        fresh = [rule for rule in takers if rule not in refused]
        if not fresh:
            break
        refused += fresh
        hidden += [rule for rule in fresh if rule.group is not None]
    return _outranked(assigning, report)


def _outranked(assigning: Sequence[Rule], report: Report) -> Record | None:
    """Return a lead whose catch-all gives way to a rule of its group that assigns nobody."""
    bench = report.bench
    groups = {rule.group for rule in assigning if rule.group is not None}
    idle = [rule for rule in bench.by_event[_EVENT] if rule.group in groups and not _assigns(rule)]
    for rule in idle[:_MOST_TRIES]:
        wants = [*(Want(leaf, True, FACT_ONLY) for leaf in _UNOWNED), Want(rule.when, True, FACT_ONLY)]
        facts = bench.facts(_EVENT, wants)
        record = bench.evaluate(_EVENT, facts, bench.now) if facts is not None else None
        if record is not None and not any(one.action == "assign" for one in record.outcome.decisions):
            return record
    return None
