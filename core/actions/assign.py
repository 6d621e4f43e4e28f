"""分配 assign: gives a record to a person, to a member of a team, or to whoever is on duty."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ...rules.language.vocabulary import ActionSpec, CatchAll, Title
from ..schema.kind import Store, Typed
from .action import Action, CannotApply, Writer
from .arguments import one_of, text
from .subject import Subject

_STRATEGIES: dict[str, Title] = {
    "least_loaded": ("手上线索最少的人", "Whoever has the fewest open leads"),
    "round_robin": ("成员轮流", "The members in turn"),
}
_EVERYONE: dict[str, Title] = {"everyone": ("全体在岗的销售", "all sellers on duty")}
_INSTEAD = ("manager", "ops", "admin")


def next_member(store: Store, team_id: str | None, strategy: str, at: datetime) -> str | None:
    """Return whose turn it is in a team, or of all: by load, then the longest wait, then id; None if nobody is on duty."""
    loads = store.loads(team_id, at)
    if not loads:
        return None
    if strategy == "round_robin":
        last = store.last_assigned([load.user_id for load in loads])
        return min((last.get(load.user_id, ""), load.user_id) for load in loads)[1]
    return min((load.open_leads, load.last, load.user_id) for load in loads)[2]


def _apply(tx: Writer, subject: Subject, args: Mapping[str, Any], key: str) -> None:
    owner, team = subject.kind.owner, subject.kind.team
    if not owner or not team:
        raise CannotApply(
            f"{subject.kind.title.zh}没有负责人，不能分配", f"a {subject.kind.title.en.lower()} has no owner to assign"
        )
    if args.get("user"):
        named = tx.store.related("user", email=args["user"]) or tx.store.related("user", name=args["user"])
        found = [one for one in named if one.active is not False]
        if not found:
            gone = ("已停用", "is switched off") if named else ("不存在", "does not exist")
            raise CannotApply(f"成员「{args['user']}」{gone[0]}；请修改规则", f"the person {args['user']!r} {gone[1]}")
        tx.change(subject.kind.name, subject.record.id, {owner: found[-1].id, team: found[-1].team_id})
        return
    if args.get("among"):
        found_id = next_member(tx.store, None, args.get("strategy", "least_loaded"), tx.now) or _instead(tx.store)
        taker = tx.store.get("user", found_id)
        if taker is None:
            raise CannotApply("还没有在岗的成员；请先添加成员", "nobody is on duty: add people first")
        tx.change(subject.kind.name, subject.record.id, Typed({owner: taker.id, team: taker.team_id}))
        return
    teams = tx.store.related("team", name=args["team"])
    if not teams:
        raise CannotApply(f"没有团队「{args['team']}」；请建立团队或修改规则", f"no team {args['team']!r}")
    member = next_member(tx.store, teams[0].id, args.get("strategy", "least_loaded"), tx.now)
    if member is None:
        name = teams[0].name
        raise CannotApply(f"团队「{name}」没有在岗的销售", f"team {name!r} has no active sales member")
    tx.change(subject.kind.name, subject.record.id, Typed({owner: member, team: teams[0].id}))


def _instead(store: Store) -> str | None:
    """Return who takes what would else be left without an owner, where nobody sells."""
    active: list[Any] = store.related("user", active=True)
    ranked = [(_INSTEAD.index(role), user.id) for user in active for role in user.roles or () if role in _INSTEAD]
    return min(ranked)[1] if ranked else None


def _writes(args: Mapping[str, Any], on: str, turn: int) -> dict[str, Any]:
    """Members taking turns means another owner every time."""
    who = str(args.get("user") or args.get("team") or args.get("among"))
    return {f"{on}.owner_id": f"{who} {turn}" if args.get("strategy") == "round_robin" else who}


ASSIGN = Action(
    "assign",
    ActionSpec(
        # Without a strategy, the member with the fewest open leads takes it.
        {
            "team": text("团队", "Team", needed=False),
            "user": text("成员", "Person", needed=False),
            "among": one_of("全体", "Everybody", _EVERYONE, needed=False),
            "strategy": one_of("分给", "Within the team", _STRATEGIES, needed=False),
        },
        one_of=(("team", "user", "among"),),
        title=("分配", "Assign"),
        phrase=(
            "分配给[团队{team}][{user}][{among}][（{strategy}）]",
            "assign it to [the team {team}][{user}][{among}][ ({strategy})]",
        ),
        writes=_writes,
        told_by=("team", "user", "among"),
        catch_all=CatchAll(
            ("会分配负责人的表", "a table that assigns"),
            ("没有一条线索会无人负责", "no lead is left without an owner"),
            ("兜底行须分配负责人", "the catch-all row has to assign an owner"),
        ),
    ),
    _apply,
)
