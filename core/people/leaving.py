"""Switching a person off: what they have in hand goes to others, as previewed, in one batch with their leaving."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from ...hooks.text import Text
from ..access import policy as access
from ..errors import Conflict, Invalid, NotFound, Problem
from ..journal.origin import Origin
from ..kinds import PersonnelChange, RuleVersion, User
from ..roles import book
from ..rulebook.names_used import Uses, uses_of_person
from ..storage.records import canonical
from ..storage.statements import by_id
from ..workspace import Workspace
from .batches import PlanChanged, Write, begin, titles_of, told, write
from .in_hand import Group, Item, in_hand
from .taking_over import NOBODY, Choice, Takers

MOST = 4000
"""So many things one batch hands over; they are written in one transaction."""


@dataclass(frozen=True)
class Row:
    """One thing and who takes it over: `to` is None while nobody does, NOBODY if the place is left empty."""

    item: Item
    group: str
    title: Text
    to: str | None

    @property
    def key(self) -> str:
        """What names it in a preview: kind, record and field."""
        return f"{self.item.kind}:{self.item.record_id}:{self.item.field}"


@dataclass(frozen=True)
class GroupPlan:
    """One group: the choice made for it, those on offer, its rows."""

    group: Group
    choice: str
    choices: tuple[Choice, ...]
    rows: tuple[Row, ...]

    @property
    def open(self) -> int:
        """How many of its rows nobody takes over yet."""
        return sum(row.to is None for row in self.rows)


@dataclass(frozen=True)
class LeavePlan:
    """The preview. `token` seals who takes over what: only that is done."""

    user: User
    groups: tuple[GroupPlan, ...]
    people: Mapping[str, User]
    uses: Uses
    only_approver: tuple[RuleVersion, ...]
    token: str

    @property
    def rows(self) -> tuple[Row, ...]:
        """Every row, group by group."""
        return tuple(row for one in self.groups for row in one.rows)

    @property
    def open(self) -> int:
        """How many rows nobody takes over yet."""
        return sum(one.open for one in self.groups)

    @property
    def told(self) -> list[User]:
        """Those who take something over, by name."""
        ids = {row.to for row in self.rows if row.to and row.to != NOBODY}
        return sorted((self.people[one] for one in ids), key=lambda one: one.name)


def plan_leave(
    ws: Workspace,
    user_id: str,
    origin: Origin,
    choices: Mapping[str, str] | None = None,
    takers: Mapping[str, str] | None = None,
) -> LeavePlan:
    """Return what switching a person off would hand over to whom. Writes nothing.

    `choices` say for each group how: `load` (of the team, whoever on duty has least first), `everyone`, `manager`, `with_lead`,
    `deputy`, `none`, or a person's id; a group without one has the first on offer. `takers` name the person for single
    rows, by their keys. Raises NotFound, Forbidden, Conflict for who is off already, Invalid for somebody who can't take it.
    """
    access.require(origin.actor, "people")
    user = _leaver(user_id)
    access.check_over(origin.actor, user.roles)
    return _plan(ws, user, origin, choices or {}, takers or {})


def leave(
    ws: Workspace,
    user_id: str,
    origin: Origin,
    token: str,
    choices: Mapping[str, str] | None = None,
    takers: Mapping[str, str] | None = None,
) -> PersonnelChange:
    """Hand over what a person has in hand, as previewed, and switch them off: all of it, or nothing.

    `origin.reason` says why. Raises as `plan_leave` does; PlanChanged if the preview no longer holds; Invalid while
    something has no taker; Conflict for the last administrator.
    """
    access.require(origin.actor, "people")
    with ws.door.transaction(origin) as tx:
        # The turn, then the row, then what they have: whoever gives them something now waits, and is refused then.
        begin()
        by_id(User, user_id, lock=True)
        user = _leaver(user_id)
        access.check_over(origin.actor, user.roles)
        plan = _plan(ws, user, origin, choices or {}, takers or {})
        if plan.token != token:
            raise PlanChanged
        _must_be_whole(plan)
        writes = [_write_of(row, plan) for row in plan.rows if row.to]
        change = write(tx, "leave", {"user_id": user.id}, [*writes, Write("user", user.id, {"active": False})])
        told(tx, _messages(plan))
    return change


def reactivate(ws: Workspace, user_id: str, origin: Origin) -> User:
    """Switch a person on again, with nothing in hand. Raises NotFound, Forbidden."""
    access.require(origin.actor, "people")
    user: User = ws.door.change("user", user_id, {"active": True}, origin)
    return user


def _leaver(user_id: str) -> User:
    user: User | None = by_id(User, user_id)
    if user is None:
        raise NotFound("没有这位成员。", "no user of that id")
    if not user.active:
        raise Conflict(f"「{user.name}」已经停用了。", f"{user.name} is switched off already")
    return user


def _plan(
    ws: Workspace, user: User, origin: Origin, choices: Mapping[str, str], takers: Mapping[str, str]
) -> LeavePlan:
    groups = in_hand(ws, user)
    if (count := sum(len(group.items) for group in groups)) > MOST:
        raise Conflict(
            f"「{user.name}」手上有 {count} 件事，一次最多交接 {MOST} 件；请先在线索列表里批量改派一部分。",
            f"{user.name} has {count} things in hand, and at most {MOST} are handed over at once: reassign some first",
        )
    unknown = sorted(set(choices) - {group.name for group in groups})
    titles = titles_of(ws, origin.actor, ((one.kind, one.record_id) for group in groups for one in group.items))
    giving = Takers(ws, user)
    planned = []
    for group in groups:
        offered = giving.choices(group)
        choice = choices.get(group.name) or offered[0].value
        given = giving.give(group, choice, takers)
        rows = tuple(
            Row(item, group.name, titles.get((item.kind, item.record_id), Text("—", "—")), to)
            for item, to in zip(group.items, given, strict=True)
        )
        planned.append(GroupPlan(group, choice, tuple(offered), rows))
    if unknown and (gone := [one for one in unknown if not one.startswith("kind:") and one not in _GROUPS]):
        raise Invalid([Problem("choices", Text(f"没有「{gone[0]}」这一组", f"there is no group {gone[0]!r}"))])
    shown = sorted((row.key, row.to or "") for one in planned for row in one.rows)
    token = hashlib.sha256(canonical([user.id, shown]).encode()).hexdigest()[:32]
    return LeavePlan(
        user, tuple(planned), giving.people, uses_of_person(ws, user.id), _only_approver(user, giving), token
    )


def _only_approver(user: User, giving: Takers) -> tuple[RuleVersion, ...]:
    """Return the versions in review that only this person may approve."""
    able = book().carrying("rules:approve")
    if not able & set(user.roles):
        return ()
    others = {one.id for one in giving.people.values() if able & set(one.roles)}
    waiting = RuleVersion.select().where((RuleVersion.state == "review") & (RuleVersion.author_id != user.id))
    return tuple(one for one in waiting if not others - {one.author_id})


_GROUPS = ("leads", "tasks", "escalations", "drafts", "teams", "deputies")


def _must_be_whole(plan: LeavePlan) -> None:
    problems = [
        Problem(
            f"choices.{one.group.name}",
            Text(
                f"{one.open} {one.group.unit.zh}{one.group.title.zh}还没有人接；请选一位",
                f"nobody takes over {one.open} of the {one.group.title.en.lower()} yet: choose somebody",
            ),
        )
        for one in plan.groups
        if one.open
    ]
    if problems:
        raise Invalid(problems)


def _write_of(row: Row, plan: LeavePlan) -> Write:
    item = row.item
    taker = plan.people.get(row.to or "")
    values = {item.field: taker.id if taker is not None else None, **dict(item.keep)}
    if item.field == "author_id" and taker is not None:
        values["author_name"] = taker.name
    if item.team:
        values[item.team] = taker.team_id if taker is not None else None
    return Write(item.kind, item.record_id, values)


def _messages(plan: LeavePlan) -> list[tuple[str, Text, Text]]:
    """Return what each who takes something over is told: from whom, and how much of what."""
    found = []
    for taker in plan.told:
        counts = [
            (one.group, sum(row.to == taker.id for row in one.rows))
            for one in plan.groups
            if any(row.to == taker.id for row in one.rows)
        ]
        zh = "、".join(f"{count} {group.unit.zh}{group.title.zh}" for group, count in counts)
        en = ", ".join(f"{group.title.en.lower()}: {count}" for group, count in counts)
        name = plan.user.name
        title = Text(f"你接手了{name}的工作", f"You take over from {name}")
        found.append((taker.id, title, Text(f"{zh}。时限接着走，不重新计时。", f"{en}. Deadlines run on.")))
    return found
