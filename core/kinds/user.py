"""成员 user: a person who signs in; deactivated, never deleted, so that the journal keeps its names."""

from __future__ import annotations

from typing import Any

from peewee import BooleanField, CharField, ForeignKeyField, IntegerField

from ...hooks.text import Text
from ..journal.origin import Actor
from ..roles import may
from ..schema.facts import PIECES, of, own
from ..schema.fields import field, reference
from ..schema.kind import Collection, Fact, Kind, Reading, Store, Values
from ..storage.queries import Query
from ..storage.records import JSONText, Record
from .ending_access import ENDING_ACCESS
from .team import Team

MOST_SELLERS = 50
"""So many sellers are shown to rules, whoever has the fewest open leads first."""


class User(Record):
    """A person, with a password or none, and their roles."""

    email = CharField(254, unique=True)
    staff_no = CharField(40, null=True, unique=True)
    name = CharField(80)
    password_hash = CharField(200, default="")
    roles = JSONText(default=list)
    team = ForeignKeyField(Team, null=True, backref="members", on_delete="RESTRICT")
    team_id: str | None
    locale = CharField(5, default="zh")
    active = BooleanField(default=True)
    session_epoch = IntegerField(default=0)
    """Grows when every session has to end: with a new password, and when the person is switched off."""
    message_settings = JSONText(default=dict)
    """The channels that messages of a topic do not take: `{topic: [channel, …]}`."""

    class Meta:
        table_name = "users"


def _team(user: Any, reading: Reading) -> str | None:
    team = reading.store.get("team", user.team_id)
    return team.name if team else None


def _manager(user: Any, reading: Reading) -> str | None:
    team = reading.store.get("team", user.team_id)
    manager = reading.store.get("user", team.manager_id) if team else None
    return manager.name if manager else None


def _open_leads(user: Any, reading: Reading) -> int:
    return reading.store.count("lead", owner_id=user.id, outcome="open")


def _sellers(store: Store) -> list[Values]:
    """Return the active sellers, whoever has the fewest open leads first."""
    loads = sorted(store.loads(), key=lambda load: (load.open_leads, load.user_id))[:MOST_SELLERS]
    teams = {team_id: store.get("team", team_id) for team_id in {load.team_id for load in loads} if team_id}
    return [
        {
            "id": load.user_id,
            "name": load.name,
            "team": teams[load.team_id].name if load.team_id in teams else None,
            "open_leads": load.open_leads,
        }
        for load in loads
    ]


def _visible(actor: Actor, kinds: Any) -> Query:
    return User.select() if may(actor, "people") else User.select().where(User.id == actor.id)


USER = Kind(
    name="user",
    title=Text("成员", "Person"),
    plural=Text("成员", "People"),
    model=User,
    fields=(
        field("email", "邮箱", "E-mail", longest=254, form=False),
        field("staff_no", "工号", "Staff number", longest=40, form=False),
        field("name", "姓名", "Name", longest=80, form=False),
        reference("team_id", "team", "团队", "Team"),
        field("session_epoch", "登录批次", "Sign-in epoch", "number", form=False, along=True),
        field("password_hash", "密码", "Password", longest=200, form=False, secret=True),
    ),
    facts=(
        own("name", "负责人姓名", "Owner's name"),
        Fact("team", of("text", "负责人的团队", "Owner's team"), _team),
        Fact("manager", of("text", "负责人的主管", "Owner's manager"), _manager),
        Fact("open_leads", of("number", "负责人进行中的线索数", "Owner's number of open leads", PIECES), _open_leads),
    ),
    collection=Collection(
        "sellers",
        Text("在岗的销售", "The active sellers"),
        (
            Fact("id", of("text", "成员编号", "Person's id")),
            own("name"),
            Fact("team", of("text", "团队", "Team")),
            Fact("open_leads", of("number", "进行中的线索数", "Number of open leads", PIECES)),
        ),
        read=_sellers,
    ),
    lifecycle=ENDING_ACCESS,
    team="team_id",
    visible=_visible,
    setting_up=True,
    named_in_files=("email",),
    listed_by_age=True,
    kept_at_home=frozenset({"failed_sign_ins", "locked_until"}),
    icon="user",
)
