"""Teams merged, split and retired: people, open leads and teams below move along, as previewed, in one batch."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from ...hooks.text import Text, n_of
from ..access import policy as access
from ..errors import Conflict, Invalid, NotFound, Problem
from ..journal.origin import Actor, Origin
from ..kinds import PersonnelChange, Team, User
from ..rulebook.names_used import Uses, uses_of_team
from ..schema.kind import Kind
from ..storage.records import canonical
from ..storage.statements import by_id
from ..workspace import Workspace
from .batches import PlanChanged, Write, begin, titles_of, told, write

_NEW = "new"
"""Stands for the team that a split makes, while it is not there."""


@dataclass(frozen=True)
class Moving:
    """One record that moves: which of its fields, and what it is called."""

    kind: str
    record_id: str
    field: str
    title: Text


@dataclass(frozen=True)
class MovingGroup:
    """The records of one sort that move."""

    name: str
    title: Text
    unit: Text
    icon: str
    rows: tuple[Moving, ...]


@dataclass(frozen=True)
class TeamPlan:
    """The preview of a merge, a split or a team's end: what moves from `team` to `into` (None: nothing is left to move).

    `uses` are the rules that name the team, which a merge takes out of force.
    """

    what: str
    team: Team
    into: Team | None
    name: str
    groups: tuple[MovingGroup, ...]
    uses: Uses
    token: str

    @property
    def rows(self) -> tuple[Moving, ...]:
        """Everything that moves."""
        return tuple(row for group in self.groups for row in group.rows)

    def count(self, name: str) -> int:
        """Return how many of a group move."""
        return sum(len(group.rows) for group in self.groups if group.name == name)


@dataclass(frozen=True)
class Split:
    """What a split makes: the new team's name, place and manager, and who goes there."""

    name: str
    people: tuple[str, ...]
    parent_id: str | None = None
    manager_id: str | None = None


def plan_merge(ws: Workspace, team_id: str, into_id: str | None, origin: Origin) -> TeamPlan:
    """Return what retiring a team, all of it going to another one, would move. Writes nothing.

    Without `into_id` there must be nothing to move. Raises NotFound, Forbidden, Invalid, Conflict if it is retired.
    """
    access.require(origin.actor, "people")
    team = _team(team_id)
    into = _into(team, into_id)
    groups = [*_people(origin.actor, team, None), *_work(ws, team, None), *_below(team)]
    if groups and into is None:
        words = Text(
            "这个团队还有人、线索或下级团队；请选接手的团队",
            "the team is not empty: choose the team that takes it over",
        )
        raise Invalid([Problem("into_id", words)])
    return _sealed(ws, origin, "merge" if into else "retire", team, into, into.name if into else "", groups)


def merge(ws: Workspace, team_id: str, into_id: str | None, origin: Origin, token: str) -> PersonnelChange:
    """Move all of a team to another one and retire it, as previewed: all or nothing. Raises as `plan_merge`; PlanChanged."""
    access.require(origin.actor, "people")
    with ws.door.transaction(origin) as tx:
        begin()
        by_id(Team, team_id, lock=True)
        plan = plan_merge(ws, team_id, into_id, origin)
        if plan.token != token:
            raise PlanChanged
        moves = [Write(row.kind, row.record_id, {row.field: into_id}) for row in plan.rows]
        writes = [*moves, Write("team", team_id, {"retired_at": tx.now})]
        change = write(tx, plan.what, {"team_id": team_id}, writes)
        told(tx, _messages(plan))
    return change


def plan_split(ws: Workspace, team_id: str, split: Split, origin: Origin) -> TeamPlan:
    """Return what a split would move: the people chosen, with the open work that is theirs and the team's. Writes nothing.

    Raises NotFound, Forbidden, Invalid for a name that is taken, people of other teams, a parent that can't be.
    """
    access.require(origin.actor, "people")
    team = _team(team_id)
    _check_split(team, split)
    groups = [*_people(origin.actor, team, split.people), *_work(ws, team, split.people)]
    return _sealed(ws, origin, "split", team, None, split.name, groups)


def split_team(ws: Workspace, team_id: str, split: Split, origin: Origin, token: str) -> PersonnelChange:
    """Make the new team and move to it what was previewed: all or nothing. Raises as `plan_split`; PlanChanged."""
    access.require(origin.actor, "people")
    with ws.door.transaction(origin) as tx:
        begin()
        by_id(Team, team_id, lock=True)
        plan = plan_split(ws, team_id, split, origin)
        if plan.token != token:
            raise PlanChanged
        values = {"name": split.name, "parent_id": split.parent_id, "manager_id": split.manager_id}
        made = tx.create("team", values).record
        writes = [Write(row.kind, row.record_id, {row.field: made.id}) for row in plan.rows]
        change = write(tx, "split", {"team_id": team_id}, writes, made.id)
        told(tx, _messages(plan, split.manager_id))
    return change


# ---- What moves


def _people(actor: Actor, team: Team, chosen: Collection[str] | None) -> Iterator[MovingGroup]:
    query = User.select(User.id, User.name, User.roles).where((User.team == team.id) & User.active)
    if chosen is not None:
        query = query.where(User.id.in_(sorted(chosen)))
    people = list(query.order_by(User.name, User.id))
    for one in people:
        access.check_over(actor, one.roles)
    rows = tuple(Moving("user", one.id, "team_id", Text(one.name, one.name)) for one in people)
    if rows:
        yield MovingGroup("people", Text("成员", "People"), Text("人", ""), "user", rows)


