"""Setting a workspace up: migrations, and the defaults every new workspace starts with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from peewee import Database, OperationalError, PeeweeException
from peewee_migrate import Router

from ..errors import ConfigurationError
from ..journal.origin import SYSTEM
from ..kinds import Badge, Calendar, CalendarDay, FieldDefinition, PauseReason, ProcessDefinition, RoleRecord
from ..process.processes import SALES
from ..roles import bundled_documents
from ..rulebook.bundled import sync_bundled
from ..storage.database import door_opened, is_sqlite
from ..time.holidays import SOURCE, holidays_of
from ..time.windows import DEFAULT_WEEK
from ..workspace import Workspace

MIGRATIONS = Path(__file__).parents[1] / "migrations"

PAIN_POINTS = {
    "kind": "lead",
    "name": "pain_points",
    "label_zh": "客户痛点",
    "label_en": "Pain points",
    "type": "choices",
    "options": [
        {"value": "price", "zh": "价格敏感", "en": "Price-sensitive"},
        {"value": "delivery", "zh": "交付周期急", "en": "Needs it soon"},
        {"value": "endorsement", "zh": "需高层背书", "en": "Needs executive backing"},
    ],
    "hint_zh": "照客户的话选，没有就写在备注里",
    "hint_en": "As the customer said it; otherwise write a note",
}


BADGES = {
    "kind": "badge",
    "name": "badge",
    "label_zh": "称号",
    "label_en": "Badge",
    "type": "choice",
    "required": True,
}
DATA_CHAMPION = {"value": "data_champion", "zh": "数据标兵", "en": "Data champion"}

PAUSE_REASONS = (
    ("waiting_customer", "等客户", "Waiting for the customer"),
    ("waiting_third_party", "等第三方", "Waiting for a third party"),
    ("waiting_inside", "等内部审批", "Waiting for an approval"),
)


class TooOld(ConfigurationError):
    """The database was made by a Clew before its first release: its tables can't be brought up to date."""

    code = "too_old"


def migrate(db: Database, migrations: Path = MIGRATIONS) -> list[str]:
    """Bring the tables up to date; return the names of the migrations that ran.

    Raises TooOld, and ConfigurationError if the database can't be reached.
    """
    try:
        router = Router(db, migrate_dir=migrations)
        if any(name not in router.todo for name in router.done):
            raise TooOld(
                "这个数据库由正式发布之前的 Clew 建立，不能升级：请换一个新的数据库，用 clew import 导入数据",
                "this database was made by a Clew before its first release and can't be brought up to date: "
                "use a new database, and take the data over with `clew import`",
            )
        with door_opened(), _rebuilding(db):
            return list(router.run())
    except OperationalError as error:
        raise _unreachable(error) from None


@contextmanager
def _rebuilding(db: Database) -> Iterator[None]:
    """Let SQLite rebuild tables that others refer to; afterwards every reference still has to lead somewhere."""
    if not is_sqlite():
        yield
        return
    db.execute_sql("PRAGMA foreign_keys = OFF")
    try:
        yield
        broken = db.execute_sql("PRAGMA foreign_key_check").fetchall()
        if broken:
            raise ConfigurationError(
                f"升级后有 {len(broken)} 处引用断开，第一处在表「{broken[0][0]}」。请用升级前的备份，并报告这个问题",
                f"{len(broken)} references lead nowhere after the upgrade, the first in table {broken[0][0]!r}: "
                "go back to your copy from before, and report this",
            )
    finally:
        db.execute_sql("PRAGMA foreign_keys = ON")


def is_current(db: Database) -> bool:
    """Say whether every migration has run. Raises ConfigurationError if the database can't be reached."""
    try:
        return db.table_exists("migratehistory") and not _router(db).diff
    except PeeweeException as error:
        raise _unreachable(error) from None


def defaults(ws: Workspace) -> None:
    """Install what every workspace starts with; what is there already stays as it is."""
    year = ws.clock.now().astimezone(ws.settings.zone).year
    with ws.door.transaction(SYSTEM.because("defaults")) as tx:
        if not ProcessDefinition.select().where(ProcessDefinition.name == "sales").exists():
            tx.create("process_definition", {"name": "sales", "document": SALES})
        if not FieldDefinition.select().where(FieldDefinition.name == "pain_points").exists():
            tx.create("field_definition", PAIN_POINTS)
        if not FieldDefinition.select().where(FieldDefinition.kind == "badge").exists():
            given = sorted({row.badge.strip() for row in Badge.select(Badge.badge).distinct()} - {""})
            before = [{"value": one, "zh": one, "en": one} for one in given if one not in DATA_CHAMPION.values()]
            tx.create("field_definition", {**BADGES, "options": [DATA_CHAMPION, *before]})
        known = {row.name for row in RoleRecord.select(RoleRecord.name)}
        for role in bundled_documents():
            if role["name"] not in known:
                values = {name: role[name] for name in ("name", "permissions", "cells")}
                tx.create("role", {**values, "title_zh": role["zh"], "title_en": role["en"]})
        sync_bundled(tx)
        if not Calendar.select().where(Calendar.scope == "organisation").exists():
            tx.create("calendar", {"name": "工作日历", "scope": "organisation", "week": DEFAULT_WEEK.document()})
        if not PauseReason.select().exists():
            for name, zh, en in PAUSE_REASONS:
                tx.create("pause_reason", {"name": name, "title_zh": zh, "title_en": en})
        days = {row.day for row in CalendarDay.select(CalendarDay.day).where(CalendarDay.calendar_id.is_null())}
        for one_year in (year - 1, year, year + 1):
            for holiday in holidays_of(one_year):
                if holiday.day not in days:
                    tx.create(
                        "calendar_day",
                        {
                            "day": holiday.day,
                            "working": holiday.working,
                            "name": holiday.name,
                            "source": SOURCE,
                        },
                    )


def _router(db: Database) -> Router:
    return Router(db, migrate_dir=MIGRATIONS)


def _unreachable(error: Exception) -> ConfigurationError:
    return ConfigurationError(f"连不上数据库：{error}", f"can't reach the database: {error}")
