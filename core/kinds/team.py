"""团队 team: its manager is whom its members' overdue leads escalate to."""

from __future__ import annotations

from collections.abc import Sequence

from peewee import CharField

from ...hooks.text import Text
from ..journal.origin import Actor
from ..schema.fields import field, reference
from ..schema.kind import Kind
from ..storage.records import Record


class Team(Record):
    """A team of people. `manager_id` is no foreign key: people refer to teams, and come later."""

    name = CharField(80, unique=True)
    region = CharField(80, default="")
    manager_id = CharField(26, null=True, index=True)


def managed_teams(actor: Actor) -> list[str]:
    """Return the ids of the teams that the actor manages."""
    return [row.id for row in Team.select(Team.id).where(Team.manager_id == actor.id)]


def below(teams: Sequence[str]) -> list[str]:
    """Return the ids of these teams and of those below them."""
    return list(teams)


TEAM = Kind(
    name="team",
    title=Text("团队", "Team"),
    plural=Text("团队", "Teams"),
    model=Team,
    fields=(
        field("name", "名称", "Name", longest=80, form=False),
        field("region", "地区", "Region", longest=80, form=False),
        reference("manager_id", "user", "主管", "Manager"),
    ),
    setting_up=True,
    named_in_files=("name",),
    icon="user",
)
