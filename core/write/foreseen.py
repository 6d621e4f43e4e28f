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


def refusal(door: Door, kind: Kind, record: Any, values: Mapping[str, Any], origin: Origin) -> ClewError | None:
    """Return why the door would refuse a change of a record, None if it would not. What it asks to confirm passes."""
    try:
        _try(door, kind, record, values, origin)
    except prewrite.NeedsConfirmation:
        return None
    except ClewError as error:
        return error
    return None


def _try(door: Door, kind: Kind, record: Any, values: Mapping[str, Any], origin: Origin) -> None:
    configuration, now, context = door.context.configuration, door.clock.now(), context_of(door, kind, origin)
    setting = Setting(configuration.kinds, configuration.calendar, context.store)
    policy.check_write(configuration.kinds, origin.actor, kind.name, record, values)
    locks.check(origin.actor, kind, record, values)
    given = lifecycle.shaped(configuration, kind, values, whole=False)
    before, after = lifecycle.changed(kind, record, given, context)
    there = kind.model(**record.__data__)
    for name, value in after.items():
        setattr(there, name, value)
    StageCheck(configuration.processes, setting, now, origin.channel).check(kind, there, before, after, origin)
    if kind.name in configuration.judged:
        prewrite.evaluate(configuration.ruleset, setting, prewrite.Write(kind, there, before, after, origin, now))


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
