"""字段 field_definition: a field that a trade or ops added to a kind of record."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from peewee import BooleanField, CharField, IntegerField

from ...hooks.text import Text
from ..errors import Forbidden, Invalid, Problem
from ..roles import may
from ..schema.field_definitions import check_field, check_field_change, open_field
from ..schema.fields import MASKS, TYPES, field, options
from ..schema.kind import Consequence, Index, Kind, Lifecycle, LifecycleContext, Values
from ..storage.json_values import LONGEST_INDEXED, is_held, is_longer
from ..storage.records import JSONText, Record
from ..storage.turns import DEFINING, nobody_writes, one_at_a_time
from .kept_as_data import DataRecord


class FieldDefinition(Record):
    """An added field; its values lie in the records' `extra`.

    `target` is the kind that a reference leads to; `indexed` asks the database for an index over the values.
    `trade` is the plugin without which the field is not in force, though operations made it. `needed_when` says
    when it has to be filled in: `{"field": another field, "in": its values}`. Of a bundled field whose options are
    open, the definition says the options, labels and hints.
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
    trade = CharField(60, default="")
    needed_when = JSONText(default=dict)
    active = BooleanField(default=True)

    class Meta:
        indexes = ((("kind", "name"), True),)


def _index(row: Any, changed: Values | None, context: LifecycleContext) -> Iterator[Consequence]:
    """A field that is looked up often gets an index over its values, made for their type; so does every reference.

    By that is found what refers to a record that is merged.
    """
    turned = bool(changed and {"type", "indexed"} & changed.keys())
    wanted = bool(row.indexed or row.type == "reference")
    if open_field(context.kinds, row.kind, row.name) is None and (wanted or turned):
        table, where = _place(row, context)
        yield Index(table, row.name, row.type, where, wanted=wanted, anew=turned)


def _place(row: Any, context: LifecycleContext) -> tuple[str, tuple[str, str] | None]:
    """Return the table that holds a field's values, and which of its rows."""
    here = context.kinds.get(row.kind)
    if here is None or here.data:  # One that is being made, too: its fields come along with it.
        return "data_record", ("kind_name", row.kind)
    return here.model._meta.table_name, None


def _checked(values: Values, context: LifecycleContext) -> Values:
    one_at_a_time(DEFINING)
    check_field(context.kinds, context.store, values, DataRecord)
    return {}


def _rechecked(row: Any, values: Values, context: LifecycleContext) -> Values:
    one_at_a_time(DEFINING)
    _check_asker(row, values, context)
    table, where = _place(row, context)
    if not {"type", "target", "indexed"}.isdisjoint(values):
        nobody_writes(table)  # What is being written now would not be seen.
    check_field_change(context.kinds, context.store, row, values, lambda: is_held(table, row.name, where))
    indexed = values.get("indexed") and not row.indexed
    if indexed and is_longer(table, row.name, LONGEST_INDEXED, where):
        words = Text(
            f"已有记录在「{row.label_zh}」里填了超过 {LONGEST_INDEXED} 字，不能建索引",
            f"records hold more than {LONGEST_INDEXED} characters of “{row.label_en}”, so it can't be indexed",
        )
        raise Invalid([Problem("indexed", words)])
    return {}


_OF_PLUGINS = frozenset({"hint_zh", "hint_en", "position", "indexed", "active"})


def _check_asker(row: Any, values: Values, context: LifecycleContext) -> None:
    """Raise Forbidden for what a person may not change: a plugin's own field, and who sees personal data.

    To show more of it than before takes more than setting the company up.
    """
    changed = {name for name, value in values.items() if value != getattr(row, name)}
    if row.plugin and context.actor.kind == "user" and changed - _OF_PLUGINS:
        raise Forbidden(
            f"「{row.label_zh}」由插件「{row.plugin}」带来，只能改提示、次序、索引，或停用。",
            f"“{row.label_en}” belongs to plugin {row.plugin!r}: only its hint, position and index can be changed, or it retired",
        )
    if row.mask and "mask" in changed and not may(context.actor, "roles"):
        raise Forbidden(
            f"「{row.label_zh}」脱敏后的内容会给更多人看到；这要管角色的人来改。",
            f"more people would see “{row.label_en}” whole: who manages roles has to change this",
        )


FIELD_DEFINITION = Kind(
    name="field_definition",
    title=Text("字段", "Field"),
    plural=Text("字段", "Fields"),
    model=FieldDefinition,
    fields=(
        field("kind", "记录类型", "Kind of record", form=False, required=True, longest=40),
        field("name", "代号", "Name", form=False, required=True, longest=40),
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
        field("options", "选项", "Options", "json", form=False),
        field(
            "mask", "脱敏", "Masking", "choice", options=options(*((name, name, name) for name in MASKS)), form=False
        ),
        field("hint_zh", "中文提示", "Chinese hint", form=False, longest=200),
        field("hint_en", "英文提示", "English hint", form=False, longest=200),
        field("required", "必填", "Required", "boolean", form=False),
        field("target", "指向", "Refers to", form=False, longest=40),
        field("indexed", "建索引", "Indexed", "boolean", form=False),
        field("position", "次序", "Position", "number", form=False),
        field("plugin", "插件", "Plugin", form=False, longest=60),
        field("trade", "只用于行业", "Only for the trade", form=False, longest=60),
        field("needed_when", "何时必填", "Needed when", "json", form=False),
        field("active", "启用", "In force", "boolean", form=False),
    ),
    lifecycle=Lifecycle(defaults=_checked, derive_changes=_rechecked, follow_ups=_index),
    write="company",
    configuration="configuration",
    setting_up=True,
    named_in_files=("kind", "name"),
    named_by=("label_zh", "name"),
)
