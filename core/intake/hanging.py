"""What hangs on a record: what is moved when it is merged, split, or given back; shared by merging, un-merging, splitting."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from ...hooks.text import Text
from ..access import policy as access
from ..access.naming import names
from ..errors import Conflict
from ..journal.origin import Actor
from ..kinds.merging import pointing
from ..schema.fields import Field
from ..schema.kind import BY_ROLES, Kind
from ..schema.registry import Kinds
from ..storage.queries import among
from ..storage.records import canonical

SHOWN = 5
"""So many of each kind are named in a preview."""
_AT_ONCE = 500
Row = tuple[str, str, str]
"""A record that moves: its kind, its id, and the field that leads to what it moves from."""


class PreviewOutdated(Conflict):
    """What would move is no longer what the preview showed; nothing was written."""

    code = "plan_changed"

    def __init__(self) -> None:
        super().__init__(
            "预览之后又有变化，所以什么都没有改；请看新的预览再确认。",
            "something changed since the preview, so nothing was done: look at the new preview",
        )


@dataclass(frozen=True)
class Moving:
    """The records of one kind that move: the newest that the asker sees, by name, and how many there are in all."""

    kind: Kind
    total: int
    rows: tuple[tuple[str, Text], ...]
    unseen: int


def pointing_at(kinds: Kinds, kind: str, record_id: str) -> list[Row]:
    """Return every record in force that refers to one and moves with it, whoever may see it: one query a field."""
    found: list[Row] = []
    for here, field in pointing(kinds, kind):
        ids = ids_of(here, field, record_id)
        found += [(here.name, one, field.name) for one in ids if (here.name, one) != (kind, record_id)]
    return found


def ids_of(kind: Kind, field: Field, record_id: str, since: Any = None) -> list[str]:
    """Return the ids of the records of a kind whose field holds an id, the oldest first; `since`: made after it only."""
    model: Any = kind.model
    query = model.select(model.id).where(kind.expression(field) == record_id)
    if since is not None:
        query = query.where(model.created_at > since)
    return [row.id for row in query.order_by(model.id)]


def read_many(kinds: Kinds, wanted: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Any]:
    """Return records (kind, id) of kinds in force, some hundreds a query."""
    by_kind: dict[str, set[str]] = {}
    for kind, record_id in wanted:
        if kind in kinds:
            by_kind.setdefault(kind, set()).add(record_id)
    found: dict[tuple[str, str], Any] = {}
    for kind, ids in by_kind.items():
        model: Any = kinds[kind].model
        in_order = sorted(ids)
        for start in range(0, len(in_order), _AT_ONCE):
            query = model.select().where(among(model.id, in_order[start : start + _AT_ONCE])).order_by(model.id)
            found |= {(kind, row.id): row for row in query}
    return found


def closest(kind: Kind, record: Any) -> Field | None:
    """Return the reference to what a record belongs to most closely; None if it belongs to nothing."""
    return next((field for field in kind.parents if value_of(kind, record, field.name)), None)


def value_of(kind: Kind, record: Any, name: str) -> Any:
    """Return a record's value: a column, or an added field."""
    return (record.extra or {}).get(name) if name in kind.added else getattr(record, name, None)


def along_with(kinds: Kinds, customer_id: str, going: Sequence[tuple[str, str]]) -> list[Row]:
    """Return what a customer's records (kind, id) take along as they go to another: what belongs to them most closely.

    A follow-up of a lead goes with the lead, a payment with its contract; a lead does not go with its contact.
    """
    found: dict[tuple[str, str], Row] = {}
    newest = list(going)
    seen = set(going)
    while newest:
        by_kind: dict[str, list[str]] = {}
        for kind, record_id in newest:
            by_kind.setdefault(kind, []).append(record_id)
        newest = []
        for here in kinds.values():
            to_customer = next((field for field in here.parents if field.to == "customer"), None)
            if to_customer is None:
                continue
            for field in here.parents:
                for row in _belonging(here, field, by_kind.get(field.to, []), to_customer, customer_id):
                    key = here.name, row.id
                    if key in seen or closest(here, row) is not field:
                        continue
                    seen.add(key)
                    newest.append(key)
                    found[key] = (here.name, row.id, to_customer.name)
    return list(found.values())


def _belonging(kind: Kind, field: Field, ids: list[str], to_customer: Field, customer_id: str) -> Iterable[Any]:
    model: Any = kind.model
    for start in range(0, len(ids), _AT_ONCE):
        part = ids[start : start + _AT_ONCE]
        query = model.select().where(among(kind.expression(field), part))
        yield from query.where(kind.expression(to_customer) == customer_id).order_by(model.id)


def grouped(kinds: Kinds, actor: Actor, rows: Iterable[Row]) -> tuple[Moving, ...]:
    """Return rows by kind, in the order of the kinds, as an asker may read them: two queries a kind."""
    by_kind: dict[str, set[str]] = {}
    for kind, record_id, _ in rows:
        by_kind.setdefault(kind, set()).add(record_id)
    found = []
    for here in kinds.values():
        ids = sorted(by_kind.get(here.name, ()), reverse=True)
        if not ids:
            continue
        seen = _seen(kinds, actor, here, ids)
        # What people do not make themselves, as deadlines, has no name that says anything.
        told = seen[:SHOWN] if here.write == BY_ROLES else []
        named = names(kinds, actor, here.name, told)
        found.append(Moving(here, len(ids), tuple((one, named[one]) for one in told), len(ids) - len(seen)))
    return tuple(found)


def _seen(kinds: Kinds, actor: Actor, kind: Kind, ids: list[str]) -> list[str]:
    model: Any = kind.model
    found: set[str] = set()
    for start in range(0, len(ids), _AT_ONCE):
        query = access.visible(kinds, actor, kind.name).where(among(model.id, ids[start : start + _AT_ONCE]))
        found |= {row.id for row in query.select(model.id)}
    return [one for one in ids if one in found]


def seal(*parts: Any) -> str:
    """Return a token over what a preview showed."""
    return hashlib.sha256(canonical(list(parts)).encode()).hexdigest()[:32]
