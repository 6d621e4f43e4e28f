"""How the house works, as data: fields, processes, rules, plugins, the working calendar."""

from __future__ import annotations

from peewee import BooleanField, CharField, DateField, IntegerField

from ..storage.records import JSONText, Record, UTCDateTimeField


class FieldDefinition(Record):
    """A field that a trade or ops added to a kind of record; its values lie in `extra`."""

    kind = CharField(40)
    name = CharField(40)
    label_zh = CharField(80)
    label_en = CharField(80)
    type = CharField(12)
    options = JSONText(default=list)
    mask = CharField(10, default="")
    hint_zh = CharField(200, default="")
    hint_en = CharField(200, default="")
    plugin = CharField(60, default="")
    active = BooleanField(default=True)

    class Meta:
        indexes = ((("kind", "name"), True),)


class ProcessDefinition(Record):
    """Stages and transitions of one kind of record; see `core.process.process` for the document."""

    name = CharField(40, unique=True)
    document = JSONText()
    plugin = CharField(60, default="")
    active = BooleanField(default=True)


class RuleRecord(Record):
    """A rule as it stands: its document, its version, and whether it is on.

    A retired rule is off for good: only publishing a version of it brings it back.
    """

    code = CharField(80, unique=True)
    pack = CharField(80)
    version = IntegerField()
    document = JSONText()
    enabled = BooleanField(default=True)
    plugin = CharField(60, default="")
    retired_at = UTCDateTimeField(null=True)

    class Meta:
        table_name = "rule"


class PluginRecord(Record):
    """Whether a plugin is on, its settings (secrets never leave this table), and the actions it brought."""

    name = CharField(60, unique=True)
    enabled = BooleanField(default=False)
    settings = JSONText(default=dict)
    actions = JSONText(default=list)


class CalendarDay(Record):
    """A day that breaks the week's rule: a holiday, or a weekend day worked (调休)."""

    day = DateField(unique=True)
    working = BooleanField()
    name = CharField(80, default="")
    source = CharField(80, default="")
