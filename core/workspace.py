"""A workspace: one database with its clock, door, rules and plugins. What scripts and notebooks open."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from peewee import Database

from .. import rules
from . import rulebook
from .company import install
from .errors import ConfigurationError, Problem
from .journal import lines as journal
from .models import (
    CalendarDay,
    Dispatch,
    FieldDefinition,
    ProcessDefinition,
    Record,
    Version,
)
from .notifications.channels import Channels
from .outbox import dispatch
from .outbox.queue import Queue
from .plugins import switches
from .plugins.manager import PluginHouse, secret_free
from .process.process import ProcessBook
from .rulebook.live import LiveRules
from .schema.fields import FieldRegistry
from .schema.validator import Validator
from .settings import Settings, load_settings
from .storage.database import connect, database, read_snapshot
from .time import deadlines
from .time.clock import Clock, SimulatedClock, SystemClock
from .time.working_calendar import WorkingCalendar
from .write.door import Door


class Workspace:
    """Everything of one installation in this process. Open it with `open_workspace`."""

    def __init__(self, settings: Settings, db: Database, clock: Clock) -> None:
        self.settings, self.db, self.clock = settings, db, clock
        self.queue = Queue(settings)
        self.channels = Channels(self)
        self.plugins = PluginHouse(self)
        self.rules = rules.Ruleset.compile(())
        self.live = LiveRules(self)
        self.past_rules: OrderedDict[int, rules.Ruleset] = OrderedDict()
        self.door = Door(
            clock,
            _Surroundings(self),
            Validator(FieldRegistry(), settings.zone),
            ProcessBook(),
            WorkingCalendar(settings.zone),
        )
        self.versions: dict[str, int] = {}
        """The configuration this process follows, by what it is about."""
        self.vocabulary: tuple[object, datetime, rules.Vocabulary] | None = None
        """What `vocabulary_of` made last."""
        self._following = threading.Lock()

    def refresh(self) -> None:
        """Follow the configuration in the database if another process (or this one) changed it."""
        if _versions() == self.versions:
            return
        # One moment's configuration: rules published together take effect together.
        with self._following, read_snapshot():
            self._follow(_versions())
        self.live.note()

    def _follow(self, versions: dict[str, int]) -> None:
        stale = {name for name, number in versions.items() if self.versions.get(name) != number}
        if "plugins" in stale or "configuration" in stale:
            self.plugins.load()
            on = set(self.plugins.enabled)
            definitions = [f for f in FieldDefinition.select() if f.active and (not f.plugin or f.plugin in on)]
            self.door.validator = Validator(FieldRegistry(definitions), self.settings.zone)
            rows = [p for p in ProcessDefinition.select() if not p.plugin or p.plugin in on]
            self.door.processes = ProcessBook(rows)
            self.door.calendar = WorkingCalendar.from_rows(self.settings.zone, CalendarDay.select())
        if "rules" in stale or "plugins" in stale:
            # Who evaluates with the old ruleset goes on with it: an event is decided by one of the two, whole.
            self.rules = self.live.compile(self.rules)
        self.versions = versions

    def drain(self) -> int:
        """Run every event that is due in this process, and what follows from it; return how many ran."""
        ran = 0
        while ids := dispatch.due(self):
            progress = [dispatch.run(self, one) for one in ids]
            ran += sum(progress)
            if not any(progress):
                break
        return ran

    def run_until(self, moment: datetime) -> None:
        """Let simulated time pass until `moment`: deadlines fall due, approved rules take
        effect and events run, each at its time."""
        if not isinstance(self.clock, SimulatedClock):
            raise TypeError("only a simulated clock can be moved")
        self.drain()
        while True:
            waits = [
                due for due in (rulebook.next_due(), deadlines.next_due(), self._next_dispatch()) if due is not None
            ]
            if not waits or min(waits) > moment:
                break
            self.clock.set(max(min(waits), self.clock.now()))
            rulebook.publish_due(self)
            for one in deadlines.to_warn_of(self):
                deadlines.warn(self, one)
            for one in deadlines.due(self):
                deadlines.miss(self, one)
            self.drain()
        self.clock.set(moment)

    def seal(self) -> int:
        """Seal the journal up to now; return the number of seals made."""
        return journal.seal_all(self.clock.now())

    def close(self) -> None:
        """Close this workspace: its connections, and the rules' memory."""
        self.rules.close()
        for ruleset in self.past_rules.values():
            ruleset.close()
        self.disconnect()

    def disconnect(self) -> None:
        """Close the connections only: before a fork, which must not share them."""
        if hasattr(self.db, "close_all"):
            self.db.close_all()
        elif not self.db.is_closed():
            self.db.close()

    def _next_dispatch(self) -> datetime | None:
        row = (
            Dispatch.select(Dispatch.due_at)
            .where(Dispatch.state.in_(("pending", "running")))
            .order_by(Dispatch.due_at)
            .first()
        )
        return row.due_at if row else None


def _versions() -> dict[str, int]:
    return dict(Version.select(Version.name, Version.number).tuples())


class _Surroundings:
    """What the door asks of the workspace around it."""

    def __init__(self, ws: Workspace) -> None:
        self._ws = ws
        self._triggers = rules.default_vocabulary().triggers
        self._judging: tuple[rules.Ruleset, frozenset[str]] | None = None

    def consumers(self, kind: str) -> Sequence[str]:
        first = ["rules"] if kind in self._triggers else []
        return [*first, *self._ws.plugins.consumers(kind), *self._ws.channels.consumers(kind)]

    def objections(self, kind: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Sequence[Problem]:
        return self._ws.plugins.objections(kind, before, after)

    def saving_rules(self, kind: str) -> rules.Ruleset | None:
        ruleset = self._ws.rules
        if self._judging is None or self._judging[0] is not ruleset:
            self._judging = (ruleset, frozenset(name for rule in ruleset.rules for name in rule.trigger))
        return ruleset if f"{kind}.saving" in self._judging[1] else None

    def secret(self, kind: str, record: Record, values: Mapping[str, Any]) -> Mapping[str, Any]:
        return secret_free(self._ws.plugins, kind, record, values)

    def committed(self, dispatches: Sequence[int], configuration: bool) -> None:
        if configuration:
            self._ws.refresh()
        self._ws.queue.send(dispatches)
        self._ws.plugins.flush()


def open_workspace(
    url: str | None = None,
    *,
    settings: Settings | None = None,
    clock: Clock | None = None,
    migrate: bool = False,
) -> Workspace:
    """Open the workspace that `url` (or the settings) names, and return it.

    With `migrate` the tables are made or brought up to date first, and the defaults installed.
    Raises ConfigurationError if the database can't be reached or was not set up.
    """
    settings = settings or (load_settings(database_url=url) if url else load_settings())
    db = connect(settings.database_url)
    database.initialize(db)
    ws = Workspace(settings, db, clock or SystemClock())
    if migrate:
        install.migrate(db)
    elif not install.is_current(db):
        where = Path(settings.database_url).name
        raise ConfigurationError(
            f"数据库「{where}」还没有建好或需要升级：请运行 clew init",
            f"database {where!r} is not set up or out of date: run `clew init`",
        )
    ws.refresh()
    if migrate:
        install.defaults(ws)
        for name in ws.plugins.enabled:
            switches.register(ws, name)
    return ws
