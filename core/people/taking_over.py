"""Who takes over: the choices for each group of a leaver's work, and whom each choice gives every row."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from ...hooks.text import Text
from ..access.policy import may_write
from ..errors import Invalid, Problem
from ..facts.database_store import DatabaseStore
from ..journal.origin import Actor
from ..kinds import Lead, Team, User
from ..roles import may
from ..schema.kind import Load
from ..workspace import Workspace
from .in_hand import Group, Item
from .tree import Tree

Giver = Callable[[Item], str | None]
"""Says who takes an item over; None: nobody does."""
NOBODY = "none"
"""The taker of a place that may be left empty: a deputy's, a manager's."""


@dataclass(frozen=True)
class Choice:
    """One way to hand a group over; a person's choice is called by their id."""

    value: str
    title: Text
    person: bool = False


class Takers:
    """Gives a leaver's work to others. What one group gave counts for the next: tasks go along with their leads."""

    def __init__(self, ws: Workspace, user: User) -> None:
        self._ws, self._user = ws, user
        self.people = {one.id: one for one in User.select().where(User.active).order_by(User.name, User.id)}
        self.people.pop(user.id, None)
        self._store = DatabaseStore(ws.kinds)
        self._by_lead: dict[str, str] = {}
        self._by_customer: dict[str, str] = {}
        self._given: dict[str, int] = {}

    # ---- What is on offer

    def choices(self, group: Group) -> list[Choice]:
        """Return the choices for a group, the one to begin with first."""
        return [*self._ways(group), *(Choice(one.id, Text(one.name, one.name), True) for one in self.able(group))]

    def able(self, group: Group) -> list[User]:
        """Return the people who can take over what is in a group, by name."""
        return [one for one in self.people.values() if self._why_not(group, one) is None]

    def _ways(self, group: Group) -> Iterator[Choice]:
        manager = self.manager
        fits = manager is not None and self._why_not(group, manager) is None
        to_manager = (
            [Choice("manager", Text(f"交给主管 {manager.name}", f"To the manager, {manager.name}"))]
            if fits and manager
            else []
        )
        if group.name == "leads":
            if self._team_loads:
                yield Choice("load", Text("按在手数分给团队", "By load within the team"))
            yield from to_manager
            if self._loads(None):
                yield Choice("everyone", Text("按在手数分给全体销售", "By load among all sellers"))
        elif group.kind:
            yield Choice("with_lead", Text("跟着线索走", "Along with the lead"))
            yield from to_manager
        elif group.name == "teams":
            yield Choice("deputy", Text("交给代理主管，没有就交给上级", "To the deputy, else to who manages above"))
            yield Choice(NOBODY, Text("先空着", "Leave it empty"))
        elif group.name == "deputies":
            yield Choice(NOBODY, Text("不再代理", "Nobody stands in"))
            yield from to_manager
        else:
            yield from to_manager or (
                [] if self.able(group) else [Choice(NOBODY, Text("没有人能接", "Nobody can take it"))]
            )

    def _why_not(self, group: Group, person: User) -> Text | None:
        actor = Actor.of(person)
        kind = self._ws.kinds.get(group.kind) if group.kind else None
        if kind is not None and not may_write(actor, kind):
            return Text(
                f"「{person.name}」的角色不处理{kind.title.zh}",
                f"{person.name} has no role that works on a {kind.title.en.lower()}",
            )
        if group.needs and not may(actor, group.needs):
            return Text(f"「{person.name}」的角色不能起草规则", f"{person.name} has no role that drafts rules")
        return None

    # ---- Giving

    def give(self, group: Group, choice: str, takers: Mapping[str, str]) -> list[str | None]:
        """Return who takes over each item of a group; None where nobody does. Raises Invalid."""
        if choice not in {one.value for one in self._ways(group)}:
            self._check(group, choice, f"choices.{group.name}")
        found = []
        give = self._giver(group, choice)
        for item in group.items:
            key = f"{item.kind}:{item.record_id}:{item.field}"
            if (named := takers.get(key)) is not None and named != NOBODY:
                self._check(group, named, f"takers.{key}")
                to: str | None = named
            elif named == NOBODY and group.name in ("teams", "deputies"):
                to = NOBODY
            else:
                to = give(item)
            if to and to != NOBODY:
                self._note(group, item, to)
            found.append(to)
        return found

    def _check(self, group: Group, person_id: str, path: str) -> None:
        person = self.people.get(person_id)
        if person is None:
            words = Text("没有这位在用的成员，或没有这种办法", "there is nobody active of that id, nor such a way")
            raise Invalid([Problem(path, words)])
        if (why := self._why_not(group, person)) is not None:
            raise Invalid([Problem(path, Text(f"{why.zh}；请选别人", f"{why.en}: choose somebody else"))])

    def _note(self, group: Group, item: Item, to: str) -> None:
        if group.name == "leads":
            self._by_lead[item.record_id] = to
            if item.customer_id:
                self._by_customer.setdefault(item.customer_id, to)
            self._given[to] = self._given.get(to, 0) + 1

    def _giver(self, group: Group, choice: str) -> Giver:
        if choice in ("load", "everyone"):
            return self._by_load(self._team_loads if choice == "load" else self._loads(None))
        if choice == "manager":
            manager = self.manager
            return lambda item: manager.id if manager is not None else None
        if choice == "with_lead":
            return self._along(group)
        if choice == "deputy":
            return self._deputy
        return lambda item: choice

    def _by_load(self, loads: list[Load]) -> Giver:
        heap = [(load.open_leads + self._given.get(load.user_id, 0), load.last, load.user_id) for load in loads]
        heapq.heapify(heap)

        def give(_: Item) -> str | None:
            if not heap:
                return None
            count, last, user_id = heapq.heappop(heap)
            heapq.heappush(heap, (count + 1, last, user_id))
            return user_id

        return give

    def _along(self, group: Group) -> Giver:
        """Whoever takes the lead, else whoever has it, else whoever takes the customer's; else the manager, else by load."""
        owners = self._owners_of({item.lead_id for item in group.items if item.lead_id})
        able = {one.id for one in self.able(group)}
        manager = self.manager.id if self.manager is not None and self.manager.id in able else None
        else_by_load = self._by_load(self._team_loads)

        def give(item: Item) -> str | None:
            for to in (
                self._by_lead.get(item.lead_id or ""),
                owners.get(item.lead_id or ""),
                self._by_customer.get(item.customer_id or ""),
                manager,
            ):
                if to in able:
                    return to
            to = else_by_load(item)
            return to if to in able else None

        return give

    def _owners_of(self, lead_ids: set[str]) -> dict[str, str]:
        rows = Lead.select(Lead.id, Lead.owner).where(Lead.id.in_(sorted(lead_ids))) if lead_ids else []
        return {row.id: row.owner_id for row in rows if row.owner_id}

    def _deputy(self, item: Item) -> str | None:
        team = self._tree.teams[item.record_id]
        if team.deputy_id in self.people:
            return team.deputy_id
        above = self._first_manager(self._tree.above(team.parent_id))
        return above.id if above is not None else None

    @property
    def _team_loads(self) -> list[Load]:
        """Those on duty in the leaver's team; nobody where they are in none."""
        return self._loads(self._user.team_id) if self._user.team_id else []

    def _loads(self, team_id: str | None) -> list[Load]:
        """Return those on duty of a team, or of all, with what they have, but for the leaver."""
        if team_id not in self._duty:
            self._duty[team_id] = [
                one for one in self._store.loads(team_id, self._ws.clock.now()) if one.user_id in self.people
            ]
        return self._duty[team_id]

    @cached_property
    def _duty(self) -> dict[str | None, list[Load]]:
        return {}

    @cached_property
    def _tree(self) -> Tree:
        return Tree()

    @cached_property
    def manager(self) -> User | None:
        """Whoever manages the leaver's team, or stands in for that; else who manages above."""
        return self._first_manager(self._tree.above(self._user.team_id))

    def _first_manager(self, teams: list[Team]) -> User | None:
        ids = (one for team in teams for one in (team.manager_id, team.deputy_id))
        return next((self.people[one] for one in ids if one in self.people), None)
