"""记录类型 kind_definition: a kind of record made at run time, by a plugin or by ops; its records are kept as data."""

from __future__ import annotations

from typing import Any

from peewee import BooleanField, CharField

from ...hooks.text import Text
from ..schema.definitions import check_kind
from ..schema.fields import field
from ..schema.kind import Kind, Lifecycle, LifecycleContext, Values
from ..storage.records import JSONText, Record
from ..storage.turns import DEFINING, one_at_a_time


class KindDefinition(Record):
    """A kind kept as data: what it is called, what its records belong to, who owns them, and their process.

    `belongs_to` are names of other kinds, the closest first. With `owned` each record has an owner and a team.
    Its fields are `FieldDefinition`s of this kind.
    """

    name = CharField(40, unique=True)
    title_zh = CharField(80)
    title_en = CharField(80)
    plural_en = CharField(80, default="")
    belongs_to = JSONText(default=list)
    owned = BooleanField(default=True)
    process = CharField(40, default="")
    icon = CharField(40, default="file-text")
    plugin = CharField(60, default="")
    active = BooleanField(default=True)

    class Meta:
        table_name = "kind_definition"


def _checked(values: Values, context: LifecycleContext) -> Values:
    one_at_a_time(DEFINING)  # Two that make kinds belong to each other must not pass side by side.
    check_kind(context.kinds, context.store, values)
    return {}


def _rechecked(row: Any, values: Values, context: LifecycleContext) -> Values:
    one_at_a_time(DEFINING)
    check_kind(context.kinds, context.store, {**row.__data__, **values}, row)
    return {}


KIND_DEFINITION = Kind(
    name="kind_definition",
    title=Text("记录类型", "Kind of record"),
    plural=Text("记录类型", "Kinds of record"),
    model=KindDefinition,
    fields=(
        field("name", "代号", "Name", form=False, required=True, longest=40),
        field("title_zh", "中文名称", "Chinese name", form=False, required=True, longest=80),
        field("title_en", "英文名称", "English name", form=False, required=True, longest=80),
        field("owned", "有负责人", "Has an owner", "boolean", form=False),
        field("process", "流程", "Process", form=False, longest=40),
        field("belongs_to", "归属", "Belongs to", "json", form=False),
        field("plural_en", "英文复数", "English plural", form=False, longest=80),
        field("icon", "图标", "Icon", form=False, longest=40),
        field("plugin", "插件", "Plugin", form=False, longest=60),
        field("active", "启用", "In force", "boolean", form=False),
    ),
    lifecycle=Lifecycle(defaults=_checked, derive_changes=_rechecked),
    write="company",
    configuration="configuration",
    setting_up=True,
    named_in_files=("name",),
    named_by=("title_zh", "name"),
    icon="table",
)
