"""Where the checks find their witnesses: records made to set rules off, and evaluated with all of them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from ..boxes.values import Part, passes, solve
from ..engine.outcome import Outcome
from ..engine.ruleset import Ruleset
from ..language.documents import Rule
from ..language.errors import RuleLoop, RulesError
from ..language.values import Scalar, moment
from ..language.vocabulary import Vocabulary
from .alternatives import FROM_RULES, MOST_STEPS, Steps, Var, Want, Way, ways
from .available_facts import type_on
from .records import Shape, facts_of

SOME_DAY = datetime(2026, 1, 5, 10, tzinfo=UTC)
"""When records are evaluated if nobody says what time it is: a Monday morning."""
_MOST_DERIVERS = 8
_MOST_OUTRANKING = 6
_DEEPEST_CHAIN = 5
MOST_LOOPS = 12
"""Records of one event on which rules go round, after which no more are tried: finding that out is slow."""


@dataclass(frozen=True)
class Record:
    """A record that was evaluated: what happened, its facts, the moment, and what all rules made of it."""

    event: str
    facts: Mapping[str, Any]
    now: datetime
    outcome: Outcome

    def fired(self, rule_id: str) -> bool:
        """Say whether the rule fired."""
        return any(one.rule_id == rule_id for one in self.outcome.firings)

    def outranked_by(self, rule_id: str) -> str | None:
        """Return the rule of its group that the rule gave way to, None if it did not."""
        return next((step.by for step in self.outcome.trace if step.rule_id == rule_id), None)

    def held(self, rule_id: str) -> bool:
        """Say whether the rule's condition held, whether or not it was outranked."""
        return any(step.rule_id == rule_id for step in self.outcome.trace)


class _Asked(NamedTuple):
    """What ways are sought for: the event and the moment, what may hold, the steps left, and the record's shape."""

    event: str
    at: datetime
    possible: Callable[[Var, tuple[Part, ...]], bool]
    counter: Steps
    shape: Shape


class Search(NamedTuple):
    """What a search came to: a record, or the proof that there is none, or neither.

    `near` is a record on which the rules held but one of them was outranked, `by` the rules that did it.
    """

    record: Record | None
    impossible: bool = False
    near: Record | None = None
    by: tuple[str, ...] = ()


