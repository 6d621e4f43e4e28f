"""Leads per second through the door, against bare peewee inserts in one transaction each: a ratio in one run."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from clew.core.journal.origin import SYSTEM
from clew.core.kinds import Customer, Lead
from clew.core.storage.database import database, door_opened
from clew.core.storage.ids import new_id
from clew.core.storage.system_tables import JournalLine

ROUNDS, LEADS = 5, 100
pytestmark = [pytest.mark.bench, pytest.mark.slow]


def test_the_door_against_bare_inserts(any_workspace: Any, capsys: pytest.CaptureFixture[str]) -> None:
    ws = any_workspace
    customer = ws.door.create("customer", {"name": "基准有限公司"}, SYSTEM).record
    values = {"company": "基准有限公司", "customer_id": customer.id, "industry": "电子", "budget": 100000}

    def through_the_door(n: int) -> None:
        ws.door.create("lead", values, SYSTEM)

    def bare(n: int) -> None:
        now = ws.clock.now()
        moments = {"created_at": now, "updated_at": now, "received_at": now, "stage_since": now}
        with door_opened(), database.atomic():
            Lead.create(id=new_id(now), stage="first_contact", **values, **moments)

    ratios = []
    for _ in range(ROUNDS):  # In turn, so that a slow moment of the machine meets both.
        ratios.append(_seconds(through_the_door) / _seconds(bare))
    with capsys.disabled():
        name = type(database.obj).__name__
        print(f"\n{name}: a lead through the door costs {sorted(ratios)[ROUNDS // 2]:.1f}x a bare insert", ratios)
    assert Lead.select().count() == 2 * ROUNDS * LEADS
    assert JournalLine.select().where(JournalLine.kind == "lead.created").count() == ROUNDS * LEADS
    assert Customer.select().count() == 1


def _seconds(act: Callable[[int], None]) -> float:
    start = time.perf_counter()
    for n in range(LEADS):
        act(n)
    return time.perf_counter() - start
