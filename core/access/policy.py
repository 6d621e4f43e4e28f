"""Who may see and write which records: one policy below every exit (laws 1 and 10).

Roles say which scopes an actor has for a kind and an action; `rows` makes queries of scopes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..errors import Forbidden, Withdrawn
from ..journal.origin import Actor
from ..kinds import BUNDLED, Lead
from ..kinds.merging import is_mergeable
from ..roles import ALL, TRUSTED, may, refused, require, scopes, title
from ..schema.kind import ANYBODY, Kind
from ..schema.registry import Kinds
from ..storage.queries import Query, found_in
from ..storage.statements import by_id
from .masking import mask, masked, masked_facts, masked_value, shown_contact
from .powers import check_deputy, check_over, check_person, whose
from .rows import OF_PEOPLE, Rows

__all__ = [
    "check_over",
    "check_parents",
    "check_write",
    "lead_rows",
    "mask",
    "masked",
    "masked_facts",
    "masked_value",
    "may",
    "may_do",
    "may_write",
    "refuse_withdrawn",
    "require",
    "scopes",
    "sees",
    "sees_whole",
    "shown_contact",
    "teams_of",
    "title",
    "visible",
    "visible_customers",
    "visible_leads",
    "visible_tasks",
    "within",
]
_BUNDLED = Kinds(BUNDLED)


def visible(kinds: Kinds, actor: Actor, kind: str) -> Query:
    """Return the records of a kind that an actor may see, as a query to narrow further."""
    return Rows(kinds, actor).visible(kind)


def within(kinds: Kinds, actor: Actor, kind: str, action: str) -> Query:
    """Return the records of a kind that an actor sees and with which they may do something, as a query."""
    rows = Rows(kinds, actor)
    found, seen = scopes(actor, kind, action), rows.seeing(kind)
    if ALL in found:
        return rows.visible(kind)
    if found <= seen or ALL in seen:  # What lies within some of the scopes for seeing is seen.
        return rows.query(kind, found)
    query = rows.visible(kind)
    return query.where(found_in(query.model.id, rows.ids(kind, found)))


def teams_of(actor: Actor) -> list[str]:
    """Return the ids of the teams whose leads an actor sees."""
    return Rows(_BUNDLED, actor).teams(scopes(actor, "lead", "see"))


def sees(kinds: Kinds, actor: Actor, kind: str, record_id: str | None) -> bool:
    """Say whether an actor may see one record."""
    if record_id is None:
        return False
    if actor.kind in TRUSTED:
        return True
    rows = Rows(kinds, actor)
    return rows.includes(kind, rows.seeing(kind), record_id)


def refuse_withdrawn(kinds: Kinds, actor: Actor, kind: str, record_id: str) -> None:
    """Raise Withdrawn for a record that was taken out again, to whom would see it otherwise."""
    here = kinds[kind]
    if Rows(kinds, actor).withdrawn(kind).where(here.model.id == record_id).exists():
        raise Withdrawn(
            f"这条{here.title.zh}已随导入撤销，不在列表和统计里；台账里还有它的记录。",
            f"this {here.title.en.lower()} was taken back with its import: it is on no list and in no count, and the journal keeps it",
        )


def visible_leads(actor: Actor) -> Query:
    """Return the leads the actor may see, as a query to narrow further."""
    return visible(_BUNDLED, actor, "lead")


def visible_customers(actor: Actor) -> Query:
    """Return the customers the actor may see, as a query to narrow further."""
    return visible(_BUNDLED, actor, "customer")


def visible_tasks(actor: Actor) -> Query:
    """Return the tasks the actor may see, as a query to narrow further."""
    return visible(_BUNDLED, actor, "task")


def lead_rows(actor: Actor) -> Rows:
    """Return what `sees_whole` asks about: made once for many leads, it asks once who stands in for whom."""
    return Rows(_BUNDLED, actor)


def sees_whole(
    actor: Actor, owner_id: str | None, team_id: str | None, rows: Rows | None = None, *, in_hand: bool = False
) -> bool:
    """Say whether personal data of a lead of this owner and team shows whole; `rows` of `lead_rows` for one of many.

    `in_hand` says that it is its owner's open work, which whoever takes their place sees as they do.
    """
    if actor.kind in TRUSTED:
        return actor.kind != "plugin"
    found = scopes(actor, "lead", "personal")
    if ALL in found or (found and owner_id == actor.id):
        return True
    rows = rows or lead_rows(actor)
    return (bool(team_id) and team_id in rows.teams(found)) or (
        in_hand and bool(found & OF_PEOPLE) and rows.holds(owner_id)
    )


def may_write(actor: Actor, kind: Kind) -> bool:
    """Say whether an actor's roles let them write records of a kind at all."""
    if kind.write == ANYBODY:
        return actor.kind == "user"
    if kind.write:
        return any(may(actor, one) for one in (kind.write, *kind.write_or))
    return any(scopes(actor, kind.name, action) for action in ("create", "change", "move"))


