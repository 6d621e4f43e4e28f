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

Whoever stands in for a team's manager has that team as a manager has it, and whoever takes a person's place has that
person's open work as their own, for as long as it lasts (`kinds/standing_in.py`). An open lead that was escalated to
somebody is seen by them, with its contact and what belongs to it, whatever their scopes: seen only.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

from peewee import SQL, fn

from ..journal.origin import Actor
from ..kinds import Contract, Lead, Task, User
from ..kinds.standing_in import Standing, standing_of
from ..kinds.team import below
from ..roles import ALL, BELOW, CUSTOMERS, OWN, TEAM, may, scopes
from ..schema.kind import Kind
from ..schema.registry import Kinds
from ..storage.json_values import JSONValue
from ..storage.queries import Query, all_of, any_of, found_in, refers_into

Scopes = frozenset[str]
OF_PEOPLE = frozenset({OWN, TEAM, BELOW})
_ESCALATED = "escalated"
"""What was escalated to the actor. No cell gives it: who sees a kind at all sees what of it belongs to such a lead."""


class Rows:
    """The rows of each kind within scopes, for one actor; `at`: only those of one customer, or of some, found by them.

    Asked for any of many kinds at once a database can't narrow such a query to a customer by itself: it would read all
    that the actor sees anywhere.
    """

    def __init__(self, kinds: Kinds, actor: Actor, at: str | Sequence[str] | None = None) -> None:
        self._kinds, self._actor, self._at = kinds, actor, at
        self._customer_within: dict[Scopes, bool] = {}

    def visible(self, kind: str) -> Query:
        """Return the records of a kind that the actor sees."""
        return self.query(kind, self.seeing(kind))

    def seeing(self, kind: str) -> Scopes:
        """Return the scopes within which the actor sees records of a kind."""
        found = scopes(self._actor, kind, "see")
        return found | {_ESCALATED} if found and ALL not in found else found

    def query(self, kind: str, within: Scopes) -> Query:
        """Return the records of a kind within scopes."""
        here = self._kinds[kind]
        query: Query = here.model.select()
        conditions = []
        if hasattr(here.model, "withdrawn_at"):
            conditions.append(here.model.withdrawn_at.is_null())
        if hasattr(here.model, "merged_into"):
            conditions.append(here.model.merged_into.is_null())
        condition = self.condition(here, within)
        if condition is not None:
            conditions.append(condition)
        if self._at is not None and (narrowed := self._narrowed(here)) is not None:
            conditions.append(narrowed)
        return query.where(all_of(conditions)) if conditions else query

    def withdrawn(self, kind: str) -> Query:
        """Return the records of a kind that were taken out again, and that the actor would see otherwise."""
        here = self._kinds[kind]
        model: Any = here.model  # Of a kind that can be withdrawn.
        condition = self.condition(here, self.seeing(kind))
        query: Query = model.select().where(model.withdrawn_at.is_null(False))
        return query if condition is None else query.where(condition)

    def condition(self, here: Kind, within: Scopes) -> Any:
        """Return the condition under which a row lies within scopes; None: every row does, False: none."""
        if here.visible is not None:
            return found_in(here.model.id, _ids(here.visible(self._actor, self._kinds)))
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
        return self.includes("customer", within & OF_PEOPLE, customer_id)

    # ---- Inside

    def _narrowed(self, here: Kind) -> Any:
        if here.name != "customer" and not hasattr(here.model, "customer"):
            return None
        column: Any = here.model.id if here.name == "customer" else getattr(here.model, "customer")  # noqa: B009
        return column == self._at if isinstance(self._at, str) else column.in_(self._at)

    def _owned(self, here: Kind, within: Scopes) -> list[Any]:
        """Return the conditions under which the actor, or their teams, own a record."""
        if not here.owner or not within & OF_PEOPLE:
            return []
        owner = getattr(here.model, here.owner)
        found = [owner == self._actor.id]
        if here.in_hand is not None and self._standing.people:
            found.append(owner.in_(self._standing.people) & _in_hand(here))
        if teams := self.teams(within):
            if here.team:
                found.append(getattr(here.model, here.team).in_(teams))
            else:
                found.append(refers_into(owner, User.select(User.id).where(User.team.in_(teams))))
        return found

    def _beside(self, here: Kind, within: Scopes) -> list[Any]:
        """Return the conditions of kinds that are seen because of others."""
        if here.name == "customer":
            return [*self._first_lead(within), *self._shared(within)]
        if here.name == "lead":
            return [*self._escalated(within), *self._by_contracts(within)]
        if here.name == "contact":
            leads = self.query("lead", within)
            return [refers_into(here.model.id, leads.select(Lead.contact).where(Lead.contact.is_null(False)))]
        return []

    def _escalated(self, within: Scopes) -> list[Any]:
        """Return the condition that a lead waits for the actor because it was escalated to them."""
        return [(Lead.escalated_to == self._actor.id) & _in_hand(self._kinds["lead"])] if _ESCALATED in within else []

    def _by_contracts(self, within: Scopes) -> list[Any]:
        """Return the condition that a contract of a lead is seen by itself."""
        if CUSTOMERS not in within:
            return []
        contracts = self._without_customers("contract")
        return [refers_into(Lead.id, contracts.select(Contract.lead).where(Contract.lead.is_null(False)))]

    def _first_lead(self, within: Scopes) -> list[Any]:
        """Return the condition that a customer without an owner has its first lead within scopes."""
        if not within & OF_PEOPLE:
            return []
        earlier = Lead.alias()
        before = earlier.select(earlier.id).where((earlier.customer == Lead.customer) & (earlier.id < Lead.id))
        model: Any = self._kinds["customer"].model
        nobodys = model.alias()
        # Asked within, so that both ways to a customer, by its owner and by its id, go by an index.
        unowned = nobodys.select(nobodys.id).where((nobodys.id == Lead.customer) & nobodys.owner.is_null())
        first = self.query("lead", within & OF_PEOPLE).where(~_exists(before) & _exists(unowned))
        return [refers_into(model.id, first.select(Lead.customer))]

    def _shared(self, within: Scopes) -> list[Any]:
        if CUSTOMERS not in within:
            return []
        model = self._kinds["customer"].model
        leads, contracts = self._without_customers("lead"), self._without_customers("contract")
        tasks = self._without_customers("task").where(Task.customer.is_null(False))
        opened = (leads.select(Lead.customer), contracts.select(Contract.customer), tasks.select(Task.customer))
        return [refers_into(model.id, one) for one in opened]

    def _without_customers(self, kind: str) -> Query:
        """Return the records that open a customer: seen by themselves, not because of a customer."""
        return self.query(kind, self.seeing(kind) - {CUSTOMERS})

    def _by_parents(self, here: Kind, within: Scopes) -> list[Any]:
        if here.by_owner_alone or here.name == "customer":
            return []
        return by_closest_parent(here, lambda column, of: self._refers(column, of, within))

    def _refers(self, column: Any, kind: str, within: Scopes) -> Any:
        """Return the condition that a column holds the id of a record of a kind within scopes."""
        if kind != "customer" or not isinstance(self._at, str):
            return refers_into(column, self.ids(kind, within))
        # Whether the one customer is within is asked once: written into each condition it made a timeline's statement
        # twenty thousand characters long, and nested deeper than SQLite's parser follows.
        if within not in self._customer_within:
            self._customer_within[within] = self.includes("customer", within, self._at)
        return column == self._at if self._customer_within[within] else SQL("1 = 0")

    def teams(self, within: Scopes) -> list[str]:
        """Return the ids of the teams that scopes mean: theirs and those they manage, or stand in for; below: those under them."""
        if not within & {TEAM, BELOW}:
            return []
        return below(self._teams) if BELOW in within else self._teams

    def holds(self, owner_id: str | None) -> bool:
        """Say whether somebody's open work counts as the actor's own: theirs, or of whose place they take."""
        return bool(owner_id) and (owner_id == self._actor.id or owner_id in self._standing.people)

    @cached_property
    def _teams(self) -> list[str]:
        managed, own = list(self._standing.teams), self._actor.team_id
        return [*managed, own] if own and own not in managed else managed

    @cached_property
    def _standing(self) -> Standing:
        return standing_of(self._actor, self._kinds)


