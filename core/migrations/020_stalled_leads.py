"""Open leads by their stage and since when they are in it: which stand still is asked for of each stage."""

import peewee as pw
from peewee_migrate import Migrator


def migrate(migrator: Migrator, database: pw.Database, *, fake: bool = False) -> None:
    """Add the index."""
    migrator.sql("CREATE INDEX lead_open_stage ON lead (stage, stage_since) WHERE outcome = 'open'")
