"""Two records that turn out to be one: what a merge refuses, and what moves to the one that stands.

For the kinds whose records point on by `merged_into`. What moves is read from the declarations: everything that belongs
to the record, and every field that operations or plugins added and that refers to it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..errors import Conflict
from ..schema.fields import Field
from ..schema.kind import Change, Consequence, Kind, LifecycleContext, Move, Values
from ..storage.turns import MERGING, one_at_a_time

MERGED_INTO = "merged_into_id"


def is_mergeable(kind: Kind) -> bool:
    """Say whether records of a kind can be merged."""
    return MERGED_INTO in kind.by_name


def pointing(kinds: Any, to: str) -> list[tuple[Kind, Field]]:
    """Return the fields, each with its kind, that lead to records of the kind `to` and move when one is merged."""
    return [
        (kind, field)
        for kind in kinds.values()
        for field in kind.fields
        if field.type == "reference" and field.to == to and (field.parent or field.extra)
    ]


def check_merge(record: Any, values: Values, context: LifecycleContext) -> None:
    """Raise Conflict unless both stand on their own: whoever is merged points on, and points nowhere in a circle."""
    into_id = values.get(MERGED_INTO)
    if not into_id:
        return
    one_at_a_time(MERGING)  # Two that are merged into each other at once would both be gone.
    kind = context.kinds[context.kind]
    into = context.store.get(kind.name, into_id)
    zh, en = kind.title.zh, kind.title.en.lower()
    if into is None or into.id == record.id:
        raise Conflict(f"{zh}不能并入自己。", f"a {en} can't be merged into itself")
    for one in (record, into):
        if one.merged_into_id:
            # Unnamed, for a contact's name may be masked to whoever asks.
            raise Conflict(
                f"两边有一{'家' if kind.name == 'customer' else '位'}已经并入别的{zh}；请刷新后再看。",
                f"one of the two is merged into another {en} already: reload",
            )


def moved(record: Any, changed: Values | None, context: LifecycleContext) -> Iterator[Consequence]:
    """Yield what moves to the record that another one was just merged into."""
    into = (changed or {}).get(MERGED_INTO)
    if not into:
        return
    here = context.kind
    for kind, field in pointing(context.kinds, here):
        for row in reversed(context.store.related(kind.name, **{field.name: record.id})):
            if (kind.name, row.id) == (here, record.id):
                continue  # What is merged refers to nothing any more.
            itself = (kind.name, row.id) == (here, into)
            yield Change(kind.name, row.id, {field.name: None if itself else into})
    yield Move(here, record.id, into)
