"""Trying a rule on a lead as it is, and as it was: nothing is written, and the past is the journal's."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from clew.core.errors import NotFound
from clew.core.intake import take as intake
from clew.core.journal.origin import SYSTEM
from clew.core.kinds import Lead
from clew.core.rulebook.trial import trial
from clew.core.running import drain
from clew.core.storage.system_tables import Firing, JournalLine
from clew.core.workspace import Workspace

WORDS = {"zh": "试", "en": "Try"}
RULE = {
    "id": "tried",
    "title": WORDS,
    "purpose": WORDS,
    "trigger": "lead.changed",
    "when": {
        "all": [
            {"field": "lead.budget", "op": ">=", "value": 1000},
            {"field": "lead.answered", "op": "==", "value": False},
        ]
    },
    "then": [{"create_task": {"title": "跟 {lead.company}", "assignee": "owner"}}],
}


@pytest.fixture
def lead(any_workspace: Workspace, found: Callable[[Workspace], Any]) -> Lead:
    """A lead of two hours: its budget came after one, its answer after another."""
    ws = any_workspace
    found(ws)
    ws.clock.advance(hours=1)  # type: ignore[attr-defined]
    lead = intake.take(ws, {"company": "恒锐", "phone": "13812345678", "budget": "5"}, SYSTEM).lead
    drain(ws)
    ws.clock.advance(hours=1)  # type: ignore[attr-defined]
    ws.door.change("lead", lead.id, {"budget": "2000.50"}, SYSTEM)
    drain(ws)
    ws.clock.advance(hours=1)  # type: ignore[attr-defined]
    ws.door.create("follow_up", {"lead_id": lead.id, "way": "phone", "content": "聊过"}, SYSTEM)
    drain(ws)
    return Lead.get_by_id(lead.id)


def test_a_rule_is_tried_on_the_lead_as_it_was_at_a_moment(any_workspace: Workspace, lead: Lead) -> None:
    ws = any_workspace
    now = ws.clock.now()
    lines, firings = JournalLine.select().count(), Firing.select().count()
    tried = {hours: trial(ws, RULE, lead.id, at=now - timedelta(hours=hours, minutes=-1)) for hours in (1, 2)}
    assert {hours: one.fired for hours, one in tried.items()} == {1: True, 2: False}
    assert tried[1].decisions == ({"create_task": {"title": "跟 恒锐", "assignee": "owner"}},)
    assert Decimal(str(tried[1].facts["lead.budget"])) == Decimal("2000.50")
    assert Decimal(str(tried[2].facts["lead.budget"])) == 5
    assert not trial(ws, RULE, lead.id).fired, "somebody answered meanwhile"
    assert (JournalLine.select().count(), Firing.select().count()) == (lines, firings)


def test_there_was_no_lead_before_it_came(any_workspace: Workspace, lead: Lead) -> None:
    ws = any_workspace
    with pytest.raises(NotFound, match="there was no lead"):
        trial(ws, RULE, lead.id, at=ws.clock.now() - timedelta(hours=3))
    with pytest.raises(NotFound):
        trial(ws, RULE, "nobody")


def test_a_trial_says_clause_by_clause_why_not(any_workspace: Workspace, lead: Lead) -> None:
    tried = trial(any_workspace, RULE, lead.id)
    assert tried.explanations == {"tried": tried.explanation}
    assert not tried.explanation.holds
    assert len(tried.explanation.failed) == 1, "the budget is enough, the answer came"
