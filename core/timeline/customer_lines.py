"""The lines of a customer's timeline, as far as their reader sees the records that they are about."""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import Any

from peewee import SQL

from ..access import policy as access
from ..access.rows import Rows
from ..journal.origin import Actor
from ..schema.kind import Kind
from ..schema.registry import Kinds
from ..storage.queries import Query, found_in
from ..storage.system_tables import JournalLine


def lines_of(kinds: Kinds, actor: Actor, customer_id: str) -> Query:
    """Return the lines of a customer whom an actor sees that are about records they see, to order and to page.

    Whoever sees a lead reads all about it, and of the customer what `Rows.reads_customer` allows; lines of kinds not in force are for those who see everything.
    """
    query = JournalLine.select().where(JournalLine.customer_id == customer_id)
    if access.may(actor, "see:all"):
        return query
    seen = Rows(kinds, actor, customer_id)
    of_customer = seen.reads_customer(customer_id)
    conditions = [
        (JournalLine.record_kind == kind.name)
        & found_in(JournalLine.record_id, _ids(seen, kind, customer_id, of_customer))
        for kind in kinds.values()
        if kind.name == "customer" or hasattr(kind.model, "customer")
    ]
    return query.where(reduce(or_, conditions))


def _ids(seen: Rows, kind: Kind, customer_id: str, of_customer: bool) -> Any:
    model: Any = kind.model
    if kind.name == "customer":
        return model.select(model.id).where((model.id == customer_id) & (SQL("1 = 1") if of_customer else False))
    if kind.name == "lead" or not kind.by_owner_alone:
        return seen.visible_ids(kind.name)
    # Tasks and messages about a lead that is seen, or the customer itself, whoever they are for.
    about = found_in(model.lead, seen.visible_ids("lead")) | found_in(model.id, seen.visible_ids(kind.name))
    if of_customer:
        about = about | model.lead.is_null()
    return model.select(model.id).where((model.customer == customer_id) & about)
