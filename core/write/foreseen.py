"""What the door would say to a change, asked without writing: so a button can be grey and say why (law 9).

The door asks plugins, and who takes the record, when it is really written.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..access import policy
from ..errors import ClewError
from ..facts.database_store import DatabaseStore
from ..facts.facts import Setting
from ..journal.origin import Origin
from ..schema.kind import Kind, LifecycleContext
from . import lifecycle, locks, prewrite
from .door import Door
from .stages import StageCheck


def closed_to(door: Door, kind: Kind, record: Any, values: Mapping[str, Any], origin: Origin) -> ClewError | None:
    """Return why the asker may not change these values of a record at all, None if they may: no right, or a lock."""
    try:
        policy.check_write(door.context.configuration.kinds, origin.actor, kind.name, record, values)
        locks.check(origin.actor, kind, record, values)
    except ClewError as error:
        return error
    return None


def refusal(door: Door, kind: Kind, record: Any, values: Mapping[str, Any], origin: Origin) -> ClewError | None:
    """Return why the door would refuse a change to who may make it, None if it would not; what it confirms passes."""
    configuration, context = door.context.configuration, context_of(door, kind, origin)
    setting = Setting(configuration.kinds, configuration.calendar, context.store)
    try:
        given = lifecycle.shaped(configuration, kind, values, whole=False)
        before, after = lifecycle.changed(kind, record, given, context)
        there = kind.model(**record.__data__)
        for name, value in after.items():
            setattr(there, name, value)
        stages = StageCheck(configuration.processes, setting, context.now, origin.channel)
        stages.check(kind, there, before, after, origin)
        if kind.name in configuration.judged:
            write = prewrite.Write(kind, there, before, after, origin, context.now)
            prewrite.evaluate(configuration.ruleset, setting, write, configuration.telling)
    except prewrite.NeedsConfirmation:
        return None
    except ClewError as error:
        return error
    return None


def context_of(door: Door, kind: Kind, origin: Origin) -> LifecycleContext:
    """Return what a kind's lifecycle would be asked with at this moment."""
    configuration = door.context.configuration
    return LifecycleContext(
        kind.name,
        origin.actor,
        origin.channel,
        door.clock.now(),
        DatabaseStore(configuration.kinds),
        configuration.kinds,
        configuration.processes,
        configuration.calendar,
        origin.reason,
        vocabulary=lambda: configuration.vocabulary,
    )
