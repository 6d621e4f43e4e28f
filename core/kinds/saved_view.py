"""视图 saved_view: a list of one kind under a name: its search, filters, order and columns, for oneself or shared."""

from __future__ import annotations

from typing import Any

from peewee import CharField, ForeignKeyField, IntegerField, TextField

from ...hooks.text import Text
from ..errors import Conflict, Forbidden, Invalid, Problem
from ..journal.origin import Actor
from ..roles import TRUSTED, may
from ..schema.fields import field, options, reference
from ..schema.kind import ANY, ANYBODY, Event, Kind, Lifecycle, LifecycleContext, Values
from ..storage.queries import Query
from ..storage.records import Record, UTCDateTimeField
from .team import Team, above
from .user import User

OWN, TEAM, ALL = "own", "team", "all"
SHARES = options((OWN, "只有我", "Only me"), (TEAM, "我的团队", "My team"), (ALL, "所有人", "Everybody"))
MOST = 30
"""So many views of one kind a person keeps."""
_LONGEST_QUERY = 2_000


class SavedView(Record):
    """A named list of the records of `kind`.

    `query` is what the address of the list says: filters, `q`, `sort`, `desc` and `cols`, as `name=value&name=value`.
    `share` says who sees it beside its owner: the people of `team` and of the teams below it, or everybody. Views stand
    in the order of `place`; retired ones are kept.
    """

    kind = CharField(40)
    name = CharField(80)
    query = TextField(default="")
    share = CharField(4, default=OWN)
    user = ForeignKeyField(User, backref="views", on_delete="RESTRICT", index=False)
    user_id: str
    team = ForeignKeyField(Team, null=True, on_delete="RESTRICT", index=False)
    team_id: str | None
    place = IntegerField(default=0)
    retired_at = UTCDateTimeField(null=True)

    class Meta:
        table_name = "saved_view"
        indexes = ((("kind", "user"), False), (("kind", "share", "team"), False))


def _visible(actor: Actor, _kinds: Any) -> Query:
    query = SavedView.select()
    if actor.kind in TRUSTED:
        return query
    seen = (SavedView.user == actor.id) | (SavedView.share == ALL)
    if teams := above(actor.team_id):
        seen |= (SavedView.share == TEAM) & SavedView.team.in_(teams)
    return query.where(seen)


def shares_of(actor: Actor) -> list[str]:
    """Return with whom an actor may share a view: those in a team with it, those who set up the company with all."""
    return [OWN, *([TEAM] if actor.team_id else []), *([ALL] if may(actor, "company") else [])]


# ---- Lifecycle


def _defaults(values: Values, context: LifecycleContext) -> Values:
    if context.actor.kind in TRUSTED:
        return {}
    mine = context.store.related("saved_view", kind=values["kind"], user_id=context.actor.id, retired_at=None)
    if len(mine) >= MOST:
        raise Conflict(
            f"这个列表你已存了 {MOST} 个视图；请先删掉不用的。",
            f"you keep {MOST} views of this list already: delete some that are not used",
        )
    _check(values, context)
    place = 1 + max((one.place for one in mine), default=0)
    return {"user_id": context.actor.id, "place": place, "team_id": _team(values.get("share", OWN), context.actor)}


def _derived(view: Any, values: Values, context: LifecycleContext) -> Values:
    if context.actor.kind in TRUSTED:
        return {}
    if view.user_id != context.actor.id:
        raise Forbidden("只有存它的人能改这个视图。", "only who saved this view may change it")
    if {"kind", "user_id", "team_id"} & values.keys():
        raise Invalid([Problem("kind", Text("视图属于一个列表，不能换", "a view belongs to its list and its owner"))])
    _check({"name": view.name, "query": view.query, **values}, context)
    return {"team_id": _team(values["share"], context.actor)} if "share" in values else {}


def _check(values: Values, context: LifecycleContext) -> None:
    problems = []
    if not str(values.get("name", "")).strip():
        problems.append(Problem("name", Text("请给视图起个名字", "give the view a name")))
    if len(str(values.get("query", ""))) > _LONGEST_QUERY:
        problems.append(Problem("query", Text("筛选太长，存不下", "the filters are too long to be saved")))
    if values.get("share", OWN) not in (OWN, *shares_of(context.actor)):
        problems.append(Problem("share", Text("你不能这样共享", "you may not share it so")))
    if problems:
        raise Invalid(problems)


def _team(share: str, actor: Actor) -> str | None:
    return actor.team_id if share == TEAM else None


SAVED_VIEW = Kind(
    name="saved_view",
    title=Text("视图", "View"),
    plural=Text("视图", "Views"),
    model=SavedView,
    fields=(
        field("name", "名称", "Name", required=True, longest=80),
        field("kind", "列表", "List", required=True, form=False, longest=40),
        field("query", "筛选", "Filters", form=False, longest=_LONGEST_QUERY),
        field("share", "谁能看到", "Shared with", "choice", options=SHARES),
        reference("user_id", "user", "成员", "Person"),
        reference("team_id", "team", "团队", "Team"),
        field("place", "次序", "Place", "number", form=False, along=True),
        field("retired_at", "删除时间", "Deleted", "moment", form=False),
    ),
    events=(
        Event("created", Text("保存视图", "View saved"), icon="columns"),
        Event("retired", Text("删除视图", "View deleted"), "retired_at", ANY, icon="columns"),
    ),
    lifecycle=Lifecycle(_defaults, _derived),
    write=ANYBODY,
    visible=_visible,
    setting_up=True,
    named_by=("name",),
    icon="columns",
)
