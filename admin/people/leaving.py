"""停用成员: what they have in hand and to whom it goes, previewed row by row; then all of it in one batch."""

from __future__ import annotations

import json
import math
from typing import Any
from urllib.parse import urlencode

from flask import redirect, request
from flask_admin import expose

from ...core.errors import ClewError, Conflict, Invalid, Problem
from ...core.kinds import PersonnelChange, Team, User
from ...core.people import roster, sessions
from ...core.people.leaving import LeavePlan, Row, leave, plan_leave
from ...core.people.taking_over import NOBODY
from ...core.roles import may
from ...core.rulebook.named import Named, wanted
from ...core.rulebook.names_used import Uses, draft_renamed, uses_of
from ...core.schema.validator import unstorable
from ...hooks.text import Text
from ..base import ConsoleView
from ..session import locale, origin, t
from .drafts import told_of_drafts
from .listing import page_values

MANY, PER_SECOND = 300, 200
"""More things than this take a while, and the page says how long: each is some statements in the one transaction."""
SHOWN = 8
"""So many rows the preview begins with; all of them are a page of their own."""


class LeaveView(ConsoleView):
    """停用成员: a drawer beside the list, the page itself on a phone."""

    permission, group, words_, icon_name, in_rail = "people", ("", ""), ("停用成员", "Switch off"), "user-off", False
    rail_key, first_page = "people", "preview"

    def __init__(self, ws: Any) -> None:
        super().__init__(ws, name="Leave", url="/people", endpoint="people_leave")

    @expose("/<user_id>/leave")
    def preview(self, user_id: str) -> Any:
        """Show what would go to whom, by the choices in the address; `part` is the preview alone."""
        user = roster.person_of(user_id)
        if not user.active:
            return redirect(f"/people/{user.id}")
        try:
            plan, refused = plan_leave(self.ws, user_id, origin(), _choices(), _takers()), ""
        except Invalid as error:
            plan, refused = plan_leave(self.ws, user_id, origin()), error.text.for_locale(locale())
        return self._page(plan, refused)

    @expose("/<user_id>/leave", methods=["POST"])
    def act(self, user_id: str) -> Any:
        """Do what the preview showed."""
        user = roster.person_of(user_id)
        reason = request.form.get("reason", "").strip()[:300]
        what = wanted(self.ws, Named("person", user.id))
        uses = uses_of(what)
        try:
            _typed(user)
            instead = self._instead(uses)
            change = leave(self.ws, user_id, origin(reason), request.form.get("token", ""), _choices(), _takers())
        except (Invalid, Conflict) as error:
            if (done := _done_before(user_id)) is not None:
                return redirect(f"/people/changes/{done.id}")
            return self._again(user, error), error.status
        if instead is not None:
            note = t(f"「{user.name}」离开，由「{instead.name}」接手", f"{instead.name} takes over from {user.name}")
            others = {user.name: instead.name, user.email: instead.email, user.id: instead.id}
            to = {old: new for old, new in others.items() if old in what.names}
            told_of_drafts(draft_renamed(self.ws, uses, what, to, origin(), note))
        return redirect(f"/people/changes/{change.id}")

    def _instead(self, uses: Uses) -> User | None:
        """Return who is to be named by the rules that name the leaver; None if that was not asked for. Raises Invalid."""
        if not uses or not request.form.get("drafts") or not may(self.actor, "rules:edit"):
            return None
        chosen = request.form.get("instead", "")
        found = None if any(unstorable(chosen)) else User.get_or_none((User.id == chosen) & User.active)
        if found is None:
            words = Text("请选规则里换成谁", "choose who is named by the rules instead")
            raise Invalid([Problem("instead", words)])
        if found.name not in wanted(self.ws, Named("person", found.id)).names:
            words = Text(
                f"有两位「{found.name}」，规则分不清；请自己改这些规则",
                f"two people are called {found.name}, and rules can't tell them apart: change these rules by hand",
            )
            raise Invalid([Problem("instead", words)])
        return found

    def _again(self, user: User, error: ClewError) -> str:
        text = error.text.for_locale(locale())
        try:
            plan = plan_leave(self.ws, user.id, origin(), _choices(), _takers())
        except Invalid:
            plan = plan_leave(self.ws, user.id, origin())
        return self._page(plan, text)

    def _page(self, plan: LeavePlan, refused: str) -> str:
        every = request.values.get("rows") == "all"
        values = {
            "plan": plan,
            "refused": refused,
            "every": every,
            "shown": self._shown(plan, every),
            "chosen": "".join(f"&{urlencode({f'how.{one.group.name}': one.choice})}" for one in plan.groups),
            "takers": json.dumps({row.key: row.to for row in plan.rows if row.to}),
            "taken": lambda row: self._taker(plan, row),
            "counts": lambda one: _counts(plan, one),
            "sessions": len(sessions.of(self.ws, plan.user)),
            "typed": request.form.get("typed", ""),
            "reason": request.form.get("reason", ""),
            "late": self.ws.clock.now(),
            "seconds": math.ceil(len(plan.rows) / PER_SECOND) if len(plan.rows) > MANY else 0,
            "drafts": request.method == "GET" or bool(request.form.get("drafts")),
            "instead": request.form.get("instead") or self._manager_of(plan.user),
        }
        if request.args.get("part"):
            return self.show("people/leave_plan", **values)
        if every:
            return self.show("people/leave_rows", **values)
        place = {"team": plan.user.team_id} if plan.user.team_id else {}
        return self.show("people/leave", **page_values(self.ws, place), **values, drawer=plan.user.id)

    def _manager_of(self, user: User) -> str:
        team = Team.get_or_none(Team.id == user.team_id) if user.team_id else None
        return team.manager_id or "" if team is not None else ""

    def _shown(self, plan: LeavePlan, every: bool) -> list[Row]:
        if every:
            return list(plan.rows)
        # Some of every group, so that each choice shows what it does.
        share = max(2, SHOWN // max(1, len(plan.groups)))
        return [row for one in plan.groups for row in one.rows[:share]][: SHOWN + share]

    def _taker(self, plan: LeavePlan, row: Row) -> str:
        if row.to == NOBODY:
            return t("空着", "left empty")
        return plan.people[row.to].name if row.to else ""


def _done_before(user_id: str) -> PersonnelChange | None:
    """Return the batch by which somebody was switched off, for a second click on what the first one did; else None."""
    if roster.person_of(user_id).active:
        return None
    mine = (
        (PersonnelChange.user_id == user_id) & (PersonnelChange.what == "leave") & PersonnelChange.undone_at.is_null()
    )
    found: PersonnelChange | None = PersonnelChange.select().where(mine).order_by(PersonnelChange.id.desc()).first()
    return found


def _counts(plan: LeavePlan, one: Any) -> str:
    """Return who gets how many of a group: 陈思雨 3 · 周晨 3."""
    found: dict[str, int] = {}
    for row in one.rows:
        if row.to and row.to != NOBODY:
            found[row.to] = found.get(row.to, 0) + 1
    names = sorted(found, key=lambda user_id: (-found[user_id], plan.people[user_id].name))
    return " · ".join(f"{plan.people[user_id].name} {found[user_id]}" for user_id in names)


def _choices() -> dict[str, str]:
    return {
        name.removeprefix("how."): value
        for name, value in request.values.items()
        if name.startswith("how.") and value and not any(unstorable(value))
    }


def _takers() -> dict[str, str]:
    """Return who was shown for each row, as the form sends it back. Raises Invalid for what no preview sends."""
    text = request.form.get("takers", "")
    try:
        found = json.loads(text) if text else {}
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict) or not all(isinstance(one, str) for one in found.values()) or any(unstorable(found)):
        raise Invalid(
            [Problem("takers", Text("预览不完整；请刷新页面", "the preview is not complete: reload the page"))]
        )
    return found


def _typed(user: User) -> None:
    """Raise Invalid unless the form carries the person's name."""
    if request.form.get("typed", "").strip() != user.name:
        words = Text(f"请输入姓名「{user.name}」以确认", f"type the name, {user.name}, to confirm")
        raise Invalid([Problem("typed", words)])
