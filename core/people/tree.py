"""The teams as a tree, read at once: who is where, who manages what, and the way up from a team."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from peewee import fn

from ..kinds import Team, User
from ..storage.queries import pairs


@dataclass
class Node:
    """One team in the tree: `own` people are in it, `people` counts those below it, too."""

    team: Team
    depth: int = 0
    own: int = 0
    people: int = 0
    children: list[Node] = field(default_factory=list)


class Tree:
    """All teams with their people's numbers, in two queries. Retired teams stand apart."""

    def __init__(self) -> None:
        every = list(Team.select().order_by(Team.name))
        self.teams: dict[str, Team] = {team.id: team for team in every}
        self.retired = [team for team in every if team.retired_at]
        self.nodes = {team.id: Node(team) for team in every if not team.retired_at}
        counted = User.select(User.team, fn.COUNT(User.id)).where(User.active).group_by(User.team)
        self._counts = dict(pairs(counted))
        self.roots: list[Node] = []
        for node in self.nodes.values():
            above = self.nodes.get(node.team.parent_id or "")
            (above.children if above is not None else self.roots).append(node)
        for root in self.roots:
            self._fill(root, 0)

    @property
    def loose(self) -> int:
        """How many active people are in no team, or in a retired one."""
        return sum(count for team_id, count in self._counts.items() if team_id not in self.nodes)

    @property
    def people(self) -> int:
        """How many people are active."""
        return sum(self._counts.values())

    @cached_property
    def flat(self) -> list[Node]:
        """Every team in force, each before those below it."""
        return [one for root in self.roots for one in _walk(root)]

    def below(self, team_id: str) -> list[str]:
        """Return the ids of a team and of those below it."""
        node = self.nodes.get(team_id)
        return [one.team.id for one in _walk(node)] if node is not None else [team_id]

    def above(self, team_id: str | None) -> list[Team]:
        """Return a team and those above it, the closest first."""
        found: list[Team] = []
        while team_id in self.teams and self.teams[team_id] not in found:
            found.append(self.teams[team_id])
            team_id = found[-1].parent_id
        return found

    def name(self, team_id: str | None) -> str:
        """Return a team's name; empty for none."""
        return self.teams[team_id].name if team_id in self.teams else ""

    def _fill(self, node: Node, depth: int) -> int:
        node.depth, node.own = depth, self._counts.get(node.team.id, 0)
        node.people = node.own + sum(self._fill(child, depth + 1) for child in node.children)
        return node.people


def _walk(node: Node) -> Iterator[Node]:
    yield node
    for child in node.children:
        yield from _walk(child)
