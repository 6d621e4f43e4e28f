"""规则 rule: a rule as it stands: its document, its version, and whether it is on."""

from __future__ import annotations

from peewee import BooleanField, CharField, IntegerField

from ...hooks.text import Text
from ..schema.kind import Kind
from ..storage.records import JSONText, Record, UTCDateTimeField


class RuleRecord(Record):
    """A rule in force. A retired rule is off for good: only publishing a version of it brings it back."""

    code = CharField(80, unique=True)
    pack = CharField(80)
    version = IntegerField()
    document = JSONText()
    enabled = BooleanField(default=True)
    plugin = CharField(60, default="")
    retired_at = UTCDateTimeField(null=True)

    class Meta:
        table_name = "rule"


RULE = Kind(
    name="rule",
    title=Text("规则", "Rule"),
    plural=Text("规则", "Rules"),
    model=RuleRecord,
    write="rules:edit",
    configuration="rules",
    setting_up=True,
    named_by=("code",),
    icon="bolt",
)
