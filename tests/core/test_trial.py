"""Trying a rule on a lead as it is, and as it was: nothing is written, and the past is the journal's."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from click.testing import CliRunner

from clew.core.cli.rules import rules_group
from clew.core.errors import NotFound
from clew.core.intake import take as intake
from clew.core.journal.origin import SYSTEM
from clew.core.kinds import Lead
from clew.core.rulebook.trial import NOW, When, moments_for, trial, trial_for
from clew.core.rulebook.versions import new_draft
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


def _of(ws: Workspace, lead: Lead, event: str) -> int:
    about = (JournalLine.record_id == lead.id) & (JournalLine.kind == event)
    return int(JournalLine.select().where(about).order_by(JournalLine.seq.desc()).get().seq)


def test_a_lead_is_tried_as_it_stood_when_the_rule_was_set_off(any_workspace: Workspace, lead: Lead) -> None:
    ws, actor = any_workspace, SYSTEM.actor
    changed = _of(ws, lead, "lead.changed")
    moments = moments_for(ws, actor, RULE, lead.id)
    assert [(one.seq, one.event) for one in moments] == [(changed, "lead.changed")]
    assert moments[0].what.en == "Lead changed: Budget ¥5 → ¥2,000.5", moments[0].what
    tried = trial_for(ws, actor, RULE, lead.id)
    assert (tried.seq, tried.fired) == (changed, True), "the newest event, nobody had answered then"
    assert tried.at == JournalLine.get_by_id(changed).at
    assert Decimal(str(tried.facts["lead.budget"])) == Decimal("2000.50")
    assert not trial_for(ws, actor, RULE, lead.id, when=NOW).fired, "somebody answered meanwhile"
    created = trial_for(ws, actor, {**RULE, "trigger": ["lead.created", "lead.changed"]}, lead.id)
    assert created.seq == changed
    first = When(seq=_of(ws, lead, "lead.created"))
    assert not trial_for(ws, actor, {**RULE, "trigger": ["lead.created", "lead.changed"]}, lead.id, when=first).fired


def test_what_the_event_led_to_along_with_it_is_seen(any_workspace: Workspace, lead: Lead) -> None:
    """A follow-up answers the lead in the same transaction, so a rule that hears of it sees the lead answered."""
    tried = trial_for(any_workspace, SYSTEM.actor, {**RULE, "trigger": "follow_up.created"}, lead.id)
    assert tried.event == "follow_up.created"
    assert tried.seq is not None
    assert tried.facts["lead.answered"] is True


def test_an_event_that_never_came_is_tried_now_and_another_records_is_refused(
    any_workspace: Workspace, lead: Lead
) -> None:
    ws, actor = any_workspace, SYSTEM.actor
    never = {**RULE, "trigger": "lead.outcome_changed"}
    assert moments_for(ws, actor, never, lead.id) == []
    assert trial_for(ws, actor, never, lead.id).seq is None
    other = intake.take(ws, {"company": "别家", "phone": "13812345679"}, SYSTEM).lead
    for seq in (_of(ws, other, "lead.created"), _of(ws, lead, "lead.created"), 0, -1, 2**70):
        with pytest.raises(NotFound, match="no event of this lead"):
            trial_for(ws, actor, RULE, lead.id, when=When(seq=seq))


def test_the_newest_moments_are_listed_however_many_there_were(any_workspace: Workspace, lead: Lead) -> None:
    ws = any_workspace
    for budget in range(30):
        ws.door.change("lead", lead.id, {"budget": 3000 + budget}, SYSTEM)
    moments = moments_for(ws, SYSTEM.actor, RULE, lead.id)
    assert len(moments) == 20
    assert [one.seq for one in moments] == sorted((one.seq for one in moments), reverse=True)
    assert "¥3,028 → ¥3,029" in moments[0].what.en


def test_the_command_line_lists_the_moments_and_tries_the_newest(any_workspace: Workspace, lead: Lead) -> None:
    ws = any_workspace
    changed = _of(ws, lead, "lead.changed")
    new_draft(ws, RULE, SYSTEM)

    def run(*words: str) -> str:
        found = CliRunner().invoke(rules_group, ["try", "tried", lead.id, *words], obj=lambda: ws)
        assert found.exit_code == 0, found.output
        return found.output

    assert f"→ #{changed}" in run()
    assert "✓" in run("--seq", str(changed))
    assert f"  #{changed}" in run("--now")
    both = CliRunner().invoke(rules_group, ["try", "tried", lead.id, "--now", "--seq", "3"], obj=lambda: ws)
    assert both.exit_code == 2