def may_do(kinds: Kinds, actor: Actor, kind: str, action: str, record_id: str) -> bool:
    """Say whether an actor sees a record and may do something with it."""
    if actor.kind in TRUSTED:
        return True
    rows, found = Rows(kinds, actor), scopes(actor, kind, action)
    if found <= (seen := rows.seeing(kind)) or ALL in seen:
        return rows.includes(kind, found, record_id)  # What lies within some of the scopes for seeing is seen.
    return rows.includes(kind, seen, record_id) and _may_with_seen(rows, actor, kind, action, record_id)


def _may_with_seen(rows: Rows, actor: Actor, kind: str, action: str, record_id: str) -> bool:
    """Say whether an actor may do something with a record of which it is known that they see it."""
    found = scopes(actor, kind, action)
    return ALL in found or rows.includes(kind, found, record_id)


def check_write(
    kinds: Kinds, actor: Actor, kind: str, record: Any = None, values: Mapping[str, Any] | None = None
) -> None:
    """Raise Forbidden unless the actor may create records of a kind or, given `record`, change it by `values`.

    A change of stage takes the action `move`, with the fields that the stage needs; so may what is changed along a
    record's course; what is signed off takes it, and that its asker does not sell the record.
    """
    if actor.kind in TRUSTED:
        return
    here, values = kinds[kind], values or {}
    if not (may_write(actor, here) if here.write or record is not None else scopes(actor, kind, "create")):
        raise refused()
    if kind == "user":
        check_person(actor, record, values)
    check_deputy(actor, record, values, whose(kind, record, values))
    if here.out_of_force and not (here.parents or here.owner):
        require(actor, "see:all")  # Nobody else would see what they made.
    if record is not None:
        _check_row(kinds, actor, here, record, values)
    elif _signs_off(here, values):
        _check_signing(actor, here, values.get("lead_id"), bool(scopes(actor, kind, "move")))


def _check_row(kinds: Kinds, actor: Actor, here: Kind, record: Any, values: Mapping[str, Any]) -> None:
    if here.configuration or here.setting_up:
        return
    rows = Rows(kinds, actor)
    if not rows.includes(here.name, rows.seeing(here.name), record.id):
        raise Forbidden("这条记录不归你的团队。", "this record belongs to another team")
    if here.owner and here.owner in values and values[here.owner] != getattr(record, here.owner):
        require(actor, "assign")
    if not here.write:
        _check_change(rows, actor, here, record, values)
    into = values.get("merged_into_id") if is_mergeable(here) else None
    if isinstance(into, str) and into and not may_do(kinds, actor, here.name, "change", into):
        zh, en = here.title.zh, here.title.en.lower()
        raise Forbidden(
            f"合并要两边都能改；另一{zh}不归你改，请找它的负责人或运营。",
            f"a merge changes both: the other {en} is not yours to change; ask who holds it, or operations",
        )
    _check_deadline(kinds, actor, here, {one.name: getattr(record, one.name, None) for one in here.parents})


