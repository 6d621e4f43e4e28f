"""Sealing beside transactions of any size: what a seal keeps of missing numbers stays small, and none stops it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.core.journal import seals
from clew.core.journal.numbers import Spans, above, holds, minus, read, spans_of, written
from clew.core.journal.origin import SYSTEM
from clew.core.journal.verify import verify
from clew.core.running import seal
from clew.core.storage.database import database
from clew.core.storage.system_tables import JournalLine, Seal
from clew.core.workspace import Workspace

from .test_journal import _tamper

NUMBERS = st.sets(st.integers(1, 60))


def _set(spans: Spans) -> set[int]:
    return {number for first, last in spans for number in range(first, last + 1)}


@given(NUMBERS, NUMBERS, st.integers(0, 60))
def test_spans_are_the_sets_they_stand_for(one: set[int], other: set[int], floor: int) -> None:
    spans, others = spans_of(sorted(one)), spans_of(sorted(other))
    assert _set(spans) == one
    assert _set(minus(spans, others)) == one - other
    assert _set(above(spans, floor)) == {number for number in one if number > floor}
    assert {number for number in range(70) if holds(spans, number)} == one
    assert read(written(spans)) == spans
    assert read(sorted(one)) == spans, "a seal of an earlier Clew keeps each number by itself"


def _last() -> Seal:
    found: Seal = Seal.select().order_by(Seal.number.desc()).get()
    return found


def _customer(ws: Workspace, name: str) -> str:
    made: str = ws.door.create("customer", {"name": name}, SYSTEM).record.id
    return made


@pytest.mark.postgres
def test_a_large_transaction_rolled_back_leaves_a_small_seal_and_sealing_goes_on(postgres_workspace: Workspace) -> None:
    ws = postgres_workspace
    seal(ws)
    # The numbers that 70,000 lines of a transaction had taken: more than a statement takes parameters.
    database.execute_sql(
        "SELECT count(nextval(pg_get_serial_sequence('journal', 'seq'))) FROM generate_series(1, 70000)"
    )
    _customer(ws, "之后")
    assert seal(ws) == 1
    ((first, last),) = _last().missing
    assert last - first == 69_999
    _customer(ws, "再之后")
    assert seal(ws) == 1
    assert verify().faults == ()
    ws.clock.advance(days=1, seconds=1)  # type: ignore[attr-defined]
    _customer(ws, "次日")
    seal(ws)
    assert _last().missing == []
    assert verify().faults == ()


def test_many_late_lines_join_several_seals(any_workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    ws = any_workspace
    monkeypatch.setattr(seals, "_BATCH", 3)
    monkeypatch.setattr(seals, "_SPANS", 2)
    seal(ws)
    begun = _last().last_seq
    for number in range(9):
        _customer(ws, f"客户{number}")
    ours = [line.seq for line in JournalLine.select().where(JournalLine.seq > begun).order_by(JournalLine.seq)]
    # As if every second of these lines had been in a transaction still open when the next one was sealed.
    late = ours[:-1:2]
    database.execute_sql(f"CREATE TABLE held AS SELECT * FROM journal WHERE seq IN ({', '.join(map(str, late))})")
    _tamper(f"DELETE FROM journal WHERE seq IN ({', '.join(map(str, late))})")
    seal(ws)
    assert _set(read(_last().missing)) == set(late)
    _tamper("INSERT INTO journal SELECT * FROM held")
    assert seal(ws) == -(-len(late) // 3), "as many at once as a batch holds"
    assert _last().missing == []
    assert verify().faults == ()
