"""The database's disk is full: what was asked is refused in words, nothing is half-written, and it goes on afterwards."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from click.testing import CliRunner
from peewee import OperationalError

from clew.core.cli.main import main
from clew.core.journal.origin import SYSTEM
from clew.core.journal.verify import verify
from clew.core.kinds import Customer
from clew.core.people import sign_in as auth
from clew.core.storage.database import database
from clew.core.storage.system_tables import TokenUse
from clew.core.workspace import Workspace

from ..app import app_of


@pytest.fixture
def full(workspace: Workspace) -> Iterator[Callable[[], None]]:
    """A function after which SQLite's file may not grow: the database answers as on a full disk."""

    def fill() -> None:
        # A page count is a connection's own limit, so every new connection is limited, too.
        (pages,) = database.execute_sql("PRAGMA page_count").fetchone()
        database.execute_sql(f"PRAGMA max_page_count = {pages}")

    yield fill
    database.execute_sql("PRAGMA max_page_count = 1000000")


def _grow(ws: Workspace) -> None:
    for number in range(2000):
        ws.door.create("customer", {"name": f"客户{number}", "region": "江苏"}, SYSTEM)


def test_a_full_disk_is_said_as_such_and_nothing_is_half_written(
    workspace: Workspace, full: Callable[[], None]
) -> None:
    ws = workspace
    full()
    with pytest.raises(OperationalError, match="full"):
        _grow(ws)
    database.execute_sql("PRAGMA max_page_count = 1000000")
    made = Customer.select().count()
    ws.door.create("customer", {"name": "有地方了"}, SYSTEM)
    assert Customer.select().count() == made + 1
    assert verify().faults == ()


@pytest.mark.parametrize(("language", "words"), [("zh", "磁盘可能满了"), ("en", "its disk may be full")])
def test_the_api_and_a_page_answer_503_in_words(
    workspace: Workspace, company: Any, monkeypatch: pytest.MonkeyPatch, language: str, words: str
) -> None:
    client = app_of(workspace).test_client()
    monkeypatch.setattr(type(database.obj), "execute_sql", _out_of_space)
    headers = {"Accept-Language": language}
    answer = client.post("/form/leads", json={"company": "挡在门外"}, headers=headers)
    assert (answer.status_code, answer.json["code"]) == (503, "unavailable")
    assert words in answer.json["title"]
    page = client.post("/sign-in", data={"name": "a@test.example", "password": "x"}, headers=headers)
    assert page.status_code == 503
    assert words in page.text


def test_a_command_says_it_in_a_sentence(workspace: Workspace, monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.setenv("CLEW_DATABASE_URL", workspace.settings.database_url)
    monkeypatch.setenv("CLEW_QUEUE_PATH", str(tmp_path / "queue"))
    execute = type(database.obj).execute_sql

    def some(here: Any, sql: str, *args: Any, **kwargs: Any) -> Any:
        return _out_of_space() if "journal" in sql else execute(here, sql, *args, **kwargs)

    monkeypatch.setattr(type(database.obj), "execute_sql", some)
    found = CliRunner().invoke(main, ["doctor"])
    assert found.exit_code == 1
    assert "its disk may be full" in found.output or "磁盘可能满了" in found.output
    assert "Traceback" not in found.output


def test_a_reader_waits_for_no_writer(workspace: Workspace, company: Any) -> None:
    client = app_of(workspace).test_client()
    head = {"Authorization": f"Bearer {auth.issue_token(workspace, company.user('ops'), 'test', SYSTEM)}"}
    path = workspace.settings.database_url.removeprefix("sqlite:///")
    with sqlite3.connect(path, isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        begun = time.monotonic()
        assert client.get("/api/v1/leads", headers=head).status_code == 200
        assert time.monotonic() - begun < 20, "thirty seconds is how long a writer waits"
        other.execute("ROLLBACK")
    other.close()
    assert client.get("/api/v1/leads", headers=head).status_code == 200
    assert TokenUse.select().exists()


def _out_of_space(*_: Any, **__: Any) -> Any:
    raise OperationalError("database or disk is full")
