"""Working time: calendars of organisation, teams and people, their days, leave, and deadlines that can be paused."""

import peewee as pw
from peewee_migrate import Migrator


def migrate(migrator: Migrator, database: pw.Database, *, fake: bool = False) -> None:
    """Add tables and columns. Days on record become the organisation's; a deadline is its record's owner's."""
    migrator.sql("DROP INDEX calendarday_day")
    migrator.add_fields(
        "calendar_day",
        calendar_id=pw.CharField(max_length=26, null=True, index=True),
        windows=pw.TextField(null=True),
        active=pw.BooleanField(default=True),
    )
    migrator.add_fields(
        "deadline",
        owner_id=pw.CharField(max_length=26, null=True),
        working_days=pw.IntegerField(null=True),
        warn_minutes=pw.IntegerField(null=True),
        counted=pw.BigIntegerField(default=0),
        counted_from=pw.DateTimeField(null=True),
        segments=pw.TextField(default="[]"),
        paused_for=pw.CharField(default="", max_length=40),
        met_at=pw.DateTimeField(null=True),
        closed_because=pw.CharField(default="", max_length=20),
    )

    @migrator.create_model
    class Calendar(pw.Model):
        id = pw.CharField(max_length=26, primary_key=True)
        revision = pw.IntegerField(default=1)
        created_at = pw.DateTimeField()
        updated_at = pw.DateTimeField()
        name = pw.CharField(max_length=80)
        scope = pw.CharField(max_length=20)
        of_id = pw.CharField(default="", max_length=26)
        zone = pw.CharField(default="", max_length=60)
        week = pw.TextField(default="{}")
        active = pw.BooleanField(default=True)

        class Meta:
            table_name = "calendar"
            indexes = [(("scope", "of_id"), True)]

    @migrator.create_model
    class Leave(pw.Model):
        id = pw.CharField(max_length=26, primary_key=True)
        revision = pw.IntegerField(default=1)
        created_at = pw.DateTimeField()
        updated_at = pw.DateTimeField()
        user = pw.ForeignKeyField(column_name="user_id", field="id", model=migrator.orm["users"], on_delete="RESTRICT")
        from_at = pw.DateTimeField()
        to_at = pw.DateTimeField()
        kind = pw.CharField(default="annual", max_length=20)
        reason = pw.CharField(default="", max_length=200)
        deputy = pw.ForeignKeyField(
            column_name="deputy_id", field="id", model=migrator.orm["users"], null=True, on_delete="RESTRICT"
        )
        cancelled = pw.BooleanField(default=False)

        class Meta:
            table_name = "leave"
            indexes = [(("user", "to_at"), False), (("to_at", "cancelled"), False)]

    @migrator.create_model
    class PauseReason(pw.Model):
        id = pw.CharField(max_length=26, primary_key=True)
        revision = pw.IntegerField(default=1)
        created_at = pw.DateTimeField()
        updated_at = pw.DateTimeField()
        name = pw.CharField(max_length=40, unique=True)
        title_zh = pw.CharField(max_length=80)
        title_en = pw.CharField(max_length=80)
        active = pw.BooleanField(default=True)

        class Meta:
            table_name = "pause_reason"

    @migrator.create_model
    class Pause(pw.Model):
        id = pw.CharField(max_length=26, primary_key=True)
        revision = pw.IntegerField(default=1)
        created_at = pw.DateTimeField()
        updated_at = pw.DateTimeField()
        deadline = pw.ForeignKeyField(
            column_name="deadline_id", field="id", model=migrator.orm["deadline"], on_delete="RESTRICT"
        )
        lead = pw.ForeignKeyField(
            column_name="lead_id", field="id", model=migrator.orm["lead"], null=True, on_delete="RESTRICT"
        )
        customer = pw.ForeignKeyField(
            column_name="customer_id", field="id", model=migrator.orm["customer"], null=True, on_delete="RESTRICT"
        )
        reason = pw.CharField(max_length=40)
        note = pw.CharField(default="", max_length=200)
        from_at = pw.DateTimeField()
        to_at = pw.DateTimeField(null=True)
        by = pw.ForeignKeyField(
            column_name="by_id", field="id", model=migrator.orm["users"], null=True, on_delete="RESTRICT"
        )

        class Meta:
            table_name = "pause"

    # One exception a day and calendar; two NULLs are never alike to a database.
    migrator.sql(
        "CREATE UNIQUE INDEX calendar_day_of_calendar ON calendar_day (calendar_id, day) WHERE calendar_id IS NOT NULL"
    )
    migrator.sql("CREATE UNIQUE INDEX calendar_day_of_organisation ON calendar_day (day) WHERE calendar_id IS NULL")
    migrator.sql("CREATE INDEX deadline_owner_state ON deadline (owner_id, state)")
    migrator.sql("CREATE INDEX deadline_open ON deadline (id) WHERE state = 'open'")
    migrator.sql(
        "UPDATE deadline SET owner_id = (SELECT lead.owner_id FROM lead WHERE lead.id = deadline.lead_id) "
        "WHERE lead_id IS NOT NULL"
    )
