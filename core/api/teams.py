"""Teams over the API: the tree, and teams made, changed, split, merged and retired."""

from __future__ import annotations

from typing import Any

from ...hooks.text import Text
from ..errors import Invalid, Problem
from ..journal.lines import plain
from ..kinds import Team
from ..people import roster
from ..people.reorganising import Split, TeamPlan, merge, plan_merge, plan_split
from ..people.reorganising import split_team as do_split
from ..people.tree import Tree
from . import people_shapes as shapes
from .blueprint import Blueprint
from .caller import etag, origin, revision, token_needed, workspace
from .people import change_shown, rules_named, words
from .records import ETAG

blueprint = Blueprint("api_teams", "teams", description="Teams as a tree")


@blueprint.get("/teams")
@token_needed
@blueprint.response(200, shapes.Teams)
def list_teams() -> dict[str, Any]:
    """List all teams, each before those below it, the retired ones last."""
    tree = Tree()
    return {"items": [_shown(one, tree) for one in [*(node.team for node in tree.flat), *tree.retired]]}


@blueprint.post("/teams")
@token_needed
@blueprint.takes(shapes.NewTeam)
@blueprint.response(201, shapes.TeamShown, headers=ETAG)
@blueprint.problems(403, 409)
def make_team(given: dict[str, Any]) -> Any:
    """Make a team."""
    team = roster.save_team(workspace(), None, given, origin())
    return _shown(team, Tree()), 201, etag(team)


@blueprint.get("/teams/<team_id>")
@token_needed
@blueprint.response(200, shapes.TeamShown, headers=ETAG)
@blueprint.problems(404)
def read_team(team_id: str) -> Any:
    """Read a team; the ETag is the revision."""
    team = roster.team_of(team_id)
    return _shown(team, Tree()), 200, etag(team)


@blueprint.patch("/teams/<team_id>")
@token_needed
@blueprint.takes(shapes.TeamChange)
@blueprint.response(200, shapes.TeamShown, headers=ETAG)
@blueprint.problems(403, 404, 409)
@blueprint.headers("IfMatch")
def change_team(given: dict[str, Any], team_id: str) -> Any:
    """Rename, move or change a team: 422 for a place below itself."""
    team = roster.save_team(workspace(), team_id, given, origin(), revision())
    return _shown(team, Tree()), 200, etag(team)


@blueprint.post("/teams/<team_id>/merge/preview")
@token_needed
@blueprint.takes(shapes.MergeBody)
@blueprint.response(200, shapes.TeamPreview)
@blueprint.problems(403, 404, 409)
def preview_merge(given: dict[str, Any], team_id: str) -> dict[str, Any]:
    """Show what retiring a team would move to the one that takes it over. Nothing changes."""
    return _plan(plan_merge(workspace(), team_id, given.get("into_id"), origin()))


@blueprint.post("/teams/<team_id>/merge")
@token_needed
@blueprint.takes(shapes.DoMerge)
@blueprint.response(200, shapes.Change)
@blueprint.problems(403, 404, 409)
def merge_team(given: dict[str, Any], team_id: str) -> dict[str, Any]:
    """Merge a team into another one, or retire an empty one, as previewed: all or nothing."""
    asked = origin().because(str(given.get("reason") or "")[:300])
    return change_shown(merge(workspace(), team_id, given.get("into_id"), asked, given["token"] or ""))


@blueprint.post("/teams/<team_id>/split/preview")
@token_needed
@blueprint.takes(shapes.SplitBody)
@blueprint.response(200, shapes.TeamPreview)
@blueprint.problems(403, 404, 409)
def preview_split(given: dict[str, Any], team_id: str) -> dict[str, Any]:
    """Show what a split would move to the new team. Nothing changes."""
    return _plan(plan_split(workspace(), team_id, _split(given), origin()))


@blueprint.post("/teams/<team_id>/split")
@token_needed
@blueprint.takes(shapes.DoSplit)
@blueprint.response(200, shapes.Change)
@blueprint.problems(403, 404, 409)
def split_team(given: dict[str, Any], team_id: str) -> dict[str, Any]:
    """Make the new team and move to it what was previewed: all or nothing."""
    asked = origin().because(str(given.get("reason") or "")[:300])
    return change_shown(do_split(workspace(), team_id, _split(given), asked, given["token"] or ""))


def _split(given: dict[str, Any]) -> Split:
    people = given.get("people") or []
    if not all(isinstance(one, str) for one in people):
        raise Invalid([Problem("people", Text("每一项都应是成员的编号", "every item is a person's id"))])
    return Split((given.get("name") or "").strip(), tuple(people), given.get("parent_id"), given.get("manager_id"))


def _plan(plan: TeamPlan) -> dict[str, Any]:
    return {
        "what": plan.what,
        "team_id": plan.team.id,
        "into_id": plan.into.id if plan.into is not None else None,
        "rows": [
            {"kind": row.kind, "id": row.record_id, "field": row.field, "title": words(row.title)} for row in plan.rows
        ],
        "rules": rules_named(plan.uses),
        "token": plan.token,
    }


def _shown(team: Team, tree: Tree) -> dict[str, Any]:
    node = tree.nodes.get(team.id)
    names = ("id", "revision", "name", "region", "parent_id", "manager_id", "deputy_id")
    return {
        **{name: getattr(team, name) for name in names},
        "retired_at": plain(team.retired_at),
        "people": node.people if node is not None else 0,
        "own": node.own if node is not None else 0,
    }
