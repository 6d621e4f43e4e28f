"""The queue's two lanes: what one act did to many records doesn't hold up what comes in meanwhile."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from clew.core.app import create_app
from clew.core.company.readiness import readiness
from clew.core.kinds import Lead
from clew.core.logs import Outages
from clew.core.opening import open_workspace
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


def test_while_redis_is_gone_the_form_keeps_leads_and_readiness_says_so(
    sqlite_url: str, tmp_path: Path, found: Callable[..., Any]
) -> None:
    settings = Settings(sqlite_url, queue_path=str(tmp_path / "queue"), redis_url="redis://127.0.0.1:1/0")
    ws = open_workspace(settings=settings)
    ws.queue.live = True
    found(ws)
    client = create_app(ws).test_client()
    answers = [client.post("/form/leads", json={"company": "没有丢", "phone": "13812345678"}) for _ in range(25)]
    assert answers[0].status_code == 201
    assert Lead.select().exists()
    assert answers[-1].status_code == 429, "each process counts by itself meanwhile"
    (check,) = [one for one in readiness(ws) if one.name == "queue"]
    assert not check.ok
    assert "127.0.0.1:1" in check.said.en
    ws.close()


def test_an_outage_is_told_once_in_a_while_and_other_errors_always() -> None:
    outages = Outages((ConnectionError,), seconds=60)

    def told(error: Exception, at: float) -> str:
        record = logging.LogRecord(
            "huey", logging.ERROR, "", 0, "Error reading from queue", None, (type(error), error, None)
        )
        record.created = at
        return logging.Formatter().format(record) if outages.filter(record) else ""

    gone = ConnectionError("refused")
    assert [told(gone, at) for at in (0, 1, 59)] == ["Error reading from queue: refused", "", ""]
    assert told(gone, 61) == "Error reading from queue: refused"
    for at in (62, 63):
        assert "ValueError: another" in told(ValueError("another"), at)
