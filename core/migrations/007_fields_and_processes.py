"""Fields for a trade and fields needed at times; layouts; what was published together, so that it can be taken back."""

import peewee as pw
from peewee_migrate import Migrator


def migrate(migrator: Migrator, database: pw.Database, *, fake: bool = False) -> None:
    """Add columns and tables; what is there stays as it is."""
    migrator.add_fields(
        "field_definition",
        trade=pw.CharField(default="", max_length=60),
        needed_when=pw.TextField(default="{}"),
    )

    @migrator.create_model
    class LayoutRecord(pw.Model):
        id = pw.CharField(max_length=26, primary_key=True)
        revision = pw.IntegerField(default=1)
        created_at = pw.DateTimeField()
        updated_at = pw.DateTimeField()
        kind = pw.CharField(max_length=40, unique=True)
        sections = pw.TextField(default="[]")
        columns = pw.TextField(default="[]")
        hints = pw.TextField(default="{}")

        class Meta:
            table_name = "layout"

    @migrator.create_model
    class CompanyChange(pw.Model):
        id = pw.CharField(max_length=26, primary_key=True)
        revision = pw.IntegerField(default=1)
        created_at = pw.DateTimeField()
        updated_at = pw.DateTimeField()
        subject = pw.CharField(max_length=20)
        name = pw.CharField(max_length=40)
        title_zh = pw.CharField(max_length=200)
        title_en = pw.CharField(max_length=200)
        answers = pw.TextField(default="{}")
        author_name = pw.CharField(default="", max_length=80)
        undone_at = pw.DateTimeField(null=True)

        class Meta:
            table_name = "company_change"
            indexes = [(("subject", "name"), False)]
