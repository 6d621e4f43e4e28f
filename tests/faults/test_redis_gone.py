"""Redis is out of reach: workers say so in a line, not with a traceback for each of their attempts."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from .conftest import Workers

pytestmark = [pytest.mark.faults, pytest.mark.slow, pytest.mark.redis]


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def test_a_worker_without_redis_says_so_in_a_few_lines(
    workspace: Any, tmp_path: Path, await_: Callable[..., Any]
) -> None:
    settings, log = workspace.settings, tmp_path / "worker.log"
    workers = Workers(settings, log)
    workers.environment["CLEW_REDIS_URL"] = f"redis://127.0.0.1:{_free_port()}/0"
    workers.environment["PYTHONUNBUFFERED"] = "1"
    workers.start()
    try:
        await_(lambda: "Error reading from queue: " in log.read_text(), "a worker to say so", 60)
        said = log.read_text()
    finally:
        workers.kill()
        workers.log.close()
    assert "Traceback" not in said
    assert "Connection refused" in said
