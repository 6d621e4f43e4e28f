"""Publishing at odd moments: what is examined is what is published, and no fault in a check holds up the house."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from clew.core.errors import Invalid
from clew.core.intake import take as intake
from clew.core.journal.origin import SYSTEM, Actor, Origin
from clew.core.kinds import Deadline, Lead, Notification, RuleRecord, RuleVersion
from clew.core.outbox import worker
from clew.core.rulebook import publishing
from clew.core.rulebook.publishing import approve
from clew.core.rulebook.versions import new_draft, submit
from clew.core.running import drain
from clew.core.workspace import Workspace

WORDS = {"zh": "大额", "en": "Large"}
RULE: dict[str, Any] = {
    "id": "large",
    "title": WORDS,
    "purpose": WORDS,
    "trigger": "lead.created",
    "group": "grade",
    "when": {"field": "lead.budget", "op": ">=", "value": 500000},
    "derive": {"grade_word": "A"},
    "tests": [
        {
            "title": WORDS,
            "event": "lead.created",
            "facts": {"event.kind": "lead.created", "lead.budget": 600000},
            "expect": {"fires": True},
        }
    ],
}


class Office:
    """A workspace with an author and a colleague."""

    def __init__(self, ws: Workspace, company: Any) -> None:
        self.ws = ws
        self.ops, self.manager = (Origin(Actor.of(company.user(role)), "console") for role in ("ops", "manager"))

    def submitted(self) -> RuleVersion:
        draft = new_draft(self.ws, RULE, self.ops)
        return submit(self.ws, draft.id, "请看", self.ops)

    def outrank(self) -> None:
        """Put a rule in force that takes the other's place in its group."""
        document = {**RULE, "id": "outranks", "priority": 9}
        del document["tests"]
        values = {"code": "outranks", "pack": "custom", "version": 1, "document": document}
        self.ws.door.create("rule", values, SYSTEM)


@pytest.fixture
def office(any_workspace: Workspace, found: Callable[[Workspace], Any]) -> Office:
    return Office(any_workspace, found(any_workspace))


def test_a_change_between_the_examination_and_the_publishing_is_examined_too(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = office.submitted()
    examine, examined = publishing._examine, []

    def and_then_it_changes(ws: Workspace, row: RuleVersion) -> Any:
        found = examine(ws, row)
        if not examined:
            office.outrank()
        examined.append(found)
        return found

    monkeypatch.setattr(publishing, "_examine", and_then_it_changes)
    with pytest.raises(Invalid, match="outranked by outranks"):
        approve(office.ws, version.id, office.manager)
    assert [one.against is None for one in examined] == [True, False]
    assert not RuleRecord.select().where(RuleRecord.code == "large").exists()
    assert RuleVersion.get_by_id(version.id).state == "review"


def test_nothing_changed_is_not_examined_twice(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    version = office.submitted()
    examine, examined = publishing._examine, []
    monkeypatch.setattr(publishing, "_examine", lambda ws, row: examined.append(row.id) or examine(ws, row))
    approve(office.ws, version.id, office.manager)
    assert examined == [version.id]
    assert RuleRecord.get(RuleRecord.code == "large").version == 1


def test_a_fault_in_a_check_stops_neither_deadlines_nor_events_and_goes_back_to_the_author(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    ws = office.ws
    version = office.submitted()
    approve(ws, version.id, office.manager, ws.clock.now() + timedelta(minutes=10))
    lead = intake.take(ws, {"company": "恒锐", "phone": "13812345678"}, SYSTEM).lead
    drain(ws)

    def faulty(ws: Workspace, row: RuleVersion) -> Any:
        raise ZeroDivisionError("a fault of ours")

    monkeypatch.setattr(publishing, "objections", faulty)
    ws.clock.advance(minutes=31)  # type: ignore[attr-defined]
    worker.run_due(ws)
    drain(ws)
    assert Deadline.get(Deadline.lead == lead.id).state == "missed"
    assert Lead.get_by_id(lead.id).escalated_at is not None
    back = RuleVersion.get_by_id(version.id)
    assert (back.state, back.published_at) == ("draft", None)
    assert "a fault of ours" in back.note
    told = Notification.select().where(Notification.user == office.ops.actor.id)
    assert any(one.title.startswith("已退回") for one in told)
