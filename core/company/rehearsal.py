"""A sample lead taken through the rules in force, to the escalation, and taken back: nothing is written, nobody is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ...hooks.text import Text
from ..errors import ClewError
from ..intake import take as intake
from ..journal.origin import SYSTEM
from ..kinds import Deadline, Lead, Notification, Team, User
from ..outbox.decisions import RULES, decide
from ..storage.system_tables import Dispatch, JournalLine
from ..workspace import Workspace
from ..write.transaction import Transaction

SAMPLE: Mapping[str, Any] = {
    "company": "昆山拓锋模具",
    "industry": "精密加工",
    "region": "苏州",
    "budget": 320_000,
    "phone": "13800000000",
    "source": "web_form",
}
_MOST_EVENTS = 60
"""Rules that set each other off for longer go round in circles."""


@dataclass
class Rehearsal:
    """What became of the sample: who owns it, by when they must answer, to whom it escalates, who is told."""

    owner: str = ""
    team: str = ""
    minutes: int = 0
    escalated_to: str = ""
    told: list[str] = field(default_factory=list)
    trouble: Text | None = None


class _TakenBack(Exception):
    """Ends a transaction that was only a rehearsal."""


def rehearse(ws: Workspace, values: Mapping[str, Any] = SAMPLE) -> Rehearsal:
    """Return what the rules in force do with a lead from the web form that nobody answers."""
    found = Rehearsal()
    try:
        with ws.door.transaction(SYSTEM.because("rehearsal")) as tx:
            _play(ws, tx, values, found)
            raise _TakenBack
    except _TakenBack:
        pass
    except ClewError as error:
        found.trouble = error.text
    return found


def _play(ws: Workspace, tx: Transaction, values: Mapping[str, Any], found: Rehearsal) -> None:
    lead_id = intake.take_in(ws, tx, values).lead.id
    _decide(ws, tx)
    lead = Lead.get_by_id(lead_id)
    owner = User.get_or_none(User.id == lead.owner_id)
    team = Team.get_or_none(Team.id == lead.team_id)
    found.owner, found.team = owner.name if owner else "", team.name if team else ""
    waiting = Deadline.select().where((Deadline.about_id == lead_id) & (Deadline.state == "open"))
    deadline = waiting.order_by(Deadline.due_at).first()
    if deadline is not None:
        found.minutes = deadline.working_minutes
        tx.caused_by(SYSTEM)
        tx.change("deadline", deadline.id, {"state": "missed", "closed_at": tx.now})
        _decide(ws, tx)
        lead = Lead.get_by_id(lead_id)
        to = User.get_or_none(User.id == lead.escalated_to_id)
        found.escalated_to = to.name if to else ""
    told = Notification.select().where(Notification.lead == lead_id)
    found.told = list(dict.fromkeys(message.user.name for message in told.order_by(Notification.id)))


def _decide(ws: Workspace, tx: Transaction) -> None:
    """Let the rules decide on every event of this transaction that they have not decided on, as a worker would."""
    done = 0
    while tx.dispatches and done < _MOST_EVENTS:
        row = Dispatch.get_by_id(tx.dispatches.pop(0))
        if row.consumer == RULES:
            done += 1
            decide(ws, tx, JournalLine.get(JournalLine.seq == row.seq), row)
