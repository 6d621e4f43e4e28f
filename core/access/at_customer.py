"""What an actor sees of one customer: the rows of `policy.visible`, found by the customer.

Asked for any of many kinds at once a database can't narrow `policy.visible` by itself: it would read all that the
actor sees anywhere. A test holds the two against each other.
"""

from __future__ import annotations

from typing import Any

from ..journal.origin import Actor
from ..roles import may
from ..schema.kind import Kind
from ..schema.registry import Kinds
from ..storage.queries import Query
from .policy import belonging, teams_of, visible, visible_leads


class AtCustomer:
    """Queries for the ids of one customer's records that an actor sees; of a customer whom they see."""

    def __init__(self, kinds: Kinds, actor: Actor, customer_id: str) -> None:
        self._kinds, self._actor, self._customer_id = kinds, actor, customer_id
        self._teams = teams_of(actor)
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
        found = belonging(here, self._actor, self._teams, self.ids)
        return rows if found is None else rows.where(found)
