"""The records around a lead that rules may `match` against: its customer's contracts, its tasks, the sellers, …"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol

from peewee import JOIN, ModelSelect, fn

from ..models import Contract, Deadline, FollowUp, Lead, Task, Team, User

MOST = 50
"""So many rows of each, the newest first: a rule that joins them must stay quick."""


_LEAD = ("id", "company", "stage", "outcome", "budget", "received_at")


class Wants(Protocol):
    """Says whether a collection of this name will be asked for."""

    def __call__(self, *names: str) -> bool: ...


def rows(wants: Wants, lead: Lead | None, contract: Contract | None = None) -> dict[str, list[dict[str, Any]]]:
    """Return the collections that are asked for, each a list of flat rows, the newest first.

    A contract that is about to be saved stands among the customer's contracts as it would be.
    """
    found: dict[str, list[dict[str, Any]]] = {}
    customer_id = lead.customer_id if lead else contract.customer_id if contract else None
    if customer_id is not None:
        if wants("contracts"):
            found["contracts"] = _contracts(customer_id, contract)
        if wants("leads"):
            others = Lead.select().where(Lead.customer == customer_id).order_by(Lead.id.desc()).limit(MOST + 1)
            own = lead.id if lead else None
            found["leads"] = _flat((one for one in others if one.id != own), _LEAD)[:MOST]
    if lead is not None:
        for name, model, names in (
            ("follow_ups", FollowUp, ("way", "effective", "at")),
            ("tasks", Task, ("title", "kind", "state", "due_at")),
            ("deadlines", Deadline, ("name", "state", "due_at")),
        ):
            if wants(name):
                query = model.select().where(model.lead == lead.id)
                found[name] = _flat(query.order_by(model.id.desc()).limit(MOST), names)
    if wants("sellers"):
        found["sellers"] = _sellers()
    return found


def _contracts(customer_id: str, unsaved: Contract | None) -> list[dict[str, Any]]:
    query: ModelSelect = Contract.select().where(Contract.customer == customer_id)
    kept = [one for one in query.order_by(Contract.id.desc()).limit(MOST) if unsaved is None or one.id != unsaved.id]
    given = [unsaved, *kept] if unsaved is not None else kept
    return _flat(given, ("number", "status", "amount", "signed_at"))[:MOST]


def _sellers() -> list[dict[str, Any]]:
    """Return the active sellers, whoever has the fewest open leads first."""
    load = fn.COUNT(Lead.id)
    query = (
        User.select(User.id, User.name, User.roles, Team.name, load)
        .join(Team, JOIN.LEFT_OUTER, on=(User.team == Team.id))
        .join(Lead, JOIN.LEFT_OUTER, on=((Lead.owner == User.id) & (Lead.outcome == "open")))
        .where(User.active)
        .group_by(User.id, User.name, User.roles, Team.name)
        .order_by(load, User.id)
        .tuples()
    )
    sellers = [
        {"id": user_id, "name": name, "team": team, "open_leads": count}
        for user_id, name, roles, team, count in query
        if "sales" in roles
    ]
    return sellers[:MOST]


def _flat(records: Iterable[Any], names: tuple[str, ...]) -> list[dict[str, Any]]:
    return [{name: None if (value := getattr(one, name)) == "" else value for name in names} for one in records]
