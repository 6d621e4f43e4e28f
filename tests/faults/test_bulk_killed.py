"""The worker that carries a bulk act on, killed with SIGKILL at a write: no record half done, none done twice, and it goes on."""

from __future__ import annotations

import signal
import subprocess
import sys
from datetime import timedelta
from typing import Any

import pytest

from clew.core.journal.origin import SYSTEM, Actor, Origin
from clew.core.journal.verify import verify
from clew.core.kinds import Lead, Task
from clew.core.outbox import bulk as queue
from clew.core.running import drain, seal
from clew.core.storage.system_tables import BulkBatch, BulkRow, JournalLine
from clew.core.time.clock import SystemClock
from clew.core.workbench import bulk

pytestmark = [pytest.mark.faults, pytest.mark.slow]
LEADS = 12
KILLED = """
import os, signal, sys
from clew.core.opening import open_workspace
from clew.core.time.clock import SystemClock
from clew.core.workbench.bulk import run_bulk
from clew.core.write.transaction import Transaction

ws, left = open_workspace(clock=SystemClock()), [int(sys.argv[2])]
journal, where = Transaction._journal, sys.argv[3]

def until_killed(*args, **kwargs):
    left[0] -= 1
    if left[0] < 0 and where == "before":
        os.kill(os.getpid(), signal.SIGKILL)
    line = journal(*args, **kwargs)
    if left[0] < 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return line

Transaction._journal = until_killed
run_bulk(ws, sys.argv[1])
"""


@pytest.mark.parametrize(("action", "where"), [("set", "before"), ("set", "after"), ("task", "after")])
def test_a_bulk_act_and_its_undo_that_were_killed_do_each_record_once(
    house: Any, found: Any, action: str, where: str
) -> None:
    ws, workers = house
    ops = found(ws).user("ops")
    asked = Origin(Actor.of(ops), "console")
    owner = found(ws).sellers["华东一部"][0]
    with ws.door.transaction(SYSTEM) as tx:
        customer = tx.create("customer", {"name": "恒锐精密"}).record
        owned = {"owner_id": owner.id, "team_id": owner.team_id, "customer_id": customer.id}
        leads = [tx.create("lead", {"company": f"公司{number}", **owned}).record for number in range(LEADS)]
        tx.let_rules_pass()
    drain(ws)
    values = {"region": "华东"} if action == "set" else {"title": "回访一次"}
    batch = bulk.begin(ws, bulk.Act("lead", action, "华东", values), [(one.id, None) for one in leads], asked)

    def kill(writes: int) -> None:
        command = [sys.executable, "-c", KILLED, batch.id, str(writes), where]
        killed = subprocess.run(command, env=workers.environment, capture_output=True, text=True)
        assert killed.returncode == -signal.SIGKILL, killed.stderr
        # What the dead process held is free as soon as its lease is over.
        assert BulkBatch.get_by_id(batch.id).claimed_by
        BulkBatch.update(due_at=SystemClock().now() - timedelta(seconds=1)).execute()
        assert queue.due(ws) == [batch.id]

    def touched() -> int:
        if action == "set":
            return Lead.select().where(Lead.region == "华东").count()
        return Task.select().where((Task.title == "回访一次") & (Task.state == "open")).count()

    kill(5)
    assert touched() == BulkRow.select().where(BulkRow.state == "done").count() == 5
    kill(3)
    assert touched() == 8
    assert bulk.run_bulk(ws, batch.id)
    assert touched() == LEADS
    assert BulkBatch.get_by_id(batch.id).state == "ended"
    kinds = "lead.changed" if action == "set" else "task.created"
    assert JournalLine.select().where((JournalLine.actor_id == ops.id) & (JournalLine.kind == kinds)).count() == LEADS
    bulk.undo(ws, batch, asked)
    kill(4)
    assert touched() == LEADS - BulkRow.select().where(BulkRow.state == "undone").count() > 0
    assert bulk.run_bulk(ws, batch.id)
    assert touched() == 0
    assert BulkRow.select().where(BulkRow.state == "undone").count() == LEADS
    seal(ws)
    assert not verify().faults
