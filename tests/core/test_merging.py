"""Customers merged into one: never in a circle, whoever merges at the same moment."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from clew.core.errors import Conflict, NotFound
from clew.core.intake import duplicates
from clew.core.intake import take as intake
from clew.core.journal.origin import SYSTEM
from clew.core.kinds import Customer, PossibleDuplicate
from clew.core.storage.database import database, door_opened
from clew.core.workspace import Workspace

NAMES = ("苏州恒锐精密机械设备", "苏州恒瑞精密机械设备", "苏州恒睿精密机械设备")


def three(ws: Workspace) -> list[str]:
    return [intake.take(ws, {"company": name}, SYSTEM).customer.id for name in NAMES]


def pair(one: str, other: str) -> str:
    return str(
        PossibleDuplicate.get((PossibleDuplicate.customer == one) & (PossibleDuplicate.other == other)).id,
    )


def answer(ws: Workspace, pair_id: str, *, same: bool = True) -> None:
    with ws.door.transaction(SYSTEM) as tx:
        duplicates.answer(tx, pair_id, same=same)


def test_nobody_is_merged_into_themselves_or_in_a_circle(any_workspace: Workspace) -> None:
    ws = any_workspace
    a, b, c = three(ws)

    def merge(one: str, into: str) -> Any:
        return ws.door.change("customer", one, {"merged_into_id": into}, SYSTEM)

    with pytest.raises(Conflict, match="into itself"):
        merge(a, a)
    merge(b, a)
    for one, into in ((a, b), (c, b), (b, c)):
        with pytest.raises(Conflict, match="merged into another customer already"):
            merge(one, into)
    merge(a, c)
    assert intake.take(ws, {"company": NAMES[1]}, SYSTEM).customer.id == c


def test_a_pair_is_answered_once(any_workspace: Workspace) -> None:
    a, b, _ = three(any_workspace)
    answer(any_workspace, pair(b, a), same=False)
    with pytest.raises(NotFound, match="dealt with"):
        answer(any_workspace, pair(b, a))
    assert Customer.get_by_id(b).merged_into_id is None


@pytest.mark.postgres
def test_two_answers_at_once_leave_one_customer(postgres_workspace: Workspace) -> None:
    ws = postgres_workspace
    a, b, c = three(ws)
    answer(ws, pair(c, a))
    together, failed = threading.Barrier(2), []

    def merge(pair_id: str) -> None:
        try:
            together.wait(10)
            answer(ws, pair_id)
        except Exception as error:
            failed.append(error)
        finally:
            database.close()

    threads = [threading.Thread(target=merge, args=(one,)) for one in (pair(c, b), pair(b, a))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert not failed
    assert Customer.select().where(Customer.merged_into.is_null()).count() == 1


def test_a_circle_that_an_older_version_left_stops_nobody(any_workspace: Workspace) -> None:
    ws = any_workspace
    a, b, _ = three(ws)
    with door_opened():
        for one, into in ((a, b), (b, a)):
            Customer.update(merged_into=into).where(Customer.id == one).execute()
    assert intake.take(ws, {"company": NAMES[0]}, SYSTEM).customer.id in (a, b)
