"""A version that puts an earlier one in force again says which: `restores`.

Until now it was told by what documents say, so a draft written back by hand passed for a rollback. What is on record
already is told so once more, for nothing else tells it.
"""

import json

import peewee as pw
from peewee_migrate import Migrator


def migrate(migrator: Migrator, database: pw.Database, *, fake: bool = False) -> None:
    """Add the column, and fill it for the versions whose document is that of one before their base."""
    migrator.add_fields("rule_version", restores=pw.IntegerField(null=True))

    def fill() -> None:
        query = (
            "SELECT id, code, number, base, document FROM rule_version WHERE published_at IS NOT NULL ORDER BY number"
        )
        said: dict[str, dict[int, str]] = {}
        for row_id, code, number, base, document in database.execute_sql(query).fetchall():
            found = {**json.loads(document), "version": 0}
            here = said.setdefault(code, {})
            words = here[number] = json.dumps(found, sort_keys=True, ensure_ascii=False)
            if base is None or here.get(base) in (None, words):
                continue
            earlier = [one for one, other in here.items() if one < base and other == words]
            if earlier:
                values = (earlier[-1], row_id)
                sign = "?" if isinstance(database, pw.SqliteDatabase) else "%s"
                database.execute_sql(f"UPDATE rule_version SET restores = {sign} WHERE id = {sign}", values)

    if not fake:
        migrator.run(fill)
