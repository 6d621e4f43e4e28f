"""分配 assign: gives a record to a person, to a member of a team, or to whoever is on duty."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ...hooks.text import Text
from ...rules.language.vocabulary import ActionSpec, CatchAll, Title
from ..schema.kind import Store, Typed
from .action import Action, CannotApply, Writer
from .arguments import one_of, text
from .notify import notify
from .subject import Subject
from .takers import away_at, takes_over

_STRATEGIES: dict[str, Title] = {
    "least_loaded": ("手上线索最少的人", "Whoever has the fewest open leads"),
    "round_robin": ("成员轮流", "The members in turn"),
}
_EVERYONE: dict[str, Title] = {"everyone": ("全体在岗的销售", "all sellers on duty")}


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
        if len(found) > 1:
            emails = sorted(one.email for one in found)
            raise CannotApply(
                f"有 {len(found)} 位成员叫「{args['user']}」；请在规则里写邮箱：{'、'.join(emails)}",
                f"{len(found)} people are called {args['user']!r}: give the e-mail in the rule: {', '.join(emails)}",
            )
        tx.change(subject.kind.name, subject.record.id, {owner: found[0].id, team: found[0].team_id})
        return
    if args.get("among"):
        found_id = next_member(tx.store, None, args.get("strategy", "least_loaded"), tx.now)
        taker = tx.store.get("user", found_id) if found_id else takes_over(tx.store)
        if taker is None:
            raise CannotApply("还没有在岗的成员；请先添加成员", "nobody is on duty: add people first")
        tx.change(subject.kind.name, subject.record.id, Typed({owner: taker.id, team: taker.team_id}))
        return
    teams = tx.store.related("team", name=args["team"])
    if not teams:
        raise CannotApply(f"没有团队「{args['team']}」；请建立团队或修改规则", f"no team {args['team']!r}")
    member = next_member(tx.store, teams[0].id, args.get("strategy", "least_loaded"), tx.now)
    taker = tx.store.get("user", member) if member else takes_over(tx.store, teams[0].id, away_at(tx.calendar, tx.now))
    name = teams[0].name
    if taker is None:
        raise CannotApply(
            f"团队「{name}」没有在岗的销售，也没有主管、运营或管理员可以接手；请添加成员",
            f"team {name!r} has no seller on duty, and nobody is there to take over: add people",
        )
    tx.change(subject.kind.name, subject.record.id, Typed({owner: taker.id, team: teams[0].id}))
    if member is None:
        said = Text(
            f"团队「{name}」没有在岗的销售，由你接手；请改派或给团队添加销售。",
            f"Team “{name}” has no seller on duty, so it is yours: hand it on, or add sellers to the team.",
        )
        _tell(tx, taker, subject, key, said)


def _tell(tx: Writer, taker: Any, subject: Subject, key: str, said: Text) -> None:
    """Tell who takes over that a record came to them, and why."""
    locale = getattr(taker, "locale", None) or "zh"
    title = Text(f"归你接手：{subject.title}", f"Yours to take over: {subject.title}").for_locale(locale)
    notify(tx, taker.id, title, said.for_locale(locale), subject, f"{key}:taker")


def _writes(args: Mapping[str, Any], on: str, turn: int) -> dict[str, Any]:
    """Members taking turns means another owner every time."""
    who = str(args.get("user") or args.get("team") or args.get("among"))
    return {f"{on}.owner_id": f"{who} {turn}" if args.get("strategy") == "round_robin" else who}


ASSIGN = Action(
    "assign",
    ActionSpec(
        # Without a strategy, the member with the fewest open leads takes it.
        {
            "team": text("团队", "Team", needed=False, names="team"),
            "user": text("成员", "Person", needed=False, names="user"),
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
