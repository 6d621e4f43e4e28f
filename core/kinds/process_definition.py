"""流程 process_definition: stages and transitions of one kind of record."""

from __future__ import annotations

from typing import Any

from peewee import BooleanField, CharField

from ...hooks.text import Text
from ..process.definitions import check_process
from ..schema.fields import field
from ..schema.kind import Kind, Lifecycle, LifecycleContext, Values
from ..storage.records import JSONText, Record


class ProcessDefinition(Record):
    """A process; see `core.process.processes` for the document."""

    name = CharField(40, unique=True)
    kind = CharField(40, default="lead")
    document = JSONText()
    plugin = CharField(60, default="")
    active = BooleanField(default=True)


def _checked(values: Values, context: LifecycleContext) -> Values:
    check_process(values["name"], values["document"])
    return {}


def _rechecked(row: Any, values: Values, context: LifecycleContext) -> Values:
    check_process(values.get("name", row.name), values.get("document", row.document))
    return {}


PROCESS_DEFINITION = Kind(
    name="process_definition",
    title=Text("流程", "Process"),
    plural=Text("流程", "Processes"),
    model=ProcessDefinition,
    fields=(
        field("name", "代号", "Name", form=False, required=True, longest=40),
        field("kind", "记录类型", "Kind of record", form=False, longest=40),
        field("document", "内容", "Document", "json", form=False, required=True),
    ),
    lifecycle=Lifecycle(defaults=_checked, derive_changes=_rechecked),
    write="rules:edit",
    configuration="configuration",
    setting_up=True,
    icon="route",
)
