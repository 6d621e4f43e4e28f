"""插件 plugin: whether a plugin is on, its settings, and the actions it brought."""

from __future__ import annotations

from peewee import BooleanField, CharField

from ...hooks.text import Text
from ..schema.kind import Kind
from ..storage.records import JSONText, Record


class PluginRecord(Record):
    """A plugin of this installation; secrets among its settings never leave this table."""

    name = CharField(60, unique=True)
    enabled = BooleanField(default=False)
    settings = JSONText(default=dict)
    actions = JSONText(default=list)


PLUGIN = Kind(
    name="plugin",
    title=Text("插件", "Plugin"),
    plural=Text("插件", "Plugins"),
    model=PluginRecord,
    write="plugins",
    configuration="plugins",
    setting_up=True,
    named_in_files=("name",),
    kept_at_home=frozenset({"settings", "actions"}),
    icon="plug",
)
