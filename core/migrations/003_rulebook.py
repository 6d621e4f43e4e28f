"""Every version of every rule; which rules an event met first; and the journal read by cause."""

import peewee as pw
from peewee_migrate import Migrator


def migrate(migrator: Migrator, database: pw.Database, *, fake: bool = False) -> None:
    """Create the rulebook's tables, and the columns and indexes it needs elsewhere."""

    @migrator.create_model
    class RuleVersion(pw.Model):
        id = pw.CharField(max_length=26, primary_key=True)
        revision = pw.IntegerField(default=1)
        created_at = pw.DateTimeField()
        updated_at = pw.DateTimeField()
        code = pw.CharField(max_length=80)
        pack = pw.CharField(default="", max_length=80)
        number = pw.IntegerField()
        document = pw.TextField()
        state = pw.CharField(default="draft", max_length=10)
        author_id = pw.CharField(default="", index=True, max_length=26)
        author_name = pw.CharField(default="", max_length=80)
        reviewer_id = pw.CharField(default="", max_length=26)
        reviewer_name = pw.CharField(default="", max_length=80)
        note = pw.TextField(default="")
        base = pw.IntegerField(null=True)
        effective_at = pw.DateTimeField(null=True)
        submitted_at = pw.DateTimeField(null=True)
        decided_at = pw.DateTimeField(null=True)
        published_at = pw.DateTimeField(null=True)
        retired_at = pw.DateTimeField(null=True)
        backtest_id = pw.CharField(max_length=26, null=True)

        class Meta:
            table_name = "rule_version"
            indexes = [(("code", "number"), True), (("state", "effective_at"), False)]

    @migrator.create_model
    class RulePack(pw.Model):
        id = pw.CharField(max_length=26, primary_key=True)
        revision = pw.IntegerField(default=1)
        created_at = pw.DateTimeField()
        updated_at = pw.DateTimeField()
        code = pw.CharField(max_length=80, unique=True)
        title = pw.TextField()
        rules = pw.TextField()

        class Meta:
            table_name = "rule_pack"

    @migrator.create_model
    class RuleTrouble(pw.Model):
        code = pw.CharField(max_length=80, primary_key=True)
        version = pw.IntegerField(default=0)
        stands_in = pw.IntegerField(null=True)
        zh = pw.TextField()
        en = pw.TextField()
        at = pw.DateTimeField()

        class Meta:
            table_name = "rule_trouble"

    migrator.add_fields("rule", retired_at=pw.DateTimeField(null=True))
    migrator.add_fields("dispatch", rules_at=pw.DateTimeField(null=True), rules_then=pw.BooleanField(default=False))
    # What follows from a line, and what a rule did: both are asked for "why" and for undoing.
    migrator.sql("CREATE INDEX journal_cause_seq ON journal (cause_seq) WHERE cause_seq IS NOT NULL")
    migrator.sql("CREATE INDEX journal_cause_rule ON journal (cause_rule, seq)")