def _work(ws: Workspace, team: Team, owners: Collection[str] | None) -> Iterator[MovingGroup]:
    """Yield the open records of a team, kind by kind; of a split only those whose owners go."""
    for kind in ws.kinds.values():
        if kind.in_hand is None or not kind.team:
            continue
        rows = tuple(Moving(kind.name, one, kind.team, Text("", "")) for one in _open(kind, team, owners))
        if rows:
            yield MovingGroup(f"kind:{kind.name}", kind.plural, Text("条", ""), kind.icon, rows)


def _open(kind: Kind, team: Team, owners: Collection[str] | None) -> list[str]:
    model: Any = kind.model
    query = model.select().where(getattr(model, kind.team) == team.id)
    name, value = kind.in_hand or ("", None)
    if name:
        query = query.where(getattr(model, name) == value)
    if owners is not None:
        query = query.where(getattr(model, kind.owner).in_(sorted(owners)))
    return [row.id for row in query.order_by(model.id)]


def _below(team: Team) -> Iterator[MovingGroup]:
    query = Team.select().where((Team.parent_id == team.id) & Team.retired_at.is_null()).order_by(Team.name)
    rows = tuple(Moving("team", one.id, "parent_id", Text(one.name, one.name)) for one in query)
    if rows:
        yield MovingGroup("teams", Text("下级团队", "Teams below"), Text("个", ""), "users", rows)


def _sealed(
    ws: Workspace, origin: Origin, what: str, team: Team, into: Team | None, name: str, groups: list[MovingGroup]
) -> TeamPlan:
    keys = [(row.kind, row.record_id) for group in groups for row in group.rows if not row.title.zh]
    titles = titles_of(ws, origin.actor, keys)
    named = tuple(
        MovingGroup(
            group.name,
            group.title,
            group.unit,
            group.icon,
            tuple(
                row
                if row.title.zh
                else Moving(row.kind, row.record_id, row.field, titles.get((row.kind, row.record_id), Text("—", "—")))
                for row in group.rows
            ),
        )
        for group in groups
    )
    shown = sorted((row.kind, row.record_id, row.field) for group in named for row in group.rows)
    said = canonical([what, team.id, into.id if into else _NEW, name, shown])
    token = hashlib.sha256(said.encode()).hexdigest()[:32]
    return TeamPlan(what, team, into, name, named, uses_of_team(ws, team.name), token)


# ---- What is asked for


def _team(team_id: str) -> Team:
    team: Team | None = by_id(Team, team_id)
    if team is None:
        raise NotFound("没有这个团队。", "no such team")
    if team.retired_at:
        raise Conflict(f"「{team.name}」已经停用了。", f"{team.name} is retired already")
    return team


def _into(team: Team, into_id: str | None) -> Team | None:
    if not into_id:
        return None
    into: Team | None = by_id(Team, into_id)
    if into is None or into.retired_at or into.id == team.id:
        raise Invalid([Problem("into_id", Text("请选另一个在用的团队", "choose another team that is in use"))])
    above = into
    seen = {into.id}
    while above is not None and above.parent_id and above.parent_id not in seen:
        if above.parent_id == team.id:
            words = Text("不能并入自己的下级；请先把它移出来", "a team can't go to one below it: move that out first")
            raise Invalid([Problem("into_id", words)])
        seen.add(above.parent_id)
        above = by_id(Team, above.parent_id)
    return into


def _check_split(team: Team, split: Split) -> None:
    problems = []
    if not split.name.strip():
        problems.append(Problem("name", Text("请填写新团队的名称", "give the new team a name")))
    elif Team.select().where(Team.name == split.name).exists():
        problems.append(
            Problem("name", Text("已有同名的团队，请换一个", "there is a team of this name: choose another"))
        )
    here = {row.id for row in User.select(User.id).where((User.team == team.id) & User.active)}
    if not split.people:
        problems.append(Problem("people", Text("请选谁去新团队", "choose who goes to the new team")))
    elif not here.issuperset(split.people):
        problems.append(
            Problem("people", Text("有人已不在这个团队；请刷新后再选", "somebody is not in this team any more: reload"))
        )
    if split.parent_id:
        above = by_id(Team, split.parent_id)
        if above is None or above.retired_at:
            problems.append(Problem("parent_id", Text("没有这个上级团队", "there is no such team above")))
    if split.manager_id:
        manager = by_id(User, split.manager_id)
        if manager is None or not manager.active:
            problems.append(Problem("manager_id", Text("请选一位在用的成员", "choose somebody who is active")))
    if problems:
        raise Invalid(problems)


def _messages(plan: TeamPlan, manager_id: str | None = None) -> list[tuple[str, Text, Text]]:
    """Tell who manages the teams how much came or went."""
    people, leads = plan.count("people"), plan.count("kind:lead")
    body = Text(
        f"{people} 人、{leads} 条在手线索随之移动；时限接着走。",
        f"{n_of(people, 'person', 'people')} to move with {n_of(leads, 'open lead')}; deadlines run on.",
    )
    if plan.what == "split":
        title = Text(f"「{plan.team.name}」拆分出「{plan.name}」", f"{plan.name} was split off {plan.team.name}")
    elif plan.into is not None:
        title = Text(
            f"「{plan.team.name}」并入「{plan.into.name}」", f"{plan.team.name} was merged into {plan.into.name}"
        )
    else:
        title = Text(f"「{plan.team.name}」已停用", f"{plan.team.name} was retired")
    ids = [plan.team.manager_id, plan.into.manager_id if plan.into else None, manager_id]
    active = User.select(User.id).where(User.id.in_([one for one in ids if one]) & User.active)
    return [(row.id, title, body) for row in active]
