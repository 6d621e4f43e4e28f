"""A database that people have worked in is brought up to date with everything in it."""

from __future__ import annotations

import shutil
import sqlite3
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from clew.core.company.install import MIGRATIONS, TooOld, migrate
from clew.core.kinds import ApiToken, CalendarDay, Deadline, FollowUp, Lead, Notification, User
from clew.core.opening import open_workspace
from clew.core.settings import Settings
from clew.core.storage.database import connect, database
from clew.core.time.clock import SimulatedClock

LATER = (
    "import peewee as pw\n\n\ndef migrate(migrator, database, *, fake=False):\n"
    "    migrator.add_fields('lead', colour=pw.CharField(default='', max_length=10))\n"
)
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
    migrate(db)
    db.close()
    with sqlite3.connect(path) as connection:
        _fill(connection, "customer", id="c1", name="恒锐精密机械有限公司")
        _fill(connection, "lead", id="l1", customer_id="c1", company="恒锐精密机械有限公司", stage="demo")
        _fill(connection, "follow_up", id="f1", customer_id="c1", lead_id="l1", way="phone")
    connection.close()

    later = tmp_path / "migrations"
    shutil.copytree(MIGRATIONS, later)
    (later / "002_later.py").write_text(LATER, "utf-8")
    database.initialize(db)
    assert migrate(db, later) == ["002_later"]
    assert db.execute_sql("SELECT colour FROM lead").fetchone() == ("",)
    lead = Lead.get_by_id("l1")
    assert (lead.company, lead.stage, lead.locked) == ("恒锐精密机械有限公司", "demo", False)
    assert FollowUp.get_by_id("f1").lead_id == "l1"
    assert db.execute_sql("PRAGMA foreign_keys").fetchone() == (1,)
    db.close()


def test_a_database_from_before_the_first_release_is_refused_with_a_word_on_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "old.sqlite3"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE migratehistory (id INTEGER PRIMARY KEY, name TEXT, migrated_at TEXT)")
        connection.execute("INSERT INTO migratehistory (name, migrated_at) VALUES ('001_initial', '2026-01-01')")
    connection.close()
    with pytest.raises(TooOld, match="use a new database"):
        open_workspace(settings=Settings(f"sqlite:///{path}"), clock=SimulatedClock(NOW), migrate=True)


def test_days_and_deadlines_on_record_get_a_calendar_and_an_owner(tmp_path: Path) -> None:
    path, early = tmp_path / "old.sqlite3", tmp_path / "migrations"
    early.mkdir()
    for name in ("001_tables.py", "002_backtest_settings.py"):
        shutil.copy(MIGRATIONS / name, early)
    db = connect(f"sqlite:///{path}")
    database.initialize(db)
    migrate(db, early)
    db.close()
    with sqlite3.connect(path) as connection:
        _fill(connection, "users", id="u1", email="a@test.example", name="何静", roles='["sales"]')
        _fill(connection, "customer", id="c1", name="恒锐精密机械有限公司")
        _fill(connection, "lead", id="l1", customer_id="c1", company="恒锐精密", stage="demo", owner_id="u1")
        _fill(connection, "deadline", id="d1", lead_id="l1", name="first_response", state="open", about_id="l1")
        _fill(connection, "calendar_day", id="k1", day="2026-10-01", name="国庆节")
    connection.close()
    ws = open_workspace(settings=Settings(f"sqlite:///{path}"), clock=SimulatedClock(NOW), migrate=True)
    deadline = Deadline.get_by_id("d1")
    assert (deadline.owner_id, deadline.counted, deadline.segments, deadline.state) == ("u1", 0, [], "open")
    assert not ws.calendar.main.is_working_day(date(2026, 10, 1))
    assert CalendarDay.select().where(CalendarDay.day == date(2026, 10, 1)).count() == 1
    ws.close()


def test_people_and_tokens_from_before_sessions_were_kept_go_on(tmp_path: Path) -> None:
    path = tmp_path / "old.sqlite3"
    earlier = tmp_path / "migrations"
    earlier.mkdir()
    for name in ("001_tables.py", "002_backtest_settings.py"):
        shutil.copy(MIGRATIONS / name, earlier / name)
    db = connect(f"sqlite:///{path}")
    database.initialize(db)
    migrate(db, earlier)
    db.close()
    with sqlite3.connect(path) as connection:
        _fill(
            connection, "users", id="u1", email="a@b.example", name="甲", roles='["sales"]', locked_until="2099-01-01"
        )
        _fill(connection, "api_token", id="t1", user_id="u1", name="erp", token_hash="0" * 64)
        _fill(connection, "notification", id="n1", user_id="u1", title="旧消息")
        connection.execute("UPDATE users SET active = 1, failed_sign_ins = 4, locale = 'zh'")
    connection.close()
    database.initialize(db)
    migrate(db)
    user, token = User.get_by_id("u1"), ApiToken.get_by_id("t1")
    assert (user.active, user.session_epoch, user.message_settings) == (True, 0, {})
    assert (token.scope, token.kinds, token.expires_at, token.user.name) == ("write", [], None, "甲")
    assert Notification.get_by_id("n1").topic == "rule"
    db.close()
