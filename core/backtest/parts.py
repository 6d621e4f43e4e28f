"""The parts of a backtest: taken by any process, one at a time, and taken up again when their process dies (law 5)."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from peewee import fn

from ...rules.language.errors import RulesError
from ..errors import ClewError, Conflict
from ..replay.lines import moment_of
from ..storage.database import write_transaction
from ..storage.ids import new_id
from ..storage.system_tables import Backtest, BacktestPart
from ..workspace import Workspace
from .compare import compare
from .effects import packed
from .runs import live

log = structlog.get_logger()
COMPARE = "compare"
_RESEND = timedelta(seconds=5)


class _Lost(Exception):
    """Another process took the part over, or the backtest is gone."""


def due(ws: Workspace, backtest_id: str | None = None, limit: int = 20) -> list[int]:
    """Return the parts that wait to be taken, or whose process has gone silent, oldest first."""
    now = ws.clock.now()
    waiting = BacktestPart.state.in_(("queued", "running"))
    query = BacktestPart.select().where(waiting)
    query = query.where(
        BacktestPart.backtest_id == backtest_id if backtest_id is not None else BacktestPart.due_at <= now
    )
    rows = list(query.order_by(BacktestPart.id).limit(limit))
    return [row.id for row in rows if row.run != COMPARE or not _others(row)]


def offer(ws: Workspace, ids: list[int]) -> None:
    """Send parts to the workers, and leave them a while to take them."""
    if ids:
        with write_transaction():
            soon = ws.clock.now() + _RESEND
            queued = BacktestPart.id.in_(ids) & (BacktestPart.state == "queued")
            BacktestPart.update(due_at=soon).where(queued).execute()
        ws.queue.send_parts(ids)


def run_part(ws: Workspace, part_id: int, between: Callable[[], object] = lambda: None) -> bool:
    """Run one part; return False if it is not to be had. `between` is called every thousand lines.

    The attempt is counted and committed before it starts, so that a part that kills its process is
    given up after `max_attempts`.
    """
    ws.refresh()
    part = BacktestPart.get_or_none(BacktestPart.id == part_id)
    if part is None or part.state not in ("queued", "running"):
        return False
    token = _claim(ws, part)
    if token is None:
        return False
    try:
        if part.run == COMPARE:
            compare(ws, part.backtest_id, lambda: _hold(ws, part, token))
            _finish(part, token)
        else:
            _live(ws, part, token, between)
    except _Lost:
        return False
    except (ClewError, RulesError) as error:
        _fail(ws, part, error.zh if isinstance(error, RulesError) else error.text.zh)
    except Exception as error:
        log.exception("backtest failed", backtest=part.backtest_id, part=part.id)
        _fail(ws, part, f"{type(error).__name__}: {error}")
    return True


def settings_of(ws: Workspace) -> dict[str, int]:
    """Return the counters of what a backtest is lived with besides its rules: kinds, fields, processes, plugins.

    Calendars and leave are not among them: they are lived as the journal has them.
    """
    return {name: number for name, number in ws.configuration.versions.items() if name not in ("rules", "calendars")}


def _check_settings(ws: Workspace, row: Backtest) -> None:
    """Raise Conflict if the company was set up anew since the backtest was asked for: its runs would differ by that."""
    if row.settings and row.settings != settings_of(ws):
        raise Conflict(
            "回测期间，字段、记录类型、流程或插件的设置改了，两边不再可比；请重新回测",
            "fields, kinds, processes or plugins were changed meanwhile, so the two runs can't be compared: ask again",
        )


def _live(ws: Workspace, part: BacktestPart, token: str, between: Callable[[], object]) -> None:
    row = Backtest.get_by_id(part.backtest_id)
    _check_settings(ws, row)
    begun, computed = time.perf_counter(), time.process_time()
    # Stopped before this run began: it goes as far as the other came, so that there is something to compare.
    stopped = bool(row.stop_asked)
    until = _other_came_to(part) if stopped else part.until

    def tick(lines: int, at: str) -> bool:
        _hold(ws, part, token, lines, moment_of(at))
        between()
        return stopped or not Backtest.get_by_id(row.id).stop_asked

    lived = live(ws, row, part.run, part.since, until, tick)
    effects = packed(lived.effects, lived.firings, {**lived.counts, "cpu": round(time.process_time() - computed, 2)})
    _finish(
        part,
        token,
        effects=effects,
        covered_until=moment_of(lived.covered),
        seconds=round(time.perf_counter() - begun, 2),
    )
    offer(ws, due(ws, row.id))


def _other_came_to(part: BacktestPart) -> datetime:
    """Return how far the other run came if it has ended, else where both began."""
    other = (BacktestPart.run != part.run) & (BacktestPart.run != COMPARE) & (BacktestPart.state == "done")
    row = BacktestPart.get_or_none((BacktestPart.backtest_id == part.backtest_id) & other)
    moment: datetime = row.covered_until if row is not None else part.since
    return moment


def _others(part: BacktestPart) -> bool:
    """Say whether parts that a comparison needs are not there yet."""
    unfinished = (BacktestPart.state != "done") & (BacktestPart.run != COMPARE)
    return bool(BacktestPart.select().where((BacktestPart.backtest_id == part.backtest_id) & unfinished).exists())


def _claim(ws: Workspace, part: BacktestPart) -> str | None:
    now = ws.clock.now()
    if part.attempts >= ws.settings.max_attempts and part.due_at <= now:
        _fail(ws, part, f"运行它的进程中断了 {part.attempts} 次 · its process died {part.attempts} times")
        return None
    token = f"{socket.gethostname()[:30]}:{os.getpid()}:{new_id(now)}"
    free = (BacktestPart.state == "queued") | ((BacktestPart.state == "running") & (BacktestPart.due_at <= now))
    with write_transaction():
        claimed = (
            BacktestPart.update(
                state="running",
                attempts=BacktestPart.attempts + 1,
                claimed_by=token,
                done=0,
                due_at=now + timedelta(seconds=ws.settings.lease_seconds),
            )
            .where((BacktestPart.id == part.id) & free)
            .execute()
        )
        if claimed:
            Backtest.update(state="running", started_at=fn.COALESCE(Backtest.started_at, now)).where(
                (Backtest.id == part.backtest_id) & Backtest.state.in_(("queued", "running"))
            ).execute()
    return token if claimed else None


def _hold(ws: Workspace, part: BacktestPart, token: str, lines: int = 0, at: datetime | None = None) -> None:
    """Say how far a part is, and keep it. Raises _Lost."""
    values = {
        "due_at": ws.clock.now() + timedelta(seconds=ws.settings.lease_seconds),
        "done": BacktestPart.done + lines,
        **({"covered_until": at} if at is not None else {}),
    }
    _set(part, token, values)


def _finish(part: BacktestPart, token: str, **values: object) -> None:
    _set(part, token, {"state": "done", **values})


def _set(part: BacktestPart, token: str, values: dict[str, object]) -> None:
    mine = (BacktestPart.id == part.id) & (BacktestPart.claimed_by == token) & (BacktestPart.state == "running")
    done = BacktestPart.select(fn.SUM(BacktestPart.done)).where(BacktestPart.backtest_id == part.backtest_id)
    with write_transaction():
        if not BacktestPart.update(**values).where(mine).execute():
            raise _Lost
        Backtest.update(done=done).where(Backtest.id == part.backtest_id).execute()


def _fail(ws: Workspace, part: BacktestPart, said: str) -> None:
    with write_transaction():
        running = BacktestPart.state.in_(("queued", "running"))
        BacktestPart.update(state="failed", error=said[:2000]).where(
            (BacktestPart.backtest_id == part.backtest_id) & running
        ).execute()
        Backtest.update(state="failed", error=said[:2000], done_at=ws.clock.now()).where(
            (Backtest.id == part.backtest_id) & Backtest.state.in_(("queued", "running"))
        ).execute()
