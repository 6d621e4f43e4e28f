"""What the door would say to a change, asked without writing: so a button can be grey and say why (law 9).

The door asks plugins, and who takes the record, when it is really written.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..access import policy
from ..errors import ClewError
from ..journal.origin import Origin
from ..schema.kind import Kind, LifecycleContext
from ..workspace import Workspace
from . import lifecycle, locks, prewrite
from .stages import StageCheck


def refusal(ws: Workspace, kind: Kind, record: Any, values: Mapping[str, Any], origin: Origin) -> ClewError | None:
    """Return why the door would refuse a change of a record, None if it would not. What it asks to confirm passes."""
    try:
        _try(ws, kind, record, values, origin)
    except prewrite.NeedsConfirmation:
        return None
    except ClewError as error:
        return error
    return None


def _try(ws: Workspace, kind: Kind, record: Any, values: Mapping[str, Any], origin: Origin) -> None:
    configuration, now = ws.configuration, ws.clock.now()
    policy.check_write(ws.kinds, origin.actor, kind.name, record, values)
    locks.check(origin.actor, kind, record, values)
    given = lifecycle.shaped(configuration, kind, values, whole=False)
    before, after = lifecycle.changed(kind, record, given, context_of(ws, kind, origin))
    there = kind.model(**record.__data__)
    for name, value in after.items():
        setattr(there, name, value)
    StageCheck(ws.processes, ws.setting, now, origin.channel).check(kind, there, before, after, origin)
    if kind.name in configuration.judged:
        prewrite.evaluate(configuration.ruleset, ws.setting, prewrite.Write(kind, there, before, after, origin, now))


def context_of(ws: Workspace, kind: Kind, origin: Origin) -> LifecycleContext:
    """Return what a kind's lifecycle would be asked with at this moment."""
    configuration = ws.configuration
    return LifecycleContext(
        kind.name,
        origin.actor,
        origin.channel,
        ws.clock.now(),
        ws.setting.store,
        configuration.kinds,
        configuration.processes,
        configuration.calendar,
        origin.reason,
        vocabulary=lambda: configuration.vocabulary,
    )
