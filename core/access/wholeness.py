"""Which rows show their personal data whole to a viewer: those within their scopes for personal data."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from peewee import SQL

from ..journal.origin import Actor
from ..roles import TRUSTED, scopes
from ..schema.registry import Kinds
from ..storage.queries import found_in
from .rows import Rows

_NEVER, _ALWAYS = SQL("1 = 0"), SQL("1 = 1")


def whole_rows(kinds: Kinds, actor: Actor, kind: str, rows: Rows | None = None) -> Any:
    """Return the condition under which a row of a kind shows its personal data whole to an actor; `rows`: among these.

    Whoever sees a customer only because of one lead does not see whole what others know of it.
    """
    if actor.kind in TRUSTED:
        return _NEVER if actor.kind == "plugin" else _ALWAYS
    here, rows = kinds[kind], rows or Rows(kinds, actor)
    if here.visible is not None or here.configuration or here.setting_up:
        return found_in(here.model.id, rows.visible(kind).select(here.model.id))
    found = rows.condition(here, scopes(actor, kind, "personal"))
    return _ALWAYS if found is None else _NEVER if found is False else found


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
