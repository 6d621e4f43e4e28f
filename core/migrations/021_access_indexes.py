"""Who owns a customer, to whom a lead was escalated, what was merged: indexed where they are said, as they seldom are.

An index of a column that is empty in nearly every row makes SQLite take a person's few rows for nearly all, and scan.
"""

import peewee as pw
from peewee_migrate import Migrator

_SELDOM = (
    ("lead", "lead_escalated_to_id", "escalated_to_id", "escalated_to_id, outcome"),
    ("customer", "customer_owner_id", "owner_id", "owner_id"),
    ("customer", "customer_merged_into_id_id", "merged_into_id", "merged_into_id"),
    ("contact", "contact_merged_into_id", "merged_into_id", "merged_into_id"),
)


def migrate(migrator: Migrator, database: pw.Database, *, fake: bool = False) -> None:
    """Put indexes of the rows that have a value in the place of those of all rows."""
    for table, index, column, columns in _SELDOM:
        migrator.sql(f'DROP INDEX "{index}"')
        migrator.sql(f'CREATE INDEX "{index}_said" ON "{table}" ({columns}) WHERE "{column}" IS NOT NULL')
