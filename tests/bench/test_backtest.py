"""A backtest of a hundred thousand events over a thousand rules: its seconds, beside bare evaluation of the same."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from clew.core import backtest
from clew.core.backtest.runs import CANDIDATE, live, rules_of_run
from clew.core.journal.origin import SYSTEM
from clew.core.kinds import Lead
from clew.core.storage.database import door_opened
from clew.core.storage.system_tables import BacktestDifference
from clew.core.workspace import Workspace
from clew.rules.engine.outcome import Outcome
from clew.rules.engine.ruleset import Ruleset

from .history import acts, write
from .sales_rules import rows

LEADS, RULES = 14_000, 1_000
TRIGGERS = ["lead.created", "follow_up.created", "lead.stage_changed", "lead.assigned"]
pytestmark = [pytest.mark.bench, pytest.mark.slow]


@pytest.mark.timeout(1200)
def test_a_hundred_thousand_events_over_a_thousand_rules(
    workspace: Workspace, found: Callable[[Workspace], Any], capsys: pytest.CaptureFixture[str]
) -> None:
    ws = workspace
    found(ws)
    documents = [row.document() | {"trigger": TRIGGERS, "version": 1} for row in rows(RULES)]
    for number, document in enumerate(documents):
        if number % 2:
            document["then"] = [{"notify": {"to": "owner_manager", "title": "{lead.company}", "body": "有进展"}}]
    with ws.door.transaction(SYSTEM) as tx:
        for document in documents:
            tx.create("rule", {"code": document["id"], "pack": "bench", "version": 1, "document": document})
    start = ws.clock.now() + timedelta(hours=1)
    write(ws, acts(start, LEADS, 30, RULES))
    until = start + timedelta(seconds=LEADS * 30 + 10 * 3600)
    ws.clock.set(until)  # type: ignore[attr-defined]
    draft = documents[0] | {"then": [{"create_task": {"title": "另一件事", "assignee": "owner"}}]}

    begun = time.perf_counter()
    row = backtest.start(ws, [draft], since=start, until=until, origin=SYSTEM)
    row = backtest.run(ws, row.id)
    whole = time.perf_counter() - begun

    assert row.state == "done", row.error
    told = row.result["runs"]["candidate"]
    assert told["events"] >= 100_000
    assert told["failed"] == {} == told["endless"]
    assert told["skipped"] == 0
    changed = BacktestDifference.select().where(BacktestDifference.backtest_id == row.id)
    assert {one.rule for one in changed} == {draft["id"]}
    assert changed.count() == 2 * row.result["runs"]["baseline"]["fired"][draft["id"]]

    bare = _bare(ws, row)
    with capsys.disabled():
        print(
            f"\n{told['events']:,} events over {told['rules']:,} rules, two runs: {whole:.1f} s "
            f"({told['events'] / whole:,.0f} events/s a run); runs {row.result['runs']['baseline']['seconds']:.1f} s "
            f"and {told['seconds']:.1f} s, computing {row.result['runs']['baseline']['cpu']:.1f} s and {told['cpu']:.1f} s; "
            f"{changed.count():,} differences"
        )
        print(f"one run costs {told['cpu'] / bare:.1f}x a bare loop of Ruleset.evaluate ({bare:.1f} s)")


@pytest.mark.timeout(600)
def test_memory_follows_the_period_not_the_journal(
    workspace: Workspace, found: Callable[[Workspace], Any], capsys: pytest.CaptureFixture[str]
) -> None:
    ws = workspace
    found(ws)
    documents = [row.document() | {"trigger": TRIGGERS, "version": 1} for row in rows(RULES)][:20]
    with ws.door.transaction(SYSTEM) as tx:
        for document in documents:
            tx.create("rule", {"code": document["id"], "pack": "bench", "version": 1, "document": document})
    draft = documents[0] | {"then": [{"create_task": {"title": "另一件事", "assignee": "owner"}}]}
    peaks, start = [], ws.clock.now() + timedelta(hours=1)
    for longer in (0, 9_000):
        for leads in (longer, 1_000):
            with door_opened():  # What came in before the period is closed by then.
                Lead.update(outcome="won").execute()
            since = start
            write(ws, acts(start, leads, 30, RULES))
            start += timedelta(seconds=leads * 30 + 10 * 3600)
        ws.clock.set(start)  # type: ignore[attr-defined]
        row = backtest.start(ws, [draft], since=since, until=start, origin=SYSTEM)
        tracemalloc.start()
        live(ws, row, CANDIDATE, row.since, row.until, lambda lines, at: True)
        peaks.append(tracemalloc.get_traced_memory()[1] / 1e6)
        tracemalloc.stop()
        backtest.stop(ws, row.id, SYSTEM)
    with capsys.disabled():
        print(f"\n1,000 leads lived again: {peaks[0]:.0f} MB after 0 others, {peaks[1]:.0f} MB after 10,000")
    assert peaks[1] < 1.5 * peaks[0]


def _bare(ws: Workspace, row: Any) -> float:
    """Return the seconds that evaluating alone takes, by the first 5,000 facts that the backtest saw."""
    seen: list[tuple[str, dict[str, Any], Any]] = []

    class Listening(Ruleset):
        def evaluate(self, event: str, facts: Any, now: Any) -> Outcome:
            seen.append((event, dict(facts), now))
            return super().evaluate(event, facts, now)

    patch = pytest.MonkeyPatch()
    patch.setattr("clew.core.backtest.runs.Ruleset", Listening)
    live(ws, row, CANDIDATE, row.since, row.until, lambda lines, at: len(seen) < 5_000)
    patch.undo()
    ruleset = Ruleset.compile(rules_of_run(row, CANDIDATE))
    begun = time.process_time()
    for event, facts, now in seen[:5_000]:
        ruleset.evaluate(event, facts, now)
    spent = time.process_time() - begun
    return float(spent * row.result["runs"]["candidate"]["events"] / 5_000)
