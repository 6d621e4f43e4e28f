"""Contracts that wait for somebody: since when, for whose customer, who sells them, and why they came back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from peewee import fn

from ...hooks.text import Text
from ..kinds import Contract, Customer, Lead, User
from ..storage.queries import Query, tuples
from ..storage.system_tables import JournalLine
from ..workspace import Workspace
from .order import longest_in_state

MOST = 50
_MOVED = "contract.status_changed"


@dataclass(frozen=True)
class WaitingContract:
    """One contract: `since` it is in its state, with the working `minutes` since.

    `who` brought it there or, where a rule did, `rule` is that rule's title.
    """

    contract: Contract
    customer: str
    seller: str
    since: datetime
    who: str
    reason: str
    minutes: int
    rule: Text | None = None


def contracts_of(ws: Workspace, rows: Query, most: int = MOST) -> list[WaitingContract]:
    """Return the contracts of a query with since when they wait, the oldest first."""
    found = list(longest_in_state(rows).limit(most))
    moved = _last_moves([one.id for one in found])
    customers = _named(Customer, [one.customer_id for one in found])
    leads = [one.lead_id for one in found if one.lead_id]
    sold = (
        dict(tuples(Lead.select(Lead.id, User.name).join(User, on=(Lead.owner == User.id)).where(Lead.id.in_(leads))))
        if leads
        else {}
    )
    calendar, now = ws.calendar.main, ws.clock.now()
    told = []
    for one in found:
        line = moved.get(one.id)
        since = line.at if line is not None else one.created_at
        told.append(
            WaitingContract(
                one,
                customers.get(one.customer_id, ""),
                sold.get(one.lead_id, ""),
                since,
                line.actor_name if line is not None and line.actor_kind == "user" else "",
                line.reason if line is not None else "",
                calendar.minutes_between(since, now),
                rule_title(ws, line.cause_rule) if line is not None and line.cause_rule else None,
            )
        )
    return sorted(told, key=lambda each: each.since)


def rule_title(ws: Workspace, code: str) -> Text:
    """Return the title of a rule in force; its code for one that no longer is."""
    title = next((one.title for one in ws.ruleset.rules if one.id == code), None)
    return Text(title["zh"], title["en"]) if title is not None else Text(code, code)


def _last_moves(ids: Sequence[str]) -> dict[str, JournalLine]:
    if not ids:
        return {}
    mine = (JournalLine.record_kind == "contract") & JournalLine.record_id.in_(ids) & (JournalLine.kind == _MOVED)
    last = JournalLine.select(fn.MAX(JournalLine.seq)).where(mine).group_by(JournalLine.record_id)
    return {line.record_id: line for line in JournalLine.select().where(JournalLine.seq.in_(last))}


def _named(model: type[Customer], ids: Sequence[str]) -> dict[str, str]:
    return dict(tuples(model.select(model.id, model.name).where(model.id.in_(ids)))) if ids else {}
