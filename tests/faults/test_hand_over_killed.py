"""The process that hands a leaver's work over, killed with SIGKILL at a write: nothing is half done, and it goes again."""

from __future__ import annotations

import signal
import subprocess
import sys
from typing import Any

import pytest

from clew.core.journal.origin import SYSTEM, Actor, Origin
from clew.core.journal.verify import verify
from clew.core.kinds import Lead, Notification, PersonnelChange, Task, User
from clew.core.people.leaving import leave, plan_leave
from clew.core.running import drain, seal
from clew.core.storage.system_tables import Dispatch, JournalLine

pytestmark = [pytest.mark.faults, pytest.mark.slow]
LEADS = 20
# One write begins the batch; a write each for a lead and its task; the person; the batch with its items; the messages.
WRITES = 1 + 2 * LEADS + 2
KILLED = """
import os, signal, sys
from clew.core.journal.origin import Actor, Origin
from clew.core.kinds import User
from clew.core.opening import open_workspace
from clew.core.people.leaving import leave
from clew.core.write.transaction import Transaction

ws, left = open_workspace(), [int(sys.argv[4])]
journal = Transaction._journal

def until_killed(*args, **kwargs):
    left[0] -= 1
    if left[0] < 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return journal(*args, **kwargs)

Transaction._journal = until_killed
leave(ws, sys.argv[1], Origin(Actor.of(User.get_by_id(sys.argv[2])), "console"), sys.argv[3])
"""


@pytest.mark.parametrize("writes", [1, LEADS + 1, WRITES - 1, WRITES])
def test_a_hand_over_that_was_killed_left_nothing_half_done(house: Any, found: Any, writes: int) -> None:
    ws, workers = house
    company = found(ws)
    leaver, admin = company.sellers["华东一部"][0], company.user("admin")
    with ws.door.transaction(SYSTEM) as tx:
        customer = tx.create("customer", {"name": "恒锐精密"}).record
        for number in range(LEADS):
            values = {"company": f"公司{number}", "customer_id": customer.id}
            owned = {"owner_id": leaver.id, "team_id": leaver.team_id}
            lead = tx.create("lead", {**values, **owned}).record
            tx.create("task", {"title": "寄样品", "lead_id": lead.id, "assignee_id": leaver.id})
        tx.let_rules_pass()
    drain(ws)
    asked = Origin(Actor.of(admin), "console")
    plan = plan_leave(ws, leaver.id, asked)
    lines, told, queued = (model.select().count() for model in (JournalLine, Notification, Dispatch))
    command = [sys.executable, "-c", KILLED, leaver.id, admin.id, plan.token, str(writes)]
    killed = subprocess.run(command, env=workers.environment, capture_output=True, text=True)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert [model.select().count() for model in (JournalLine, Notification, Dispatch)] == [lines, told, queued]
    assert PersonnelChange.select().count() == 0
    assert User.get_by_id(leaver.id).active
    assert {row.owner_id for row in Lead.select()} == {leaver.id}
    # The preview still holds, so the same click does it all.
    change = leave(ws, leaver.id, asked, plan.token)
    assert not User.get_by_id(leaver.id).active
    assert Lead.select().where(Lead.owner == leaver.id).count() == 0
    assert Task.select().where((Task.assignee == leaver.id) & (Task.state == "open")).count() == 0
    assert len(change.items) == len(plan.rows) + 1
    seal(ws)
    assert not verify().faults
