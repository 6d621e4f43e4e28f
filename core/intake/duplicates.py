"""Customers that may be one: put before operations when a name comes close, and merged when they say so."""

from __future__ import annotations

import re

from rapidfuzz import fuzz

from ..errors import NotFound
from ..kinds import Customer, PossibleDuplicate
from ..schema.identity import name_key
from ..storage.turns import MERGING, one_at_a_time
from ..write.transaction import Transaction
from . import identify, merging

CLOSE = 88.0
"""Names this alike (rapidfuzz ratio, 0–100) are shown to ops as a possible duplicate."""
_MOST = 500
_NUMBERS = re.compile(r"\d+|[〇零一二三四五六七八九十百千]+|(?<=第)[甲乙丙丁戊己庚辛壬癸]")


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
            & Customer.withdrawn_at.is_null()
        )
        .limit(_MOST)
    )
    for other in candidates:
        score = fuzz.ratio(customer.name_key, other.name_key)
        if score >= CLOSE and not are_serial(customer.name_key, other.name_key):
            values = {
                "customer_id": customer.id,
                "other_id": other.id,
                "score": round(score, 1),
                "reason": f"{customer.name} ≈ {other.name}",
            }
            with tx.automatically():  # Whoever enters the lead need not be one who decides about duplicates.
                tx.create("possible_duplicate", values)


def are_serial(one: str, other: str) -> bool:
    """Say whether two names differ in their numbers alone: 第一人民医院 and 第二人民医院 are two, however alike."""
    return one != other and _NUMBERS.sub("#", one) == _NUMBERS.sub("#", other)


def same_company(one: str, other: str) -> bool:
    """Say whether two names may be one company's: the same, one within the other, or close and no serial names."""
    ours, theirs = name_key(one), name_key(other)
    if ours == theirs or (min(len(ours), len(theirs)) > 1 and (ours in theirs or theirs in ours)):
        return True
    return fuzz.ratio(ours, theirs) >= CLOSE and not are_serial(ours, theirs)


def mention_same(tx: Transaction, customer: Customer, other: Customer) -> None:
    """Put before ops a customer made anew because its asker does not see the other one, unless they are asked already."""
    pair = (PossibleDuplicate.customer == customer.id) & (PossibleDuplicate.other == other.id)
    if PossibleDuplicate.select().where(pair).exists():
        return
    values = {
        "customer_id": customer.id,
        "other_id": other.id,
        "score": 100.0,
        "reason": f"{customer.name} = {other.name}",
    }
    with tx.automatically():
        tx.create("possible_duplicate", values)


def answer(tx: Transaction, pair_id: str, *, same: bool) -> None:
    """Merge a pair into the older of the two, or keep both. Raises NotFound if it was answered already."""
    one_at_a_time(MERGING)  # What each is merged into is read when no other merge goes on.
    pair = PossibleDuplicate.get_or_none((PossibleDuplicate.id == pair_id) & (PossibleDuplicate.state == "open"))
    if pair is None:
        raise NotFound("这一对已经处理过了。", "this pair has been dealt with")
    new, old = identify.surviving(pair.customer), identify.surviving(pair.other)
    if same and new.id != old.id:
        merge(tx, new.id, old.id)
        pair = PossibleDuplicate.get_by_id(pair.id)
    tx.change("possible_duplicate", pair.id, {"state": "merged" if same else "kept"})


def merge(tx: Transaction, customer_id: str, into_id: str) -> None:
    """Merge one customer into another: all that belongs to it moves along, the old one points on.

    What only the old one knows is filled in; where they differ, the one that stays keeps what it has.
    """
    merging.begin(tx.kinds, "customer", customer_id, into_id)
    merging.write(tx, merging.plan_merge(tx.kinds, tx.origin.actor, "customer", customer_id, into_id))
