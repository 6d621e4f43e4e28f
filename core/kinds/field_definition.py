"""字段 field_definition: a field that a trade or ops added to a kind of record."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from peewee import BooleanField, CharField, IntegerField

from ...hooks.text import Text
from ..schema.definitions import check_field
from ..schema.fields import TYPES, field, options
from ..schema.kind import Consequence, Index, Kind, Lifecycle, LifecycleContext, Values
from ..storage.records import JSONText, Record
from .kept_as_data import DataRecord


class FieldDefinition(Record):
    """An added field; its values lie in the records' `extra`.

    `target` is the kind that a reference leads to; `indexed` asks the database for an index over the values.
    """

    kind = CharField(40)
    name = CharField(40)
    label_zh = CharField(80)
    label_en = CharField(80)
    type = CharField(12)
    options = JSONText(default=list)
    mask = CharField(10, default="")
    hint_zh = CharField(200, default="")
    hint_en = CharField(200, default="")
    required = BooleanField(default=False)
    target = CharField(40, default="")
    indexed = BooleanField(default=False)
    position = IntegerField(default=0)
    plugin = CharField(60, default="")
    active = BooleanField(default=True)

    class Meta:
        indexes = ((("kind", "name"), True),)


def _index(row: Any, changed: Values | None, context: LifecycleContext) -> Iterator[Consequence]:
    """A field that is looked up often gets an index over its values."""
    if row.indexed:
        here = context.kinds.get(row.kind)
        if here is None or here.data:  # One that is being made, too: its fields come along with it.
            yield Index("data_record", row.name, row.type, ("kind_name", row.kind))
        else:
            yield Index(here.model._meta.table_name, row.name, row.type)


def _checked(values: Values, context: LifecycleContext) -> Values:
    check_field(context.kinds, context.store, values, DataRecord)
    return {}


def _rechecked(row: Any, values: Values, context: LifecycleContext) -> Values:
    check_field(context.kinds, context.store, {**row.__data__, **values}, DataRecord, row)
    return {}


FIELD_DEFINITION = Kind(
    name="field_definition",
    title=Text("字段", "Field"),
    plural=Text("字段", "Fields"),
    model=FieldDefinition,
    fields=(
        field("label_zh", "中文名称", "Chinese name", form=False, required=True, longest=80),
        field("label_en", "英文名称", "English name", form=False, required=True, longest=80),
        field(
            "type",
            "类型",
            "Type",
            "choice",
            options=options(*((name, name, name) for name in TYPES)),
            form=False,
            required=True,
        ),
    ),
    lifecycle=Lifecycle(defaults=_checked, derive_changes=_rechecked, follow_ups=_index),
    write="rules:edit",
    configuration="configuration",
    setting_up=True,
    named_by=("label_zh", "name"),
)
