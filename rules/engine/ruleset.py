"""A compiled set of rules: facts and a moment in, decisions with their trace out. Pure and deterministic."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import Any

from ..language.documents import Rule
from ..language.errors import EngineError, Problems
from ..language.values import FactView
from .chaining import settle
from .compiled_rule import CompiledRule
from .index import TriggerIndex, build_indexes, repeated
from .outcome import Decision, Firing, Outcome, TraceStep
from .ranking import ranked

_NOTHING = Outcome((), (), ())
_new = tuple.__new__


class Ruleset:
    """Compiled rules. Any thread may evaluate, and a forked child too.

    After `close` evaluating raises EngineError. The memory is freed when nothing refers to the ruleset any
    more, so it may be replaced while another thread still evaluates with it.
    """

    def __init__(self, compiled: Sequence[CompiledRule], indexes: Mapping[str, TriggerIndex]) -> None:
        self.rules = tuple(one.rule for one in compiled)
        self._compiled = tuple(compiled)
        self._indexes = dict(indexes)
        self._closed = False

    @classmethod
    def compile(cls, rules: Iterable[Rule]) -> Ruleset:
        """Compile rules whose ids differ; raises RuleError when two are the same."""
        compiled = [CompiledRule(rule) for rule in rules]
        return cls._of(compiled, {}, compiled)

    def replacing(self, rules: Iterable[Rule], without: Iterable[str] = ()) -> Ruleset:
        """Return a new ruleset in which `rules` stand in place of those with their ids, or beside them.

        Rules whose ids are in `without` go. What did not change is not compiled again, and the triggers
        that nothing changed for are not indexed again: one rule among a thousand takes a few
        milliseconds. This ruleset stays as it is.
        """
        new = [CompiledRule(rule) for rule in rules]
        ids = {one.rule.id for one in new} | set(without)
        gone = [one for one in self._compiled if one.rule.id in ids]
        stay = [one for one in self._compiled if one.rule.id not in ids] if gone else list(self._compiled)
        return self._of(stay + new, self._indexes, gone + new)

    @classmethod
    def _of(
        cls, compiled: list[CompiledRule], known: Mapping[str, TriggerIndex], changed: Iterable[CompiledRule]
    ) -> Ruleset:
        compiled.sort(key=lambda one: (-one.rule.priority, one.rule.id))
        problems = Problems()
        for rule_id in repeated(one.rule for one in compiled):
            problems.add("rules", "规则 id 重复", "an id is used by two rules", found=rule_id)
        problems.raise_if_any()
        return cls(compiled, build_indexes(compiled, known, changed))

    def rule(self, rule_id: str) -> Rule:
        """Return the rule of this id. Raises KeyError."""
        return self._by_id[rule_id]

    @cached_property
    def _by_id(self) -> Mapping[str, Rule]:
        return {rule.id: rule for rule in self.rules}

    def close(self) -> None:
        """Refuse further evaluation; the memory is freed when nothing refers to the ruleset any more."""
        self._closed = True

    def reads(self, trigger: str) -> frozenset[str]:
        """Return the names of the facts and collections that rules of this trigger read."""
        index = self._indexes.get(trigger)
        return frozenset() if index is None else index.reads()

    def evaluate(self, event: str, facts: Mapping[str, Any], now: datetime) -> Outcome:
        """Return what the rules decide about `event`, given flat facts and the moment (time zone needed).

        Raises FactError for a fact of no readable type and RuleLoop when derivations never settle.
        """
        if self._closed:
            raise EngineError("规则集已关闭", "this ruleset was closed; use the one that replaced it")
        view = FactView(facts, now)
        index = self._indexes.get(event)
        if index is None:
            return _NOTHING
        compiled = index.rules
        plain = index.plain.match(view)
        chained = [unit.match(view) for unit in index.chained]
        held = plain + [position for found in chained for position in found] if chained else plain
        since: Mapping[int, int] | None = None
        if index.deriving and any(compiled[position].derive for position in held):
            since = settle(index, compiled, view, plain, chained)
            held = list(since)
        if not held:
            return _NOTHING
        firings: list[Firing] = []
        trace: list[TraceStep] = []
        decisions: list[Decision] = []
        if since is None and not index.grouped:
            held.sort()
            for position in held:
                rule = compiled[position]
                firing = rule.fire(view)
                firings.append(firing)
                decisions += firing.decisions
                trace.append(rule.fired_at_once)
            return _new(Outcome, (tuple(decisions), tuple(firings), tuple(trace)))
        for position, by in ranked(held, compiled):
            rule = compiled[position]
            since_round = 1 if since is None else since[position]
            if by is None:
                firing = rule.fire(view)
                firings.append(firing)
                decisions += firing.decisions
                trace.append(rule.fired_at_once if since_round == 1 else rule.fired_in(since_round))
            else:
                trace.append(rule.outranked_in(since_round, compiled[by]))
        return Outcome(tuple(decisions), tuple(firings), tuple(trace))
