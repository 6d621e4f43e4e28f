"""The page of people as it is read: the tree with its counts, and the people of one place in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import request

from ...core.kinds import Lead, Team, User
from ...core.people import roster
from ...core.people.in_hand import count_open
from ...core.people.tree import Tree
from ...core.roles import book, title
from ...core.workspace import Workspace
from ..session import locale

PAGE = 50
STATES = ("active", "off", "invited")


def page_values(ws: Workspace, args: Mapping[str, str]) -> dict[str, Any]:
    """Return what the page shows for the arguments of an address: team, state, q, role, after."""
    tree = Tree()
    asked, place, team = _asked(tree, args)
    query = roster.people(asked)
    total = query.count()
    rows, after = roster.page(query, args.get("after"), PAGE)
    ids = [user.id for user in rows]
    shown_teams = [team.id] if team is not None else list(tree.nodes)
    uneven = roster.uneven(shown_teams) if team is not None else None
    return {
        "tree": tree,
        "team": team,
        "place": place,
        "asked": asked,
        "rows": rows,
        "total": total,
        "after": after,
        "asked_after": bool(args.get("after")),
        "leads": count_open(ids),
        "signed_in": roster.last_sign_ins(ids),
        "leaves": _leaves(ws, ids),
        "has_leaves": "leave" in ws.kinds,
        "role_titles": {name: one.for_locale(locale()) for name, one in book().titles.items()},
        "role_words": lambda user: [title(name).for_locale(locale()) for name in user.roles],
        "team_leads": _leads_of(team),
        "heads": _heads(tree, rows),
        "names": _names(tree, team, uneven),
        "uneven": uneven,
        "off": User.select().where(~User.active).count(),
        "invited": list(roster.people(roster.Asked(state="invited")).order_by(User.created_at.desc()).limit(3)),
        "invited_count": roster.people(roster.Asked(state="invited")).count(),
        "left_behind": roster.left_behind(),
    }


def _asked(tree: Tree, args: Mapping[str, str]) -> tuple[roster.Asked, str, Team | None]:
    """Return which people are asked for, the place in the tree (a team's id, off, none or nothing), and the team."""
    words, role = args.get("q", "").strip()[:100], args.get("role", "")
    role = role if role in book().roles else ""
    wanted, state = args.get("team", ""), args.get("state", "")
    if state not in STATES:
        state = "active"
    team = tree.nodes[wanted].team if wanted in tree.nodes else None
    place = "off" if state == "off" else wanted if team is not None or wanted == roster.NO_TEAM else ""
    # Who looks for somebody looks below, too; a team's own list is of those directly in it.
    teams = (tree.below(team.id) if words or role else [team.id]) if team is not None else None
    return roster.Asked(teams, wanted == roster.NO_TEAM, words, role, state), place, team


def _leads_of(team: Team | None) -> int:
    if team is None:
        return int(Lead.select().where(Lead.outcome == "open").count())
    return int(Lead.select().where((Lead.team == team.id) & (Lead.outcome == "open")).count())


def _heads(tree: Tree, rows: list[User]) -> dict[str, list[tuple[str, str]]]:
    """Return for each person the teams they manage or stand in for: (manager or deputy, the team's name)."""
    found: dict[str, list[tuple[str, str]]] = {}
    ids = {user.id for user in rows}
    for node in tree.flat:
        for what in ("manager", "deputy"):
            user_id = getattr(node.team, f"{what}_id")
            if user_id in ids:
                found.setdefault(user_id, []).append((what, node.team.name))
    return found


def _names(tree: Tree, team: Team | None, uneven: roster.Uneven | None) -> dict[str, str]:
    ids = [team.manager_id, team.deputy_id] if team is not None else []
    if uneven is not None:
        ids.append(uneven.user_id)
    wanted = [one for one in ids if one]
    return {one.id: one.name for one in User.select(User.id, User.name).where(User.id.in_(wanted))} if wanted else {}


def _leaves(ws: Workspace, user_ids: list[str]) -> dict[str, Any]:
    """Return the leave of each of these people that has not ended, the soonest; nothing if leave is not kept."""
    if "leave" not in ws.kinds or not user_ids:
        return {}
    model: Any = ws.kinds["leave"].model
    rows = model.select().where(model.user.in_(user_ids) & (model.to_at > ws.clock.now()) & ~model.cancelled)
    found: dict[str, Any] = {}
    for row in rows.order_by(model.from_at):
        found.setdefault(row.user_id, row)
    return found


def given_args() -> dict[str, str]:
    """Return the arguments of the address that say which people are shown."""
    return {name: request.args[name] for name in ("team", "state", "q", "role", "after") if name in request.args}
