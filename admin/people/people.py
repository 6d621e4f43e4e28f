"""成员: the tree of teams and who is in each; one person's page and form; their invitation; coming back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import flash, redirect, request
from flask_admin import expose

from ...core.company.hours import hours_of
from ...core.errors import ClewError, Conflict, Invalid
from ...core.kinds import PersonnelChange, User
from ...core.people import invitations, roster
from ...core.people.in_hand import in_hand
from ...core.people.leaving import reactivate
from ...core.people.tree import Tree
from ...core.roles import book, may
from ...core.roles import title as role_title
from ...core.rulebook.named import Named, wanted
from ...core.rulebook.names_used import draft_renamed, uses_of, uses_of_person
from ...core.storage.system_tables import JournalLine
from ...core.timeline.describer import Describer
from ...core.timeline.rule_versions import Versions
from ...core.timeline.viewer import Viewer
from ..base import ConsoleView
from ..session import locale, origin, t
from .drafts import told_of_drafts
from .listing import given_args, page_values

_LINES = 20


class PeopleView(ConsoleView):
    """成员: who works here, in which team, with how much in hand."""

    permission, group, words_, icon_name = "people", ("系统", "System"), ("成员与权限", "People"), "users"

    def __init__(self, ws: Any) -> None:
        super().__init__(ws, name="People", url="/people", endpoint="people")

    @expose("/")
    def index(self) -> str:
        """List the people of a team, of none, or of all."""
        return self.show("people/list", **page_values(self.ws, given_args()), drawer="")

    @expose("/new")
    def new(self) -> str:
        """Ask who joins."""
        stands = {"team_id": request.args.get("team", ""), "locale": "zh", "roles": ["sales"]}
        return self._form(None, stands)

    @expose("/new", methods=["POST"])
    def create(self) -> Any:
        """Add a person, and show the link by which they set a password."""
        try:
            user = roster.save_person(self.ws, None, _given(), origin())
        except (Invalid, Conflict) as error:
            return self._form(None, _given(), error), error.status
        return self._person(user, link=invitations.invite(self.ws, user.id, origin()), fresh=True)

    @expose("/<user_id>")
    def one(self, user_id: str) -> Any:
        """Show a person: what they have in hand, what they stand for, what happened."""
        return self._person(roster.person_of(user_id))

    @expose("/<user_id>/edit")
    def edit(self, user_id: str) -> str:
        """Ask what is to change."""
        user = roster.person_of(user_id)
        return self._form(user, {name: getattr(user, name) for name in roster.PERSON})

    @expose("/<user_id>/edit", methods=["POST"])
    def change(self, user_id: str) -> Any:
        """Change a person; the rules that name them are drafted anew if that was asked for."""
        user, given = roster.person_of(user_id), _given()
        what = wanted(self.ws, Named("person", user.id))
        uses = uses_of(what)
        try:
            changed = roster.save_person(self.ws, user.id, given, origin(), request.form.get("revision", type=int))
        except (Invalid, Conflict) as error:
            return self._form(user, given, error), error.status
        flash(t(f"「{changed.name}」已保存", f"{changed.name} is saved"))
        to = {
            old: new
            for old, new in ((user.name, changed.name), (user.email, changed.email))
            if old != new and old in what.names
        }
        if to and uses and request.form.get("drafts") and may(self.actor, "rules:edit"):
            note = t(f"「{user.name}」改为「{changed.name}」", f"{user.name} is {changed.name} now")
            told_of_drafts(draft_renamed(self.ws, uses, what, to, origin(), note))
        return redirect(f"/people/{changed.id}")

    @expose("/<user_id>/invite", methods=["POST"])
    def invite(self, user_id: str) -> Any:
        """Make a link by which a person sets their password, and show it once."""
        user = roster.person_of(user_id)
        try:
            path = invitations.make_link(self.ws, user, origin())
        except ClewError as error:
            flash(error.text.for_locale(locale()), "error")
            return redirect(f"/people/{user.id}")
        return self._person(user, link=path)

    @expose("/<user_id>/reactivate", methods=["POST"])
    def back(self, user_id: str) -> Any:
        """Switch a person on again."""
        try:
            user = reactivate(self.ws, user_id, origin())
        except ClewError as error:
            flash(error.text.for_locale(locale()), "error")
        else:
            flash(t(f"「{user.name}」已恢复；手上没有线索", f"{user.name} is back, with nothing in hand"))
        return redirect(f"/people/{user_id}")

    # ---- Pages

    def _person(self, user: User, link: str = "", fresh: bool = False) -> Any:
        tree = Tree()
        names = {one.id: one.name for one in User.select(User.id, User.name).where(User.id.in_([user.deputy_id or ""]))}
        page = self.show(
            "people/person",
            user=user,
            tree=tree,
            above=[one.name for one in reversed(tree.above(user.team_id))],
            hours=hours_of(self.ws, user, [one.id for one in tree.above(user.team_id)]),
            deputy=names.get(user.deputy_id or ""),
            roles=[role_title(name).for_locale(locale()) for name in user.roles],
            groups=in_hand(self.ws, user),
            uses=uses_of_person(self.ws, user.id) if user.active else (),
            signed_in=roster.last_sign_ins([user.id]).get(user.id),
            changes=list(
                PersonnelChange.select()
                .where(PersonnelChange.user_id == user.id)
                .order_by(PersonnelChange.id.desc())
                .limit(5)
            ),
            entries=self._history(user),
            link=request.url_root.rstrip("/") + link if link else "",
            fresh=fresh,
        )
        return (page, 200, {"Cache-Control": "no-store"}) if link else page

    def _history(self, user: User) -> list[dict[str, Any]]:
        lines = list(
            JournalLine.select()
            .where((JournalLine.record_kind == "user") & (JournalLine.record_id == user.id))
            .order_by(JournalLine.seq.desc())
            .limit(_LINES)
        )
        describe = Describer(Viewer(self.ws, self.actor), Versions())
        return [
            {
                "at": line.at,
                "what": describe.headline(line, whole=True).for_locale(locale()),
                "who": line.actor_name,
                "reason": line.reason,
                "changes": [
                    tuple(one.for_locale(locale()) for one in change) for change in describe.changes(line, whole=True)
                ],
            }
            for line in lines
        ]

    def _form(self, user: User | None, stands: Mapping[str, Any], error: ClewError | None = None) -> str:
        problems = {one.field: one.text.for_locale(locale()) for one in getattr(error, "problems", ())}
        others = [error.text.for_locale(locale())] if error is not None and not problems else []
        known = {"name", "email", "staff_no", "title", "phone", "roles", "team_id", "deputy_id", "locale"}
        others += [text for field, text in problems.items() if field not in known]
        people = User.select().where(User.active & (User.id != (user.id if user else ""))).order_by(User.name)
        titles = {name: one.for_locale(locale()) for name, one in book().titles.items()}
        gone = {name: name for name in stands.get("roles") or () if name not in titles}
        return self.show(
            "people/form",
            user=user,
            stands=stands,
            problems=problems,
            others=others,
            tree=Tree(),
            people=list(people),
            roles={**titles, **gone},
            uses=uses_of_person(self.ws, user.id) if user is not None else (),
            may_draft=may(self.actor, "rules:edit"),
        )


def _given() -> dict[str, Any]:
    """Return what the form carries, by the names of the fields; empty references are none."""
    form = request.form
    found: dict[str, Any] = {
        name: form.get(name, "").strip()
        for name in ("name", "email", "staff_no", "title", "phone", "team_id", "deputy_id", "locale")
        if name in form
    }
    for name in ("team_id", "deputy_id", "phone"):
        if found.get(name) == "":
            found[name] = None
    if found.get("locale") not in ("zh", "en"):
        found.pop("locale", None)
    return {**found, "roles": form.getlist("roles")}
