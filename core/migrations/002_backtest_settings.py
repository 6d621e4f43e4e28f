"""What a backtest was asked for under: the counters of the configuration, so that its runs are of one."""

import peewee as pw
from peewee_migrate import Migrator


def migrate(migrator: Migrator, database: pw.Database, *, fake: bool = False) -> None:
    """Add the column; backtests that wait from before are run under whatever is in force."""
    migrator.add_fields("backtest", settings=pw.TextField(default="{}"))
