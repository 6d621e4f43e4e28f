"""成员 user: a person who signs in; deactivated, never deleted, so that the journal keeps its names."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from peewee import BooleanField, CharField, ForeignKeyField, IntegerField

from ...hooks.text import Text
from ..errors import Conflict, Invalid, Problem
from ..journal.origin import Actor
from ..roles import book, may
from ..schema.facts import PIECES, of
from ..schema.fields import field, reference
from ..schema.identity import normal_email, normal_phone
from ..schema.kind import Collection, Event, Fact, Kind, Lifecycle, LifecycleContext, Reading, Store, Values
from ..storage.queries import Query
from ..storage.records import JSONText, Record, UTCDateTimeField
from ..storage.turns import PEOPLE, one_at_a_time
from .ending_access import ENDING_ACCESS
from .role import book_of
from .team import Team

MOST_SELLERS = 50
"""So many sellers are shown to rules, whoever has the fewest open leads first."""


class User(Record):
    """A person, with a password or none, and their roles.

    `deputy_id`, no foreign key, stands in for them; `left_at` is when they were switched off.
    """

    email = CharField(254, unique=True)
    staff_no = CharField(40, null=True, unique=True)
    name = CharField(80)
    password_hash = CharField(200, default="")
    roles = JSONText(default=list)
    team = ForeignKeyField(Team, null=True, backref="members", on_delete="RESTRICT")
    team_id: str | None
    locale = CharField(5, default="zh")
    title = CharField(80, default="")
    phone = CharField(40, null=True)
    deputy_id = CharField(26, null=True, index=True)
    active = BooleanField(default=True)
    left_at = UTCDateTimeField(null=True)
    session_epoch = IntegerField(default=0)
    """Grows when every session has to end: with a new password, and when the person is switched off."""
    message_settings = JSONText(default=dict)
    """The channels that messages of a topic do not take: `{topic: [channel, …]}`."""

    class Meta:
        table_name = "users"
        indexes = ((("active", "name"), False),)


# ---- Lifecycle


def _checked(values: Values, context: LifecycleContext) -> Values:
    _check_place(None, values, context)
    return {}


def _derived(user: Any, values: Values, context: LifecycleContext) -> Values:
    """Return what changes along: the moment of leaving, and what ends access. Raises Conflict for the last who may."""
    _check_place(user, values, context)
    found = ENDING_ACCESS.derive_changes(user, values, context)
    if "active" in values and bool(values["active"]) != bool(user.active):
        found["left_at"] = None if values["active"] else context.now
    if _gives_up_roles(user, values):
        one_at_a_time(PEOPLE)  # Two who switch each other off at once would leave nobody.
        _check_last(user, context)
    return found


def _check_place(user: Any, values: Values, context: LifecycleContext) -> None:
    problems = []
    if unknown := _unknown_roles(user, values, context):
        names = "、".join(unknown)
        problems.append(Problem("roles", Text(f"没有角色「{names}」", f"there is no role {', '.join(unknown)!r}")))
    if values.get("team_id") and (user is None or values["team_id"] != user.team_id):
        one_at_a_time(PEOPLE)
        team = context.store.get("team", values["team_id"])
        if team is None or team.retired_at:
            problems.append(
                Problem("team_id", Text("没有这个团队，或它已停用", "there is no such team, or it is retired"))
            )
    deputy_id = values.get("deputy_id")
    if deputy_id and (user is None or deputy_id != user.deputy_id):
        deputy = context.store.get("user", deputy_id)
        if deputy is None or deputy.active is False:
            problems.append(Problem("deputy_id", Text("请选一位在用的成员", "choose somebody who is active")))
        elif user is not None and deputy_id == user.id:
            problems.append(Problem("deputy_id", Text("代理人不能是本人", "nobody stands in for themselves")))
    if problems:
        raise Invalid(problems)


def _unknown_roles(user: Any, values: Values, context: LifecycleContext) -> list[str]:
    """Return the names among the roles given that are no role; one that somebody has already may stay."""
    given = values.get("roles") or []
    known = {*book().roles, *(user.roles or () if user is not None else ())}
    unfamiliar = [one for one in given if not isinstance(one, str) or one not in known]
    # One made in this very transaction is not in force yet.
    return [str(one) for one in unfamiliar if not isinstance(one, str) or not context.store.related("role", name=one)]


def _gives_up_roles(user: Any, values: Values) -> bool:
    """Say whether somebody who gives roles, as an administrator does, would do so no more."""
    if not user.active or not _gives_roles(user.roles):
        return False
    return values.get("active", True) is False or not _gives_roles(values.get("roles", user.roles))


def _gives_roles(roles: Any) -> bool:
    return book().permits(frozenset(roles or ()), "roles")


def _check_last(user: Any, context: LifecycleContext) -> None:
    others = (one for one in context.store.related("user", active=True) if one.id != user.id)
    roles = book_of(context.store.related("role"))  # As they are now: one may just have been retired.
    if not any(roles.permits(frozenset(one.roles or ()), "roles") for one in others):
        raise Conflict(
            f"「{user.name}」是最后一位在用的管理员；请先让另一位成员当管理员。",
            f"{user.name} is the last active administrator: make somebody else one first",
        )


# ---- Facts


def _team(user: Any, reading: Reading) -> str | None:
    team = reading.store.get("team", user.team_id)
    return team.name if team else None


def _manager(user: Any, reading: Reading) -> str | None:
    team = reading.store.get("team", user.team_id)
    manager = reading.store.get("user", team.manager_id) if team else None
    return manager.name if manager else None


def _open_leads(user: Any, reading: Reading) -> int:
    return reading.store.count("lead", owner_id=user.id, outcome="open")


def _sellers(store: Store, now: datetime) -> list[Values]:
    """Return the sellers on duty, whoever has the fewest open leads first."""
    loads = sorted(store.loads(at=now), key=lambda load: (load.open_leads, load.user_id))[:MOST_SELLERS]
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
        field("email", "邮箱", "E-mail", longest=254, form=False, required=True, clean=normal_email),
        field("staff_no", "工号", "Staff number", longest=40, form=False),
        field("name", "姓名", "Name", longest=80, form=False, required=True),
        field("title", "职务", "Job title", longest=80, form=False),
        field("phone", "手机", "Phone", mask="phone", longest=40, form=False, clean=normal_phone),
        reference("team_id", "team", "团队", "Team"),
        reference("deputy_id", "user", "代理人", "Deputy"),
        field("active", "在用", "Active", "boolean", form=False),
        field("left_at", "停用时间", "Switched off", "moment", form=False, along=True),
        field("session_epoch", "登录批次", "Sign-in epoch", "number", form=False, along=True),
        field("password_hash", "密码", "Password", longest=200, form=False, secret=True),
    ),
    facts=(
        Fact("name", of("text", "负责人姓名", "Owner's name", names="user")),
        Fact("team", of("text", "负责人的团队", "Owner's team", names="team"), _team),
        Fact("manager", of("text", "负责人的主管", "Owner's manager", names="user"), _manager),
        Fact("open_leads", of("number", "负责人进行中的线索数", "Owner's number of open leads", PIECES), _open_leads),
    ),
    collection=Collection(
        "sellers",
        Text("在岗的销售", "The active sellers"),
        (
            Fact("id", of("text", "成员编号", "Person's id")),
            Fact("name", of("text", "姓名", "Name", names="user")),
            Fact("team", of("text", "团队", "Team", names="team")),
            Fact("open_leads", of("number", "进行中的线索数", "Number of open leads", PIECES)),
        ),
        read=_sellers,
    ),
    events=(
        Event("created", Text("添加成员", "Person added"), icon="user"),
        Event("left", Text("停用成员", "Person switched off"), "active", False, icon="user"),
        Event("back", Text("恢复成员", "Person switched on again"), "active", True, icon="user"),
        Event("changed", Text("修改成员", "Person changed"), icon="pencil"),
    ),
    lifecycle=Lifecycle(_checked, _derived, ENDING_ACCESS.follow_ups),
    team="team_id",
    visible=_visible,
    setting_up=True,
    named_in_files=("email",),
    listed_by_age=True,
    kept_at_home=frozenset({"session_epoch"}),
    icon="user",
)
