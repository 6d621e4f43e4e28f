"""Whom a rule could have given a lead to: the team's sellers with what each had in hand at that moment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...hooks.text import Text
from ..models import Firing
from .history import past_of, sight_of

if TYPE_CHECKING:
    from ..workspace import Workspace

_MOST = 4


def considered(ws: Workspace, fired: Firing) -> Text:
    """Return who was considered when a firing gave a lead to a team; empty if it did not."""
    given = (one["args"] for one in fired.decisions if one["action"] == "assign" and one["args"].get("team"))
    args = next(given, None)
    if args is None:
        return Text("", "")
    world = past_of(ws, sight_of(fired.seq), ["sellers"]).world
    team = world.team_named(args["team"])
    sellers = world.sellers(team["id"]) if team else []
    if len(sellers) < 2:
        return Text("", "")
    if args.get("strategy") == "round_robin":
        names = [one["name"] for one in sorted(sellers, key=lambda one: world.last_assigned(one["id"], False))]
        zh, en = (
            f"轮流承接，{len(names)} 人在岗，最久没有接到的先接：",
            f"They take turns; of {len(names)}, who waited longest: ",
        )
        return Text(zh + _few(names, "、", "人"), en + _few(names, ", ", ""))
    loads = sorted((len(world.open_leads_of.get(one["id"], ())), one["name"]) for one in sellers)
    zh = f"考虑过 {len(loads)} 人，在手最少的先接：" + _few([f"{name} {count} 条" for count, name in loads], "、", "人")
    en = f"Of {len(loads)}, who has the fewest open leads: " + _few(
        [f"{name} {count}" for count, name in loads], ", ", ""
    )
    return Text(zh, en)


def _few(words: list[str], between: str, unit: str) -> str:
    rest = len(words) - _MOST
    if rest <= 0:
        return between.join(words)
    more = f"；其余 {rest} {unit}" if unit else f"; {rest} more"
    return between.join(words[:_MOST]) + more
