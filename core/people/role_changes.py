"""Changing what a role may do: proposed by one administrator, put in force by another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...hooks.text import Text
from ..access.holders import holders
from ..access.policy import require
from ..errors import Conflict, Forbidden, Invalid, NotFound, Problem
from ..journal.origin import Origin
from ..kinds import RoleChange, RoleRecord, User
from ..kinds.role import book_of, check_role
from ..roles import Role, row_of, trying
from ..schema.definitions import BAD_NAME, NAME
from ..storage.turns import PEOPLE, one_at_a_time
from ..workspace import Workspace
from ..write.transaction import Transaction

PERMISSION = "roles"
"""What proposing and approving take."""
ROLE_VALUES = ("title_zh", "title_en", "permissions", "cells", "active")
"""What of a role is proposed."""
ACT = Text("应为 approve 或 reject", "should be approve or reject")


def role_named(name: str) -> RoleRecord:
    """Return a role. Raises NotFound."""
    found: RoleRecord | None = RoleRecord.get_or_none(RoleRecord.name == name)
    if found is None:
        raise NotFound(f"没有角色「{name}」。", f"no role {name!r}")
    return found


def waiting(name: str) -> RoleChange | None:
    """Return the change of a role that waits for approval."""
    rows = RoleChange.select().where((RoleChange.role == name) & (RoleChange.state == "open"))
    found: RoleChange | None = rows.order_by(RoleChange.id.desc()).first()
    return found


def others_who_approve(actor_id: str) -> list[User]:
    """Return who else may approve a change of roles."""
    return [one for one in holders(PERMISSION) if one.id != actor_id]


def propose(ws: Workspace, name: str, values: Mapping[str, Any], origin: Origin, base: int = 0) -> RoleChange:
    """Propose what a role is to be: title_zh, title_en, permissions, cells; `base` is its revision, 0 for a new one.

    With `active` false it is to be retired: who has it keeps it, and it gives nothing. It waits for another administrator. In a company that has only one it takes effect at once, and the journal says
    so. Raises Invalid, Conflict if the role changed since or another change of it waits, Forbidden.
    """
    require(origin.actor, PERMISSION)
    role = RoleRecord.get_or_none(RoleRecord.name == name)
    if (role.revision if role is not None else 0) != base:
        raise Conflict(
            "这个角色刚被改过，或者同名的角色已经有了；请刷新后再改。",
            "this role has changed meanwhile, or there is one of that name: reload",
        )
    if role is None and not NAME.fullmatch(name):
        raise Invalid([Problem("name", BAD_NAME)])
    check_role(values, ws.kinds)
    if role is not None and not changes(role, values):
        raise Invalid([Problem("cells", Text("什么都没有改", "nothing is changed"))])
    if waiting(name) is not None:
        raise Conflict(
            "这个角色还有一次变更在等审批；请先处理它。",
            "another change of this role waits for approval: settle it first",
        )
    others = others_who_approve(origin.actor.id)
    with ws.door.transaction(origin) as tx:
        given = {one: values[one] for one in ROLE_VALUES if one in values}
        author = {"author_id": origin.actor.id, "author_name": origin.actor.name}
        change = tx.create("role_change", {"role": name, "base": base, **given, **author}).record
        if not others:
            _put_in_force(
                tx, change, origin.because("只有一位管理员，直接生效 the only administrator: in force at once")
            )
        else:
            _tell(tx, change, [one.id for one in others])
    ws.refresh()
    return RoleChange.get_by_id(change.id)


def approve(ws: Workspace, change_id: str, origin: Origin, note: str = "") -> RoleChange:
    """Put a change in force. Raises Forbidden for its own author, Conflict if it is settled or its role changed."""
    require(origin.actor, PERMISSION)
    change = _open(change_id)
    if change.author_id == origin.actor.id:
        raise Forbidden(
            "自己提的变更要由另一位管理员批准。", "another administrator has to approve what you proposed yourself"
        )
    with ws.door.transaction(origin.because(note)) as tx:
        _put_in_force(tx, change, origin.because(note))
    ws.refresh()
    return RoleChange.get_by_id(change.id)


def reject(ws: Workspace, change_id: str, origin: Origin, note: str) -> RoleChange:
    """Send a change back, its author may withdraw it; `note` says why. Raises Invalid without one, Conflict."""
    require(origin.actor, PERMISSION)
    change = _open(change_id)
    own = change.author_id == origin.actor.id
    if not note.strip() and not own:
        raise Invalid([Problem("note", Text("请说明为什么退回", "say why it is sent back"))])
    state = "withdrawn" if own else "rejected"
    with ws.door.transaction(origin.because(note)) as tx:
        _settle(tx, change, state, note)
        if not own and change.author_id:
            _tell(tx, change, [change.author_id], note)
    return RoleChange.get_by_id(change.id)


def changes(role: RoleRecord, values: Mapping[str, Any]) -> list[tuple[str, str, str, str]]:
    """Return each cell and permission that differs, as kind ("" for permissions), action or permission, before, after.

    Whether the role is in force stands among the permissions, as "active".
    """
    found = []
    before, after = role.cells, values.get("cells", role.cells)
    for kind in dict.fromkeys((*before, *after)):
        was, now = (row_of(cells, kind) for cells in (before, after))
        for action in dict.fromkeys((*was, *now)):
            if was.get(action, "") != now.get(action, ""):
                found.append((kind, action, was.get(action, ""), now.get(action, "")))
    old, new = set(role.permissions), set(values.get("permissions", role.permissions))
    found += [("", one, "on" if one in old else "", "on" if one in new else "") for one in sorted(old ^ new)]
    if (was_on := role.active) != (on := values.get("active", role.active)):
        found.append(("", "active", "on" if was_on else "", "on" if on else ""))
    titles = [name for name in ("title_zh", "title_en") if values.get(name, getattr(role, name)) != getattr(role, name)]
    return found + [("", name, getattr(role, name), str(values[name])) for name in titles]


def _open(change_id: str) -> RoleChange:
    change: RoleChange | None = RoleChange.get_or_none(RoleChange.id == change_id)
    if change is None:
        raise NotFound("没有这次变更。", "no such change")
    if change.state != "open":
        raise Conflict("这次变更已经处理过了。", "this change has been settled")
    return change


def _put_in_force(tx: Transaction, change: RoleChange, origin: Origin) -> None:
    # Of two roles that alone let people change roles, the second can't be retired beside the first.
    one_at_a_time(PEOPLE)
    _settle(tx, change, "approved", origin.reason)
    values = {name: getattr(change, name) for name in ROLE_VALUES}
    _check_somebody_is_left(change)
    if not change.base:
        tx.create("role", {"name": change.role, **values})
        return
    tx.change("role", role_named(change.role).id, values, change.base)


def _check_somebody_is_left(change: RoleChange) -> None:
    """Raise Conflict if nobody could change roles any more."""
    title = Text(change.title_zh, change.title_en)
    after = book_of(RoleRecord.select()).with_role(
        Role(change.role, title, frozenset(change.permissions), change.cells)
    )
    if not change.active:
        after = after.without(change.role)
    with trying(after):
        left = holders(PERMISSION)
    if not left:
        raise Conflict(
            "这样改之后没有人能管成员与权限了；请给至少一个有人的角色保留这一项。",
            "nobody could manage people and access any more: leave that to a role that somebody has",
        )


def _settle(tx: Transaction, change: RoleChange, state: str, note: str) -> None:
    # The revision that was read: of two who settle it at once the second is refused.
    values = {"state": state, "decided_by": tx.origin.actor.name, "decided_at": tx.now, "note": note[:300]}
    tx.change("role_change", change.id, values, change.revision)


def _tell(tx: Transaction, change: RoleChange, people: list[str], note: str = "") -> None:
    with tx.automatically():
        for user in User.select().where(User.id.in_(people)):
            zh, en = f"角色「{change.title_zh}」的变更", f"Change of the role “{change.title_en or change.title_zh}”"
            said = (
                Text(f"{zh}被退回：{note}", f"{en} was sent back: {note}")
                if note
                else Text(f"{zh}等你审批", f"{en} waits for you")
            )
            words = said.for_locale(user.locale)
            tx.create("notification", {"user_id": user.id, "title": words[:200], "body": words})
