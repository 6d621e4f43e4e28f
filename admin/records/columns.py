"""The columns of a kind's list: which there are, which show at first, and how the database sorts and compares them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from peewee import Case

from ...core.process.processes import Process
from ...core.schema.fields import Field, field
from ...core.schema.kind import Kind

CREATED = field("created_at", "建立时间", "Created", "moment", form=False)
UPDATED = field("updated_at", "最后修改", "Last changed", "moment", form=False)
SHOWN_AT_FIRST = 7
_HIDDEN = frozenset({"lock_reason", "lock_rule", "lock_version", "process"})


def columns_of(kind: Kind) -> tuple[Field, ...]:
    """Return the fields that a list of a kind may show, what it is called by first."""
    known = [one for one in kind.fields if one.type != "json" and not one.secret and one.name not in _HIDDEN]
    named = [one for name in kind.named_by for one in known if one.name == name][:1]
    if kind.layout is not None and kind.layout.sections:
        known = kind.layout.ordered(known)
    rest = [one for one in known if one not in named]
    return (*named, *rest, CREATED, UPDATED)


def first_columns(kind: Kind) -> tuple[str, ...]:
    """Return the names of the columns that a list shows until somebody chooses others.

    Where a record stands and whose it is are never left out; a lead is left to the customer it belongs to.
    """
    every = [one for one in columns_of(kind) if one.name not in ("locked", "updated_at", "created_at")]
    names = {one.name for one in every}
    if kind.layout is not None and kind.layout.columns:
        there = {one.name for one in columns_of(kind)}
        if laid := tuple(name for name in kind.layout.columns if name in there):
            return laid
    always = [name for name in ("stage", kind.owner) if name in names]
    worth = [
        one.name
        for one in every
        if not one.along
        and (one.longest <= 200 or one.extra)
        and one.name not in always
        and not (one.name == "lead_id" and "customer_id" in names)
    ]
    chosen = {*worth[: SHOWN_AT_FIRST - 1 - len(always)], *always}
    return (*(one.name for one in every if one.name in chosen), "created_at")


def is_number(one: Field) -> bool:
    """Say whether a column's values stand to the right."""
    return one.type in ("number", "money", "date", "moment")


def expression(kind: Kind, one: Field) -> Any:
    """Return what the database compares and sorts a column by; nothing for one that is no field."""
    return kind.expression(one) if one.extra or one.name in kind.model._meta.combined else None


def sorting(kind: Kind, one: Field, processes: Sequence[Process]) -> Any:
    """Return what a column sorts by: stages by their order in the process, options by theirs."""
    column = expression(kind, one)
    order: Sequence[str] = ()
    if one.name == "stage" and kind.staged:
        order = [stage.name for process in processes for stage in process.stages]
    elif one.type == "choice":
        order = [value for value, _ in one.options]
    if not order:
        return column
    return Case(column, [(value, number) for number, value in enumerate(dict.fromkeys(order))], len(order))


def sortable(one: Field) -> bool:
    """Say whether a list sorts by a column: the order of masked values would tell them."""
    return not one.mask and one.type not in ("reference", "choices")


def searched(kind: Kind) -> tuple[Field, ...]:
    """Return the text fields that a search looks into."""
    return tuple(
        one
        for one in kind.fields
        if one.type == "text" and not one.secret and one.name not in _HIDDEN | {"stage", "name_key"}
    )
