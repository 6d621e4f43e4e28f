"""A compiled set of rules: facts and a moment in, decisions with their trace out. Pure and deterministic."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from .conditions import leaves
from .documents import Rule
from .errors import Problems, RuleLoop
from .index import Cell, TriggerIndex, build_indexes, repeated
from .outcome import Decision, Firing, Outcome, TraceStep
from .templates import DERIVED, fact_names, render
from .values import FactView, Scalar


class Ruleset:
    """Compiled rules. Any thread may evaluate; after a fork the child compiles its own on first use.

    `close` frees the engine's memory, after which evaluating raises EngineError. A ruleset that is
    merely dropped frees itself, so it may be replaced while another thread still evaluates with it.
    """

    def __init__(self, rules: Sequence[Rule], indexes: Mapping[str, TriggerIndex]) -> None:
        self.rules = tuple(rules)
        self._indexes = dict(indexes)

    @classmethod
    def compile(cls, rules: Iterable[Rule]) -> Ruleset:
        """Compile rules whose ids differ; raises RuleError when two are the same."""
        ordered = sorted(rules, key=lambda rule: (-rule.priority, rule.id))
        problems = Problems()
        for rule_id in repeated(ordered):
            problems.add("rules", "规则 id 重复", "an id is used by two rules", found=rule_id)
        problems.raise_if_any()
        return cls(ordered, build_indexes(ordered))

    def close(self) -> None:
        """Free the engine's memory."""
        for index in self._indexes.values():
            for cell in index.cells:
                cell.close()

    def evaluate(self, event: str, facts: Mapping[str, Any], now: datetime) -> Outcome:
        """Return what the rules decide about `event`, given flat facts and the moment (time zone needed).

        Raises FactError for a fact of no readable type and RuleLoop when derivations never settle.
        """
        view = FactView(facts, now)
        index = self._indexes.get(event)
        if index is None:
            return Outcome((), (), ())
        held, since = self._settle(index, view)
        ranked = self._acting(held)
        firings: list[Firing] = []
        trace: list[TraceStep] = []
        for position, by in ranked:
            rule = self.rules[position]
            since_round = since[position]
            if by is None:
                firings.append(_firing(rule, view))
                trace.append(TraceStep(rule.id, rule.version, "fired", since_round))
            else:
                trace.append(TraceStep(rule.id, rule.version, "outranked", since_round, self.rules[by].id))
        decisions = tuple(decision for firing in firings for decision in firing.decisions)
        return Outcome(decisions, tuple(firings), tuple(trace))

    def _settle(self, index: TriggerIndex, view: FactView) -> tuple[set[int], dict[int, int]]:
        """Evaluate until what is derived no longer changes; return who holds, and since which round.

        Each round starts from what the round before derived, so that a rule fires at the end only if
        the facts it reads are derived by rules that fire at the end too.
        """
        cells = list(index.candidates(view))
        matched = {cell: cell.match(view) for cell in cells}
        since: dict[int, int] = {}
        # Rules that don't go round settle in one round per deriving rule at most; rules that still
        # change in as many rounds again are going round.
        settled_by = index.deriving + 2
        unsettled: list[set[int]] = []
        for number in range(1, 2 * settled_by + 1):
            held = {position for found in matched.values() for position in found}
            since = {position: since.get(position, number) for position in held}
            acting = [position for position, by in self._acting(held) if by is None]
            derived = self._derived(acting)
            changed = {name for name in derived.keys() | view.derived.keys() if not _equal(name, derived, view.derived)}
            if not changed:
                return held, since
            if number >= settled_by:
                unsettled.append({position for position in acting if self.rules[position].derive})
            view.derived = derived
            _rematch(matched, changed, view)
        going_round = set().union(*unsettled).difference(set(unsettled[0]).intersection(*unsettled))
        raise RuleLoop(self.rules[position].id for position in going_round)

    def _acting(self, held: Iterable[int]) -> list[tuple[int, int | None]]:
        """Return the rules in rank order, each with the rule of its group that outranks it, or None."""
        leaders: dict[str, int] = {}
        ranked: list[tuple[int, int | None]] = []
        for position in sorted(held):
            group = self.rules[position].group
            leader = position if group is None else leaders.setdefault(group, position)
            ranked.append((position, None if leader == position else leader))
        return ranked

    def _derived(self, acting: Iterable[int]) -> dict[str, Scalar]:
        """Return the derived facts; of two rules deriving one name, the higher in rank is heard."""
        derived: dict[str, Scalar] = {}
        for position in acting:
            for name, value in self.rules[position].derive:
                derived.setdefault(name, value)
        return derived


def _equal(name: str, left: Mapping[str, Scalar], right: Mapping[str, Scalar]) -> bool:
    # 1 and True compare equal in Python, and are two different values to a rule.
    return name in left and name in right and type(left[name]) is type(right[name]) and left[name] == right[name]


def _rematch(matched: dict[Cell, frozenset[int]], changed: set[str], view: FactView) -> None:
    for cell in matched:
        if cell.reads_derived & changed:
            matched[cell] = cell.match(view)


def _firing(rule: Rule, view: FactView) -> Firing:
    decisions = tuple(
        Decision(rule.id, rule.version, number, action.name, render(action.args, view))
        for number, action in enumerate(rule.then)
    )
    names = [f"{DERIVED}{leaf.name}" if leaf.derived else leaf.name for leaf in leaves(rule.when)]
    for action in rule.then:
        names.extend(fact_names(action.args))
    facts = {
        name: view.derived.get(name.removeprefix(DERIVED)) if name.startswith(DERIVED) else view.get(name)
        for name in names
    }
    return Firing(rule.id, rule.version, facts, dict(rule.derive), decisions)
