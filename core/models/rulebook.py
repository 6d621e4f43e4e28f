"""The rulebook's memory: every version a rule ever had, the packs rules travel in, and rules that don't load."""

from __future__ import annotations

from peewee import CharField, IntegerField, TextField

from ..storage.records import Base, JSONText, Record, UTCDateTimeField

VERSION_STATES = ("draft", "review", "approved", "published", "retired", "discarded")
"""The way of a version. A rejected one is a draft again, with the reviewer's `note` and `decided_at` set."""
OPEN_STATES = ("draft", "review", "approved")


class RuleVersion(Record):
    """One version of one rule, from its first draft on; `RuleRecord` holds the version in force.

    `number` is what the document says as `version`, so what a firing or a journal line names leads
    here. `author_id` is who last edited it (empty: it came with Clew or from the command line), `base` the
    number it was drafted from (None: a new rule), `effective_at` the moment it takes effect once approved.
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
    effective_at = UTCDateTimeField(null=True)
    submitted_at = UTCDateTimeField(null=True)
    decided_at = UTCDateTimeField(null=True)
    published_at = UTCDateTimeField(null=True)
    retired_at = UTCDateTimeField(null=True)
    backtest_id = CharField(26, null=True)

    class Meta:
        table_name = "rule_version"
        indexes = ((("code", "number"), True), (("state", "effective_at"), False))


class RulePack(Record):
    """A pack as its file has it: its title, and the order of its rules."""

    code = CharField(80, unique=True)
    title = JSONText(default=dict)
    rules = JSONText(default=list)

    class Meta:
        table_name = "rule_pack"


class RuleTrouble(Base):
    """A rule in force that a process could not load: the version before it decides meanwhile."""

    code = CharField(80, primary_key=True)
    version = IntegerField(default=0)
    stands_in = IntegerField(null=True)
    zh = TextField()
    en = TextField()
    at = UTCDateTimeField()

    class Meta:
        table_name = "rule_trouble"