def _check_change(rows: Rows, actor: Actor, here: Kind, record: Any, values: Mapping[str, Any]) -> None:
    def may_with_it(action: str) -> bool:
        return _may_with_seen(rows, actor, here.name, action, record.id)

    if here.sign_off[0] and (_signs_off(here, values) or getattr(record, here.sign_off[0]) in here.sign_off[1]):
        _check_signing(actor, here, getattr(record, "lead_id", None), may_with_it("move"))
        return
    moves = here.staged and "stage" in values
    if not moves and may_with_it("change"):
        return
    on_course = bool(here.course) and values.keys() <= here.course
    if (moves or on_course) and may_with_it("move"):
        return
    raise Forbidden(
        f"你可以看这条{here.title.zh}，但你的角色不能改它；需要的话请找管理员授权。",
        f"you may see this {here.title.en.lower()}, but your role may not change it: ask an administrator",
    )


def _check_deadline(kinds: Kinds, actor: Actor, here: Kind, values: Mapping[str, Any]) -> None:
    """Raise Forbidden unless the actor may change, or move on, what a deadline is about: to look at it is not enough."""
    field = next((one for one in here.parents if one.to == "deadline"), None)
    deadline = by_id(kinds["deadline"].model, values.get(field.name)) if field is not None else None
    if deadline is None or deadline.about_kind not in kinds:
        return
    about = deadline.about_kind, deadline.about_id
    if not any(may_do(kinds, actor, about[0], action, about[1]) for action in ("change", "move")):
        raise Forbidden(
            "你可以看这个时限，但它所属的记录不由你办，不能暂停或继续。",
            "you may see this deadline, but not work on what it is about: you can't pause it or let it go on",
        )


def _signs_off(here: Kind, values: Mapping[str, Any]) -> bool:
    name, signed = here.sign_off
    return bool(name) and values.get(name) in signed


def _check_signing(actor: Actor, here: Kind, lead_id: Any, may_move: bool) -> None:
    """Raise Forbidden unless the actor may sign a record off, and does not sell it: who sells does not sign off."""
    lead = by_id(Lead, lead_id) if isinstance(lead_id, str) else None
    sells = lead is not None and lead.owner_id == actor.id
    if may_move and not sells:
        return
    title = here.title
    raise Forbidden(
        f"{title.zh}的签署和归档由别的岗位来办：谁卖，谁不签；请交给法务或财务。",
        f"a {title.en.lower()} is signed off and archived by others than who sells: hand it to legal or finance",
    )


def check_parents(kinds: Kinds, actor: Actor, kind: str, values: Mapping[str, Any]) -> None:
    """Raise Forbidden if a new record would belong to one that the actor may not see, or adds nothing to.

    The closest that it belongs to has to lie within the scopes for creating: who sees a customer because of one lead
    adds to that lead, not to what others have there.
    """
    if actor.kind in TRUSTED:
        return
    here = kinds[kind]
    kept = {**(values.get("extra") or {}), **values}  # What a kind kept as data belongs to may lie in `extra`.
    given = [field for field in here.parents if kept.get(field.name)]
    rows, creating = Rows(kinds, actor), scopes(actor, kind, "create")
    for position, field in enumerate(given):
        parent_id = kept[field.name]
        held = position or here.write or here.by_owner_alone or ALL in creating
        seen = rows.includes(field.to, rows.seeing(field.to), parent_id)
        if not seen or not (held or rows.includes(field.to, creating, parent_id)):
            raise Forbidden(
                f"你看不到这里的{kinds[field.to].title.zh}，不能为它新建记录。",
                f"you may not see this {kinds[field.to].title.en.lower()}, so nothing can be added to it",
            )
    _check_deadline(kinds, actor, here, kept)
