"""The lines of a customer's timeline, as far as their reader sees the records that they are about."""

from __future__ import annotations

from typing import Any

from peewee import SQL

from ..access import policy as access
from ..access.rows import Rows
from ..journal.origin import Actor
from ..kinds import Customer
from ..schema.kind import Kind
from ..schema.registry import Kinds
from ..storage.queries import Query, any_of, found_in
from ..storage.system_tables import JournalLine


def lines_of(kinds: Kinds, actor: Actor, customer_id: str) -> Query:
    """Return the lines of a customer whom an actor sees that are about records they see, to order and to page.

    Among them are those of the customers merged into it and, for what was split off another one, those of what moved,
    from before. Whoever sees a lead reads all about it, and of the customer what `Rows.reads_customer` allows; lines of
    kinds not in force are for those who see everything.
    """
    own = lineage(customer_id)
    origin = Customer.select(Customer.split_from).where(Customer.id == customer_id).scalar()
    ids = [*own, *(one for one in (lineage(origin) if origin else []) if one not in own)]
    query = JournalLine.select().where(
        JournalLine.customer_id == ids[0] if len(ids) == 1 else JournalLine.customer_id.in_(ids)
    )
    if access.may(actor, "see:all") and not origin:
        return query
    seen = Rows(kinds, actor, customer_id)
    of_customer = seen.reads_customer(customer_id)
    conditions = [
        (JournalLine.record_kind == kind.name) & found_in(JournalLine.record_id, _ids(seen, kind, own, of_customer))
        for kind in kinds.values()
        if kind.name == "customer" or hasattr(kind.model, "customer")
    ]
    return query.where(any_of(conditions))


def lineage(customer_id: str) -> list[str]:
    """Return a customer's id, and those of the customers that were merged into it, directly or by others."""
    found = newest = [customer_id]
    while newest:
        rows = Customer.select(Customer.id).where(Customer.merged_into.in_(newest)).order_by(Customer.id)
        newest = [row.id for row in rows if row.id not in found]
        found = [*found, *newest]
    return found


def _ids(seen: Rows, kind: Kind, own: list[str], of_customer: bool) -> Any:
    model: Any = kind.model
    if kind.name == "customer":
        return model.select(model.id).where(model.id.in_(own) & (SQL("1 = 1") if of_customer else False))
    if kind.name == "lead" or not kind.by_owner_alone:
        return seen.visible_ids(kind.name)
    # Tasks and messages about a lead that is seen, or the customer itself, whoever they are for.
    about = found_in(model.lead, seen.visible_ids("lead")) | found_in(model.id, seen.visible_ids(kind.name))
    if of_customer:
        about = about | model.lead.is_null()
    return model.select(model.id).where((model.customer == own[0]) & about)
