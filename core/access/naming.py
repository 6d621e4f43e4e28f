"""What records are called, for one who may not see them all: masked by the field that names them, or a neutral word."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ...hooks.text import Text
from ..journal.origin import Actor
from ..kinds.merging import is_mergeable
from ..roles import TRUSTED
from ..schema.kind import Kind
from ..schema.registry import Kinds
from .masking import masked_value
from .policy import visible
from .wholeness import whole_ids

NAMELESS = Text("—", "—")
_MOST_MERGES = 5
"""A record merged into one that was merged in its turn is followed so far."""


def name_of(kind: Kind, record: Any, whole: bool) -> Text:
    """Return what a record is called: its first naming field that holds something; masked unless `whole`."""
    for name in kind.named_by:
        field, value = kind.by_name.get(name), getattr(record, name, None)
        if not value:
            continue
        if field is None:
            return Text(str(value), str(value))
        shown = str(value if whole else masked_value(field, value))
        return Text(*(field.words(shown, locale) for locale in ("zh", "en")))
    return Text(f"{kind.title.zh} {record.id[-6:]}", f"{kind.title.en} {record.id[-6:]}")


def unseen(kind: Kind) -> Text:
    """Return how a record is spoken of to one who may not see it, or where there is none."""
    return Text(f"一条你看不到的{kind.title.zh}", f"a {kind.title.en.lower()} you may not see")


def names(kinds: Kinds, actor: Actor, kind: str, ids: Iterable[str]) -> dict[str, Text]:
    """Return what each of these records is called, as an actor may read it; users and teams are named to everybody."""
    here, wanted = kinds[kind], set(ids)
    if actor.kind in TRUSTED or kind in ("user", "team"):
        seen = wanted
    else:
        seen = seen_of(kinds, actor, kind, wanted)
    rows = list(here.model.select().where(here.model.id.in_(seen))) if seen else []
    whole = whole_ids(kinds, actor, kind, [row.id for row in rows])
    missing = NAMELESS if actor.kind in TRUSTED or kind in ("user", "team") else unseen(here)
    return dict.fromkeys(wanted, missing) | {row.id: name_of(here, row, row.id in whole) for row in rows}


def stand_as(kinds: Kinds, actor: Actor, kind: str, ids: Iterable[str]) -> dict[str, tuple[str, Text]]:
    """Return, of these records, those that were merged: the id of the one that stands today, and what it is called.

    As far as an actor sees the one that stands.
    """
    here = kinds[kind]
    now = _merged_into(here.model, set(ids)) if is_mergeable(here) else {}
    moved = {one: to for one, to in now.items() if one != to}
    seen = seen_of(kinds, actor, kind, set(moved.values()))
    called = names(kinds, actor, kind, seen) if seen else {}
    return {one: (to, called[to]) for one, to in moved.items() if to in called}


def seen_of(kinds: Kinds, actor: Actor, kind: str, ids: set[str]) -> set[str]:
    """Return those of these records that an actor sees; one merged into another is seen with that one."""
    if actor.kind in TRUSTED:
        return ids
    now = _merged_into(kinds[kind].model, ids) if is_mergeable(kinds[kind]) else {one: one for one in ids}
    query = visible(kinds, actor, kind)
    found = (
        {row.id for row in query.where(query.model.id.in_(set(now.values()))).select(query.model.id)} if now else set()
    )
    return {one for one, here in now.items() if here in found}


def _merged_into(model: Any, ids: set[str]) -> dict[str, str]:
    now = {one: one for one in ids}
    for _ in range(_MOST_MERGES):
        rows = model.select(model.id, model.merged_into).where(
            model.id.in_(set(now.values())) & model.merged_into.is_null(False)
        )
        into = {row.id: str(row.merged_into_id) for row in rows} if now else {}
        if not into:
            break
        now = {one: into.get(here, here) for one, here in now.items()}
    return now