def by_closest_parent(here: Kind, refers: Callable[[Any, str], Any]) -> list[Any]:
    """Return the conditions, one a parent, under which the closest record that a record belongs to is one of some.

    `refers` returns the condition that a column holds the id of one of them, of a kind. What belongs to a record of a kind out of force has no closest
    that can be asked, and is seen because of nothing else: else it would be open to more people than before.
    """
    conditions, none_closer = [], _nothing_out_of_force(here)
    for field in here.parents:
        column = getattr(here.model, field.name)
        # Asked first whether there is a closer one: else what the actor sees of the farther kind is read for nothing.
        conditions.append(all_of([*none_closer, refers(column, field.to)]))
        none_closer.append(column.is_null())
    return conditions


def is_in_hand(here: Kind, record: Any) -> bool:
    """Say whether a record is its owner's open work."""
    if here.in_hand is None:
        return False
    name, value = here.in_hand
    return not name or getattr(record, name) == value


def _in_hand(here: Kind) -> Any:
    """Return the condition that a record is its owner's open work: what is handed over when they leave."""
    name, value = here.in_hand or ("", None)
    if not name:
        return True
    column = getattr(here.model, name)
    return column.is_null() if value is None else column == value


def _ids(query: Any) -> Any:
    return query.select(query.model.id)


def _either(conditions: list[Any]) -> Any:
    return any_of(conditions) if conditions else False


def _exists(query: Any) -> Any:
    return fn.EXISTS(query)


def _nothing_out_of_force(here: Kind) -> list[Any]:
    """Return the conditions under which a record belongs to nothing of a kind that is not in force."""
    return [JSONValue(here.model.extra, name, "text").is_null() for name in here.out_of_force]  # type: ignore[attr-defined]
