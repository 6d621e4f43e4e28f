"""Locks with their reason and rule, badges, suspended metrics, warnings before deadlines, and plugins' actions."""

import peewee as pw
from peewee_migrate import Migrator


def migrate(migrator: Migrator, database: pw.Database, *, fake: bool = False) -> None:
    """Create the tables and columns that the rules' newer actions write."""
    users, leads = migrator.orm["users"], migrator.orm["lead"]

    @migrator.create_model
    class Badge(pw.Model):
        id = pw.CharField(max_length=26, primary_key=True)
        revision = pw.IntegerField(default=1)
        created_at = pw.DateTimeField()
        updated_at = pw.DateTimeField()
        user = pw.ForeignKeyField(column_name="user_id", field="id", model=users, on_delete="RESTRICT")
        badge = pw.CharField(max_length=80)
        reason = pw.CharField(default="", max_length=300)
        lead = pw.ForeignKeyField(column_name="lead_id", field="id", model=leads, null=True, on_delete="RESTRICT")
        rule = pw.CharField(default="", max_length=80)
        version = pw.CharField(default="", max_length=40)
        state = pw.CharField(default="given", max_length=10)

        class Meta:
            table_name = "badge"

    @migrator.create_model
    class MetricSuspension(pw.Model):
        id = pw.CharField(max_length=26, primary_key=True)
        revision = pw.IntegerField(default=1)
        created_at = pw.DateTimeField()
        updated_at = pw.DateTimeField()
        metric = pw.CharField(index=True, max_length=40)
        reason = pw.CharField(max_length=300)
        rule = pw.CharField(default="", max_length=80)
        version = pw.CharField(default="", max_length=40)
        state = pw.CharField(default="open", max_length=10)
        lifted_at = pw.DateTimeField(null=True)

        class Meta:
            table_name = "metric_suspension"

    lock = {
        "lock_reason": pw.CharField(default="", max_length=300),
        "lock_rule": pw.CharField(default="", max_length=80),
        "lock_version": pw.CharField(default="", max_length=40),
    }
    migrator.add_fields("lead", locked=pw.BooleanField(default=False), **lock)
    migrator.add_fields(
        "contract", **{name: pw.CharField(default="", max_length=f.max_length) for name, f in lock.items()}
    )
    migrator.add_fields("plugin_record", actions=pw.TextField(default="[]"))
    migrator.add_fields("deadline", warn_at=pw.DateTimeField(null=True), warned_at=pw.DateTimeField(null=True))
    migrator.sql("CREATE INDEX deadline_warn_at ON deadline (warn_at) WHERE warn_at IS NOT NULL")
