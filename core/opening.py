"""Opening a workspace: its database connected, its tables brought up to date, its configuration read."""

from __future__ import annotations

from pathlib import Path

from .company import install, switches
from .errors import ConfigurationError
from .finding.terms import enter_long, rebuild
from .outbox.queue import Queue
from .settings import Settings, load_settings
from .storage.database import connect, database
from .time.clock import Clock, SystemClock
from .workspace import Workspace


def open_workspace(
    url: str | None = None,
    *,
    settings: Settings | None = None,
    clock: Clock | None = None,
    migrate: bool = False,
) -> Workspace:
    """Open the workspace that `url` (or the settings) names, and return it.

    With `migrate` the tables are made or brought up to date first, and the defaults installed; what of the plugins
    that are on could not be taken up anew, `ws.plugins.left_aside` says.
    Raises ConfigurationError if the database can't be reached or was not set up.
    """
    settings = settings or (load_settings(database_url=url) if url else load_settings())
    db = connect(settings.database_url)
    database.initialize(db)
    ws = Workspace(settings, db, clock or SystemClock(), Queue(settings))
    if migrate:
        made = install.migrate(db)
    elif not install.is_current(db):
        where = Path(settings.database_url).name
        raise ConfigurationError(
            f"数据库「{where}」还没有建好或需要升级：请运行 clew init",
            f"database {where!r} is not set up or out of date: run `clew init`",
        )
    ws.refresh()
    if migrate:
        if "016_finding" in made:  # Records of an earlier Clew are found, too.
            rebuild(ws.kinds)
        elif "023_bulk_by_worker" in made:  # Texts are found beyond their first 60 characters.
            enter_long(ws.kinds)
        install.defaults(ws)
        switches.register_all(ws)
    return ws
