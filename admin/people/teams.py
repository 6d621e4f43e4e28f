"""团队: one team's form, and its split, merge or end, previewed before anything moves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import flash, redirect, request
from flask_admin import expose

from ...core.errors import ClewError, Conflict, Invalid, Problem
from ...core.kinds import Team, User
from ...core.people import roster
from ...core.people.reorganising import Split, TeamPlan, merge, plan_merge, plan_split, split_team
from ...core.people.tree import Tree
from ...core.roles import may
from ...core.rulebook.named import Named, wanted
from ...core.rulebook.names_used import draft_renamed, uses_of, uses_of_team
from ...hooks.text import Text
from ..base import ConsoleView
from ..session import locale, origin, t
from .drafts import told_of_drafts

SHOWN = 12


class TeamsView(ConsoleView):
    """团队: made, renamed, moved in the tree, split, merged, retired."""

    permission, group, words_, icon_name, in_rail = "people", ("", ""), ("团队", "Teams"), "users", False
    rail_key, first_page = "people", "new"

    def __init__(self, ws: Any) -> None:
        super().__init__(ws, name="Teams", url="/teams", endpoint="teams")

    @expose("/new")
    def new(self) -> str:
        """Ask for a new team."""
        return self._form(None, {"parent_id": request.args.get("parent", "")})

    @expose("/new", methods=["POST"])
    def create(self) -> Any:
        """Make a team."""
        try:
            team = roster.save_team(self.ws, None, _given(), origin())
        except (Invalid, Conflict) as error:
            return self._form(None, _given(), error), error.status
        flash(t(f"「{team.name}」已建立", f"{team.name} is made"))
        return redirect(f"/people/?team={team.id}")

    @expose("/<team_id>")
    def edit(self, team_id: str) -> str:
        """Show a team to be changed."""
        team = roster.team_of(team_id)
        return self._form(team, {name: getattr(team, name) for name in roster.TEAM})

    @expose("/<team_id>", methods=["POST"])
    def change(self, team_id: str) -> Any:
        """Rename, move or change a team; the rules that name it are drafted anew if that was asked for."""
        team, given = roster.team_of(team_id), _given()
        what = wanted(self.ws, Named("team", team.name))
        uses = uses_of(what)
        try:
            changed = roster.save_team(self.ws, team.id, given, origin(), request.form.get("revision", type=int))
        except (Invalid, Conflict) as error:
            return self._form(team, given, error), error.status
        flash(t(f"「{changed.name}」已保存", f"{changed.name} is saved"))
        if changed.name != team.name and uses and request.form.get("drafts") and may(self.actor, "rules:edit"):
            note = t(f"团队「{team.name}」改名「{changed.name}」", f"the team {team.name} is called {changed.name} now")
            told_of_drafts(draft_renamed(self.ws, uses, what, {team.name: changed.name}, origin(), note))
        return redirect(f"/people/?team={changed.id}")

    @expose("/<team_id>/split")
    def split(self, team_id: str) -> str:
        """Ask who goes to which new team, and show what would move along."""
        team = roster.team_of(team_id)
        plan, error = self._split_plan(team) if request.args.get("name") or request.args.get("people") else (None, None)
        return self._split_page(team, plan, error)

    @expose("/<team_id>/split", methods=["POST"])
    def do_split(self, team_id: str) -> Any:
        """Split a team as previewed."""
        team = roster.team_of(team_id)
        try:
            change = split_team(self.ws, team.id, _split(), origin(_reason()), request.form.get("token", ""))
        except (Invalid, Conflict) as error:
            plan, _ = self._split_plan(team)
            return self._split_page(team, plan, error), error.status
        return redirect(f"/people/changes/{change.id}")

    @expose("/<team_id>/merge")
    def merging(self, team_id: str) -> str:
        """Ask which team takes this one over, and show what would move."""
        team = roster.team_of(team_id)
        plan, error = self._merge_plan(team)
        return self._merge_page(team, plan, error if request.args.get("into_id") else None)

    @expose("/<team_id>/merge", methods=["POST"])
    def do_merge(self, team_id: str) -> Any:
        """Merge a team into another one, or retire an empty one, as previewed."""
        team = roster.team_of(team_id)
        try:
            _typed(team)
            into, token = request.form.get("into_id") or None, request.form.get("token", "")
            what = wanted(self.ws, Named("team", team.name))
            uses = uses_of(what)
            change = merge(self.ws, team.id, into, origin(_reason()), token)
        except (Invalid, Conflict) as error:
            plan, _ = self._merge_plan(team)
            return self._merge_page(team, plan, error), error.status
        if into and uses and request.form.get("drafts") and may(self.actor, "rules:edit"):
            name = roster.team_of(into).name
            note = t(f"团队「{team.name}」并入「{name}」", f"the team {team.name} was merged into {name}")
            told_of_drafts(draft_renamed(self.ws, uses, what, {team.name: name}, origin(), note))
        return redirect(f"/people/changes/{change.id}")

    # ---- Pages

    def _split_plan(self, team: Team) -> tuple[TeamPlan | None, ClewError | None]:
        try:
            return plan_split(self.ws, team.id, _split(), origin()), None
        except (Invalid, Conflict) as error:
            return None, error

    def _merge_plan(self, team: Team) -> tuple[TeamPlan | None, ClewError | None]:
        try:
            return plan_merge(self.ws, team.id, request.values.get("into_id") or None, origin()), None
        except (Invalid, Conflict) as error:
            return None, error

    def _split_page(self, team: Team, plan: TeamPlan | None, error: ClewError | None) -> str:
        members = list(User.select().where((User.team == team.id) & User.active).order_by(User.name, User.id))
        return self._moving("split", team, plan, error, members=members, split=_split(), people=_active())

    def _merge_page(self, team: Team, plan: TeamPlan | None, error: ClewError | None) -> str:
        return self._moving("merge", team, plan, error, into_id=request.values.get("into_id", ""))

    def _moving(self, what: str, team: Team, plan: TeamPlan | None, error: ClewError | None, **values: Any) -> str:
        problems = _problems(error)
        named = {"name", "people", "parent_id", "manager_id", "into_id", "typed"}
        others = [text for field, text in problems.items() if field not in named]
        if error is not None and not problems:
            others = [error.text.for_locale(locale())]
        return self.show(
            f"people/{what}",
            team=team,
            tree=Tree(),
            plan=plan,
            problems=problems,
            others=others,
            uses=uses_of_team(self.ws, team.name),
            reason=request.values.get("reason", ""),
            typed=request.form.get("typed", ""),
            most=SHOWN,
            may_draft=may(self.actor, "rules:edit"),
            **values,
        )

    def _form(self, team: Team | None, stands: Mapping[str, Any], error: ClewError | None = None) -> str:
        problems = _problems(error)
        others = [text for field, text in problems.items() if field not in roster.TEAM]
        if error is not None and not problems:
            others = [error.text.for_locale(locale())]
        tree = Tree()
        # Below itself a team can't be placed.
        below = set(tree.below(team.id)) if team is not None else set()
        return self.show(
            "people/team",
            team=team,
            stands=stands,
            problems=problems,
            others=others,
            tree=tree,
            parents=[node for node in tree.flat if node.team.id not in below],
            people=_active(),
            uses=uses_of_team(self.ws, team.name) if team is not None else (),
            may_draft=may(self.actor, "rules:edit"),
        )


def _active() -> list[User]:
    return list(User.select().where(User.active).order_by(User.name, User.id))


def _problems(error: ClewError | None) -> dict[str, str]:
    return {one.field: one.text.for_locale(locale()) for one in getattr(error, "problems", ())}


def _given() -> dict[str, Any]:
    form = request.form
    found: dict[str, Any] = {name: form.get(name, "").strip() for name in roster.TEAM if name in form}
    return {name: value or (None if name.endswith("_id") else "") for name, value in found.items()}


def _split() -> Split:
    values = request.values
    return Split(
        values.get("name", "").strip(),
        tuple(values.getlist("people")),
        values.get("parent_id") or None,
        values.get("manager_id") or None,
    )


def _reason() -> str:
    return request.form.get("reason", "").strip()[:300]


def _typed(team: Team) -> None:
    """Raise Invalid unless the form carries the team's name."""
    if request.form.get("typed", "").strip() != team.name:
        words = Text(f"请输入团队名称「{team.name}」以确认", f"type the team's name, {team.name}, to confirm")
        raise Invalid([Problem("typed", words)])
