"""A morning at the company: late leads, a new one, tasks, contracts at their states, payments, a dead letter."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from clew.core.intake import take as intake
from clew.core.journal.origin import SYSTEM, Actor, Origin
from clew.core.kinds import Contract, Lead, User
from clew.core.running import drain, run_until
from clew.core.storage.system_tables import Dispatch
from clew.core.workspace import Workspace

from .founding import Company

LATE = ("绍兴云织", "杭州听澜", "嘉兴科恩")


@dataclass(frozen=True)
class Morning:
    """Who is who, and what there is."""

    manager: User
    seller: User
    colleague: User
    late: list[Lead]
    fresh: Lead
    to_review: list[Contract]
    overdue: Contract
    """Signed long ago and not invoiced."""


def live_a_morning(ws: Workspace, company: Company) -> Morning:
    """Live from 9:00 to 9:50 on the workspace's simulated clock."""
    seller, colleague = company.sellers["华东一部"]
    begins = ws.clock.now()
    late = [_given(ws, company, seller, name, number) for number, name in enumerate(LATE)]
    run_until(ws, begins + timedelta(minutes=45))
    fresh = _given(ws, company, seller, "宁波澜图", 7)
    older = _given(ws, company, colleague, "南通博屿", 8)
    by = _by(seller)
    for title, due in (
        ("发报价", begins + timedelta(minutes=10)),
        ("约演示", begins + timedelta(hours=6)),
        ("寄样品", None),
    ):
        values = {"title": title, "assignee_id": seller.id, "lead_id": fresh.id, "customer_id": fresh.customer_id}
        ws.door.create("task", values | ({"due_at": due} if due else {}), by)
    to_review = [_contract(ws, lead, f"S-{number}", "legal_review", by) for number, lead in enumerate(late[:2])]
    _contract(ws, late[2], "S-8", "revising", by)
    signed = _contract(ws, older, "S-9", "legal_review", _by(colleague))
    long_ago = {"status": "signed", "signed_at": begins - timedelta(days=14)}
    ws.door.change("contract", signed.id, long_ago, _by(company.user("legal")))
    for number, amount in (("HK-1", 99_600), ("HK-2", 100_000)):
        paid = {"number": number, "customer_id": older.customer_id, "amount": amount, "paid_at": ws.clock.now()}
        ws.door.create("payment", paid, SYSTEM)
    drain(ws)
    now = ws.clock.now()
    Dispatch.insert(
        seq=1, kind="lead.created", consumer="rules", record_kind="lead", record_id=fresh.id,
        state="dead", attempts=3, due_at=now, created_at=now, rules_at=now, error="",
    ).execute()  # fmt: skip
    run_until(ws, begins + timedelta(minutes=50))
    drain(ws)
    return Morning(company.managers["华东一部"], seller, colleague, late, fresh, to_review, signed)


def _by(user: User) -> Origin:
    return Origin(Actor.of(user), "console")


def _given(ws: Workspace, company: Company, owner: User, name: str, number: int) -> Lead:
    values: dict[str, Any] = {"company": name, "contact_name": "沈国良", "phone": f"1381234567{number}"}
    values |= {"industry": "电子", "region": "江苏", "budget": 200_000 + 50_000 * number, "source": "phone"}
    lead = intake.take(ws, values, SYSTEM).lead
    drain(ws)
    to = {"owner_id": owner.id, "team_id": owner.team_id}
    ws.door.change("lead", lead.id, to, _by(company.user("ops")))
    drain(ws)
    return Lead.get_by_id(lead.id)


def _contract(ws: Workspace, lead: Lead, number: str, status: str, by: Origin) -> Contract:
    values = {"number": number, "customer_id": lead.customer_id, "lead_id": lead.id, "amount": 100_000}
    made = ws.door.create("contract", values, by).record
    ws.door.change("contract", made.id, {"status": status}, by)
    return made
