"""流程 process_definition: stages and transitions of one kind of record."""

from __future__ import annotations

from peewee import BooleanField, CharField

from ...hooks.text import Text
from ..schema.kind import Kind
from ..storage.records import JSONText, Record


class ProcessDefinition(Record):
    """A process; see `core.process.processes` for the document."""

    name = CharField(40, unique=True)
    kind = CharField(40, default="lead")
    document = JSONText()
    plugin = CharField(60, default="")
    active = BooleanField(default=True)


PROCESS_DEFINITION = Kind(
    name="process_definition",
    title=Text("流程", "Process"),
    plural=Text("流程", "Processes"),
    model=ProcessDefinition,
    configuration="configuration",
    setting_up=True,
    icon="route",
)
