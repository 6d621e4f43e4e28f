"""Contacts are merged, too; customers are split; what refers to a record is found by an index; quotes."""

import peewee as pw
from peewee_migrate import Migrator

from clew.core.storage.json_values import ensure_index

_BUNDLED = ("lead", "contact", "customer", "follow_up", "contract")
"""The tables of bundled kinds that fields can be added to, which bear the names of their kinds."""


def migrate(migrator: Migrator, database: pw.Database, *, fake: bool = False) -> None:
    """Add the columns, and the indexes for the fields that were added so far."""
    refers = 'VARCHAR(26) REFERENCES "{}" ("id") ON DELETE RESTRICT'
    migrator.sql(f'ALTER TABLE "contact" ADD COLUMN "merged_into_id" {refers.format("contact")}')
    migrator.sql('CREATE INDEX "contact_merged_into_id" ON "contact" ("merged_into_id")')
    migrator.sql(f'ALTER TABLE "customer" ADD COLUMN "split_from_id" {refers.format("customer")}')

    def index_references() -> None:
        found = database.execute_sql("SELECT kind, name FROM field_definition WHERE type = 'reference'").fetchall()
        for kind, name in found:
            table, where = (kind, None) if kind in _BUNDLED else ("data_record", ("kind_name", kind))
            ensure_index(table, name, "reference", where)

    migrator.run(index_references)

    @migrator.create_model
    class Quote(pw.Model):
        id = pw.CharField(max_length=26, primary_key=True)
        revision = pw.IntegerField(default=1)
        created_at = pw.DateTimeField()
        updated_at = pw.DateTimeField()
        number = pw.CharField(max_length=40, unique=True)
        customer = pw.ForeignKeyField(
            column_name="customer_id", field="id", model=migrator.orm["customer"], on_delete="RESTRICT"
        )
        lead = pw.ForeignKeyField(
            column_name="lead_id", field="id", model=migrator.orm["lead"], null=True, on_delete="RESTRICT"
        )
        amount = pw.BigIntegerField()
        valid_until = pw.DateField(null=True)
        status = pw.CharField(default="draft", max_length=20)
        sent_at = pw.DateTimeField(null=True)
        answered_at = pw.DateTimeField(null=True)
        extra = pw.TextField(default="{}")

        class Meta:
            table_name = "quote"
