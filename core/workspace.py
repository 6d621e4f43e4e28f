"""A workspace: one database with its clock, configuration, door, plugins and channels in this process."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from typing import Any, Protocol

from peewee import Database

from ..hooks.discovery import Catalogue
from ..rules.engine.ruleset import Ruleset
from . import roles
from .configuration.company import NOTHING_SAID, CompanySays
from .configuration.configuration import Configuration
from .configuration.loader import Loader, empty, versions
from .errors import Problem
from .facts.database_store import DatabaseStore
from .facts.facts import Setting
from .notifications.channels import Channels
from .plugins.manager import PluginManager
from .process.processes import ProcessBook
from .schema.registry import Kinds
from .settings import Settings
from .storage.database import read_snapshot
from .time import clock
from .time.calendars import Calendars
from .time.clock import Clock
from .write.door import Door

_pinned: ContextVar[tuple[object, Configuration] | None] = ContextVar("configuration", default=None)


class EventQueue(Protocol):
    """Carries events to workers; what is to be done stands in the database all the same."""

    live: bool

    def send(self, dispatches: Sequence[int]) -> None:
        """Send events on their way."""
        ...

    def send_parts(self, parts: Sequence[int]) -> None:
        """Send parts of backtests on their way."""
        ...

    def send_imports(self, imports: Sequence[str]) -> None:
        """Send imports on their way."""
        ...

    def send_bulk(self, batches: Sequence[str]) -> None:
        """Send bulk acts on their way."""
        ...

    def out_of_reach(self) -> str:
        """Return why the queue can't be reached; empty if it can."""
        ...


class Workspace:
    """Everything of one installation in this process. Open it with `core.opening.open_workspace`."""

    def __init__(self, settings: Settings, db: Database, clock: Clock, queue: EventQueue) -> None:
        self._settings, self.db, self.clock, self.queue = settings, db, clock, queue
        self._spoken: tuple[CompanySays, Settings] = (NOTHING_SAID, settings)
        self.channels = Channels()
        self._configuration = empty(settings.zone)
        self.plugins = PluginManager(lambda: self.clock, lambda: self.configuration)
        self.loader = Loader(settings.zone, lambda: self.plugins.catalogue.plugins)
        self.past_rulesets: OrderedDict[int, Ruleset] = OrderedDict()
        self.door = Door(clock, _WriteContext(self))
        self._following = threading.Lock()

    @property
    def configuration(self) -> Configuration:
        """The configuration in force; within `pinned` the one that was in force when the block began."""
        pinned = _pinned.get()
        return pinned[1] if pinned is not None and pinned[0] is self else self._configuration

    @property
    def settings(self) -> Settings:
        """The installation's settings; name and time zone as the company has them on record, if it has."""
        said, settings = self._spoken
        if said is not self.configuration.company:
            said = self.configuration.company
            company, zone = said.name or self._settings.company, said.zone or self._settings.timezone
            settings = replace(self._settings, company=company, timezone=zone)
            self._spoken = said, settings
        return settings

    @settings.setter
    def settings(self, settings: Settings) -> None:
        self._settings, self._spoken = settings, (NOTHING_SAID, settings)

    @property
    def kinds(self) -> Kinds:
        """The kinds of record in force."""
        return self.configuration.kinds

    @property
    def processes(self) -> ProcessBook:
        """The processes in force."""
        return self.configuration.processes

    @property
    def calendar(self) -> Calendars:
        """The working calendars in force."""
        return self.configuration.calendar

    @property
    def ruleset(self) -> Ruleset:
        """The rules in force, compiled together."""
        return self.configuration.ruleset

    @contextmanager
    def pinned(self) -> Iterator[Configuration]:
        """Keep one configuration while the block runs, whatever other processes publish meanwhile; only `refresh` within it follows."""
        token = _pinned.set((self, self._configuration))
        try:
            yield self._configuration
        finally:
            _pinned.reset(token)

    def refresh(self) -> None:
        """Follow the configuration in the database if another process (or this one) changed it."""
        if versions() != self._configuration.versions:
            # One moment's configuration: rules published together take effect together.
            with self._following, read_snapshot():
                self._configuration = self.loader.load(self._configuration, versions())
            self.loader.rules.note(self.clock.now())
        roles.use(self._configuration.roles)
        clock.use(self.clock)
        if (pinned := _pinned.get()) is not None and pinned[0] is self:
            _pinned.set((self, self._configuration))

    def use_plugins(self, catalogue: Catalogue) -> None:
        """Take these plugins in the place of the installed ones: for whoever tries out a plugin."""
        self.plugins = PluginManager(lambda: self.clock, lambda: self.configuration, catalogue)
        # What is in force depends on what is installed.
        self._configuration = replace(self._configuration, versions={})
        self.refresh()

    @property
    def setting(self) -> Setting:
        """What facts of records as they are now are read against."""
        return Setting(self.kinds, self.calendar, DatabaseStore(self.kinds))

    def close(self) -> None:
        """Close this workspace: its connections, and no rule is evaluated any more."""
        self._configuration.ruleset.close()
        for ruleset in self.past_rulesets.values():
            ruleset.close()
        self.disconnect()

    def disconnect(self) -> None:
        """Close the connections only: before a fork, which must not share them."""
        if hasattr(self.db, "close_all"):
            self.db.close_all()
        elif not self.db.is_closed():
            self.db.close()


class _WriteContext:
    """What the door asks of the workspace around it; see `core.write.context`."""

    def __init__(self, ws: Workspace) -> None:
        self._ws = ws

    @property
    def configuration(self) -> Configuration:
        return self._ws.configuration

    def consumers(self, configuration: Configuration, kind: str) -> Sequence[str]:
        first = ["rules"] if kind in configuration.heard else []
        return [*first, *self._ws.plugins.consumers(configuration, kind), *self._ws.channels.consumers(kind)]

    def validate(self, kind: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Sequence[Problem]:
        return self._ws.plugins.validate(kind, before, after)

    def secret_settings(self, plugin: str) -> set[str]:
        return self._ws.plugins.secrets(plugin)

    def committed(self, dispatches: Sequence[int], configuration: bool) -> None:
        if configuration:
            self._ws.refresh()
        self._ws.queue.send(dispatches)
        self._ws.plugins.flush()
