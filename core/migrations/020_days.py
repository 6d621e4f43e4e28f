"""Open leads by team, and by stage; follow-ups by when the next one is planned: what the pages of a day ask for."""

import peewee as pw
from peewee_migrate import Migrator


def migrate(migrator: Migrator, database: pw.Database, *, fake: bool = False) -> None:
    """Add the indexes. Those of leads are whole: SQLite takes no partial one for a condition with a parameter."""
    migrator.sql("CREATE INDEX lead_team_outcome ON lead (team_id, outcome, stage, stage_since)")
    migrator.sql("CREATE INDEX lead_outcome_stage ON lead (outcome, stage, stage_since)")
    migrator.sql("CREATE INDEX follow_up_next_at ON follow_up (next_at) WHERE next_at IS NOT NULL")
