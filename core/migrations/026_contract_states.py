"""Contracts by their state, and when they were signed: what waits for a review, for the books or for an invoice."""

import peewee as pw
from peewee_migrate import Migrator


def migrate(migrator: Migrator, database: pw.Database, *, fake: bool = False) -> None:
    """Add the index."""
    migrator.sql("CREATE INDEX contract_status_signed_at ON contract (status, signed_at)")
