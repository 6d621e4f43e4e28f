"""What an actor sees of one customer: the rows of `policy.visible`, found by the customer.

Asked for any of many kinds at once a database can't narrow `policy.visible` by itself: it would read all that the
actor sees anywhere. A test holds the two against each other.
"""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import Any

from ..journal.origin import Actor
from ..kinds.team import managed_teams
from ..roles import may
from ..schema.kind import Kind
from ..schema.registry import Kinds
from ..storage.queries import Query
from .policy import visible, visible_leads


class AtCustomer:
    """Queries for the ids of one customer's records that an actor sees; of a customer whom they see."""

    def __init__(self, kinds: Kinds, actor: Actor, customer_id: str) -> None:
        self._kinds, self._actor, self._customer_id = kinds, actor, customer_id
        self._teams = managed_teams(actor) if may(actor, "see:team") else []
        self._known: dict[str, Query] = {}

    def ids(self, kind: str) -> Query:
        """Return the ids of the records of a kind that the actor sees, as a query."""
        if kind not in self._known:
            self._known[kind] = self._ids(self._kinds[kind])
        return self._known[kind]

    def _ids(self, here: Kind) -> Any:
        model: Any = here.model
        if here.name == "customer":
            return model.select(model.id).where(model.id == self._customer_id)
        if not hasattr(model, "customer"):
            return visible(self._kinds, self._actor, here.name).select(model.id)
        if here.name == "lead":
            return visible_leads(self._actor).where(model.customer == self._customer_id).select(model.id)
        rows = model.select(model.id).where(model.customer == self._customer_id)
        if here.name == "contract" or may(self._actor, "see:all"):  # Who sees a customer sees its contracts.
            return rows
        if here.visible is not None:
            own = visible(self._kinds, self._actor, here.name).where(model.customer == self._customer_id)
            return own.select(model.id)
        return rows.where(self._condition(here))

    def _condition(self, here: Kind) -> Any:
        """Return whose records these are, or that they belong to something seen: the closest thing decides."""
        model: Any = here.model
        found = []
        if here.owner:
            found.append(getattr(model, here.owner) == self._actor.id)
        if here.team and self._teams:
            found.append(getattr(model, here.team).in_(self._teams))
        none_closer: Any = None
        for field in here.parents:
            column = getattr(model, field.name)
            condition = column.in_(self.ids(field.to))
            found.append(condition if none_closer is None else condition & none_closer)
            absent = column.is_null()
            none_closer = absent if none_closer is None else none_closer & absent
        if not here.parents and not here.owner and may(self._actor, here.write):
            return model.id.is_null(False)
        return reduce(or_, found) if found else model.id.is_null()
