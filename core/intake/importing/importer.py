"""The second pass: each row through the door in a transaction of its own, now or at its own time in history."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from ...errors import ClewError
from ...journal.origin import Actor, Origin
from ...running import drain, run_until, seal
from ...storage.system_tables import JournalLine
from ...time.clock import SimulatedClock
from ...workspace import Workspace
from .items import Item, Refused
from .plan import Plan, reason


class TooLate(ClewError):
    """A history would have to be written before what the journal already holds."""

    code = "too_late"


@dataclass
class Imported:
    """What an import did."""

    created: int = 0
    known: int = 0
    refused: list[Refused] = field(default_factory=list)
    left: list[tuple[Item, tuple[str, ...]]] = field(default_factory=list)
    """Rows whose contact was there, with the fields that the contact has otherwise: left as they are."""


def run_plan(plan: Plan, origin: Origin, advance: Callable[[], None] = lambda: None) -> Imported:
    """Import what is pending, now; call `advance` after each row. Killed at any row, it can simply be run again."""
    done = Imported(known=plan.known + plan.repeated, refused=list(plan.refused))
    for item in plan.pending:
        _do(item, origin, done)
        advance()
    return done


def run_history(
    ws: Workspace,
    plan: Plan,
    origin: Origin,
    until: datetime | None = None,
    advance: Callable[[], None] = lambda: None,
) -> Imported:
    """Import what is pending, each row at its own time; deadlines fall due and events run in between.

    The workspace's clock becomes a simulated one, and goes on to `until`. No worker may run
    meanwhile. Raises TooLate if the journal holds sales lines newer than the first pending row.
    """
    done = Imported(known=plan.known + plan.repeated, refused=list(plan.refused))
    times = [item.when for item in plan.pending if item.when]
    newest = _newest_line(ws)
    if times and newest and newest > times[0]:
        raise TooLate(
            f"台账里已有 {newest:%Y-%m-%d %H:%M} 的记录，晚于第一行的 {times[0]:%Y-%m-%d %H:%M}；"
            "历史只能接在后面。请换一个新的工作区，或去掉 --history（时间照样记录）",
            f"the journal holds lines of {newest:%Y-%m-%d %H:%M}, later than the first row's {times[0]:%Y-%m-%d %H:%M}; "
            "a history only goes forward: use a new workspace, or leave out --history (the rows' times are kept)",
        )
    if not times and newest is None:
        return done
    start = min(moment for moment in (newest, *times[:1]) if moment)
    clock = SimulatedClock(start)
    ws.clock = ws.door.clock = clock
    ws.queue.live = False
    for item in plan.pending:
        run_until(ws, max(item.when or start, clock.now()))
        _do(item, origin, done)
        advance()
    drain(ws)
    end = until if until and (times or newest) else None
    if end and end > clock.now():
        run_until(ws, end)
    seal(ws)
    return done


def import_origin(name: str, file: str) -> Origin:
    """Return the origin of an import that `name` started."""
    return Origin(Actor("import", name=name[:80]), "import", reason=file[:300])


def _do(item: Item, origin: Origin, done: Imported) -> None:
    try:
        written = item.target.write(item.values, item.external_id, origin, item.key)
    except ClewError as error:
        done.refused.append(Refused(item.table, item.row, reason(error)))
        return
    done.created += written.new
    done.known += not written.new
    if written.left:
        done.left.append((item, written.left))


def _newest_line(ws: Workspace) -> datetime | None:
    """Return when the newest line about sales was written: a company may be set up before its past is told."""
    setting_up = [kind.name for kind in ws.kinds.values() if kind.setting_up]
    row = (
        JournalLine.select(JournalLine.at)
        .where(JournalLine.record_kind.not_in(setting_up))
        .order_by(JournalLine.at.desc())
        .first()
    )
    return row.at if row else None
