"""A new record never belongs to one that was merged away: it goes to the one that stands, also if they are merged just now.

On PostgreSQL a merge holds the row of what it merges, and whoever refers to that row waits: so the new record either
moves along with the merge, or is written to the survivor. SQLite has one writer at a time, who reads what stands.
"""

from __future__ import annotations

from typing import Any

from ..kinds.merging import is_mergeable
from ..schema.kind import Kind, Typed, Values
from ..schema.registry import Kinds
from ..storage.database import is_sqlite
from ..storage.statements import read, written

_MOST = 20


def followed(kinds: Kinds, kind: Kind, given: Values, stand: dict[tuple[str, str], str]) -> Values:
    """Return the values of a new record, what it belongs to being what stands today; `stand` keeps what was read."""
    if is_sqlite():
        return given
    found = {}
    for field in kind.parents:
        value = given.get(field.name)
        to = kinds.get(field.to)
        if to is not None and is_mergeable(to) and isinstance(value, str):
            key = field.to, value
            if key not in stand:
                stand[key] = _surviving(to.model, value)
            if stand[key] != value:
                found[field.name] = stand[key]
    if not found:
        return given
    return type(given)({**given, **found}) if type(given) is Typed else {**given, **found}


def _surviving(model: Any, record_id: str) -> str:
    here = record_id
    text = written((model, "standing"), lambda: model.select().where(model.id == "").for_update("FOR KEY SHARE"))
    for _ in range(_MOST):
        row = next(iter(read(model, text, [here])), None)
        if row is None or not row.merged_into_id:
            break
        here = row.merged_into_id
    return here
