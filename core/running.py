"""Running a workspace in this process: what is due is done, and simulated time passes."""

from __future__ import annotations

from datetime import datetime

from .journal import seals
from .outbox import deadlines, dispatch
from .rulebook.publishing import next_due, publish_due
from .time.clock import SimulatedClock
from .workspace import Workspace


def drain(ws: Workspace) -> int:
    """Run every event that is due in this process, and what follows from it; return how many ran."""
    ran = 0
    ws.refresh()
    dispatch.release_rules(ws)
    dispatch.retry_waiting(ws)
    while ids := dispatch.due(ws):
        progress = [dispatch.run(ws, one) for one in ids]
        ran += sum(progress)
        if not any(progress):
            break
    return ran


def run_until(ws: Workspace, moment: datetime) -> None:
    """Let simulated time pass until `moment`: deadlines fall due, approved rules take
    effect and events run, each at its time."""
    if not isinstance(ws.clock, SimulatedClock):
        raise TypeError("only a simulated clock can be moved")
    drain(ws)
    while True:
        waits = [due for due in (next_due(), deadlines.next_due(), dispatch.next_due()) if due is not None]
        if not waits or min(waits) > moment:
            break
        ws.clock.set(max(min(waits), ws.clock.now()))
        publish_due(ws)
        for one in deadlines.to_warn_of(ws):
            deadlines.warn(ws, one)
        for one in deadlines.due(ws):
            deadlines.miss(ws, one)
        drain(ws)
    ws.clock.set(moment)


def seal(ws: Workspace) -> int:
    """Seal the journal up to now; return the number of seals made."""
    return seals.seal_all(ws.clock.now())
