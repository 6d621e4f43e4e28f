"""Customers that may be one: put before operations when a name comes close, and merged when they say so."""

from __future__ import annotations

from rapidfuzz import fuzz

from ..kinds import Customer
from ..write.transaction import Transaction

CLOSE = 88.0
"""Names this alike (rapidfuzz ratio, 0–100) are shown to ops as a possible duplicate."""
_MOST = 500


def mention_alike(tx: Transaction, customer: Customer) -> None:
    """Put customers with a close name before ops; candidates share the first two characters, found by index."""
    start = customer.name_key[:2]
    if len(start) < 2:
        return
    candidates = (
        Customer.select()
        .where(
            (Customer.name_key >= start)
            & (Customer.name_key < start + "\U0010ffff")
            & (Customer.id != customer.id)
            & Customer.merged_into.is_null()
        )
        .limit(_MOST)
    )
    for other in candidates:
        score = fuzz.ratio(customer.name_key, other.name_key)
        if score >= CLOSE:
            values = {
                "customer_id": customer.id,
                "other_id": other.id,
                "score": round(score, 1),
                "reason": f"{customer.name} ≈ {other.name}",
            }
            with tx.automatically():  # Whoever enters the lead need not be one who decides about duplicates.
                tx.create("possible_duplicate", values)


def merge(tx: Transaction, customer_id: str, into_id: str) -> None:
    """Merge one customer into another: all that belongs to it moves along, the old one points on."""
    tx.change("customer", customer_id, {"merged_into_id": into_id})
