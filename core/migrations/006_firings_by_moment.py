"""An index that counts the firings of the last days without reading all there ever were."""

import peewee as pw
from peewee_migrate import Migrator


def migrate(migrator: Migrator, database: pw.Database, *, fake: bool = False) -> None:
    """Index firings by rule and moment."""
    migrator.add_index("firing", "rule", "at")
