"""How many records hold a thing: a value of a field, an option, a stage, an owner; and where they are listed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

from peewee import fn

from ...hooks.text import Text
from ..kinds import Team, User
from ..rulebook.named import Named
from ..schema.fields import Field
from ..schema.kind import Kind
from ..storage.json_values import comparable
from ..storage.queries import Query, pairs
from ..workspace import Workspace
from .use import Use

_OPEN = "open"


def in_records(ws: Workspace, named: Named) -> Iterator[Use]:
    """Yield, for each kind, how many of its records hold a thing. One count a kind, none for a name they don't hold."""
    if named.what == "field" and named.of in ws.kinds:
        kind = ws.kinds[named.of]
        if (field := kind.by_name.get(named.name)) is not None:
            yield from _use(
                kind, holding(kind, field), {f"{field.name}.empty": "0"}, Text("填了它", "hold a value of it")
            )
    elif named.what == "option":
        name, _, field_name = named.of.partition(".")
        kind_of = ws.kinds.get(name)
        if kind_of is not None and (field := kind_of.by_name.get(field_name)) is not None:
            query = having(kind_of, field, named.name)
            yield from _use(kind_of, query, {field.name: named.name}, Text("现在是它", "are this now"))
    elif named.what in ("stage", "process"):
        yield from _staged(ws, named)
    elif named.what == "kind" and named.name in ws.kinds:
        yield from _use(ws.kinds[named.name], ws.kinds[named.name].model.select(), {}, Text("属于它", "are of it"))
    elif named.what == "team":
        team = Team.get_or_none(Team.name == named.name)
        yield from _owned(ws, "team", team.id if team is not None else "")
    elif named.what == "person":
        yield from _owned(ws, "owner", named.name)


def holding(kind: Kind, field: Field) -> Query:
    """Return the records that hold a value of a field."""
    column = kind.expression(field)
    if field.type in ("text", "choice", "choices", "json", "reference"):
        return kind.model.select().where(column.is_null(False) & (column != "") & (column != "[]"))
    return kind.model.select().where(column.is_null(False))


def having(kind: Kind, field: Field, value: str) -> Query:
    """Return the records whose field is an option, or holds it among others."""
    column = kind.expression(field)
    if field.type == "choices":
        return kind.model.select().where(column.contains(f'"{value}"'))
    return kind.model.select().where(column == comparable(column, value))


def by_option(kind: Kind, field: Field) -> Mapping[str, int]:
    """Return how many records have each option of a choice; one query for all."""
    column = kind.expression(field)
    query = kind.model.select(column, fn.COUNT(kind.model.id)).group_by(column)
    if field.type != "choices":
        return {str(value): n for value, n in pairs(query) if value not in (None, "")}
    return {value: having(kind, field, value).count() for value, _ in field.options}


def by_stage(ws: Workspace, process: str) -> Mapping[str, int]:
    """Return how many records stand in each stage of a process, ended ones included."""
    found: dict[str, int] = {}
    here = ws.processes.get(process)
    kind = ws.kinds.get(here.kind)
    if kind is None or not kind.staged:
        return found
    model: Any = kind.model
    query = model.select(model.stage, fn.COUNT(model.id)).where(model.process == process).group_by(model.stage)
    return dict(pairs(query))


def _staged(ws: Workspace, named: Named) -> Iterator[Use]:
    for kind in ws.kinds.values():
        if not kind.staged:
            continue
        model: Any = kind.model
        query = model.select()
        if named.what == "process":
            query, where = query.where(model.process == named.name), {"process": named.name}
        else:
            query, where = query.where(model.stage == named.name), {"stage": named.name}
            if named.of:
                query, where = query.where(model.process == named.of), {**where, "process": named.of}
        yield from _use(kind, query, where, Text("现在在这里", "stand here now"))


def _owned(ws: Workspace, by: str, record_id: str) -> Iterator[Use]:
    for kind in ws.kinds.values():
        name = kind.owner if by == "owner" else kind.team
        if not name or kind.configuration or not record_id:
            continue
        query = kind.model.select().where(getattr(kind.model, name) == record_id)
        where = {name: record_id}
        if kind.model is not User and "outcome" in kind.columns:
            query, where = query.where(kind.model.outcome == _OPEN), {**where, "outcome": _OPEN}  # type: ignore[attr-defined]
        elif "state" in kind.columns and kind.name == "task":
            query, where = query.where(kind.model.state == _OPEN), {**where, "state": _OPEN}  # type: ignore[attr-defined]
        yield from _use(kind, query, where, Text("由其负责", "are theirs"))


def _use(kind: Kind, query: Query, where: Mapping[str, str], said: Text) -> Iterator[Use]:
    count = query.count()
    if count:
        title = Text(f"{count} 条{kind.title.zh}", f"{count} {(kind.plural if count != 1 else kind.title).en.lower()}")
        path = f"/records/{kind.name}/" + (f"?{urlencode(where)}" if where else "")
        path = path if kind.ruled or kind.data else ""  # Others have no list.
        yield Use("record", kind.name, title, said, path, count)
