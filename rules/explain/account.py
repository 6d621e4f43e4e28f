"""Why a rule fired, or why not: each clause with what it saw, and the smallest change that would do it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from ..engine.ruleset import Ruleset
from ..language.documents import Rule
from ..language.values import FactView, Scalar, moment
from .changes import Change, changed_by, smallest
from .clauses import Clause, blamed, clause_of
from .match import ItemAccount, accounts_of, smallest_in_rows

Verdict = Literal["fired", "not_triggered", "not_in_force", "condition_failed", "outranked", "unknown_rule"]


@dataclass(frozen=True)
class Explanation:
    """What a rule made of some facts. `changes` is empty if it holds, or if no change was found that would do.

    `root` is its condition, `match` its related records; `failed` are the clauses of both that are to blame.
    """

    rule_id: str
    rule_version: int
    holds: bool
    in_force: bool
    root: Clause
    failed: tuple[Clause, ...]
    changes: tuple[Change, ...]
    match: tuple[ItemAccount, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return the explanation as JSON."""
        return {
            "rule": self.rule_id,
            "version": self.rule_version,
            "holds": self.holds,
            "in_force": self.in_force,
            "condition": self.root.to_dict(),
            "failed": [one.to_dict() for one in self.failed],
            "changes": [one.to_dict() for one in self.changes],
            "match": [one.to_dict() for one in self.match],
        }


@dataclass(frozen=True)
class Account:
    """How a rule fared among all rules on one event; `by` names the rule of its group that came before it."""

    verdict: Verdict
    explanation: Explanation | None = None
    by: str | None = None


def explain(
    rule: Rule, facts: Mapping[str, Any], now: datetime, derived: Mapping[str, Scalar] | None = None
) -> Explanation:
    """Explain a rule's condition on flat facts at `now` (aware); `derived` are those other rules derived.

    Raises FactError for a fact of no readable type.
    """
    view = FactView(facts, now)
    view.derived = dict(derived or {})
    root = clause_of(rule.when, view, "when")
    match = accounts_of(rule, view)
    condition = bool(root.holds)
    since, until = moment(rule.valid_from, now), moment(rule.valid_until, now)
    in_force = (since is None or since <= now) and (until is None or now < until)
    holds = condition and all(one.holds for one in match)
    failed = (*blamed(root, True), *(one.clause() for one in match if one.holds is False))
    changes = () if holds else _changes(rule, view, condition, match)
    return Explanation(rule.id, rule.version, holds and in_force, in_force, root, failed, changes, match)


def explain_in(
    ruleset: Ruleset | Iterable[Rule], rule_id: str, event: str, facts: Mapping[str, Any], now: datetime
) -> Account:
    """Say how one rule fared when all of them met `event`: fired, or the first reason why not."""
    own = not isinstance(ruleset, Ruleset)
    rules = Ruleset.compile(ruleset) if not isinstance(ruleset, Ruleset) else ruleset
    try:
        rule = next((one for one in rules.rules if one.id == rule_id), None)
        if rule is None:
            return Account("unknown_rule")
        outcome = rules.evaluate(event, facts, now)
    finally:
        if own:
            rules.close()
    derived: dict[str, Scalar] = {}
    for firing in outcome.firings:
        for name, value in firing.derived.items():
            derived.setdefault(name, value)
    found = explain(rule, facts, now, derived)
    if event not in rule.trigger:
        return Account("not_triggered", found)
    step = next((one for one in outcome.trace if one.rule_id == rule_id), None)
    if step is not None:
        return Account("fired" if step.verdict == "fired" else "outranked", found, step.by)
    return Account("condition_failed" if found.in_force else "not_in_force", found)


def _changes(rule: Rule, view: FactView, holds: bool, match: tuple[ItemAccount, ...]) -> tuple[Change, ...]:
    """Return the smallest change: of facts if only they stand in the way, of a row if only the rows do."""
    rows_fit = all(one.holds for one in match)
    if not holds:
        found = smallest(rule.when, view) if rows_fit else ()
        # The rows may be compared with a fact that would change.
        return found if all(one.holds for one in accounts_of(rule, changed_by(found, view))) else ()
    return () if rows_fit else smallest_in_rows(rule, view, match)


__all__ = ["Account", "Change", "Clause", "Explanation", "ItemAccount", "Verdict", "explain", "explain_in"]
