"""Quotes: made of a lead, sent, answered; what each status says of when."""

from __future__ import annotations

from typing import Any

import pytest

from clew.core.errors import Conflict, Invalid
from clew.core.intake import take as intake
from clew.core.journal.origin import SYSTEM
from clew.core.kinds import Quote
from clew.core.workspace import Workspace


def quote(ws: Workspace, **values: Any) -> Quote:
    lead = intake.take(ws, {"company": "苏州恒锐精密"}, SYSTEM).lead
    made: Quote = ws.door.create(
        "quote", {"number": "Q-1", "amount": "86.4万", "lead_id": lead.id, **values}, SYSTEM
    ).record
    return made


def test_a_quote_belongs_to_its_leads_customer_and_is_sent_and_answered(any_workspace: Workspace) -> None:
    ws = any_workspace
    with pytest.raises(Invalid) as refused:
        quote(ws)
    assert [one.likely for one in refused.value.problems] == ["864000"]
    made = quote(ws, amount="864000", valid_until="2026-12-31")
    assert (made.customer_id, made.status, made.sent_at) == (made.lead.customer_id, "draft", None)
    sent = ws.door.change("quote", made.id, {"status": "sent"}, SYSTEM)
    ws.clock.advance(days=1)
    answered = ws.door.change("quote", made.id, {"status": "accepted"}, SYSTEM)
    assert (answered.sent_at, answered.answered_at) == (sent.sent_at, ws.clock.now())
    again = ws.door.change("quote", made.id, {"status": "sent"}, SYSTEM)
    assert (again.sent_at, again.answered_at) == (sent.sent_at, None)
    assert ws.door.change("quote", made.id, {"status": "draft"}, SYSTEM).sent_at is None
    with pytest.raises(Conflict):
        quote(ws, amount="1")


@pytest.mark.parametrize("wrong", [{"status": "gone"}, {"valid_until": "明年"}, {"amount": "NaN"}])
def test_what_a_quote_can_not_be_is_said(workspace: Workspace, wrong: dict[str, str]) -> None:
    with pytest.raises(Invalid) as refused:
        quote(workspace, **{"amount": "1", **wrong})
    assert [one.field for one in refused.value.problems] == list(wrong)
