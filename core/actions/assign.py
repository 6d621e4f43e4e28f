"""分配 assign: gives a record to a person, or to a member of a team."""

from __future__ import annotations

from collections.abc import Mapping
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


def next_member(store: Store, team_id: str, strategy: str) -> str | None:
    """Return whose turn it is in a team: by load, then the longest wait, then id; None if nobody is on duty."""
    loads = store.loads(team_id)
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
        found = tx.store.related("user", email=args["user"]) or tx.store.related("user", name=args["user"])
        if not found:
            raise CannotApply(f"没有成员「{args['user']}」", f"no user {args['user']!r}")
        tx.change(subject.kind.name, subject.record.id, {owner: found[-1].id, team: found[-1].team_id})
        return
    teams = tx.store.related("team", name=args["team"])
    if not teams:
        raise CannotApply(f"没有团队「{args['team']}」；请建立团队或修改规则", f"no team {args['team']!r}")
    member = next_member(tx.store, teams[0].id, args.get("strategy", "least_loaded"))
    if member is None:
        name = teams[0].name
        raise CannotApply(f"团队「{name}」没有在岗的销售", f"team {name!r} has no active sales member")
    tx.change(subject.kind.name, subject.record.id, Typed({owner: member, team: teams[0].id}))


def _writes(args: Mapping[str, Any], on: str, turn: int) -> dict[str, Any]:
    """Members taking turns means another owner every time."""
    who = str(args.get("user") or args.get("team"))
    return {f"{on}.owner_id": f"{who} {turn}" if args.get("strategy") == "round_robin" else who}


ASSIGN = Action(
    "assign",
    ActionSpec(
        # Without a strategy, the member with the fewest open leads takes it.
        {
            "team": text("团队", "Team", needed=False),
            "user": text("成员", "Person", needed=False),
            "strategy": one_of("分给", "Within the team", _STRATEGIES, needed=False),
        },
        one_of=(("team", "user"),),
        title=("分配", "Assign"),
        phrase=(
            "分配给[团队{team}][{user}][（{strategy}）]",
            "assign it to [the team {team}][{user}][ ({strategy})]",
        ),
        writes=_writes,
        told_by=("team", "user"),
        catch_all=CatchAll(
            ("会分配负责人的表", "a table that assigns"),
            ("没有一条线索会无人负责", "no lead is left without an owner"),
            ("兜底行须分配负责人", "the catch-all row has to assign an owner"),
        ),
    ),
    _apply,
)
