"""A backtest's workers killed with SIGKILL on the way: other workers take it up, and the result is the same."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from clew.core import backtest
from clew.core.journal.origin import SYSTEM
from clew.core.kinds import Customer, Lead, RuleRecord
from clew.core.storage.database import database, door_opened
from clew.core.storage.ids import new_id
from clew.core.storage.system_tables import Backtest, BacktestDifference, BacktestPart, JournalLine

LEADS = 2_500
pytestmark = [pytest.mark.faults, pytest.mark.slow]


@pytest.mark.timeout(600)
def test_a_killed_backtest_is_taken_up_again_and_ends_the_same(house: Any, await_: Callable[..., Any]) -> None:
    ws, workers = house
    since = ws.clock.now() - timedelta(days=10)
    _history(since)
    document = RuleRecord.get(RuleRecord.code == "first-response-start").document
    draft = {**document, "tests": [], "then": [{"start_deadline": {"name": "first_response", "working_minutes": 5}}]}

    def ask() -> Backtest:
        return backtest.start(ws, [draft], since=since, origin=SYSTEM)

    whole = backtest.run(ws, ask().id)
    assert whole.state == "done", whole.error

    row = ask()
    kills = 0
    for _ in range(3):
        workers.start()
        before = Backtest.get_by_id(row.id).done
        await_(lambda before=before: Backtest.get_by_id(row.id).done != before or _ended(row.id), "progress", 90)
        if _ended(row.id):
            break
        workers.kill()
        kills += 1
    workers.start()
    await_(lambda: _ended(row.id), "the end", 240)
    again = Backtest.get_by_id(row.id)
    assert again.state == "done", again.error
    assert kills
    assert max(part.attempts for part in BacktestPart.select().where(BacktestPart.backtest_id == row.id)) > 1
    assert again.result["figures"] == whole.result["figures"]
    assert again.result["differences"] == whole.result["differences"] != {}
    assert _count(again) == _count(whole) == sum(sum(of.values()) for of in again.result["differences"].values())


def _ended(backtest_id: str) -> bool:
    return Backtest.get_by_id(backtest_id).state not in ("queued", "running")


def _count(row: Backtest) -> int:
    return int(BacktestDifference.select().where(BacktestDifference.backtest_id == row.id).count())


def _history(since: Any) -> None:
    """Leads that came in and were never answered, as the journal would tell it."""
    rows: list[dict[str, Any]] = []
    with door_opened(), database.atomic():
        for number in range(LEADS):
            at = since + timedelta(minutes=2 * number)
            about = {"industry": "精密加工", "region": "江苏"}
            ids = {"customer": f"C{number:025d}", "lead": f"L{number:025d}"}
            values = {
                "customer": {
                    "name": f"客户{number}有限公司",
                    "name_key": str(number),
                    **about,
                    "grade": "",
                    "extra": {},
                },
                "lead": {
                    "company": f"客户{number}有限公司",
                    "customer_id": ids["customer"],
                    **about,
                    "source": "phone",
                    "process": "sales",
                    "stage": "first_contact",
                    "outcome": "open",
                    "quality": "",
                    "extra": {},
                },
            }
            moments = {"received_at": at, "stage_since": at}
            for kind, model in (("customer", Customer), ("lead", Lead)):
                extra = moments if kind == "lead" else {}
                model.insert(id=ids[kind], created_at=at, updated_at=at, **values[kind], **extra).execute()
                after = {**values[kind], **{name: moment.isoformat() for name, moment in extra.items()}}
                who = {"actor_kind": "public", "channel": "form"}
                what = {"kind": f"{kind}.created", "record_kind": kind, "record_id": ids[kind], "record_revision": 1}
                rows.append({"id": new_id(at), "at": at, **who, **what, "before": {}, "after": after, "digest": ""})
            if len(rows) >= 400:
                JournalLine.insert_many(rows).execute()
                rows.clear()
        if rows:
            JournalLine.insert_many(rows).execute()
