"""A database that people have worked in is brought up to date with everything in it."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from pathlib import Path

from peewee_migrate import Router

from clew.core.company.install import MIGRATIONS
from clew.core.kinds import FollowUp, Lead
from clew.core.opening import open_workspace
from clew.core.settings import Settings
from clew.core.storage.database import connect, database, door_opened
from clew.core.time.clock import SimulatedClock

NOW = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)


def _fill(connection: sqlite3.Connection, table: str, **given: str) -> None:
    """Insert one row, its required columns filled by type."""
    columns = connection.execute(f"PRAGMA table_info({table})").fetchall()
    kinds = {name: (kind.upper(), required) for _, name, kind, required, _, _ in columns}
    values: dict[str, object] = {}
    for name, (kind, required) in kinds.items():
        if name in given:
            values[name] = given[name]
        elif required:
            values[name] = 0 if "INT" in kind else "2026-11-01 02:00:00" if "DATE" in kind else "{}"
    marks = ", ".join("?" * len(values))
    connection.execute(f"INSERT INTO {table} ({', '.join(values)}) VALUES ({marks})", list(values.values()))


def test_records_and_what_refers_to_them_survive_an_upgrade(tmp_path: Path) -> None:
    path = tmp_path / "old.sqlite3"
    db = connect(f"sqlite:///{path}")
    database.initialize(db)
    with door_opened():
        Router(db, migrate_dir=MIGRATIONS).run("003_rulebook")
    db.close()
    with sqlite3.connect(path) as connection:
        _fill(connection, "customer", id="c1", name="恒锐精密机械有限公司")
        _fill(connection, "lead", id="l1", customer_id="c1", company="恒锐精密机械有限公司", stage="demo")
        _fill(connection, "follow_up", id="f1", customer_id="c1", lead_id="l1", way="phone")
    connection.close()

    ws = open_workspace(settings=Settings(f"sqlite:///{path}"), clock=SimulatedClock(NOW), migrate=True)
    lead = Lead.get_by_id("l1")
    assert (lead.company, lead.stage, lead.locked) == ("恒锐精密机械有限公司", "demo", False)
    assert FollowUp.get_by_id("f1").lead_id == "l1"
    assert db.execute_sql("PRAGMA foreign_keys").fetchone() == (1,)
    ws.close()
