"""Real workers to be killed, on both shapes of an installation."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from clew.core.opening import open_workspace
from clew.core.settings import Settings
from clew.core.time.clock import SystemClock
from clew.core.workspace import Workspace


class Workers:
    """The processes of `clew worker`, in a group of their own so that one signal kills them all."""

    def __init__(self, settings: Settings, log: Path) -> None:
        self.settings = settings
        self.environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith("CLEW_")},
            "CLEW_DATABASE_URL": settings.database_url,
            "CLEW_QUEUE_PATH": settings.queue_path,
            "CLEW_REDIS_URL": settings.redis_url,
            "CLEW_LEASE_SECONDS": "2",
            "CLEW_MAX_ATTEMPTS": "50",
        }
        self.log = log.open("ab")
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [sys.executable, "-m", "clew.core.cli", "worker"]
        self.process = subprocess.Popen(
            command, env=self.environment, stdout=self.log, stderr=self.log, start_new_session=True
        )

    def kill(self) -> None:
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


@pytest.fixture(params=["embedded", pytest.param("scaled", marks=[pytest.mark.postgres, pytest.mark.redis])])
def house(request: pytest.FixtureRequest, tmp_path: Path, found: Callable[[Workspace], Any]) -> Iterator[Any]:
    """A workspace on the system's clock, and its workers: SQLite and its queue, or PostgreSQL and Redis."""
    if request.param == "embedded":
        url, redis_url = request.getfixturevalue("sqlite_url"), ""
    else:
        url, redis_url = request.getfixturevalue("postgres_url"), request.getfixturevalue("redis_url")
    settings = Settings(url, queue_path=str(tmp_path / "queue.sqlite3"), redis_url=redis_url)
    ws = open_workspace(settings=settings, clock=SystemClock())
    found(ws)
    ws.queue.live = True
    workers = Workers(settings, tmp_path / "worker.log")
    yield ws, workers
    workers.kill()
    workers.log.close()
    ws.close()
