"""The related records that rules may match against: the customer's contracts, a lead's tasks, the active sellers."""

from __future__ import annotations

from typing import Any

from ..schema.kind import Collection, Kind, Values
from ..schema.registry import Kinds

MOST = 50
"""So many rows of each collection, the newest first: a rule that joins them must stay quick."""


def rows(facts: Any, name: str) -> list[Values] | None:
    """Return a collection as flat rows, the newest first; None where the event has none of that name.

    A record that is about to be saved stands among its like as it would be.
    """
    kinds: Kinds = facts.kinds
    if name not in kinds.collections:
        return None
    kind, collection = kinds.collections[name]
    if collection.read is not None:
        return collection.read(facts.store, facts.now)
    found = None
    for reference in _references(kind, collection):
        parent_id = _parent_id(facts, kind.by_name[reference].group)
        if parent_id is not None:
            found = facts.store.related(kind.name, limit=MOST + 1, **{reference: parent_id})
            break
    if found is None:
        return None
    own = _own(facts, kind.name)
    if own is not None:
        found = [one for one in found if one.id != own.id]
        if not collection.others and facts.kind == kind.name:
            found = [own, *found]
    return [_flat(facts, kind, collection, one) for one in found[:MOST]]


def _references(kind: Kind, collection: Collection) -> list[str]:
    """Return the references whose records the collection may be of: the declared one, or all, the closest first."""
    return [collection.by] if collection.by else [field.name for field in kind.parents]


def _parent_id(facts: Any, group: str) -> str | None:
    """Return the id of the record of a group, without reading it where a reference tells."""
    path = facts.kinds.groups(facts.kind).get(group)
    if path is None or facts.record is None:
        record = facts.group(group)
        return record.id if record is not None else None
    if not path:
        return str(facts.record.id)
    if len(path) == 1:
        found = getattr(facts.record, path[0])
        if found is not None:
            return str(found)
    record = facts.group(group)
    return record.id if record is not None else None


def _own(facts: Any, kind: str) -> Any:
    """Return the event's own record, or the one it belongs to, if it is of the kind of the collection."""
    return facts.record if facts.kind == kind else facts.group(kind) if facts.kinds[kind].collection.others else None


def _flat(facts: Any, kind: Kind, collection: Collection, record: Any) -> Values:
    found: Values = {}
    readers = facts.kinds.readers(kind.name)
    for fact in collection.fields:
        if fact.read is not None:
            value = fact.read(record, facts)
        elif fact.name in readers and fact.name in kind.by_name:
            value = readers[fact.name](record, facts)
        else:
            value = getattr(record, fact.name)
        found[fact.name] = None if value == "" else value
    return found
