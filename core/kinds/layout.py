"""布局 layout: the sections of one kind's fields, their order and hints, and which columns its list shows at first."""

from __future__ import annotations

from typing import Any

from peewee import CharField

from ...hooks.text import Text
from ..schema.fields import field
from ..schema.kind import Kind, Lifecycle, LifecycleContext, Values
from ..schema.layouts import check_layout
from ..storage.records import JSONText, Record
from ..storage.turns import DEFINING, one_at_a_time


class LayoutRecord(Record):
    """The layout of a kind; see `core.schema.layouts` for the shape of `sections`, `columns` and `hints`."""

    kind = CharField(40, unique=True)
    sections = JSONText(default=list)
    columns = JSONText(default=list)
    hints = JSONText(default=dict)

    class Meta:
        table_name = "layout"


def _checked(values: Values, context: LifecycleContext) -> Values:
    one_at_a_time(DEFINING)
    check_layout(context.kinds, context.store, values["kind"], values)
    return {}


def _rechecked(row: Any, values: Values, context: LifecycleContext) -> Values:
    check_layout(context.kinds, context.store, row.kind, {**row.__data__, **values}, values.get("kind", row.kind))
    return {}


LAYOUT = Kind(
    name="layout",
    title=Text("布局", "Layout"),
    plural=Text("布局", "Layouts"),
    model=LayoutRecord,
    fields=(
        field("kind", "记录类型", "Kind of record", form=False, required=True, longest=40),
        field("sections", "分组", "Sections", "json", form=False),
        field("columns", "列表的列", "Columns of the list", "json", form=False),
        field("hints", "提示", "Hints", "json", form=False),
    ),
    lifecycle=Lifecycle(defaults=_checked, derive_changes=_rechecked),
    write="company",
    configuration="configuration",
    setting_up=True,
    named_by=("kind",),
    named_in_files=("kind",),
    icon="layout",
)
