"""团队 team: a node of the company's tree; its manager is whom its members' overdue leads escalate to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from peewee import CharField

from ...hooks.text import Text, n_of
from ..errors import Conflict, Invalid, Problem
from ..schema.fields import field, reference
from ..schema.kind import Event, Kind, Lifecycle, LifecycleContext, Values
from ..storage.queries import pairs
from ..storage.reading import read_once
from ..storage.records import Record, UTCDateTimeField
from ..storage.turns import PEOPLE, one_at_a_time

DEEPEST = 12
"""So many levels a tree of teams may have."""


class Team(Record):
    """A team of people, below `parent_id` or at the top; retired, never deleted.

    `manager_id` is no foreign key, nor `deputy_id`: people refer to teams, and come later.
    """

    name = CharField(80, unique=True)
    region = CharField(80, default="")
    parent_id = CharField(26, null=True, index=True)
    manager_id = CharField(26, null=True, index=True)
    deputy_id = CharField(26, null=True, index=True)
    retired_at = UTCDateTimeField(null=True)


def below(teams: Sequence[str]) -> list[str]:
    """Return the ids of these teams and of all those below them. A request reads the tree once."""
    children = read_once("teams below", _children)
    found = list(dict.fromkeys(teams))
    seen = set(found)
    for team_id in found:  # Grows while it is walked, by what was not seen yet.
        fresh = [child for child in children.get(team_id, ()) if child not in seen]
        seen.update(fresh)
        found += fresh
    return found


def above(team_id: str | None) -> list[str]:
    """Return the ids of a team and of those above it, the closest first. A request reads the tree once."""
    if team_id is None:
        return []
    parents = {child: parent for parent, some in read_once("teams below", _children).items() for child in some}
    found = [team_id]
    while (parent := parents.get(found[-1])) is not None and parent not in found:
        found.append(parent)
    return found


def _children() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for team_id, parent_id in pairs(Team.select(Team.id, Team.parent_id).where(Team.parent_id.is_null(False))):
        found.setdefault(parent_id, []).append(team_id)
    return found


# ---- Lifecycle


def _checked(values: Values, context: LifecycleContext) -> Values:
    _check_place(None, values, context)
    return {}


def _rechecked(team: Any, values: Values, context: LifecycleContext) -> Values:
    if values.get("name", team.name) in (None, ""):
        raise Invalid([Problem("name", Text("请填写团队名称", "give the team a name"))])
    _check_place(team, values, context)
    if values.get("retired_at") and not team.retired_at:
        _check_empty(team, context)
    return {}


def _check_place(team: Any, values: Values, context: LifecycleContext) -> None:
    """Raise Invalid for a parent below the team itself, gone or too deep, or for people who have left."""
    parent_id = values.get("parent_id")
    if parent_id and (team is None or parent_id != team.parent_id):
        one_at_a_time(PEOPLE)  # Two that move below each other at once would both be out of the tree.
        _check_parent(team, parent_id, context)
    for name in ("manager_id", "deputy_id"):
        if values.get(name) and (team is None or values[name] != getattr(team, name)):
            person = context.store.get("user", values[name])
            if person is None or person.active is False:
                raise Invalid([Problem(name, Text("请选一位在用的成员", "choose somebody who is active"))])


def _check_parent(team: Any, parent_id: str, context: LifecycleContext) -> None:
    above, levels = context.store.get("team", parent_id), 1
    if above is None or above.retired_at:
        raise Invalid(
            [
                Problem(
                    "parent_id", Text("没有这个上级团队，或它已停用", "there is no such team above, or it is retired")
                )
            ]
        )
    while above is not None:
        if team is not None and above.id == team.id:
            words = Text("上级不能是自己或自己的下级", "a team can't be placed below itself or what is below it")
            raise Invalid([Problem("parent_id", words)])
        if levels >= DEEPEST:
            words = Text(f"团队最多 {DEEPEST} 层", f"teams go {DEEPEST} levels deep at most")
            raise Invalid([Problem("parent_id", words)])
        above, levels = context.store.get("team", above.parent_id), levels + 1


def _check_empty(team: Any, context: LifecycleContext) -> None:
    """Raise Conflict for a team to be retired that still holds something."""
    one_at_a_time(PEOPLE)
    people = context.store.count("user", team_id=team.id, active=True)
    leads = context.store.count("lead", team_id=team.id, outcome="open")
    teams = sum(not one.retired_at for one in context.store.related("team", parent_id=team.id))
    if people or leads or teams:
        raise Conflict(
            f"「{team.name}」还有 {people} 人、{leads} 条在手线索、{teams} 个下级团队；请先移走再停用。",
            f"{team.name} still has {n_of(people, 'person', 'people')}, {n_of(leads, 'open lead')} and {n_of(teams, 'team')} below: move them first",
        )


TEAM = Kind(
    name="team",
    title=Text("团队", "Team"),
    plural=Text("团队", "Teams"),
    model=Team,
    fields=(
        field("name", "名称", "Name", longest=80, form=False, required=True),
        field("region", "地区", "Region", longest=80, form=False),
        reference("parent_id", "team", "上级团队", "Team above"),
        reference("manager_id", "user", "主管", "Manager"),
        reference("deputy_id", "user", "代理主管", "Deputy"),
        field("retired_at", "停用时间", "Retired", "moment", form=False),
    ),
    events=(
        Event("created", Text("新建团队", "Team made"), icon="users"),
        Event("retired", Text("停用团队", "Team retired"), "retired_at", icon="users"),
        Event("renamed", Text("团队改名", "Team renamed"), "name", icon="pencil"),
        Event("moved", Text("调整上级", "Moved in the tree"), "parent_id", icon="users"),
        Event("changed", Text("修改团队", "Team changed"), icon="pencil"),
    ),
    lifecycle=Lifecycle(_checked, _rechecked),
    setting_up=True,
    named_in_files=("name",),
    icon="users",
)
