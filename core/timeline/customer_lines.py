"""The lines of a customer's timeline, as far as their reader sees the records that they are about."""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import Any

from ..access import policy as access
from ..access.at_customer import AtCustomer
from ..journal.origin import Actor
from ..schema.kind import Kind
from ..schema.registry import Kinds
from ..storage.queries import Query
from ..storage.system_tables import JournalLine


def lines_of(kinds: Kinds, actor: Actor, customer_id: str) -> Query:
    """Return the lines of a customer whom an actor sees that are about records they see, to order and to page.

    Whoever sees a lead reads all about it; lines of kinds not in force are for those who see everything.
    """
    query = JournalLine.select().where(JournalLine.customer_id == customer_id)
    if access.may(actor, "see:all"):
        return query
    seen = AtCustomer(kinds, actor, customer_id)
    conditions = [
        (JournalLine.record_kind == kind.name) & JournalLine.record_id.in_(_ids(seen, kind, customer_id))
        for kind in kinds.values()
        if kind.name == "customer" or hasattr(kind.model, "customer")
    ]
    return query.where(reduce(or_, conditions))


def _ids(seen: AtCustomer, kind: Kind, customer_id: str) -> Any:
    model: Any = kind.model
    if kind.visible is None or kind.name in ("customer", "lead", "contract"):
        return seen.ids(kind.name)
    # Tasks and messages about a lead that is seen, or the customer itself, whoever they are for.
    about = model.lead.is_null() | model.lead.in_(seen.ids("lead")) | model.id.in_(seen.ids(kind.name))
    return model.select(model.id).where((model.customer == customer_id) & about)
