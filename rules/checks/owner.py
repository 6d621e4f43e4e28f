"""No record stays without an owner: a search for a new one that no rule assigns."""

from __future__ import annotations

from collections.abc import Sequence

from ..language.conditions import Leaf
from ..language.documents import Rule
from ..language.vocabulary import Owned
from .alternatives import Want
from .report import Report
from .witnesses import FACT_ONLY, Record

_MOST_TRIES = 60


def check_owner(report: Report) -> None:
    """Find a new record that would stay without an owner, if its like are assigned by rules at all."""
    for owned in report.vocabulary.owned:
        assigning = [rule for rule in report.bench.by_event.get(owned.event, ()) if _assigns(rule, owned)]
        record = _left_alone(assigning, report, owned) if assigning else None
        if record is None:
            continue
        # The last to be asked are where a catch-all belongs; the rules that are looked at go first.
        order = sorted(assigning, key=lambda rule: (not report.concerns(rule), rule.priority, rule.id))
        zh, en = owned.title
        report.add(
            "no_owner",
            "error",
            order[:3],
            f"有的新{zh}没有任何规则分配，会没有负责人；请加一条兜底规则（决策表加一行全部「任意」）",
            f"some new {en.lower()} records are assigned by no rule and stay without an owner; add a catch-all rule "
            "(in a decision table: a row that takes anything)",
            path="when",
            record=record,
        )


def _unowned(owned: Owned) -> list[Want]:
    leaves = (Leaf(owned.fact, "missing"), *(Leaf(fact, "==", value) for fact, value in owned.given))
    return [Want(leaf, True, FACT_ONLY) for leaf in leaves]


def _assigns(rule: Rule, owned: Owned) -> bool:
    return any(action.name == owned.action for action in rule.then)


def _left_alone(assigning: Sequence[Rule], report: Report, owned: Owned) -> Record | None:
    """Return a record that nobody gets: refuse each rule that takes one, until none does."""
    bench = report.bench
    base = _unowned(owned)
    refused: list[Rule] = []
    hidden: list[Rule] = []
    for _ in range(_MOST_TRIES):
        wants = [*base, *(Want(rule.when, False, FACT_ONLY) for rule in refused)]
        facts = bench.facts(owned.event, wants)
        record = bench.evaluate(owned.event, facts, bench.now) if facts is not None else None
        if record is None:
            break
        takers = [bench.by_id[one.rule_id] for one in record.outcome.decisions if one.action == owned.action]
        if not takers:
            return record
        fresh = [rule for rule in takers if rule not in refused]
        if not fresh:
            break
        refused += fresh
        hidden += [rule for rule in fresh if rule.group is not None]
    return _outranked(assigning, report, owned)


def _outranked(assigning: Sequence[Rule], report: Report, owned: Owned) -> Record | None:
    """Return a record whose catch-all gives way to a rule of its group that assigns nobody."""
    bench = report.bench
    groups = {rule.group for rule in assigning if rule.group is not None}
    idle = [rule for rule in bench.by_event[owned.event] if rule.group in groups and not _assigns(rule, owned)]
    for rule in idle[:_MOST_TRIES]:
        wants = [*_unowned(owned), Want(rule.when, True, FACT_ONLY)]
        facts = bench.facts(owned.event, wants)
        record = bench.evaluate(owned.event, facts, bench.now) if facts is not None else None
        if record is not None and not any(one.action == owned.action for one in record.outcome.decisions):
            return record
    return None
