"""The queue's two lanes: what one act did to many records doesn't hold up what comes in meanwhile."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from clew.core.outbox.queue import Queue
from clew.core.settings import Settings


@pytest.fixture(params=["sqlite", pytest.param("redis", marks=pytest.mark.redis)])
def queue(request: pytest.FixtureRequest, tmp_path: Path) -> Queue:
    redis_url = request.getfixturevalue("redis_url") if request.param == "redis" else ""
    made = Queue(Settings("sqlite:///unused", queue_path=str(tmp_path / "queue.sqlite3"), redis_url=redis_url))
    made.live = True
    return made


def _worked(queue: Queue) -> list[list[int]]:
    """Work as a worker does until nothing is left; return the messages in the order they came."""
    found: list[list[int]] = []
    queue.on_work(found.append)
    while (task := queue.huey.dequeue()) is not None:
        queue.huey.execute(task)
    return found


def test_one_lead_goes_before_what_a_large_publication_left(queue: Any) -> None:
    queue.send(list(range(250)))
    queue.send([1000])
    queue.send([1001, 1002])
    assert _worked(queue) == [[1000], [1001, 1002], list(range(100)), list(range(100, 200)), list(range(200, 250))]
