"""Backtests, the parts workers take, and the differences found."""

import peewee as pw
from peewee_migrate import Migrator


def migrate(migrator: Migrator, database: pw.Database, *, fake: bool = False) -> None:
    """Create the tables of backtests."""

    @migrator.create_model
    class Backtest(pw.Model):
        id = pw.CharField(max_length=26, primary_key=True)
        code = pw.CharField(default="", index=True, max_length=80)
        version_id = pw.CharField(max_length=26, null=True)
        documents = pw.TextField()
        since = pw.DateTimeField()
        until = pw.DateTimeField()
        state = pw.CharField(default="queued", index=True, max_length=10)
        stop_asked = pw.BooleanField(default=False)
        done = pw.BigIntegerField(default=0)
        total = pw.BigIntegerField(default=0)
        covered_until = pw.DateTimeField(null=True)
        result = pw.TextField()
        error = pw.TextField(default="")
        asked_by = pw.CharField(default="", max_length=26)
        asked_name = pw.CharField(default="", max_length=80)
        created_at = pw.DateTimeField(index=True)
        started_at = pw.DateTimeField(null=True)
        done_at = pw.DateTimeField(null=True)

        class Meta:
            table_name = "backtest"

    @migrator.create_model
    class BacktestPart(pw.Model):
        id = pw.BigAutoField(primary_key=True)
        backtest_id = pw.CharField(index=True, max_length=26)
        side = pw.CharField(max_length=8)
        since = pw.DateTimeField()
        until = pw.DateTimeField()
        state = pw.CharField(default="queued", max_length=10)
        attempts = pw.IntegerField(default=0)
        claimed_by = pw.CharField(default="", max_length=80)
        due_at = pw.DateTimeField()
        done = pw.BigIntegerField(default=0)
        total = pw.BigIntegerField(default=0)
        covered_until = pw.DateTimeField(null=True)
        seconds = pw.FloatField(default=0.0)
        effects = pw.BlobField(null=True)
        error = pw.TextField(default="")

        class Meta:
            table_name = "backtest_part"
            indexes = [(("state", "due_at"), False)]

    @migrator.create_model
    class BacktestDifference(pw.Model):
        id = pw.BigAutoField(primary_key=True)
        backtest_id = pw.CharField(max_length=26)
        kind = pw.CharField(max_length=12)
        change = pw.CharField(max_length=8)
        lead_id = pw.CharField(default="", max_length=26)
        company = pw.CharField(default="", max_length=200)
        team_id = pw.CharField(default="", max_length=26)
        person_id = pw.CharField(default="", max_length=26)
        rule = pw.CharField(default="", max_length=80)
        version = pw.CharField(default="", max_length=40)
        at = pw.DateTimeField()
        before = pw.TextField(default="")
        after = pw.TextField(default="")
        what = pw.TextField(default="")
        event = pw.CharField(default="", max_length=60)
        facts = pw.TextField()

        class Meta:
            table_name = "backtest_difference"
            indexes = [
                (("backtest_id", "kind", "id"), False),
                (("backtest_id", "team_id"), False),
                (("backtest_id", "rule"), False),
                (("backtest_id", "person_id"), False),
            ]
