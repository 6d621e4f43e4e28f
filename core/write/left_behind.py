"""What refers to a record and no declaration in force speaks for: kinds, fields and plugins that are switched off."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from ..kinds import DataRecord, FieldDefinition, KindDefinition
from ..kinds.kept_as_data import COLUMNS
from ..schema.kind import Move
from ..schema.registry import Kinds
from ..storage.json_values import JSONValue
from ..storage.queries import among

_AT_ONCE = 500


def left_behind(
    kinds: Kinds, move: Move, only: Collection[tuple[str, str]] | None = None
) -> Iterator[tuple[str, Any, dict[str, Any]]]:
    """Yield the kind, the record, and the values that it has after a move; `only` narrows to records (kind, id)."""
    found: dict[tuple[str, str], tuple[Any, dict[str, Any]]] = {}
    column = COLUMNS.get(move.kind)
    if column:
        field = DataRecord._meta.combined[column]
        query = DataRecord.select().where((field == move.source) & DataRecord.kind_name.not_in(list(kinds)))
        for record in _narrowed(query, DataRecord, None, only):
            found[record.kind_name, record.id] = record, {column: move.target}
    for kind, name in _names_out_of_force(kinds, move.kind):
        model: Any = kinds[kind].model if kind in kinds and not kinds[kind].data else DataRecord
        query = model.select().where(JSONValue(model.extra, name, "text") == move.source)
        if model is DataRecord:
            query = query.where(DataRecord.kind_name == kind)
        for record in _narrowed(query, model, kind, only):
            record, values = found.setdefault((kind, record.id), (record, {}))
            values["extra"] = {**values.get("extra", record.extra), name: move.target}
    for (kind, _), (record, values) in sorted(found.items()):
        yield kind, record, values


def _names_out_of_force(kinds: Kinds, to: str) -> Iterator[tuple[str, str]]:
    """Yield the kind and the name of each reference kept in `extra` that leads to a kind and is not in force."""
    defined = FieldDefinition.select().where((FieldDefinition.type == "reference") & (FieldDefinition.target == to))
    for row in defined:
        if row.name not in kinds.by_name(row.kind):
            yield row.kind, row.name
    if to in COLUMNS:
        return
    for made in KindDefinition.select():
        if made.name not in kinds and to in made.belongs_to:
            yield made.name, f"{to}_id"


def _narrowed(query: Any, model: Any, kind: str | None, only: Collection[tuple[str, str]] | None) -> Iterator[Any]:
    if only is None:
        yield from query.order_by(model.id)
        return
    ids = sorted({record_id for name, record_id in only if kind in (None, name)})
    for start in range(0, len(ids), _AT_ONCE):
        yield from query.where(among(model.id, ids[start : start + _AT_ONCE])).order_by(model.id)
