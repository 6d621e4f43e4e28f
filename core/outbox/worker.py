"""The worker: huey's consumer, whose scheduler finds what is due by index, every second."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any

import structlog
from huey.consumer import Consumer, Scheduler
from redis.exceptions import RedisError

from .. import backtest, documents
from ..journal.seals import seal_all
from ..logs import Outages, configure_logs
from ..people import limits, sessions
from ..rulebook.name_troubles import watch_names
from ..rulebook.publishing import publish_due
from ..settings import Settings
from ..storage.database import living_connection
from ..workspace import Workspace
from . import bulk, deadlines, dispatch, imports
from .queue import Queue

log = structlog.get_logger()
_PURGE_SECONDS = 300
RunInParts = Callable[[Workspace, str, Callable[[], object]], object]
"""Runs an import or a bulk act, calling the last argument every few rows."""


def run_due(ws: Workspace) -> int:
    """Put approved rules in force, warn of and miss deadlines, send what waits; return how much there was.

    Safe in any number of processes.
    """
    ws.refresh()
    found = len(publish_due(ws))
    watch_names(ws)
    for one in deadlines.to_warn_of(ws):
        found += deadlines.warn(ws, one)
    for one in deadlines.due(ws):
        found += deadlines.miss(ws, one)
    waiting = dispatch.due(ws)
    ws.queue.send(waiting)
    for name in ws.plugins.enabled:
        if ws.plugins.takes_events(name, ws.clock.now()):
            dispatch.release(ws, name, limit=100)
    dispatch.release_rules(ws)
    dispatch.retry_waiting(ws)
    backtest.offer(ws, backtest.due(ws))
    imports.offer(ws, imports.due(ws))
    bulk.offer(ws, bulk.due(ws))
    return found + len(waiting)


def work(ws: Workspace, dispatches: list[int]) -> None:
    """Run the dispatches a message named."""
    with living_connection():
        for one in dispatches:
            dispatch.run(ws, one)


def work_part(ws: Workspace, part: int) -> None:
    """Run a part of a backtest; events that wait meanwhile go first, every thousand lines."""
    with living_connection():
        backtest.run_part(ws, part, between=lambda: work(ws, dispatch.due(ws, 50)))


def work_in_parts(ws: Workspace, batch: str, run: RunInParts) -> None:
    """Run an import or a bulk act of the console; events that wait meanwhile go first, every few rows."""
    with living_connection():
        run(ws, batch, lambda: work(ws, dispatch.due(ws, 50)))


class _Scheduler(Scheduler):  # type: ignore[misc]
    """huey's scheduler process, which also finds deadlines and lost events, seals, and drops what nobody needs."""

    ws: Workspace
    _sealed: float = 0.0
    _purged: float = 0.0

    def loop(self, now: Any = None) -> None:
        moment = self.ws.clock.now()
        self._duty("run_due", lambda: run_due(self.ws))
        if moment.timestamp() - self._sealed >= self.ws.settings.seal_every_seconds:
            self._sealed = moment.timestamp()
            self._duty("seal", lambda: seal_all(moment))
        if moment.timestamp() - self._purged >= _PURGE_SECONDS:
            self._purged = moment.timestamp()
            self._duty("purge", lambda: _purge(moment))
            self._duty("sweep files", lambda: documents.sweep(self.ws))
        super().loop(now)

    def _duty(self, name: str, work: Callable[[], object]) -> None:
        # Each by itself: where one can't be done, the others are.
        try:
            with living_connection():
                work()
        except Exception as error:
            log.error("scheduler failed", duty=name, error=str(error))


def _purge(moment: datetime) -> None:
    limits.purge(moment)
    sessions.purge(moment)
    imports.purge(moment)


class _Consumer(Consumer):  # type: ignore[misc]
    """A consumer whose scheduler looks for what is due."""

    scheduler_class = _Scheduler


def run_worker(ws: Workspace, settings: Settings, run_import: RunInParts, run_bulk: RunInParts) -> None:
    """Work until told to stop (SIGINT, SIGTERM): events, deadlines, imports, bulk acts, seals."""
    configure_logs()
    said = logging.StreamHandler()
    said.addFilter(Outages((RedisError,)))
    logging.getLogger("huey").addHandler(said)
    queue = ws.queue
    if not isinstance(queue, Queue):
        raise TypeError("a worker needs the queue of huey")
    queue.live = True
    queue.on_work(lambda ids: work(ws, ids))
    queue.on_part(lambda part: work_part(ws, part))
    queue.on_import(lambda batch: work_in_parts(ws, batch, run_import))
    queue.on_bulk(lambda batch: work_in_parts(ws, batch, run_bulk))
    _Scheduler.ws = ws
    consumer = _Consumer(
        queue.huey,
        workers=settings.workers,
        periodic=False,
        initial_delay=0.05,
        max_delay=0.5,
        scheduler_interval=1,
        worker_type="process",
        health_check_interval=1,
        graceful_signal="TERM",
    )
    # Children inherit by fork: no connection may be open across it.
    ws.disconnect()
    queue.huey.storage.close()
    consumer.run()
