"""The ground the other tests stand on: guards hold, workspaces come fresh, the server serves."""

from __future__ import annotations

import fcntl
import smtplib
import socket
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
import redis
import requests

from clew.core.intake import take as intake
from clew.core.journal.origin import SYSTEM
from clew.core.kinds import Lead, User
from clew.core.opening import open_workspace
from clew.core.running import drain, run_until, seal
from clew.core.settings import Settings
from clew.core.storage.system_tables import JournalLine
from clew.core.time.clock import SimulatedClock
from clew.core.workspace import Workspace

from .. import postgres

START = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)


def test_a_test_can_reach_nothing_outside() -> None:
    with pytest.raises(AssertionError, match="only loopback"), socket.socket() as outside:
        outside.connect(("203.0.113.1", 80))
    with pytest.raises(AssertionError, match="mail"):
        smtplib.SMTP("127.0.0.1")


def test_a_workspace_comes_with_defaults_and_nothing_else(any_workspace: Workspace) -> None:
    assert any_workspace.clock.now().isoformat() == "2026-11-24T01:00:00+00:00"
    assert JournalLine.select().count() > 0
    assert Lead.select().count() == User.select().count() == 0


def test_the_company_has_its_people(company: Any) -> None:
    assert len(company.teams) == 5
    assert all(len(sellers) == 2 for sellers in company.sellers.values())
    assert User.get_by_id(company.teams["华南部"].manager_id).name == "华南部经理"


def test_the_served_workspace_answers(served: Any) -> None:
    assert requests.get(f"{served.url}/readyz", timeout=10).json() == {"status": "ok"}
    assert "clew_dispatch" in requests.get(f"{served.url}/metrics", timeout=10).text


@pytest.mark.browser
def test_the_browser_browses(served: Any, browser: Any) -> None:
    browser.get(f"{served.url}/healthz")
    assert '"ok"' in browser.page_source


# ---- Used again, and as good as new. Each of these runs twice in one worker (--dist loadfile): what the first
# leaves, the second would find.

twice = pytest.mark.parametrize("turn", ["first", "second"])


@twice
def test_a_workspace_holds_nothing_of_another_test(turn: str, any_workspace: Workspace, found: Any) -> None:
    assert not Lead.select().exists()
    assert JournalLine.select().where(JournalLine.kind == "lead.created").count() == 0
    company = found(any_workspace)
    assert User.select().count() == len(company.others) + 3 * len(company.teams)
    intake.take(any_workspace, {"company": "留下有限公司", "phone": "13812345678"}, SYSTEM)
    drain(any_workspace)
    assert Lead.get().owner_id


@twice
@pytest.mark.redis
def test_redis_holds_nothing_of_another_test_and_is_this_workers_alone(turn: str, redis_url: str) -> None:
    with redis.Redis.from_url(redis_url) as client:
        assert client.keys() == [b"clew:tests"]
        client.set("left", turn)
        number = client.connection_pool.connection_kwargs["db"]
    locks = list(Path(tempfile.gettempdir()).glob(f"clew-tests-redis-*-{number}.lock"))
    assert locks
    with locks[0].open("w") as lock, pytest.raises(BlockingIOError):
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)


@twice
@pytest.mark.browser
def test_the_browser_holds_nothing_of_another_test(turn: str, served: Any, browser: Any) -> None:
    assert browser.get_log("browser") == []
    assert len(browser.window_handles) == 1
    browser.get(f"{served.url}/sign-in")
    # Cookies know no port, so those of another test's server would be sent to this one.
    assert {cookie["name"] for cookie in browser.get_cookies()} <= {"session"}
    seen = browser.execute_script(
        "return [localStorage.length, sessionStorage.length, innerWidth, document.hasFocus(), document.cookie]"
    )
    assert seen == [0, 0, 1440, True, ""]
    browser.execute_script(
        "document.cookie = 'left=1; max-age=9999'; localStorage.left = sessionStorage.left = 1; console.error('left')"
    )
    browser.set_window_size(500, 900)
    browser.switch_to.new_window("tab")
    browser.get(f"{served.url}/sign-in")
    assert browser.execute_script("return localStorage.left") == "1"
    browser.execute_script("setTimeout(() => alert('left'))")


