"""The journal: nobody changes a line unseen, sealing holds nobody up, and open transactions lose nothing."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from peewee import PeeweeException

from clew.core.journal import lines as journal
from clew.core.journal import seals
from clew.core.journal.origin import SYSTEM
from clew.core.journal.verify import Fault, verify
from clew.core.kinds import Customer
from clew.core.running import seal
from clew.core.storage.database import database, is_sqlite, write_transaction
from clew.core.storage.system_tables import JournalLine, Seal
from clew.core.workspace import Workspace


def _customer(ws: Workspace, name: str) -> str:
    return ws.door.create("customer", {"name": name}, SYSTEM).record.id


def _line(name: str) -> JournalLine:
    return next(line for line in JournalLine.select() if line.after.get("name") == name)


def _tamper(sql: str) -> None:
    """Write past the triggers, as the owner of the database can."""
    if is_sqlite():
        for table in ("journal", "seal"):
            for verb in ("update", "delete"):
                database.execute_sql(f"DROP TRIGGER IF EXISTS {table}_no_{verb}")
    else:
        database.execute_sql("ALTER TABLE journal DISABLE TRIGGER ALL")
        database.execute_sql("ALTER TABLE seal DISABLE TRIGGER ALL")
    database.execute_sql(sql)


@pytest.fixture
def sealed(any_workspace: Workspace) -> Workspace:
    """A workspace with three seals."""
    for number in range(3):
        _customer(any_workspace, f"客户{number}")
        assert seal(any_workspace) == 1
    return any_workspace


def test_an_untouched_journal_is_as_written(sealed: Workspace) -> None:
    found = verify()
    assert (found.faults, found.seals, found.unsealed) == ((), 3, 0)
    assert found.lines == JournalLine.select().count()
    assert found.head == Seal.select().order_by(Seal.number.desc()).first().hash


def test_sealing_with_nothing_new_makes_no_seal(sealed: Workspace) -> None:
    assert seal(sealed) == 0


@pytest.mark.parametrize("table", ["journal", "seal"])
@pytest.mark.parametrize("verb", ["UPDATE {} SET at = at", "DELETE FROM {}"])
def test_the_database_itself_refuses_to_change_the_past(sealed: Workspace, table: str, verb: str) -> None:
    with pytest.raises(PeeweeException, match=f"{table} is append-only"):
        sealed.db.execute_sql(verb.format(table))
    assert verify().faults == ()


@pytest.mark.postgres
def test_nor_may_it_be_truncated(postgres_workspace: Workspace) -> None:
    with pytest.raises(PeeweeException, match="append-only"):
        postgres_workspace.db.execute_sql("TRUNCATE journal")


TAMPERING = {
    "one byte of what was written": "UPDATE journal SET after = replace(after, '客户1', '客户7') WHERE seq = {seq}",
    "who did it": "UPDATE journal SET actor_name = 'nobody' WHERE seq = {seq}",
    "when it was": "UPDATE journal SET at = '2020-01-01 00:00:00' WHERE seq = {seq}",
    "a line deleted": "DELETE FROM journal WHERE seq = {seq}",
    "a line and its digest": "UPDATE journal SET digest = '" + "0" * 64 + "' WHERE seq = {seq}",
    "a seal deleted": "DELETE FROM seal WHERE number = 2",
    "a seal's hash": "UPDATE seal SET hash = '" + "0" * 64 + "' WHERE number = 2",
    "a seal's moment": "UPDATE seal SET at = '2020-01-01 00:00:00' WHERE number = 2",
    "a line called missing": "UPDATE seal SET missing = '[{seq}]' WHERE number = 2",
    "the newest line deleted": "DELETE FROM journal WHERE seq = (SELECT max(seq) FROM journal)",
}


@pytest.mark.parametrize("what", TAMPERING)
def test_tampering_shows(sealed: Workspace, what: str) -> None:
    seq = _line("客户1").seq
    _tamper(TAMPERING[what].format(seq=seq))
    assert verify().faults


def test_a_fault_names_the_line_and_its_seal(sealed: Workspace) -> None:
    line = _line("客户1")
    _tamper(f"UPDATE journal SET reason = 'x' WHERE seq = {line.seq}")
    assert Fault(line.seq, 2, "was changed after it was written") in verify().faults


def test_a_line_changed_with_its_digest_breaks_the_seal(sealed: Workspace) -> None:
    line = _line("客户1")
    line.reason = "forged"
    _tamper(f"UPDATE journal SET reason = 'forged', digest = '{journal.digest(line)}' WHERE seq = {line.seq}")
    assert [(fault.seal, fault.what) for fault in verify().faults] == [
        (2, "its hash does not match the lines it covers")
    ]


def test_a_line_slipped_in_shows(any_workspace: Workspace) -> None:
    _customer(any_workspace, "甲")
    hole = JournalLine.select().order_by(JournalLine.seq.desc()).first()
    _customer(any_workspace, "乙")
    values = {**hole.__data__, "id": "X" * 26, "reason": "slipped in"}
    _tamper(f"DELETE FROM journal WHERE seq = {hole.seq}")
    seal(any_workspace)
    any_workspace.clock.advance(days=2)  # type: ignore[attr-defined]
    _customer(any_workspace, "丙")
    seal(any_workspace)  # The number is given up: nobody may use it any more.
    assert verify().faults == ()
    forged = JournalLine(**values)
    forged.digest = journal.digest(forged)
    forged.save(force_insert=True)
    assert [(f.seq, f.what) for f in verify().faults] == [(hole.seq, "appeared after its number had been given up")]


def test_a_missing_number_is_given_up_after_a_day_though_sealing_never_rests(any_workspace: Workspace) -> None:
    _customer(any_workspace, "甲")
    gone = JournalLine.select().order_by(JournalLine.seq.desc()).first().seq
    _customer(any_workspace, "乙")
    _tamper(f"DELETE FROM journal WHERE seq = {gone}")
    waiting = []
    for hour in range(26):
        any_workspace.clock.advance(hours=1)  # type: ignore[attr-defined]
        _customer(any_workspace, f"每小时{hour}")
        seal(any_workspace)
        waiting.append(gone in Seal.select().order_by(Seal.number.desc()).first().missing)
    assert waiting == [True] * 24 + [False] * 2
    assert verify().faults == ()


def test_an_unsealed_line_is_checked_too(sealed: Workspace) -> None:
    _customer(sealed, "客户9")
    _tamper("UPDATE journal SET reason = 'x' WHERE seq = (SELECT max(seq) FROM journal)")
    (fault,) = verify().faults
    assert (fault.seal, fault.what) == (None, "was changed after it was written")


# ---- Two transactions at once, which only PostgreSQL has.


@contextmanager
def held_open(work: Callable[[], Any]) -> Iterator[threading.Event]:
    """Run `work` in another thread, within a transaction that stays open until the event is set."""
    ready, go_on, errors = threading.Event(), threading.Event(), []

    def run() -> None:
        try:
            for _ in work():
                ready.set()
                assert go_on.wait(30)
        except BaseException as error:
            errors.append(error)
        finally:
            ready.set()
            database.close()

    thread = threading.Thread(target=run)
    thread.start()
    assert ready.wait(30)
    try:
        yield go_on
    finally:
        go_on.set()
        thread.join(30)
    assert errors == []


def _in_a_transaction(ws: Workspace, name: str, end: type[Exception] | None = None) -> Callable[[], Iterator[None]]:
    def work() -> Iterator[None]:
        try:
            with ws.door.transaction(SYSTEM) as tx:
                tx.create("customer", {"name": name})
                yield
                if end:
                    raise end
        except Exception as error:
            if end is None or not isinstance(error, end):
                raise

    return work


@pytest.mark.postgres
def test_a_line_committed_late_joins_a_later_seal(postgres_workspace: Workspace) -> None:
    ws = postgres_workspace
    seal(ws)
    with held_open(_in_a_transaction(ws, "慢")) as go_on:
        _customer(ws, "快")
        assert seal(ws) == 1
        first = Seal.select().order_by(Seal.number.desc()).first()
        assert len(first.missing) == 1
        assert verify().faults == ()
        go_on.set()
    assert seal(ws) == 1
    second = Seal.select().order_by(Seal.number.desc()).first()
    assert (second.late, second.missing) == (first.missing, [])
    assert JournalLine.get_by_id(second.late[0]).after["name"] == "慢"
    assert verify().faults == ()
    _tamper(f"DELETE FROM journal WHERE seq = {second.late[0]}")
    assert verify().faults


@pytest.mark.postgres
def test_a_line_rolled_back_stays_missing_and_is_given_up(postgres_workspace: Workspace) -> None:
    ws = postgres_workspace
    seal(ws)
    with held_open(_in_a_transaction(ws, "反悔", KeyError)):
        _customer(ws, "快")
        seal(ws)
    (missing,) = Seal.select().order_by(Seal.number.desc()).first().missing
    ws.clock.advance(days=1, seconds=1)  # type: ignore[attr-defined]
    _customer(ws, "次日")
    seal(ws)
    assert Seal.select().order_by(Seal.number.desc()).first().missing == []
    assert not JournalLine.select().where(JournalLine.seq == missing).exists()
    assert verify().faults == ()


@pytest.mark.postgres
def test_sealing_holds_no_writer_up(postgres_workspace: Workspace) -> None:
    ws = postgres_workspace

    def seal_slowly() -> Iterator[None]:
        with write_transaction():
            assert seals.seal(ws.clock.now())
            yield

    with held_open(seal_slowly):
        database.execute_sql("SET lock_timeout = '2s'")
        customer = _customer(ws, "不等人")
        ws.door.change("customer", customer, {"region": "江苏"}, SYSTEM)
    assert Customer.get_by_id(customer).region == "江苏"
    seal(ws)
    assert verify().faults == ()


@pytest.mark.postgres
def test_two_sealers_at_once_make_one_chain(postgres_workspace: Workspace) -> None:
    ws = postgres_workspace
    for number in range(20):
        _customer(ws, f"客户{number}")
    start = threading.Barrier(4)

    def sealer() -> None:
        start.wait(10)
        seals.seal_all(ws.clock.now() + timedelta(seconds=1))
        database.close()

    threads = [threading.Thread(target=sealer) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert Seal.select().count() == 1
    assert verify().faults == ()
