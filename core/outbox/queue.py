"""huey carries events to the workers; what is to be done stands in the database (law 5)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import structlog
from huey import PriorityRedisHuey, SqliteHuey
from huey.api import Huey
from redis.exceptions import RedisError

from ..settings import Settings

log = structlog.get_logger()
_PART = 100
_AT_ONCE, _BULK = 1, 0


def queue_path(settings: Settings) -> Path:
    """Return where the queue's SQLite file lies when there is no Redis."""
    if settings.queue_path:
        return Path(settings.queue_path)
    if settings.database_url.startswith("sqlite:///"):
        return Path(settings.database_url.removeprefix("sqlite:///") + ".queue")
    return Path("var/clew.queue")


class Queue:
    """Sends the numbers of dispatches to whoever works; losing a message only costs a second."""

    def __init__(self, settings: Settings) -> None:
        self.huey: Huey
        if settings.redis_url:
            self.huey = PriorityRedisHuey("clew-events", url=settings.redis_url, results=False)
        else:
            path = queue_path(settings)
            path.parent.mkdir(parents=True, exist_ok=True)
            self.huey = SqliteHuey("clew", filename=str(path), results=False, timeout=30)
        self._run: Callable[[list[int]], None] | None = None
        self._task = self.huey.task(name="clew_work")(self._work)
        self._run_part: Callable[[int], None] | None = None
        self._part = self.huey.task(name="clew_backtest")(self._work_part)
        self._run_import: Callable[[str], None] | None = None
        self._import = self.huey.task(name="clew_import")(self._work_import)
        self._run_bulk: Callable[[str], None] | None = None
        self._bulk = self.huey.task(name="clew_bulk")(self._work_bulk)
        self.live = False
        """Whether a worker serves this queue: a script or a test runs its events itself."""

    def on_work(self, run: Callable[[list[int]], None]) -> None:
        """Say what a worker does with the numbers it receives."""
        self._run = run

    def on_part(self, run: Callable[[int], None]) -> None:
        """Say what a worker does with a part of a backtest."""
        self._run_part = run

    def on_import(self, run: Callable[[str], None]) -> None:
        """Say what a worker does with an import of the console."""
        self._run_import = run

    def on_bulk(self, run: Callable[[str], None]) -> None:
        """Say what a worker does with a bulk act."""
        self._run_bulk = run

    def out_of_reach(self) -> str:
        """Return why Redis can't be reached; empty if it can, or if the queue needs none."""
        if not isinstance(self.huey, PriorityRedisHuey):
            return ""
        try:
            self.huey.storage.conn.ping()
        except RedisError as error:
            return str(error) or type(error).__name__
        return ""

    def send_parts(self, parts: Sequence[int]) -> None:
        """Put parts of backtests on their way; a lost message is made good by polling, too."""
        self._send_each(self._part, parts)

    def send_imports(self, imports: Sequence[str]) -> None:
        """Put imports on their way, as parts of backtests are."""
        self._send_each(self._import, imports)

    def send_bulk(self, batches: Sequence[str]) -> None:
        """Put bulk acts on their way, as parts of backtests are."""
        self._send_each(self._bulk, batches)

    def _send_each(self, task: Callable[[Any], object], things: Sequence[Any]) -> None:
        if not self.live:
            return
        for one in things:
            try:
                task(one)
            except Exception as error:
                log.warning("queue out of reach", error=str(error))
                return

    def send(self, dispatches: Sequence[int]) -> None:
        """Put dispatches on their way. If the queue can't be reached, the workers' polling finds them.

        More than a message holds came from one act upon many records, or wait for long: a lead that comes in
        meanwhile goes before them.
        """
        if not self.live:
            return
        priority = _BULK if len(dispatches) > _PART else _AT_ONCE
        for start in range(0, len(dispatches), _PART):
            try:
                self._task(list(dispatches[start : start + _PART]), priority=priority)
            except Exception as error:
                log.warning("queue out of reach", error=str(error))
                return

    def _work_part(self, part: int) -> None:
        if self._run_part is not None:
            self._run_part(part)

    def _work_import(self, batch: str) -> None:
        if self._run_import is not None:
            self._run_import(batch)

    def _work_bulk(self, batch: str) -> None:
        if self._run_bulk is not None:
            self._run_bulk(batch)

    def _work(self, dispatches: list[int]) -> None:
        if self._run is not None:
            self._run(dispatches)
