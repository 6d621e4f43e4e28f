"""Real workers, killed with SIGKILL at random moments: every lead is processed, and exactly once (law 5)."""

from __future__ import annotations

import csv
import os
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from clew.core.intake import take as intake
from clew.core.journal.origin import SYSTEM, Actor, Origin
from clew.core.journal.verify import verify
from clew.core.kinds import Deadline, Lead, Notification
from clew.core.running import drain, seal
from clew.core.storage.system_tables import Dispatch, JournalLine

OLIST = Path(os.environ.get("CLEW_TEST_OLIST", Path(__file__).parents[3] / "shared/data/olist"))
LEADS = int(os.environ.get("CLEW_TEST_KILL_LEADS", "600"))
pytestmark = [pytest.mark.faults, pytest.mark.slow]


def _rows() -> list[dict[str, str]]:
    """Olist's leads if the data are there, else made-up ones of the same shape."""
    if OLIST.is_dir():
        with next(OLIST.glob("*qualified*.csv")).open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))[:LEADS]
    return [{"mql_id": f"{n:032x}", "first_contact_date": "2018-01-01", "origin": "social"} for n in range(LEADS)]


def test_no_kill_loses_or_doubles_anything(house: Any, await_: Callable[..., Any]) -> None:
    ws, workers = house
    chance = random.Random(20261124)
    rows = _rows()
    # Moments are numbers of leads taken in: the same seed kills in the same places.
    moments = sorted(chance.sample(range(len(rows) // 20, len(rows)), 10))
    workers.start()
    by = Origin(Actor("import", name="olist"), "import")
    for n, row in enumerate(rows):
        values = {"company": f"{row['mql_id'][:16]} 商家", "external_id": row["mql_id"]}
        intake.take(ws, values, by, f"olist:{row['mql_id']}")
        if n in moments:
            await_(lambda: Dispatch.select().where(Dispatch.state == "done").exists(), "the first event", 60)
            workers.kill()
            workers.start()
    for _ in range(5):
        before = Dispatch.select().where(Dispatch.state == "done").count()
        if not Dispatch.select().where(Dispatch.state != "done").exists():
            break
        await_(
            lambda before=before: (
                Dispatch.select().where(Dispatch.state == "done").count() > before
                or not Dispatch.select().where(Dispatch.state != "done").exists()
            ),
            "progress",
            60,
        )
        workers.kill()
        workers.start()
    await_(lambda: not Dispatch.select().where(Dispatch.state != "done").exists(), "all events to be done", 240)

    ids = {lead.id for lead in Lead.select()}
    assert len(ids) == len(rows)
    for kind in ("lead.created", "lead.assigned", "deadline.created"):
        lines = JournalLine.select().where(JournalLine.kind == kind)
        if kind == "deadline.created":
            counts = Counter(line.after["lead_id"] for line in lines)
        else:
            counts = Counter(line.record_id for line in lines)
        assert counts == dict.fromkeys(ids, 1), kind
    owners = Lead.select().where(Lead.owner.is_null())
    assert not owners.exists()
    seal(ws)
    assert not verify().faults


@pytest.mark.alone
def test_an_unanswered_lead_escalates_within_five_seconds_of_the_moment(house: Any, await_: Callable[..., Any]) -> None:
    ws, workers = house
    lead = intake.take(ws, {"company": "等不及有限公司", "phone": "13812345678"}, SYSTEM).lead
    drain(ws)
    deadline = Deadline.get(Deadline.lead == lead.id)
    workers.start()
    due = datetime.now(UTC) + timedelta(seconds=3)
    ws.door.change("deadline", deadline.id, {"due_at": due}, SYSTEM)
    escalated = await_(lambda: Lead.get_by_id(lead.id).escalated_at, "the escalation", 60)
    assert timedelta(0) <= escalated - due <= timedelta(seconds=5)
    assert Notification.select().where(Notification.user == Lead.get_by_id(lead.id).escalated_to_id).count() == 1


def test_an_event_that_kills_its_worker_is_set_aside_and_the_others_go_on(
    house: Any, await_: Callable[..., Any], tmp_path: Path
) -> None:
    _, workers = house
    package = tmp_path / "poison"
    (package / "poison-1.0.dist-info").mkdir(parents=True)
    (package / "poison-1.0.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: poison\nVersion: 1.0\n")
    (package / "poison-1.0.dist-info" / "entry_points.txt").write_text("[clew.plugins]\npoison = poison:Poison\n")
    (package / "poison.py").write_text(
        "import os\nfrom clew import Plugin, hookimpl\n\n\nclass Poison(Plugin):\n    name = 'poison'\n"
        "    version = '1.0'\n\n    @hookimpl\n    def on_lead_created(self, event, context):\n"
        "        if event.record['company'].startswith('毒'):\n            os._exit(1)\n        return []\n"
    )
    workers.environment |= {"PYTHONPATH": str(package), "CLEW_MAX_ATTEMPTS": "3", "CLEW_LEASE_SECONDS": "1"}
    on = [sys.executable, "-m", "clew.core.cli", "plugins", "on", "poison"]
    subprocess.run(on, env=workers.environment, check=True, capture_output=True)
    workers.start()
    script = (
        "from clew.core.opening import open_workspace\nfrom clew.core.intake import take as intake\n"
        "from clew.core.journal.origin import SYSTEM\nws = open_workspace()\nws.queue.live = True\n"
        "for n, name in enumerate(['毒药有限公司', '好人甲公司', '善良乙公司']):\n"
        "    intake.take(ws, {'company': name, 'phone': f'1380000000{n}'}, SYSTEM)\n"
    )
    subprocess.run([sys.executable, "-c", script], env=workers.environment, check=True, capture_output=True)
    dead = await_(
        lambda: Dispatch.get_or_none((Dispatch.state == "dead") & (Dispatch.consumer == "plugin:poison")),
        "the poison to be set aside",
        90,
    )
    assert dead.attempts == 3
    assert "worker died 3 times" in dead.error
    await_(lambda: not Dispatch.select().where(Dispatch.state.in_(("pending", "running"))).exists(), "the others", 60)
    assert Dispatch.select().where((Dispatch.consumer == "plugin:poison") & (Dispatch.state == "done")).count() == 2
    assert not Lead.select().where(Lead.owner.is_null()).exists()
