"""规则版本 rule_version: one version of one rule, from its first draft on."""

from __future__ import annotations

from peewee import CharField, IntegerField, TextField

from ...hooks.text import Text
from ..schema.kind import Kind
from ..storage.records import JSONText, Record, UTCDateTimeField

VERSION_STATES = ("draft", "review", "approved", "published", "retired", "discarded")
"""The way of a version. A rejected one is a draft again, with the reviewer's `note` and `decided_at` set."""
OPEN_STATES = ("draft", "review", "approved")


class RuleVersion(Record):
    """One version of one rule; `RuleRecord` holds the version in force.

    `number` is what the document says as `version`, so what a firing or a journal line names leads
    here. `author_id` is who last edited it (empty: it came with Clew or from the command line), `base` the
    number it was drafted from (None: a new rule), `effective_at` the moment it takes effect once approved. Of a
    rollback, `restores` is the number whose document it puts in force again, in the place of `base`.
    """

    code = CharField(80)
    pack = CharField(80, default="")
    number = IntegerField()
    document = JSONText()
    state = CharField(10, default="draft")
    author_id = CharField(26, default="", index=True)
    author_name = CharField(80, default="")
    reviewer_id = CharField(26, default="")
    reviewer_name = CharField(80, default="")
    note = TextField(default="")
    base = IntegerField(null=True)
    restores = IntegerField(null=True)
    effective_at = UTCDateTimeField(null=True)
    submitted_at = UTCDateTimeField(null=True)
    decided_at = UTCDateTimeField(null=True)
    published_at = UTCDateTimeField(null=True)
    retired_at = UTCDateTimeField(null=True)
    backtest_id = CharField(26, null=True)

    class Meta:
        table_name = "rule_version"
        indexes = ((("code", "number"), True), (("state", "effective_at"), False))


RULE_VERSION = Kind(
    name="rule_version",
    title=Text("规则版本", "Rule version"),
    plural=Text("规则版本", "Rule versions"),
    model=RuleVersion,
    # Who may only approve changes a version too: its state. What may be written, the rulebook says.
    write="rules:edit",
    write_or=("rules:approve",),
    setting_up=True,
    named_by=("code",),
    icon="bolt",
)
