"""What the policy says, worked out record by record in plain Python: no query of the code under test."""

from __future__ import annotations

from functools import cache
from typing import Any

from clew.core.kinds import Leave, Team, User
from clew.core.roles import bundled_documents

from .house import House

BY_OWNER_ALONE = {"lead": "owner_id", "task": "assignee_id", "notification": "user_id"}
PARENTS = {
    "contact": ("customer",),
    "follow_up": ("lead", "customer"),
    "quote": ("lead", "customer"),
    "contract": ("lead", "customer"),
    "invoice": ("contract", "customer"),
    "payment": ("contract", "customer"),
    "shipment": ("contract", "customer"),
    "document": ("contract", "lead", "customer"),
    "visit": ("lead", "customer"),
    "sample": ("customer",),
}


class Oracle:
    """Answers for the people and records of a house, from the roles that come with Clew."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.roles = {one["name"]: one["cells"] for one in bundled_documents()}
        self.by_id = {record.id: (kind, record) for kind, record in house.records}

    def scopes(self, user: User, kind: str, action: str) -> frozenset[str]:
        """Return the scopes that a person's roles give."""
        found = set()
        for role in user.roles:
            cells = self.roles[role]
            found.add(cells.get(kind, cells["*"]).get(action, ""))
        return frozenset(found - {""})

    def may(self, user: User, action: str, kind: str, record: Any) -> bool:
        """Say whether somebody may do something with a record that they see."""
        return self.sees(user, kind, record) and self._within(user, kind, record, self.scopes(user, kind, action))

    def sees(self, user: User, kind: str, record: Any) -> bool:
        """Say whether somebody sees a record."""
        return self._within(user, kind, record, self._seeing(user, kind))

    def reads(self, user: User, kind: str, record: Any) -> bool:
        """Say whether somebody may read of a record: who sees a lead reads of the tasks and messages about it."""
        if self.sees(user, kind, record):
            return True
        if kind in ("task", "notification"):
            return self.sees(user, "lead", self.by_id[record.lead_id][1])
        return False

    def whole(self, user: User, record: Any) -> bool:
        """Say whether a contact's personal data shows whole."""
        return self._within(user, "contact", record, self.scopes(user, "contact", "personal"))

    def _seeing(self, user: User, kind: str) -> frozenset[str]:
        """Return the scopes for seeing; what was escalated to them opens to whoever sees its like at all."""
        found = self.scopes(user, kind, "see")
        return found | {"escalated"} if found else found

    def _within(self, user: User, kind: str, record: Any, scopes: frozenset[str]) -> bool:
        return "all" in scopes or any(self._in(user, kind, record, one, scopes) for one in scopes)

    def _in(self, user: User, kind: str, record: Any, scope: str, scopes: frozenset[str]) -> bool:
        if kind in BY_OWNER_ALONE:
            owned = self._theirs(user, getattr(record, BY_OWNER_ALONE[kind]), getattr(record, "team_id", None), scope)
            if not owned and kind in ("lead", "task") and scope in ("own", "team", "below"):
                owned = self._takes_place(user, kind, record)
            opened = kind == "lead" and scope == "customers" and self._contract_opens(user, record)
            asked = kind == "lead" and scope == "escalated" and record.escalated_to_id == user.id
            return owned or opened or (asked and record.outcome == "open")
        if kind == "customer":
            return self._customer(user, record, scope)
        if kind == "contact" and any(
            one.contact_id == record.id and self._within(user, "lead", one, frozenset({scope}))
            for one in self._of("lead")
        ):
            return True
        if kind == "visit" and self._theirs(user, record.owner_id, record.team_id, scope):
            return True
        for parent in PARENTS[kind]:
            parent_id = getattr(record, f"{parent}_id", None)
            if parent_id:
                return self._within(user, parent, self.by_id[parent_id][1], frozenset({scope}))
        return False

    def _customer(self, user: User, customer: Any, scope: str) -> bool:
        if scope == "customers":
            return any(
                one.customer_id == customer.id
                and self._within(user, kind, one, self._seeing(user, kind) - {"customers"})
                for kind in ("lead", "contract", "task")
                for one in self._of(kind)
            )
        if scope == "escalated":
            return False
        first = min((one for one in self._of("lead") if one.customer_id == customer.id), key=lambda one: one.id)
        return self._within(user, "lead", first, frozenset({scope}))

    def _contract_opens(self, user: User, lead: Any) -> bool:
        seeing = self.scopes(user, "contract", "see") - {"customers"}
        return any(
            one.lead_id == lead.id and self._within(user, "contract", one, seeing) for one in self._of("contract")
        )

    def _theirs(self, user: User, owner_id: str | None, team_id: str | None, scope: str) -> bool:
        if owner_id == user.id and scope in ("own", "team", "below"):
            return True
        if scope not in ("team", "below"):
            return False
        teams = {row.id for row in Team.select() if self._manager(row) == user.id or row.manager_id == user.id}
        teams |= {user.team_id}
        owner_team = self._team_of(owner_id) if team_id is None else team_id
        return owner_team in teams

    def _manager(self, team: Team) -> str | None:
        """Return who manages a team just now: its manager, else who stands in."""
        manager = User.get_or_none(User.id == team.manager_id)
        away = self._away(manager.id) if manager is not None else []
        if manager is not None and manager.active and not away:
            return str(manager.id)
        in_turn = [*(away if manager is not None and manager.active else [])]
        in_turn += [manager.deputy_id] if manager is not None else []
        in_turn += [team.deputy_id]
        return next((one for one in in_turn if one and User.get_by_id(one).active), None)

    def _away(self, user_id: str) -> list[str | None]:
        now = self.house.ws.clock.now()
        leaves = [one for one in Leave.select() if one.user_id == user_id and not one.cancelled]
        return [one.deputy_id for one in leaves if one.from_at <= now < one.to_at]

    def _takes_place(self, user: User, kind: str, record: Any) -> bool:
        """Say whether a record is open work of somebody whose place the user takes."""
        owner = User.get_or_none(User.id == getattr(record, BY_OWNER_ALONE[kind]))
        is_open = record.outcome == "open" if kind == "lead" else record.state == "open"
        if owner is None or not is_open:
            return False
        return user.id in self._away(owner.id) or (not owner.active and owner.deputy_id == user.id)

    @cache  # noqa: B019 - the oracle lives as long as its house
    def _team_of(self, user_id: str | None) -> str | None:
        return User.get_by_id(user_id).team_id if user_id else None

    def _of(self, kind: str) -> list[Any]:
        return [record for one, record in self.house.records if one == kind]
