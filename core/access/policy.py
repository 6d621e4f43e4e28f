"""Who may see and write which records: one policy below every exit (laws 1 and 10)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import reduce
from operator import and_, or_
from typing import Any

from ..errors import Forbidden
from ..journal.origin import Actor
from ..kinds import BUNDLED
from ..kinds.team import managed_teams
from ..roles import PERMISSIONS, ROLE_WORDS, TRUSTED, may, require
from ..schema.kind import Kind
from ..schema.registry import Kinds
from ..storage.json_values import JSONValue
from ..storage.queries import Query
from .masking import mask, masked, masked_facts, masked_value, shown_contact

__all__ = [
    "PERMISSIONS",
    "ROLE_WORDS",
    "belonging",
    "by_closest_parent",
    "check_parents",
    "check_write",
    "managed_teams",
    "mask",
    "masked",
    "masked_facts",
    "masked_value",
    "may",
    "require",
    "sees",
    "sees_whole",
    "shown_contact",
    "teams_of",
    "visible",
    "visible_customers",
    "visible_leads",
    "visible_tasks",
]
_BUNDLED = Kinds(BUNDLED)


def visible(kinds: Kinds, actor: Actor, kind: str) -> Query:
    """Return the records of a kind that an actor may see, as a query to narrow further.

    Without a rule of the kind's own: what the actor owns, for managers what their teams own, and what
    belongs to something they see; the closest thing a record belongs to decides. What belongs to a record of a
    kind that is not in force is seen because of nothing else: else it would be open to more people than before.
    """
    here = kinds[kind]
    if here.visible is not None:
        return here.visible(actor, kinds)
    query = here.model.select()
    if may(actor, "see:all"):
        return query

    def ids(of: str) -> Query:
        parents = visible(kinds, actor, of)
        return parents.select(parents.model.id)

    found = belonging(here, actor, teams_of(actor) if here.team else [], ids)
    return query if found is None else query.where(found)


def belonging(here: Kind, actor: Actor, teams: list[str], ids: Callable[[str], Any]) -> Any:
    """Return the condition under which an actor sees a record of a kind without a rule of its own; None: they see all.

    `teams` are those that the actor manages, `ids` returns the ids of the records of another kind that they see.
    """
    conditions = [getattr(here.model, here.owner) == actor.id] if here.owner else []
    if here.team and teams:
        conditions.append(getattr(here.model, here.team).in_(teams))
    conditions += by_closest_parent(here, ids)
    if not (here.parents or here.out_of_force or here.owner) and may(actor, here.write):
        return None
    return reduce(or_, conditions) if conditions else False


def by_closest_parent(here: Kind, ids: Callable[[str], Any]) -> list[Any]:
    """Return the conditions, one a parent, under which the closest record that a record belongs to is one of `ids`.

    `ids` returns those of the records of another kind. A record that belongs to one of a kind out of force has no
    closest that can be asked.
    """
    conditions, none_closer = [], _nothing_out_of_force(here)
    for field in here.parents:
        column = getattr(here.model, field.name)
        condition = column.in_(ids(field.to))
        conditions.append(condition if none_closer is None else condition & none_closer)
        absent = column.is_null()
        none_closer = absent if none_closer is None else none_closer & absent
    return conditions


def _nothing_out_of_force(here: Kind) -> Any:
    """Return the condition that a record belongs to nothing of a kind that is not in force; None if none can."""
    absent = [JSONValue(here.model.extra, name, "text").is_null() for name in here.out_of_force]  # type: ignore[attr-defined]
    return reduce(and_, absent) if absent else None


def teams_of(actor: Actor) -> list[str]:
    """Return the ids of the teams whose records an actor sees."""
    return managed_teams(actor) if may(actor, "see:team") else []


def sees(kinds: Kinds, actor: Actor, kind: str, record_id: str | None) -> bool:
    """Say whether an actor may see one record."""
    if record_id is None:
        return False
    if actor.kind in TRUSTED:
        return True
    query = visible(kinds, actor, kind)
    return bool(query.where(query.model.id == record_id).exists())


def visible_leads(actor: Actor) -> Query:
    """Return the leads the actor may see, as a query to narrow further."""
    return visible(_BUNDLED, actor, "lead")


def visible_customers(actor: Actor) -> Query:
    """Return the customers the actor may see: those of the leads they see, or of contracts."""
    return visible(_BUNDLED, actor, "customer")


def visible_tasks(actor: Actor) -> Query:
    """Return the tasks the actor may see: their own, and for managers their teams'."""
    return visible(_BUNDLED, actor, "task")


def sees_whole(actor: Actor, owner_id: str | None, team_id: str | None) -> bool:
    """Say whether personal data of a record shows whole: to its owner and to the team's manager."""
    if actor.kind in TRUSTED:
        return actor.kind != "plugin"
    if owner_id == actor.id:
        return True
    return bool(team_id and "manager" in actor.roles and team_id in managed_teams(actor))


def check_write(kinds: Kinds, actor: Actor, kind: str, record: Any = None) -> None:
    """Raise Forbidden unless the actor may write records of this kind, and this one if it is there already."""
    if actor.kind in TRUSTED:
        return
    here = kinds[kind]
    if not any(may(actor, permission) for permission in here.write_or):
        require(actor, here.write)
    if here.out_of_force and not (here.parents or here.owner):
        require(actor, "see:all")  # Nobody else would see what they made.
    if record is None or here.configuration or here.setting_up:
        return
    if not sees(kinds, actor, kind, record.id):
        raise Forbidden("这条记录不归你的团队。", "this record belongs to another team")


def check_parents(kinds: Kinds, actor: Actor, kind: str, values: Mapping[str, Any]) -> None:
    """Raise Forbidden if a new record would belong to one that the actor may not see."""
    if actor.kind in TRUSTED:
        return
    kept = {**(values.get("extra") or {}), **values}  # What a kind kept as data belongs to may lie in `extra`.
    for field in kinds[kind].parents:
        parent_id = kept.get(field.name)
        if parent_id and not sees(kinds, actor, field.to, parent_id):
            raise Forbidden(
                f"你看不到这里的{kinds[field.to].title.zh}，不能为它新建记录。",
                f"you may not see this {kinds[field.to].title.en.lower()}, so nothing can be added to it",
            )
