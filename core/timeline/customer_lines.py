"""The lines of a customer's timeline, as far as their reader sees the records that they are about."""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import Any

from ..access import policy as access
from ..journal.origin import Actor
from ..schema.kind import Kind
from ..schema.registry import Kinds
from ..storage.queries import Query
from ..storage.system_tables import JournalLine


def lines_of(kinds: Kinds, actor: Actor, customer_id: str) -> Query:
    """Return the lines of a customer whose records an actor may see, as a query to order and to page.

    Whoever sees a lead reads all about it; lines of kinds not in force are for those who see everything.
    """
    query = JournalLine.select().where(JournalLine.customer_id == customer_id)
    if access.may(actor, "see:all"):
        return query
    conditions = [(JournalLine.record_kind == "customer") & (JournalLine.record_id == customer_id)]
    for kind in kinds.values():
        if kind.name != "customer" and hasattr(kind.model, "customer"):
            ids = _ids(kinds, actor, kind, customer_id)
            conditions.append((JournalLine.record_kind == kind.name) & JournalLine.record_id.in_(ids))
    return query.where(reduce(or_, conditions))


def _ids(kinds: Kinds, actor: Actor, kind: Kind, customer_id: str) -> Any:
    """Return the customer's records of a kind that an actor may see, by their ids."""
    model: Any = kind.model
    seen = access.visible(kinds, actor, kind.name).select(model.id)
    seen = seen.where(model.customer == customer_id)
    if kind.name == "lead" or not hasattr(model, "lead") or kind.data:
        return seen
    # Tasks and messages about a lead or the customer, whoever they are for.
    leads = access.visible_leads(actor)
    leads = leads.where(leads.model.customer == customer_id).select(leads.model.id)
    about = model.lead.is_null() | model.lead.in_(leads)
    mine = access.visible(kinds, actor, kind.name).select(model.id)
    return model.select(model.id).where((model.customer == customer_id) & (about | model.id.in_(mine)))
