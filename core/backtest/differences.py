"""What would have been otherwise: each effect of one run matched with its like on the other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any, NamedTuple

from ..replay.lines import moment_of
from .effects import ESCALATION, FIELD, MESSAGE, MISSED, OWNER, SKIPPED, TASK, Effect

ADDED, REMOVED, CHANGED, MOVED = "added", "removed", "changed", "moved"
KINDS = (OWNER, ESCALATION, MESSAGE, TASK, MISSED, FIELD, SKIPPED)
_COUNTED = (ESCALATION, MESSAGE, TASK, MISSED, SKIPPED)
_SAME_TIME = timedelta(minutes=1)
"""What comes within a minute of when it came before is no difference: deadlines are polled."""


class Difference(NamedTuple):
    """One difference. `effect` is what is new or otherwise, or, if `change` is removed, what no longer comes."""

    kind: str
    change: str
    before: str
    after: str
    effect: Effect


def differences(before: Iterable[Effect], after: Iterable[Effect]) -> list[Difference]:
    """Return every difference of two runs, by kind and then by time."""
    one, other = _sorted(before), _sorted(after)
    found: list[Difference] = []
    for kind in KINDS:
        if kind in _COUNTED:
            mine = list(_counted(one.get(kind, []), other.get(kind, [])))
        else:
            mine = list(_final(kind, one.get(kind, []), other.get(kind, [])))
        found += sorted(mine, key=lambda d: (d.effect.at, d.effect.record_id, d.effect.what))
    return found


def _sorted(effects: Iterable[Effect]) -> dict[str, list[Effect]]:
    found: dict[str, list[Effect]] = defaultdict(list)
    for effect in effects:
        found[effect.kind].append(effect)
    return found


def _counted(before: Iterable[Effect], after: Iterable[Effect]) -> Iterator[Difference]:
    """The n-th of its like about a record, for a person, answers to the n-th on the other run."""
    theirs: dict[tuple[str, str, str], list[Effect]] = defaultdict(list)
    for effect in before:
        theirs[_key(effect)].append(effect)
    for key, mine in _by_key(after).items():
        old = theirs.pop(key, [])
        for was, now in zip(old, mine, strict=False):
            if was.what != now.what:
                yield Difference(now.kind, CHANGED, was.what, now.what, now)
            elif was.at != now.at and abs(moment_of(was.at) - moment_of(now.at)) >= _SAME_TIME:
                yield Difference(now.kind, MOVED, was.at, now.at, now)
        for now in mine[len(old) :]:
            yield Difference(now.kind, ADDED, "", now.what, now)
        for was in old[len(mine) :]:
            yield Difference(was.kind, REMOVED, was.what, "", was)
    for old in theirs.values():
        for was in old:
            yield Difference(was.kind, REMOVED, was.what, "", was)


def _by_key(effects: Iterable[Effect]) -> dict[tuple[str, str, str], list[Effect]]:
    found: dict[tuple[str, str, str], list[Effect]] = defaultdict(list)
    for effect in effects:
        found[_key(effect)].append(effect)
    return found


def _key(effect: Effect) -> tuple[str, str, str]:
    # A message may name what changes from one moment to the next, so it is known by its rule.
    return effect.record_id, effect.who, effect.rule if effect.kind == MESSAGE else effect.what


def _final(kind: str, before: Iterable[Effect], after: Iterable[Effect]) -> Iterator[Difference]:
    """Where a record ends up counts: its owner, and each field that rules set."""
    old, new = _last(kind, before), _last(kind, after)
    for key, now in new.items():
        was = old.pop(key, None)
        if was is None or _value(was) != _value(now):
            yield Difference(kind, CHANGED if was else ADDED, _text(was), _text(now), now)
    for was in old.values():
        yield Difference(kind, REMOVED, _text(was), "", was)


def _last(kind: str, effects: Iterable[Effect]) -> dict[tuple[str, str], Effect]:
    return {(effect.record_id, effect.what if kind == FIELD else ""): effect for effect in effects}


def _value(effect: Effect) -> Any:
    return effect.who if effect.kind == OWNER else effect.value


def _text(effect: Effect | None) -> str:
    value = _value(effect) if effect is not None else None
    return "" if value is None else str(value)
