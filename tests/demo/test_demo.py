"""What a newcomer sees first: `clew demo` makes a month that the real system has lived."""

from __future__ import annotations

import random
import shutil
import socket
import sqlite3
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from clew.core.demo import company
from clew.core.demo.story import Story
from clew.core.journal.verify import verify
from clew.core.kinds import Contract, Deadline, Lead, Leave, PossibleDuplicate, Quote, RuleVersion
from clew.core.opening import open_workspace
from clew.core.schema.identity import normal_phone
from clew.core.settings import Settings
from clew.core.storage.system_tables import Dispatch, Firing, JournalLine
from clew.core.time.clock import SimulatedClock

from .conftest import LEADS


def test_the_month_was_lived_and_not_written(workspace: Any) -> None:
    assert Lead.select().count() == LEADS
    assert not Lead.select().where(Lead.owner.is_null() & (Lead.outcome == "open")).exists()
    assert {lead.outcome for lead in Lead.select(Lead.outcome).distinct()} >= {"open", "won", "lost"}
    assert Deadline.select().where(Deadline.state == "missed").exists()
    assert Firing.select().count() > LEADS
    assert verify().faults == ()


def test_every_phone_number_of_the_story_is_one() -> None:
    rest = random.Random(1)
    for prefix in company.MOBILE:
        for _ in range(2_000):
            number = f"{prefix}{rest.randrange(10**8):08}"
            assert normal_phone(number) == f"+86{number}"


@pytest.mark.slow
@pytest.mark.parametrize(
    "until", ["2026-02-20T03:00:00+00:00", "2026-10-05T09:30:00+00:00", "2027-04-18T16:00:00+00:00"]
)
def test_a_month_can_be_lived_whenever_it_is_made(tmp_path: Path, until: str) -> None:
    end = datetime.fromisoformat(until)
    clock = SimulatedClock(end - timedelta(days=30))
    ws = open_workspace(settings=Settings(f"sqlite:///{tmp_path / 'clew.sqlite3'}"), clock=clock, migrate=True)
    company.found(ws)
    Story(ws, LEADS).play(end)
    assert Lead.select().count() == LEADS
    failed = Dispatch.select(Dispatch.consumer).where(Dispatch.state != "done").distinct()
    assert {row.consumer for row in failed} == {"rule:large-negotiation"}
    ws.close()


def test_a_rule_was_changed_and_another_awaits_approval(workspace: Any) -> None:
    by_people = RuleVersion.select(RuleVersion.code, RuleVersion.state).where(RuleVersion.author_id != "")
    assert set(by_people.tuples()) == {
        ("first-response-escalate", "published"),
        ("large-negotiation", "published"),
        ("first-response-start", "review"),
    }


def test_each_page_has_something_to_show(workspace: Any, sign_in: Any) -> None:
    assert PossibleDuplicate.select().where(PossibleDuplicate.state == "open").exists()
    now = workspace.clock.now()
    assert Leave.select().where((Leave.from_at <= now) & (Leave.to_at > now)).exists()
    assert {row.consumer for row in Dispatch.select().where(Dispatch.state == "dead")} == {"rule:large-negotiation"}
    assert "大单谈判由苏航跟进" in sign_in("shenke").get("/").text
    given = (JournalLine.kind == "lead.assigned") & (JournalLine.actor_name == "林岚")
    assert JournalLine.select().where(given).exists()


def test_every_login_on_the_screen_opens_the_console(sign_in: Any) -> None:
    for login, zh, _ in company.LOGINS:
        assert sign_in(login).get("/").status_code == 200, zh


def test_a_second_run_keeps_the_month(month: Path, prepare: Any) -> None:
    def lines() -> Any:
        with sqlite3.connect(month / "clew.sqlite3") as connection:
            return connection.execute("SELECT count(*), max(seq) FROM journal").fetchone()

    before = lines()
    assert "here already" in prepare(month)
    assert lines() == before


def test_a_month_of_a_version_from_before_the_first_release_is_made_anew(
    month: Path, tmp_path: Path, prepare: Any
) -> None:
    folder = shutil.copytree(month, tmp_path / "older")
    with sqlite3.connect(folder / "clew.sqlite3") as connection:
        connection.execute("UPDATE migratehistory SET name = '001_initial'")
        connection.execute("DROP TABLE data_record")
    connection.close()
    assert "made anew" in prepare(folder)
    with sqlite3.connect(folder / "clew.sqlite3") as connection:
        assert connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'data_record'").fetchone()
    assert connection.execute("SELECT count(*) FROM lead").fetchone() == (LEADS,)


def test_an_unfinished_month_is_made_anew(month: Path, tmp_path: Path, prepare: Any) -> None:
    folder = tmp_path / "half"
    folder.mkdir()
    (folder / "clew.sqlite3").write_bytes(b"cut off in the middle")
    assert "here already" not in prepare(folder)
    with sqlite3.connect(folder / "clew.sqlite3") as connection:
        assert connection.execute("SELECT count(*) FROM lead").fetchone() == (LEADS,)


@pytest.mark.slow
def test_a_port_that_is_taken_is_named_with_another(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        command = [sys.executable, "-m", "clew.core.cli", "demo", "--port", str(port), "--path", str(tmp_path / "none")]
        ended = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    assert ended.returncode != 0
    assert f"{port}" in ended.stderr
    assert f"--port {port + 1}" in ended.stderr
    assert not (tmp_path / "none").exists()


def test_the_month_has_quotes_and_what_each_asks_for_next(workspace: Any) -> None:
    """On the lead, its customer and the timeline; one that was accepted has no contract yet."""
    quotes = list(Quote.select())
    # Which of them is a draft or declined at the very moment of the test is up to the story's dice.
    assert {"sent", "accepted"} <= {quote.status for quote in quotes} <= {"draft", "sent", "accepted", "declined"}
    assert all(quote.lead_id and quote.customer_id and quote.valid_until for quote in quotes)
    drawn_up = {contract.lead_id: contract.amount for contract in Contract.select()}
    taken = {quote.lead_id: quote.amount for quote in quotes if quote.status == "accepted"}
    assert set(taken) - set(drawn_up), "one waits for its contract"
    assert all(drawn_up[lead] == amount for lead, amount in taken.items() if lead in drawn_up)
    lines = JournalLine.select().where(JournalLine.record_kind == "quote")
    assert {line.kind for line in lines} == {"quote.created", "quote.status_changed"}
    assert all(line.customer_id for line in lines)
