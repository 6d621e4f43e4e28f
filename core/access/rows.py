"""Which rows of a kind lie within scopes: what every question of access becomes, as a query.

The meaning of a scope, the same for every kind and action:

- a record with an owner lies within `own` if the actor owns it, within `team` and `below` if its team, or for a kind
  without teams its owner, is one of theirs;
- one that belongs to others follows the closest of these: a contract its lead, a contact its customer;
- a customer is held by who owns it, else by who holds its first lead. Whoever joins a lead to a customer later does
  not hold it, so that nobody sees more by joining. A contact is seen by whoever holds a lead that names it, too;
- `customers` adds what a record of theirs opens: the customers of the leads, contracts and tasks that they see, and
  the leads of the contracts that they see;
- `all` is every record.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property, reduce
from operator import and_, or_
from typing import Any

from peewee import fn

from ..journal.origin import Actor
from ..kinds import Contract, Lead, Task, User
from ..kinds.team import below, managed_teams
from ..roles import ALL, BELOW, CUSTOMERS, OWN, TEAM, may, scopes
from ..schema.kind import Kind
from ..schema.registry import Kinds
from ..storage.json_values import JSONValue
from ..storage.queries import Query

Scopes = frozenset[str]
_OF_PEOPLE = frozenset({OWN, TEAM, BELOW})


class Rows:
    """The rows of each kind within scopes, for one actor; `at`: only those of one customer, found by it.

    Asked for any of many kinds at once a database can't narrow such a query to a customer by itself: it would read all
    that the actor sees anywhere.
    """

    def __init__(self, kinds: Kinds, actor: Actor, at: str | None = None) -> None:
        self._kinds, self._actor, self._at = kinds, actor, at

    def visible(self, kind: str) -> Query:
        """Return the records of a kind that the actor sees."""
        return self.query(kind, self.seeing(kind))

    def seeing(self, kind: str) -> Scopes:
        """Return the scopes within which the actor sees records of a kind."""
        return scopes(self._actor, kind, "see")

    def query(self, kind: str, within: Scopes) -> Query:
        """Return the records of a kind within scopes."""
        here = self._kinds[kind]
        query: Query = here.model.select()
        if kind == "customer":
            query = query.where(here.model.merged_into.is_null())  # type: ignore[attr-defined]
        condition = self.condition(here, within)
        if condition is not None:
            query = query.where(condition)
        if self._at is not None and (narrowed := self._narrowed(here)) is not None:
            query = query.where(narrowed)
        return query

    def condition(self, here: Kind, within: Scopes) -> Any:
        """Return the condition under which a row lies within scopes; None: every row does, False: none."""
        if here.visible is not None:
            return here.model.id.in_(_ids(here.visible(self._actor, self._kinds)))
        if ALL in within:
            return None
        if not (here.parents or here.out_of_force or here.owner) and here.write and may(self._actor, here.write):
            return None
        if not within:
            return False
        return _either([*self._owned(here, within), *self._beside(here, within), *self._by_parents(here, within)])

    def ids(self, kind: str, within: Scopes) -> Any:
        """Return the ids of the records of a kind within scopes, as a query."""
        return _ids(self.query(kind, within))

    def visible_ids(self, kind: str) -> Any:
        """Return the ids of the records of a kind that the actor sees, as a query."""
        return _ids(self.visible(kind))

    def includes(self, kind: str, within: Scopes, record_id: str) -> bool:
        """Say whether one record lies within scopes."""
        query = self.query(kind, within)
        return bool(query.where(query.model.id == record_id).exists())

    def reads_customer(self, customer_id: str) -> bool:
        """Say whether the actor reads what is said of a customer itself, and not only of their own records there.

        These are who holds it, and who works on every contract where it has one; not who sees it because of one lead
        or task.
        """
        within = self.seeing("customer") | scopes(self._actor, "customer", "change")
        if ALL in within:
            return True
        contracts = Contract.select().where(Contract.customer == customer_id)
        if ALL in self.seeing("contract") and contracts.exists():
            return True
        return self.includes("customer", within & _OF_PEOPLE, customer_id)

    # ---- Inside

    def _narrowed(self, here: Kind) -> Any:
        if here.name == "customer":
            return here.model.id == self._at
        return here.model.customer == self._at if hasattr(here.model, "customer") else None

    def _owned(self, here: Kind, within: Scopes) -> list[Any]:
        """Return the conditions under which the actor, or their teams, own a record."""
        if not here.owner or not within & _OF_PEOPLE:
            return []
        owner = getattr(here.model, here.owner)
        found = [owner == self._actor.id]
        if teams := self.teams(within):
            if here.team:
                found.append(getattr(here.model, here.team).in_(teams))
            else:
                found.append(owner.in_(User.select(User.id).where(User.team.in_(teams))))
        return found

    def _beside(self, here: Kind, within: Scopes) -> list[Any]:
        """Return the conditions of kinds that are seen because of others."""
        if here.name == "customer":
            return [*self._first_lead(within), *self._shared(within)]
        if here.name == "lead" and CUSTOMERS in within:
            contracts = self._without_customers("contract")
            return [Lead.id.in_(contracts.select(Contract.lead).where(Contract.lead.is_null(False)))]
        if here.name == "contact":
            leads = self.query("lead", within)
            return [here.model.id.in_(leads.select(Lead.contact).where(Lead.contact.is_null(False)))]
        return []

    def _first_lead(self, within: Scopes) -> list[Any]:
        """Return the condition that a customer without an owner has its first lead within scopes."""
        if not within & _OF_PEOPLE:
            return []
        earlier = Lead.alias()
        before = earlier.select(earlier.id).where((earlier.customer == Lead.customer) & (earlier.id < Lead.id))
        first = self.query("lead", within & _OF_PEOPLE).where(~_exists(before))
        model = self._kinds["customer"].model
        return [model.owner.is_null() & model.id.in_(first.select(Lead.customer))]  # type: ignore[attr-defined]

    def _shared(self, within: Scopes) -> list[Any]:
        if CUSTOMERS not in within:
            return []
        model = self._kinds["customer"].model
        leads, contracts = self._without_customers("lead"), self._without_customers("contract")
        tasks = self._without_customers("task").where(Task.customer.is_null(False))
        opened = (leads.select(Lead.customer), contracts.select(Contract.customer), tasks.select(Task.customer))
        return [model.id.in_(one) for one in opened]

    def _without_customers(self, kind: str) -> Query:
        """Return the records that open a customer: seen by themselves, not because of a customer."""
        return self.query(kind, self.seeing(kind) - {CUSTOMERS})

    def _by_parents(self, here: Kind, within: Scopes) -> list[Any]:
        if here.by_owner_alone or here.name == "customer":
            return []
        return by_closest_parent(here, lambda of: self.ids(of, within))

    def teams(self, within: Scopes) -> list[str]:
        """Return the ids of the teams that scopes mean: those the actor manages and their own; below: those under them."""
        if not within & {TEAM, BELOW}:
            return []
        return below(self._teams) if BELOW in within else self._teams

    @cached_property
    def _teams(self) -> list[str]:
        managed = managed_teams(self._actor)
        own = self._actor.team_id
        return [*managed, own] if own and own not in managed else managed


def by_closest_parent(here: Kind, ids: Callable[[str], Any]) -> list[Any]:
    """Return the conditions, one a parent, under which the closest record that a record belongs to is one of `ids`.

    `ids` returns those of the records of another kind. What belongs to a record of a kind out of force has no closest
    that can be asked, and is seen because of nothing else: else it would be open to more people than before.
    """
    conditions, none_closer = [], _nothing_out_of_force(here)
    for field in here.parents:
        column = getattr(here.model, field.name)
        condition = column.in_(ids(field.to))
        conditions.append(condition if none_closer is None else condition & none_closer)
        absent = column.is_null()
        none_closer = absent if none_closer is None else none_closer & absent
    return conditions


def _ids(query: Any) -> Any:
    return query.select(query.model.id)


def _either(conditions: list[Any]) -> Any:
    return reduce(or_, conditions) if conditions else False


def _exists(query: Any) -> Any:
    return fn.EXISTS(query)


def _nothing_out_of_force(here: Kind) -> Any:
    """Return the condition that a record belongs to nothing of a kind that is not in force; None if none can."""
    absent = [JSONValue(here.model.extra, name, "text").is_null() for name in here.out_of_force]  # type: ignore[attr-defined]
    return reduce(and_, absent) if absent else None
