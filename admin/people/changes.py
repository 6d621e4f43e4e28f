"""人事变动: what changed hands in one go, and undoing it as a whole."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, url_for
from flask_admin import expose

from ...core.errors import Conflict
from ...core.kinds import PersonnelChange, Team, User
from ...core.kinds.personnel_change import WHAT
from ...core.people.batches import change_of, titles_of, undo, why_not_undone
from ...core.rulebook.names_used import uses_of_team
from ...core.schema.kind import Kind
from ...hooks.text import Text
from ..base import ConsoleView, page_of
from ..records.served import is_served, record_path
from ..session import locale, origin, t

_SHOWN = 200
_FIELDS = {
    "owner_id": Text("负责人", "Owner"),
    "assignee_id": Text("由谁完成", "For"),
    "escalated_to_id": Text("升级给", "Escalated to"),
    "author_id": Text("作者", "Author"),
    "manager_id": Text("主管", "Manager"),
    "deputy_id": Text("代理", "Deputy"),
    "team_id": Text("团队", "Team"),
    "parent_id": Text("上级", "Team above"),
}
"""The field that says what a write moved, the first of these that it has."""


class ChangesView(ConsoleView):
    """人事变动: batches of the last time, each with what it moved."""

    permission, group, words_, icon_name, in_rail = (
        "people",
        ("", ""),
        ("人事变动", "Personnel changes"),
        "users",
        False,
    )
    rail_key, first_page = "people", "index"

    def __init__(self, ws: Any) -> None:
        super().__init__(ws, name="Personnel changes", url="/people/changes", endpoint="people_changes")

    @expose("/")
    def index(self) -> str:
        """List the batches, the newest first."""
        rows, after = page_of(PersonnelChange.select(), PersonnelChange.id)
        return self.show("people/changes", rows=rows, after=after, about=self._about(rows), whats=_whats())

    @expose("/<change_id>")
    def one(self, change_id: str) -> str:
        """Show one batch: what moved from whom to whom."""
        return self._page(change_of(change_id))

    @expose("/<change_id>/undo", methods=["POST"])
    def undo(self, change_id: str) -> Any:
        """Put back what a batch moved."""
        try:
            done = undo(self.ws, change_id, origin())
        except Conflict as error:
            flash(error.text.for_locale(locale()), "error")
            return redirect(url_for("people_changes.one", change_id=change_id))
        flash(t(f"已撤销，{done.undone} 项恢复原样", f"Undone: {done.undone} are as before"))
        return self._page(change_of(change_id), done.kept)

    def _page(self, change: PersonnelChange, kept: tuple[tuple[str, str, Text], ...] = ()) -> str:
        items = [one for one in change.items if one[2] is not None][:_SHOWN]
        keys = {(kind, record_id) for kind, record_id, *_ in items} | {(kind, one) for kind, one, _ in kept}
        names = {**_names(User, items), **_names(Team, items)}
        why = why_not_undone(self.ws, change)
        return self.show(
            "people/change",
            change=change,
            whats=_whats(),
            about=self._about([change]),
            lines=[line for one in items if (line := self._line(one, names)) is not None],
            titles=titles_of(self.ws, self.actor, keys),
            kinds=self.ws.kinds,
            kept=kept,
            unrouted=self._unrouted(change),
            why_not=why.for_locale(locale()) if why else "",
            more=max(0, len(change.items) - _SHOWN),
        )

    def _unrouted(self, change: PersonnelChange) -> dict[str, Any] | None:
        """Return the team that a split made while no rule names it, and the rules that name the one it was split off."""
        made = next((record_id for _, record_id, before, _ in change.items if before is None), None)
        if made is None or change.undone_at is not None:
            return None
        teams = {team.id: team for team in Team.select().where(Team.id.in_([made, change.team_id or ""]))}
        new, old = teams.get(made), teams.get(change.team_id or "")
        if new is None or old is None or new.retired_at or uses_of_team(self.ws, new.name):
            return None
        uses = uses_of_team(self.ws, old.name)
        return {"new": new.name, "old": old.name, "uses": uses} if uses else None

    def _line(self, item: list[Any], names: dict[str, str]) -> dict[str, Any] | None:
        kind, record_id, before, after = item
        field = next((one for one in _FIELDS if one in after), None)
        if field is None:
            return None
        known: Kind | None = self.ws.kinds.get(kind)
        return {
            "key": (kind, record_id),
            "kind": known.title.for_locale(locale()) if known is not None else kind,
            "path": record_path(known, record_id) if known is not None and is_served(known) else "",
            "field": _FIELDS[field].for_locale(locale()),
            "before": names.get(before[field] or "", "—"),
            "after": names.get(after[field] or "", "—"),
        }

    def _about(self, rows: list[PersonnelChange]) -> dict[str, str]:
        """Return whom or which team each batch is about, by its id."""
        users = {one.id: one.name for one in User.select().where(User.id.in_([row.user_id or "" for row in rows]))}
        teams = {one.id: one.name for one in Team.select().where(Team.id.in_([row.team_id or "" for row in rows]))}
        return {row.id: users.get(row.user_id or "") or teams.get(row.team_id or "", "—") for row in rows}


def _names(model: Any, items: list[Any]) -> dict[str, str]:
    ids = {value for one in items for side in one[2:4] for name, value in side.items() if name in _FIELDS and value}
    return {one.id: one.name for one in model.select().where(model.id.in_(sorted(ids)))} if ids else {}


def _whats() -> dict[str, str]:
    return {name: words.for_locale(locale()) for name, words in WHAT}
