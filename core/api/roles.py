"""Roles over the API: what each may do, changes proposed and settled, what one person may do with one record."""

from __future__ import annotations

from typing import Any

from ..access import policy as access
from ..errors import Invalid, NotFound, Problem
from ..journal.lines import plain
from ..kinds import RoleChange, RoleRecord, User
from ..people import role_changes, role_effects
from ..roles import ACTIONS, PERMISSION_WORDS, SCOPES
from ..schema.validator import unstorable
from . import role_shapes as shapes
from .blueprint import Blueprint
from .caller import actor, origin, token_needed, workspace
from .show_rules import words

blueprint = Blueprint("api_roles", "roles", description="What each role may do with which records")


@blueprint.get("/roles")
@token_needed
@blueprint.response(200, shapes.RolesShown)
@blueprint.problems(403)
def list_roles() -> dict[str, Any]:
    """List the roles, with the words for actions, scopes and permissions."""
    access.require(actor(), role_changes.PERMISSION)
    people = list(User.select(User.roles).where(User.active))
    return {
        "items": [_role(one, people) for one in RoleRecord.select().order_by(RoleRecord.id)],
        "actions": {name: words(text) for name, text in ACTIONS.items()},
        "scopes": {name: words(text) for name, text in SCOPES.items()},
        "permissions": {name: words(text) for name, text in PERMISSION_WORDS.items()},
    }


@blueprint.put("/roles/<name>")
@token_needed
@blueprint.takes(shapes.RoleAsked)
@blueprint.response(202, shapes.RoleChangeShown)
@blueprint.problems(403, 409)
def propose_role(given: dict[str, Any], name: str) -> Any:
    """Propose what a role is to be, a new one too. Another administrator approves; the only one needs nobody.

    `active: false` retires it: `GET /what-breaks?what=role&name=…` says who has it, and which rules and processes name it.
    """
    access.require(actor(), role_changes.PERMISSION)
    if any(unstorable(name)):
        raise NotFound("没有这个角色。", "no such role")
    role = RoleRecord.get_or_none(RoleRecord.name == name)
    before = {one: getattr(role, one) for one in _NAMES} if role is not None else {"permissions": [], "cells": {}}
    values = before | {one: given[one] for one in _NAMES if given.get(one) is not None}
    values.setdefault("title_zh", "")
    return _change(role_changes.propose(workspace(), name, values, origin(), given.get("base") or 0))


@blueprint.get("/role-changes")
@token_needed
@blueprint.response(200, shapes.RoleChangesShown)
@blueprint.problems(403)
def list_changes() -> dict[str, Any]:
    """List the changes that wait for approval."""
    access.require(actor(), role_changes.PERMISSION)
    rows = RoleChange.select().where(RoleChange.state == "open").order_by(RoleChange.id)
    return {"items": [_change(row) for row in rows]}


@blueprint.post("/role-changes/<change_id>")
@token_needed
@blueprint.takes(shapes.Settled)
@blueprint.response(200, shapes.RoleChangeShown)
@blueprint.problems(403, 404, 409)
def settle_change(given: dict[str, Any], change_id: str) -> Any:
    """Approve a change, which puts it in force, or send it back."""
    access.require(actor(), role_changes.PERMISSION)
    if any(unstorable(change_id)):
        raise NotFound("没有这次变更。", "no such change")
    note = given.get("note") or ""
    if given["act"] == "approve":
        return _change(role_changes.approve(workspace(), change_id, origin(), note))
    if given["act"] != "reject":
        raise Invalid([Problem("act", role_changes.ACT)])
    return _change(role_changes.reject(workspace(), change_id, origin(), note))


@blueprint.get("/role-check")
@token_needed
@blueprint.query(shapes.CheckQuery)
@blueprint.response(200, shapes.CheckShown)
@blueprint.problems(403, 404)
def check_access(given: dict[str, str]) -> dict[str, Any]:
    """Say what somebody may do with one record, and by which scopes."""
    access.require(actor(), role_changes.PERMISSION)
    kind, record = given.get("kind", ""), given.get("record", "")
    user = User.get_or_none((User.id == given.get("user", "")) & User.active)
    kinds = workspace().kinds
    if user is None or kind not in kinds or not access.sees(kinds, actor(), kind, record):
        raise NotFound("没有这个人或这条资料。", "no such person or record")
    answers = role_effects.check(workspace(), user, kind, record)
    return {"user": user.name, "answers": {one.action: {"may": one.now, "scopes": words(one.why)} for one in answers}}


_NAMES = role_changes.ROLE_VALUES


def _role(row: RoleRecord, people: list[User]) -> dict[str, Any]:
    names = (*_NAMES, "name", "revision")
    return {**{name: getattr(row, name) for name in names}, "people": sum(row.name in one.roles for one in people)}


def _change(row: RoleChange) -> dict[str, Any]:
    names = ("id", "role", "state", "decided_by", "note", "cells", "permissions", "active")
    shown = {name: getattr(row, name) for name in names}
    return {**shown, "author": row.author_name, "decided_at": plain(row.decided_at)}
