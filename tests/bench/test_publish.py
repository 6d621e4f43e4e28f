"""How long until one changed rule among 1,000 takes effect in a process, against compiling all rules anew."""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median
from typing import Any

import pytest

from clew.core.journal.origin import SYSTEM
from clew.core.kinds import RuleRecord
from clew.core.storage.database import database
from clew.core.workspace import Workspace
from clew.rules.engine.ruleset import Ruleset

from .sales_rules import events, rows

RULES, ROUNDS, EVENTS = 1000, 15, 300
pytestmark = [pytest.mark.bench, pytest.mark.slow]


def test_publishing_one_rule_among_a_thousand(any_workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    ws = any_workspace
    written = [row.document() for row in rows(RULES)]
    with ws.door.transaction(SYSTEM) as tx:
        for document in written:
            tx.create("rule", {"code": document["id"], "pack": "bench", "version": 1, "document": document})
    # Another process, as far as the configuration is concerned: it hears of a publish by the counter alone.
    other = Workspace(ws.settings, ws.db, ws.clock, ws.queue)
    other.refresh()
    followed, whole = [], []
    for number in range(ROUNDS):
        code = str(written[number * 61]["id"])
        row = RuleRecord.get(RuleRecord.code == code)
        task = {"create_task": {"title": f"{code} 第 2 版", "assignee": "owner"}}
        ws.door.change(
            "rule", row.id, {"version": 2, "document": {**row.document, "version": 2, "then": [task]}}, SYSTEM
        )
        followed.append(_seconds(other.refresh))
        # In turn, so that a slow moment of the machine meets both.
        whole.append(_seconds(lambda: Ruleset.compile(other.ruleset.rules).close()))
        assert next(rule.version for rule in other.ruleset.rules if rule.id == code) == 2
    fresh = Ruleset.compile(other.ruleset.rules)
    for event in events(RULES, EVENTS):
        facts = {"event.kind": "lead.created", **event}
        assert other.ruleset.evaluate("lead.created", facts, ws.clock.now()) == fresh.evaluate(
            "lead.created", facts, ws.clock.now()
        )
    idle = median(_seconds(other.refresh) for _ in range(ROUNDS))
    with capsys.disabled():
        name = type(database.obj).__name__
        print(
            f"\n{name}: one of {len(other.ruleset.rules)} rules takes effect in {median(followed) * 1000:.1f} ms a process"
            f" (worst {max(followed) * 1000:.1f}), {median(whole) / median(followed):.1f}x as fast as compiling all"
            f" ({median(whole) * 1000:.0f} ms); with nothing new it looks for {idle * 1000:.2f} ms"
        )
    other.ruleset.close()
    fresh.close()


def _seconds(act: Callable[[], Any]) -> float:
    start = time.perf_counter()
    act()
    return time.perf_counter() - start
