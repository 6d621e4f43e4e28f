"""角色: what each may do with which records, edited as a matrix, checked on one person, approved by another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import flash, redirect, request, url_for
from flask_admin import expose

from ...core.access.naming import name_of
from ...core.access.policy import visible
from ...core.company.what_breaks import Named, uses
from ...core.errors import ClewError, Invalid, Problem
from ...core.kinds import RoleChange, RoleRecord, User
from ...core.people import role_changes, role_effects
from ...core.roles import ACTIONS, EVERY_OTHER, PERMISSION_WORDS, SCOPES, book, row_of
from ...core.schema.kind import BY_ROLES, Kind
from ...core.schema.validator import unstorable
from ...hooks.text import Text
from ..base import ConsoleView
from ..session import english, locale, origin, t

_FIRST = ("customer", "contact", "lead", "follow_up", "contract", "invoice", "payment", "shipment", "task", "document")


class RolesView(ConsoleView):
    """角色: the matrix of one role, a draft of it, and what the draft does."""

    permission, group, words_, icon_name = "roles", ("系统", "System"), ("角色", "Roles"), "lock"
    in_rail, rail_key = False, "people"

    def __init__(self, ws: Any) -> None:
        super().__init__(ws, name="Roles", url="/roles", endpoint="roles")

    @expose("/")
    def index(self) -> Any:
        """Go to the first role."""
        first = RoleRecord.select().where(RoleRecord.active).order_by(RoleRecord.id).first()
        return redirect(url_for("roles.one", role_name=first.name if first is not None else "admin"))

    @expose("/<role_name>")
    def one(self, role_name: str) -> str:
        """Show a role as it is; or the change of it that waits."""
        role = role_changes.role_named(role_name)
        waiting = role_changes.waiting(role_name)
        return self._page(role, waiting, retiring=waiting is None and role.active and "retire" in request.args)

    @expose("/<role_name>/draft", methods=["POST"])
    def draft(self, role_name: str) -> Any:
        """Show what a draft would do; writes nothing."""
        role = role_changes.role_named(role_name)
        return self._page(role, None, _values(self.ws, request.form, role))

    @expose("/<role_name>/propose", methods=["POST"])
    def propose(self, role_name: str) -> Any:
        """Hand a draft to another administrator."""
        role = role_changes.role_named(role_name)
        values = _values(self.ws, request.form, role)
        try:
            made = role_changes.propose(self.ws, role_name, values, origin(), request.form.get("base", 0, type=int))
        except ClewError as error:
            return self._page(role, None, values, _said(error)), error.status
        flash(t("已生效", "In force") if made.state == "approved" else t("已提交审批", "Handed in for approval"))
        return redirect(url_for("roles.one", role_name=role_name))

    @expose("/new", methods=["POST"])
    def new(self) -> Any:
        """Propose a new role, made after another one."""
        like = role_changes.role_named(request.form.get("like", ""))
        title, name = request.form.get("title_zh", "").strip(), request.form.get("name", "").strip()
        values = {"title_zh": title, "title_en": name, "permissions": like.permissions, "cells": like.cells}
        try:
            made = role_changes.propose(self.ws, name, values, origin())
        except ClewError as error:
            flash(_said(error), "error")
            return redirect(url_for("roles.one", role_name=like.name))
        if made.state != "approved":
            flash(t("已提交审批，批准后出现在这里", "Handed in: it appears here once approved"))
            return redirect(url_for("roles.one", role_name=like.name))
        return redirect(url_for("roles.one", role_name=name))

    @expose("/<role_name>/retire", methods=["POST"])
    def retire(self, role_name: str) -> Any:
        """Propose to retire a role, once its title is typed."""
        role = role_changes.role_named(role_name)
        if request.form.get("typed_name", "").strip() not in {role.title_zh, role.title_en} - {""}:
            words = t(
                f"请键入「{role.title_zh}」来确认停用", f"type “{role.title_en or role.title_zh}” to retire the role"
            )
            return self._page(role, None, error=words, retiring=True), 422
        return self._switch(role, False)

    @expose("/<role_name>/restore", methods=["POST"])
    def restore(self, role_name: str) -> Any:
        """Propose to bring a retired role back."""
        return self._switch(role_changes.role_named(role_name), True)

    def _switch(self, role: RoleRecord, active: bool) -> Any:
        values = {**_of(role), "active": active}
        try:
            base = request.form.get("base", 0, type=int)
            made = role_changes.propose(self.ws, role.name, values, origin(), base)
        except ClewError as error:
            return self._page(role, None, error=_said(error), retiring=not active), error.status
        flash(t("已生效", "In force") if made.state == "approved" else t("已提交审批", "Handed in for approval"))
        return redirect(url_for("roles.one", role_name=role.name))

    @expose("/changes/<change_id>", methods=["POST"])
    def settle(self, change_id: str) -> Any:
        """Approve a change, or send it back."""
        change = RoleChange.get_or_none(RoleChange.id == change_id)
        note = request.form.get("note", "")
        try:
            if request.form.get("act") == "approve":
                role_changes.approve(self.ws, change_id, origin(), note)
                flash(t("已批准，现在生效", "Approved and in force"))
            else:
                role_changes.reject(self.ws, change_id, origin(), note)
                flash(t("已退回", "Sent back"))
        except ClewError as error:
            flash(_said(error), "error")
        name = change.role if change is not None else ""
        if RoleRecord.get_or_none(RoleRecord.name == name) is None:  # A new role that was sent back.
            return redirect(url_for("roles.index"))
        return redirect(url_for("roles.one", role_name=name))

    def count(self) -> tuple[int, bool]:
        """Return how many changes wait for the viewer's approval."""
        waits = RoleChange.select().where((RoleChange.state == "open") & (RoleChange.author_id != self.actor.id))
        return waits.count(), False

    def _page(
        self,
        role: RoleRecord,
        waiting: RoleChange | None,
        values: Mapping[str, Any] | None = None,
        error: str = "",
        retiring: bool = False,
    ) -> str:
        values = {**_of(role), "active": False} if retiring else values
        shown = values or (_of(waiting) if waiting is not None else _of(role))
        changed = role_changes.changes(role, shown)
        seen = role_effects.effects(self.ws, role, shown) if changed else []
        holders = [one for one in User.select().where(User.active).order_by(User.name) if role.name in one.roles]
        roles = list(RoleRecord.select().where(RoleRecord.active).order_by(RoleRecord.id))
        everybody = list(User.select(User.roles).where(User.active))
        new = RoleChange.select().where((RoleChange.state == "open") & (RoleChange.base == 0))
        return self.show(
            "company/roles",
            role=role,
            roles=[(one, sum(one.name in user.roles for user in everybody)) for one in roles],
            retired=list(RoleRecord.select().where(~RoleRecord.active).order_by(RoleRecord.id)),
            retiring=retiring,
            uses=uses(self.ws, Named("role", role.name)) if retiring or not shown["active"] else [],
            without_another=_without_another(role, holders),
            shown=shown,
            kinds=[(kind.name, kind.title) for kind in _kinds(self.ws)]
            + [(EVERY_OTHER, Text("其他资料", "All others"))],
            rows={kind.name: row_of(shown["cells"], kind.name) for kind in _kinds(self.ws)}
            | {EVERY_OTHER: row_of(shown["cells"], EVERY_OTHER)},
            before={(kind, action): was for kind, action, was, _ in changed},
            changed=changed,
            effects=[(self.ws.kinds[kind].title, rows) for kind, rows in seen],
            headline=_headline(role, seen, self.ws.kinds, english()),
            holders=holders,
            waiting=waiting,
            new_roles=list(new),
            others=role_changes.others_who_approve(self.actor.id),
            checked=self._checked(role, shown),
            actions=ACTIONS,
            scopes=SCOPES,
            permissions=PERMISSION_WORDS,
            error=error,
            said=lambda text: text.for_locale(locale()),
        )

    def _checked(self, role: RoleRecord, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return what one person may do with one record, as the page's right column asks."""
        given = request.values
        who, kind, text = given.get("who", ""), given.get("kind", "customer"), given.get("record", "").strip()
        found: dict[str, Any] = {"who": who, "kind": kind, "record": text, "answers": (), "missing": "", "name": ""}
        if not who or not text or kind not in self.ws.kinds:
            return found
        user = None if any(unstorable([who, text])) else User.get_or_none((User.id == who) & User.active)
        record = self._record(self.ws.kinds[kind], text) if user is not None else None
        if user is None or record is None:
            return found | {"missing": t("没有找到这个人或这条资料", "No such person or record")}
        draft = role_effects.book_with(role.name, values)
        answers = role_effects.check(self.ws, user, kind, record.id, draft)
        name = name_of(self.ws.kinds[kind], record, False).for_locale(locale())
        return found | {"answers": answers, "name": name, "user": user.name}

    def _record(self, kind: Kind, text: str) -> Any:
        query = visible(self.ws.kinds, self.actor, kind.name)
        model: Any = query.model
        by_id = query.where(model.id == text).first()
        if by_id is not None:
            return by_id
        naming = [kind.by_name[name] for name in kind.named_by if name in kind.by_name]
        field = next((one for one in naming if not one.mask and one.type == "text"), None)
        return query.where(kind.expression(field).contains(text)).order_by(model.id.desc()).first() if field else None


def _kinds(ws: Any) -> list[Kind]:
    """Return the kinds that the matrix has rows for: those whose records people work on."""
    every = [one for one in ws.kinds.values() if one.write == BY_ROLES and one.name != "notification"]
    return sorted(every, key=lambda one: _FIRST.index(one.name) if one.name in _FIRST else len(_FIRST))


def _of(one: RoleRecord | RoleChange) -> dict[str, Any]:
    return {name: getattr(one, name) for name in role_changes.ROLE_VALUES}


def _without_another(role: RoleRecord, holders: list[User]) -> list[User]:
    """Return who has no other role in force: they could do nothing any more."""
    others = book().roles.keys() - {role.name}
    return [one for one in holders if others.isdisjoint(one.roles)]


def _values(ws: Any, form: Any, role: RoleRecord) -> dict[str, Any]:
    """Return a role as the page's form has it: a row like that of every other kind is none of its own."""
    shown = [*(kind.name for kind in _kinds(ws)), EVERY_OTHER]
    rows = {kind: {action: form.get(f"{kind}.{action}", "") for action in ACTIONS} for kind in shown}
    rows = {kind: {action: scope for action, scope in row.items() if scope} for kind, row in rows.items()}
    kept = {kind: row for kind, row in role.cells.items() if kind not in rows}
    cells = {kind: row for kind, row in rows.items() if kind == EVERY_OTHER or row != rows[EVERY_OTHER]}
    unknown = [scope for row in rows.values() for scope in row.values() if scope not in SCOPES]
    if unknown:
        raise Invalid([Problem("cells", Text(f"没有「{unknown[0]}」这个范围", f"no scope {unknown[0]!r}"))])
    return {
        "title_zh": form.get("title_zh", "").strip() or role.title_zh,
        "title_en": form.get("title_en", "").strip() or role.title_en,
        "active": role.active,
        "permissions": [one for one in PERMISSION_WORDS if form.get(f"may.{one}")],
        "cells": {**kept, **cells},
    }


def _headline(role: RoleRecord, seen: Any, kinds: Any, in_english: bool) -> str:
    """Return the answer first: who would see how many more, or fewer."""
    title = book().titles.get(role.name, Text(role.title_zh, role.title_en)).for_locale("en" if in_english else "zh")
    if not role.active:
        return f"{title} is retired: it gives nothing" if in_english else f"{title}已停用，什么都不给"
    for kind, rows in seen:
        more = [one for one in rows if one.then != one.now][:2]
        if more:
            what = kinds[kind].title.zh if not in_english else kinds[kind].plural.en.lower()
            if in_english:
                said = ", ".join(f"{one.user.name} {one.then - one.now:+d}" for one in more)
                return f"{title} would see other {what}: {said}"
            said = "，".join(
                f"{one.user.name}{'多' if one.then > one.now else '少'}看到 {abs(one.then - one.now)} 条"
                for one in more
            )
            return f"{title}看到的{what}会变：{said}"
    return f"{title}: what they see and do" if in_english else f"{title}能看什么、做什么"


def _said(error: ClewError) -> str:
    return error.text.for_locale(locale())
