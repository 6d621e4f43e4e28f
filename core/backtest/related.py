"""The records around a lead that rules may `match` against, in a backtest's world: the rows of `core.facts.collections`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from ..facts.collections import MOST
from .lines import Values
from .store import World

Rows = list[dict[str, Any]]


def collection(world: World, name: str, lead: Values | None, contract: Values | None) -> Rows | None:
    """Return the rows of a collection, the newest first; None where the event has none."""
    return COLLECTIONS[name](world, lead, contract)


def _of_customer(world: World, lead: Values | None, contract: Values | None) -> Rows | None:
    customer_id = (lead or contract or {}).get("customer_id")
    if customer_id is None:
        return None
    held = world.records["contract"]
    rows = [held[one] for one in sorted(world.of_customer["contract"].get(customer_id, ()), reverse=True)]
    if contract is not None:
        rows = [contract, *(row for row in rows if row is not contract)]
    return _flat(rows, ("number", "status", "amount", "signed_at"))


def _leads(world: World, lead: Values | None, contract: Values | None) -> Rows | None:
    customer_id = (lead or contract or {}).get("customer_id")
    if customer_id is None:
        return None
    held = world.records["lead"]
    ids = sorted(world.leads_of_customer.get(customer_id, ()), reverse=True)
    others = [held[one] for one in ids if lead is None or one != lead["id"]]
    return _flat(others, ("id", "company", "stage", "outcome", "budget", "received_at"))


def _of_lead(kind: str, names: tuple[str, ...]) -> Callable[[World, Values | None, Values | None], Rows | None]:
    def rows(world: World, lead: Values | None, contract: Values | None) -> Rows | None:
        if lead is None:
            return None
        found = sorted(world.related(kind, lead["id"]), key=lambda row: row["id"], reverse=True)
        return _flat(found, names)

    return rows


def _sellers(world: World, lead: Values | None, contract: Values | None) -> Rows | None:
    sellers = (
        (len(world.open_leads_of.get(one, ())), one, user)
        for one, user in world.records["user"].items()
        if user.get("active", True) and "sales" in user["roles"]
    )
    rows: Rows = []
    for load, user_id, user in sorted(sellers, key=lambda seller: seller[:2])[:MOST]:
        team = world.get("team", user.get("team_id"))
        rows.append({"id": user_id, "name": user["name"], "team": team["name"] if team else None, "open_leads": load})
    return rows


def _flat(records: Iterable[Values], names: tuple[str, ...]) -> Rows:
    rows = [{name: None if row.get(name) == "" else row.get(name) for name in names} for row in records]
    return rows[:MOST]


COLLECTIONS: dict[str, Callable[[World, Values | None, Values | None], Rows | None]] = {
    "contracts": _of_customer,
    "leads": _leads,
    "follow_ups": _of_lead("follow_up", ("way", "effective", "at")),
    "tasks": _of_lead("task", ("title", "kind", "state", "due_at")),
    "deadlines": _of_lead("deadline", ("name", "state", "due_at")),
    "sellers": _sellers,
}