def _everything(url: str) -> dict[str, Any]:
    """Return all there is in a PostgreSQL database: its definition, each table's rows as they lie, its sequences."""
    with psycopg.connect(url, autocommit=True) as connection:
        shape = postgres.shape(connection)
        found: dict[str, Any] = {"": shape}
        for name in [name for name, size in shape if size is not None]:
            found[name] = connection.execute(f'SELECT * FROM "{name}"').fetchall()
        for (name,) in connection.execute("SELECT sequencename FROM pg_sequences").fetchall():
            found[name] = connection.execute(f'SELECT last_value, is_called FROM "{name}"').fetchone()
        return found


@pytest.fixture(scope="module")
def reused(postgres_template: str) -> Iterator[postgres.Reused]:
    """A PostgreSQL database to be used again, apart from the worker's own."""
    database = postgres.Reused(postgres_template)
    yield database
    database.drop()


@pytest.mark.postgres
def test_a_database_is_brought_back_after_a_days_work(
    reused: postgres.Reused, postgres_template: str, found: Any, tmp_path: Path
) -> None:
    new = _everything(postgres.database_url(postgres_template))
    url = reused.fresh()
    assert _everything(url) == new
    ws = open_workspace(settings=Settings(url, queue_path=str(tmp_path / "queue")), clock=SimulatedClock(START))
    found(ws)
    for number in range(30):
        intake.take(ws, {"company": f"客户{number}", "phone": f"138123456{number:02}"}, SYSTEM)
    run_until(ws, START + timedelta(hours=2))
    seal(ws)
    ws.close()
    worked = _everything(url)
    changed = {name for name in new if worked[name] != new[name]}
    assert {"journal", "seal", "lead", "users", "firing", "deadline", "journal_seq_seq"} <= changed
    forgotten = psycopg.connect(url)  # Of a worker that hangs in a transaction, say.
    forgotten.execute("LOCK TABLE journal")
    assert reused.fresh() == url, "brought back, not made anew"
    assert _everything(url) == new
    with pytest.raises(psycopg.errors.AdminShutdown):
        forgotten.execute("SELECT 1")
    forgotten.close()


@pytest.mark.postgres
@pytest.mark.parametrize(
    "mischief",
    [
        "DELETE FROM calendar_day; UPDATE version SET number = 99",
        "SET session_replication_role = replica; DELETE FROM journal; DELETE FROM migratehistory WHERE id > 2",
        "SELECT setval('journal_seq_seq', 4711), setval('dispatch_id_seq', 4711)",
        "ALTER TABLE journal DISABLE TRIGGER journal_append_only",
        "DROP TRIGGER seal_append_only ON seal",
        "CREATE OR REPLACE FUNCTION clew_append_only() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN OLD; END'",
        "ALTER TABLE lead ADD COLUMN mine integer",
        "ALTER TABLE lead ALTER COLUMN company DROP NOT NULL",
        "ALTER TABLE lead ALTER COLUMN company SET DEFAULT 'mine'",
        "ALTER TABLE lead ADD CHECK (budget > 0)",
        "ALTER TABLE journal ALTER COLUMN seq TYPE numeric",
        "ALTER SEQUENCE journal_seq_seq INCREMENT BY 2",
        "CREATE INDEX mine ON lead (company)",
        "DROP TABLE firing",
        "CREATE TABLE mine (mine integer)",
        "CREATE VIEW mine AS SELECT * FROM lead",
        "CREATE SCHEMA mine",
        "CREATE EXTENSION hstore",
    ],
)
def test_whatever_is_done_to_a_database_the_next_one_is_new(
    mischief: str, reused: postgres.Reused, postgres_template: str
) -> None:
    new = _everything(postgres.database_url(postgres_template))
    url = reused.fresh()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(mischief)
    assert _everything(url) != new
    assert _everything(reused.fresh()) == new
