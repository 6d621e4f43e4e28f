"""A sample lead rehearsed: what the rules would do, with nothing written, nobody told, no plugin asked."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from clew.core.company.rehearsal import SAMPLE, rehearse
from clew.core.intake import take as intake
from clew.core.journal.origin import SYSTEM
from clew.core.kinds import Lead, Notification, RuleRecord, User
from clew.core.running import drain, run_until
from clew.core.storage.database import database
from clew.core.workspace import Workspace


def tables() -> dict[str, list[Any]]:
    """Return everything there is, table by table."""
    return {
        name: database.execute_sql(f'SELECT * FROM "{name}" ORDER BY 1').fetchall() for name in database.get_tables()
    }


def test_it_says_what_then_happens(workspace: Workspace, company: Any) -> None:
    ws = workspace
    told = rehearse(ws)
    lead = intake.take(ws, SAMPLE, SYSTEM).lead
    drain(ws)
    run_until(ws, ws.clock.now() + timedelta(hours=2))
    lead = Lead.get_by_id(lead.id)
    assert (told.owner, told.team) == (lead.owner.name, lead.team.name)
    assert told.escalated_to == User.get_by_id(lead.escalated_to_id).name
    messages = Notification.select().where(Notification.lead == lead.id)
    assert told.told == [one.user.name for one in messages]
    assert (told.minutes, told.failed, told.trouble) == (30, [], None)
    assert [(stop.what, stop.minutes) for stop in told.stops] == [
        ("assigned", 0), ("deadline", 30), ("escalated", 30), ("told", 30),
    ]  # fmt: skip


def test_nothing_is_written_and_no_plugin_hears(any_workspace: Workspace, monkeypatch: Any) -> None:
    ws = any_workspace
    ws.door.create("user", {"email": "a@a.example", "name": "甲", "roles": ["admin"]}, SYSTEM)
    monkeypatch.setattr(ws.plugins, "validate", lambda *_: pytest.fail("a plugin was asked"))
    monkeypatch.setattr(ws.queue, "send", lambda _: pytest.fail("something was sent"))
    before = tables()
    for _ in range(3):
        assert rehearse(ws).owner == "甲"
    assert tables() == before


def test_out_of_hours_it_counts_working_time(workspace: Workspace, company: Any) -> None:
    workspace.clock.advance(hours=12)
    assert rehearse(workspace).minutes == 30


def test_nobody_there_and_rules_that_fail_are_said(workspace: Workspace) -> None:
    told = rehearse(workspace)
    assert (told.owner, told.trouble) == ("", None)
    assert [one.zh for one in told.failed] == ["线索分配"]


def test_without_rules_there_is_no_deadline(workspace: Workspace) -> None:
    workspace.door.create("user", {"email": "a@a.example", "name": "甲", "roles": ["sales"]}, SYSTEM)
    for row in RuleRecord.select():
        workspace.door.change("rule", row.id, {"enabled": False}, SYSTEM)
    workspace.refresh()
    told = rehearse(workspace)
    assert (told.owner, told.minutes, told.stops) == ("", 0, [])


def test_a_lead_that_the_form_would_refuse_is_said(workspace: Workspace) -> None:
    words = {"label_zh": "预算来源", "label_en": "Budget from", "type": "text", "required": True}
    workspace.door.create("field_definition", {"kind": "lead", "name": "budget_from", **words}, SYSTEM)
    workspace.refresh()
    told = rehearse(workspace)
    assert told.trouble is not None
    assert "预算来源" in told.trouble.zh
