"""Whom a rule could have given a lead to: the team's sellers with what each had in hand at that moment."""

from __future__ import annotations

from ...hooks.text import Text
from ..replay.history import evaluation_point, historical_state
from ..storage.system_tables import Firing
from ..workspace import Workspace

_MOST = 4


def candidates(ws: Workspace, fired: Firing) -> Text:
    """Return who was considered when a firing gave a lead to a team; empty if it did not."""
    given = (one["args"] for one in fired.decisions if one["action"] == "assign" and one["args"].get("team"))
    args = next(given, None)
    if args is None:
        return Text("", "")
    state = historical_state(ws.configuration, evaluation_point(fired.seq), ["sellers"])
    store = state.store
    teams = store.related("team", name=args["team"])
    loads = store.loads(teams[0].id, state.point.at) if teams else []
    if len(loads) < 2:
        return Text("", "")
    if args.get("strategy") == "round_robin":
        last = store.last_assigned([load.user_id for load in loads])
        names = [load.name for load in sorted(loads, key=lambda load: last.get(load.user_id, ""))]
        zh, en = (
            f"轮流承接，{len(names)} 人在岗，最久没有接到的先接：",
            f"They take turns; of {len(names)}, who waited longest: ",
        )
        return Text(zh + _few(names, "、", "人"), en + _few(names, ", ", ""))
    held = sorted((load.open_leads, load.name) for load in loads)
    zh = f"考虑过 {len(held)} 人，在手最少的先接：" + _few([f"{name} {count} 条" for count, name in held], "、", "人")
    en = f"Of {len(held)}, who has the fewest open leads: " + _few(
        [f"{name} {count}" for count, name in held], ", ", ""
    )
    return Text(zh, en)


def _few(words: list[str], between: str, unit: str) -> str:
    rest = len(words) - _MOST
    if rest <= 0:
        return between.join(words)
    more = f"；其余 {rest} {unit}" if unit else f"; {rest} more"
    return between.join(words[:_MOST]) + more
