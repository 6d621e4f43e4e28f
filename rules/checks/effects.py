"""What actions do to a record, as far as rules can tell: which fact becomes what, and which event follows."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from ..engine.outcome import Decision
from ..language.values import same
from ..language.vocabulary import ActionSpec, EventType, Vocabulary

_NO_SPEC = ActionSpec({})


class Write(NamedTuple):
    """What an action makes a thing be; two that differ can't both stand."""

    target: str
    value: str


class After(NamedTuple):
    """The facts after an action and the event it leads to; `later` says that time passes first."""

    facts: dict[str, Any]
    event: str
    later: bool = False


class Effects:
    """Reads from a vocabulary what actions do."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary

    def writes(self, action: str, args: Mapping[str, Any], event: str) -> Iterator[Write]:
        """Yield what an action writes: a field, an owner, a stage, a lock, a timer."""
        spec = self._spec(action)
        if spec.timer in ("start", "close"):
            value = _shown(args.get(self._length)) if spec.timer == "start" else "closed"
            yield Write(f"deadline:{args.get('name')}", value)
        elif spec.locks is not None and self._type(event).lockable:
            yield Write(f"{self._type(event).lockable}.locked", _shown(spec.locks))
        elif spec.writes is not None:
            for fact, value in spec.writes(args, self._type(event).subject, 0).items():
                told = {name: args[name] for name in spec.told_by if name in args}
                yield Write(fact, _shown(told or value))

    def after(self, decision: Decision, event: str, facts: Mapping[str, Any], turn: int) -> After | None:
        """Return what follows from a decision on a record with these facts, None where rules hear of no change.

        `turn` numbers the steps of a chain: members taking turns means another owner every time.
        """
        args, timer, known = decision.args, self.vocabulary.timer, self.vocabulary
        if self._spec(decision.action).timer == "start" and timer is not None:
            due = {timer.name: args.get("name"), timer.length: args.get(self._length)}
            return After({**self._lasting(event, facts), **due, **timer.when_missed}, timer.missed, True)
        changed = self._changed(decision.action, args, event, turn)
        if self._spec(decision.action).locks and changed:  # Whose lock it is changes with every rule that locks.
            group = self._type(event).lockable
            changed |= {f"{group}.lock_rule": decision.rule_id, f"{group}.lock_reason": args.get("reason")}
        fresh = {name: value for name, value in changed.items() if not _is_same(facts.get(name), value)}
        if not fresh:
            return None
        names = sorted(name.partition(".")[2].removeprefix("extra.") for name in fresh)
        told: dict[str, Any] = {"event.changed": names}
        for fact, (before, after) in known.staged.items():
            if fact in fresh:
                told |= {before: facts.get(fact), after: fresh[fact]}
        return After({**self._lasting(event, facts), **fresh, **told}, known.event_of(fresh))

    def events_of(self, action: str, args: Mapping[str, Any], event: str) -> set[str]:
        """Return the events that an action on `event` can lead to."""
        if self._spec(action).timer == "start" and self.vocabulary.timer is not None:
            return {self.vocabulary.timer.missed}
        changed = self._changed(action, args, event, 0)
        return {self.vocabulary.event_of({name: None}) for name in changed}

    def writable(self, fact: str) -> bool:
        """Say whether an action may set a fact; of what it does not know it says yes."""
        known = self.vocabulary.fields.get(fact)
        if known is None:
            return any(fact.startswith(prefix) for prefix in self.vocabulary.open_prefixes)
        return known.writable

    def lasts(self, fact: str) -> bool:
        """Say whether a fact is of a record whose changes rules hear of, and that is still there after the event."""
        group = fact.partition(".")[0]
        return group in self._changeable and group not in self._passing

    @property
    def _passing(self) -> set[str]:
        return {group for known in self.vocabulary.events.values() for group in known.passing}

    @property
    def _length(self) -> str:
        """The argument that says how long a timer runs: it is called like the fact."""
        timer = self.vocabulary.timer
        return timer.length.partition(".")[2] if timer is not None else ""

    def _changed(self, action: str, args: Mapping[str, Any], event: str, turn: int) -> dict[str, Any]:
        spec, known = self._spec(action), self._type(event)
        if spec.locks is not None:
            return {f"{known.lockable}.locked": spec.locks} if known.lockable else {}
        if spec.writes is None:
            return {}
        found = spec.writes(args, known.subject, turn)
        return {fact: value for fact, value in found.items() if fact.partition(".")[0] in self._changeable}

    @property
    def _changeable(self) -> set[str]:
        """The groups of facts whose change is an event that rules hear of."""
        return {event.partition(".")[0] for event in self.vocabulary.triggers}

    def _spec(self, action: str) -> ActionSpec:
        return self.vocabulary.actions.get(action, _NO_SPEC)

    def _type(self, event: str) -> EventType:
        group = event.partition(".")[0]
        return self.vocabulary.events.get(event) or EventType(frozenset((group,)), group, group)

    def _lasting(self, event: str, facts: Mapping[str, Any]) -> dict[str, Any]:
        """Return the facts that stay when the event is over."""
        gone = self._type(event).passing | {"event"}
        return {name: value for name, value in facts.items() if name.partition(".")[0] not in gone}


def _is_same(left: Any, right: Any) -> bool:
    return left is right or (left is not None and right is not None and same(left, right))


def _shown(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)
