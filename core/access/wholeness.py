"""Which rows show their personal data whole to a viewer: the row-by-row form of `policy.sees_whole`."""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from operator import or_
from typing import Any

from peewee import SQL

from ..journal.origin import Actor
from ..kinds import Lead
from ..kinds.team import managed_teams
from ..roles import TRUSTED
from ..schema.kind import Kind
from ..schema.registry import Kinds
from .policy import by_closest_parent

_NEVER, _ALWAYS = SQL("1 = 0"), SQL("1 = 1")


def whole_rows(kinds: Kinds, actor: Actor, kind: str) -> Any:
    """Return the condition under which a row of a kind shows its personal data whole to an actor.

    These are rows that the actor owns or whose team they manage; what has no owner of its own follows the closest
    record it belongs to, and a customer its leads.
    """
    if actor.kind in TRUSTED:
        return _NEVER if actor.kind == "plugin" else _ALWAYS
    teams = managed_teams(actor) if "manager" in actor.roles else []
    return _whole(kinds, actor, kinds[kind], teams)


def whole_ids(kinds: Kinds, actor: Actor, kind: str, ids: Iterable[str]) -> set[str]:
    """Return those of these records that show whole, with one query; all of them if the kind masks nothing."""
    wanted = set(ids)
    return owned_ids(kinds, actor, kind, wanted) if any(field.mask for field in kinds[kind].fields) else wanted


def owned_ids(kinds: Kinds, actor: Actor, kind: str, ids: Iterable[str]) -> set[str]:
    """Return those of these records that would show personal data whole, were it that of fields retired meanwhile."""
    wanted = set(ids)
    if actor.kind in TRUSTED:
        return set() if actor.kind == "plugin" else wanted
    if not wanted or kind not in kinds:
        return set()
    model = kinds[kind].model
    rows = model.select(model.id).where(model.id.in_(wanted) & whole_rows(kinds, actor, kind))
    return {row.id for row in rows}


def _whole(kinds: Kinds, actor: Actor, here: Kind, teams: list[str]) -> Any:
    if here.name == "customer":
        leads = Lead.select(Lead.customer).where(_owned(kinds["lead"], actor, teams))
        return here.model.id.in_(leads)
    if here.owner:
        return _owned(here, actor, teams)

    def ids(parent: str) -> Any:
        model = kinds[parent].model
        return model.select(model.id).where(_whole(kinds, actor, kinds[parent], teams))

    found = by_closest_parent(here, ids)
    return reduce(or_, found) if found else _NEVER


def _owned(here: Kind, actor: Actor, teams: list[str]) -> Any:
    own = getattr(here.model, here.owner) == actor.id
    return own | getattr(here.model, here.team).in_(teams) if here.team and teams else own