class Bench:
    """All rules compiled together, and the searches for records among them."""

    def __init__(self, rules: Sequence[Rule], vocabulary: Vocabulary, now: datetime | None = None) -> None:
        self.rules = tuple(rules)
        self.vocabulary = vocabulary
        self.now = now or SOME_DAY
        self.by_id = {rule.id: rule for rule in rules}
        self.by_event: dict[str, list[Rule]] = defaultdict(list)
        self.derivers: dict[tuple[str, str], list[tuple[Rule, Scalar]]] = defaultdict(list)
        self.loops: list[tuple[str, Mapping[str, Any], datetime, tuple[str, ...]]] = []
        self.going_round: Counter[str] = Counter()
        for rule in rules:
            for event in rule.trigger:
                self.by_event[event].append(rule)
                for name, value in rule.derive:
                    self.derivers[event, name].append((rule, value))
        self.ruleset = Ruleset.compile(rules)
        self._found: dict[tuple[str, str], Search] = {}

    def close(self) -> None:
        """Free the compiled rules."""
        self.ruleset.close()

    def evaluate(self, event: str, facts: Mapping[str, Any], now: datetime) -> Record | None:
        """Evaluate a record with all rules; None if they go round on it, which is noted."""
        if self.going_round[event] >= MOST_LOOPS:
            return None
        try:
            return Record(event, facts, now, self.ruleset.evaluate(event, facts, now))
        except RuleLoop as loop:
            self.going_round[event] += 1
            self.loops.append((event, facts, now, loop.rule_ids))
        except RulesError:
            pass  # Related records multiply beyond what a rule may look at: no witness.
        return None

    def first(self, rule: Rule, event: str) -> Search:
        """Return the search for a record on which the rule fires; done once."""
        key = rule.id, event
        if key not in self._found:
            self._found[key] = self.firing(event, [rule])
        return self._found[key]

    def firing(self, event: str, wanted: Sequence[Rule], steps: int = MOST_STEPS) -> Search:
        """Search for a record on which all `wanted` rules fire."""
        refused: list[Rule] = []
        near: Record | None = None
        for _ in range(_MOST_OUTRANKING):
            found = self.holding(event, wanted, refused, steps)
            if found.record is None:
                return Search(None, found.impossible, near, tuple(rule.id for rule in refused))
            by = [self.by_id[one] for rule in wanted if (one := found.record.outranked_by(rule.id)) is not None]
            if not by:
                return found
            near = near or found.record
            if not all(_can_be_refused(rule) for rule in by):
                break
            refused += [rule for rule in by if rule not in refused]
        return Search(None, False, near, tuple(rule.id for rule in refused))

    def holding(
        self, event: str, wanted: Sequence[Rule], refused: Sequence[Rule] = (), steps: int = MOST_STEPS
    ) -> Search:
        """Search for a record on which the conditions of `wanted` hold and those of `refused` don't."""
        at = self.moment(wanted)
        if at is None:
            return Search(None, True)
        counter = Steps(steps)
        shape = Shape()
        wants = [want for number, rule in enumerate(wanted) for want in wants_of(rule, number, shape)]
        wants += [Want(rule.when, False, FACT_ONLY) for rule in refused if _can_be_refused(rule)]
        reached = False
        for way in self._ways(event, wants, at, counter, shape):
            reached = True
            facts = facts_of(way, lambda var: self.type_of(var, event, shape), at, shape)
            record = self.evaluate(event, facts, at) if facts is not None else None
            if record is not None and self._is_wanted(record, wanted, refused):
                return Search(record)
            if not counter.step() or self.going_round[event] >= MOST_LOOPS:
                break
        return Search(None, not reached and not counter.spent)

    def _is_wanted(self, record: Record, wanted: Sequence[Rule], refused: Sequence[Rule]) -> bool:
        return all(record.held(rule.id) for rule in wanted) and not any(record.held(rule.id) for rule in refused)

    def records(
        self, event: str, wants: Sequence[Want], at: datetime, counter: Steps, shape: Shape
    ) -> Iterator[dict[str, Any]]:
        """Yield facts for each way in which `wants` can hold, where they can be found."""
        for way in self._ways(event, wants, at, counter, shape):
            facts = facts_of(way, lambda var: self.type_of(var, event, shape), at, shape)
            if facts is not None:
                yield facts

    def _ways(self, event: str, wants: Sequence[Want], at: datetime, counter: Steps, shape: Shape) -> Iterator[Way]:
        """Yield the ways in which `wants` can hold; none at all is a proof unless `counter` is spent."""

        def possible(var: Var, parts: tuple[Part, ...]) -> bool:
            if var.scope == FROM_RULES:
                return bool(self._derivable(event, var.name, parts, at)) or passes(parts, None, at)
            return solve(parts, self.type_of(var, event, shape), at).verdict != "impossible"

        for way in ways(wants, Way({}), possible, counter):
            yield from self._supported(way, _Asked(event, at, possible, counter, shape))

    def has_way(self, event: str, wants: Sequence[Want], shape: Shape | None = None) -> bool:
        """Say whether the comparisons of `wants` can hold together; True also where that is not known."""
        counter, form = Steps(), shape or Shape()
        found = next(self._ways(event, wants, self.now, counter, form), None)
        return found is not None or counter.spent

    def facts(self, event: str, wants: Sequence[Want]) -> dict[str, Any] | None:
        """Return facts with which `wants` hold, None if none were found."""
        return next(self.records(event, wants, self.now, Steps(), Shape()), None)

    def type_of(self, var: Var, event: str, shape: Shape) -> Any:
        """Return the type of a fact on this event, or of a row's field."""
        if var.scope < 0:
            return type_on(var.name, event, self.vocabulary)
        alias, _, field = var.name.partition(".")
        collection = self.vocabulary.collections.get(shape.rows.get((var.scope, alias), ("", 0))[0])
        return collection.fields.get(field) if collection else None

    def _derivable(self, event: str, name: str, parts: tuple[Part, ...], at: datetime) -> list[Rule]:
        """Return the rules that derive a value for which the comparisons come out as wanted."""
        return [rule for rule, value in self.derivers.get((event, name), ()) if passes(parts, value, at)]

    def _supported(self, way: Way, asked: _Asked, done: frozenset[Var] = frozenset(), depth: int = 0) -> Iterator[Way]:
        """Yield ways that also set off the rules which derive what the way asks for."""
        at, counter, shape = asked.at, asked.counter, asked.shape
        open_vars = [var for var in way.parts if var.scope == FROM_RULES and var not in done]
        if not open_vars:
            yield way
            return
        var = open_vars[0]
        if passes(way.parts[var], None, at):
            yield from self._supported(way, asked, done | {var}, depth)
        derivers = self._derivable(asked.event, var.name, way.parts[var], at)
        if depth >= _DEEPEST_CHAIN or len(derivers) > _MOST_DERIVERS:
            counter.spent = counter.spent or bool(derivers)
        for rule in derivers[:_MOST_DERIVERS] if depth < _DEEPEST_CHAIN else ():
            wants = list(wants_of(rule, shape.next_scope(), shape))
            for grown in ways(wants, way, asked.possible, counter):
                yield from self._supported(grown, asked, done | {var}, depth + 1)

    def moment(self, wanted: Iterable[Rule]) -> datetime | None:
        """Return a moment at which all these rules are in force, the present one if it is; None if there is none."""
        since = [at for rule in wanted if (at := moment(rule.valid_from, self.now)) is not None]
        until = [at for rule in wanted if (at := moment(rule.valid_until, self.now)) is not None]
        first, last = max(since, default=None), min(until, default=None)
        if first is not None and last is not None and first >= last:
            return None
        if first is not None and first > self.now:
            return first
        if last is not None and last <= self.now:
            return first if first is not None else last - timedelta(seconds=1)
        return self.now


FACT_ONLY = 10_000
"""The scope of rules that name no rows."""


def wants_of(rule: Rule, scope: int, shape: Shape) -> Iterator[Want]:
    """Yield what a rule asks of a record; rows that must not be there are left to the evaluation."""
    aliases = frozenset(item.alias for item in rule.match)
    for item in rule.match:
        shape.collections.add(item.of)
        if not item.none:
            shape.rows[scope, item.alias] = (item.of, item.at_least or 1)
            yield Want(item.where, True, scope, aliases)
    yield Want(rule.when, True, scope, aliases)


def _can_be_refused(rule: Rule) -> bool:
    """Say whether "this rule does not hold" is the same as "its condition does not"."""
    return not rule.match and rule.valid_from is None and rule.valid_until is None
