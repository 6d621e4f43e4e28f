"""The plugins in this workspace: which are on, their settings and health, and every call behind the wall."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog

from ...hooks.discovery import Catalogue, discover
from ...hooks.events import Event
from ...hooks.plugin import PluginContext, check_settings
from ...hooks.specs import ACTION_ASKED, ActionSpec, FieldSpec, KindSpec, ProcessSpec
from ...hooks.text import Text
from ...hooks.wall import CallRecord, PluginFailed, Wall
from ...version import __version__
from ..access.masking import masked
from ..configuration.configuration import Configuration
from ..configuration.plugins import PluginsInForce
from ..errors import ClewError, Problem
from ..journal.lines import plain
from ..kinds import PluginRecord
from ..storage.database import database, write_transaction
from ..storage.statements import by_id
from ..storage.system_tables import JournalLine, PluginHealth
from ..time.clock import Clock
from ..write.transaction import values_of

log = structlog.get_logger()
QUARANTINE_AFTER = 5
"""So many failures in a row set a plugin aside."""
_RETRY = timedelta(minutes=30)
_COUNT_EVERY = timedelta(seconds=5)


class UnknownPlugin(ClewError):
    """No plugin of that name is installed."""

    status = 404
    code = "unknown_plugin"


class NotTakenUp(ClewError):
    """A plugin can't say what it brings, or brings what can't be kept: it is not switched on."""

    status = 422
    code = "plugin_not_taken_up"


@dataclass(frozen=True)
class Offer:
    """What a plugin brings when it is switched on."""

    plugin: str
    kinds: tuple[KindSpec, ...] = ()
    fields: tuple[FieldSpec, ...] = ()
    processes: tuple[ProcessSpec, ...] = ()
    actions: tuple[ActionSpec, ...] = ()


class PluginManager:
    """All installed plugins; which of them are on is the configuration's to say."""

    def __init__(
        self,
        clock: Callable[[], Clock],
        configuration: Callable[[], Configuration],
        catalogue: Catalogue | None = None,
    ) -> None:
        self._clock, self._configuration = clock, configuration
        self.catalogue = catalogue or discover(clew_version=__version__)
        self.wall = Wall(self.catalogue, self._record)
        self.left_aside: dict[str, Text] = {}
        """The plugins that are on and could not be taken up anew when the workspace was brought up to date, with why."""
        self._calls: dict[str, tuple[int, int]] = {}
        self._flushed: datetime | None = None
        self._ailing: set[str] = set()

    @property
    def in_force(self) -> PluginsInForce:
        """The plugins that are on, with their settings and actions."""
        return self._configuration().plugins

    @property
    def enabled(self) -> tuple[str, ...]:
        """Return the names of the plugins that are on."""
        return self.in_force.enabled

    def version(self, name: str) -> str:
        """Return the installed version of a plugin."""
        plugin = self.catalogue.get(name)
        return str(plugin.version) if plugin else ""

    def consumers(self, configuration: Configuration, kind: str) -> list[str]:
        """Return the plugins (as `plugin:<name>`) that hear of journal lines of this kind."""
        hook = configuration.hooks.get(kind)
        if hook is None:
            return []
        on = configuration.plugins.enabled
        return [f"plugin:{name}" for name in on if self.catalogue.implements(name, hook)]

    def takes_events(self, name: str, now: Any) -> bool:
        """Say whether a plugin may be called now: on, and not in quarantine (or due for a trial)."""
        if name not in self.in_force.settings:
            return False
        health = PluginHealth.get_or_none(PluginHealth.name == name)
        if health is not None and health.consecutive:
            self._ailing.add(name)  # Whichever process saw it fail: the next success is written down.
        return health is None or health.quarantined_at is None or health.retry_at <= now

    def validate(self, kind: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Problem]:
        """Ask every plugin that validates whether it minds a write; a broken one is passed over."""
        found: list[Problem] = []
        for name in self.enabled:
            if self.catalogue.implements(name, "validate_record") and self.takes_events(name, self._clock().now()):
                context = self._context(name, "")
                try:
                    said = self.wall.call(
                        name, "validate_record", record_kind=kind, before=before, after=after, context=context
                    )
                except PluginFailed as error:
                    log.warning("validator passed over", plugin=name, error=str(error))
                    continue
                found += [Problem(one.field, one.message) for one in said or ()]
        return found

    def deliver(self, name: str, line: JournalLine) -> list[object]:
        """Deliver a journal line to a plugin; return the effects it asks for. Raises PluginFailed."""
        if line.kind == ACTION_ASKED:
            return self._perform(name, line)
        hook = self._configuration().hooks.get(line.kind)
        if hook is None or not self.catalogue.implements(name, hook):
            return []
        context = self._context(name, f"{line.id}:{name}:{hook}")
        return self.wall.call(name, hook, event=self._event(line), context=context) or []

    def _perform(self, name: str, line: JournalLine) -> list[object]:
        """Have a plugin do the action that a rule asked for, on the event that made the rule ask."""
        about = JournalLine.get_or_none(JournalLine.seq == line.cause_seq) or line
        return self.wall.call(
            name,
            "perform_action",
            action=line.after["action"],
            args=line.after["args"],
            event=self._event(about),
            context=self._context(name, f"{line.id}:{name}:perform_action"),
        )

    def offer(self, name: str) -> Offer:
        """Return what a plugin brings when it is switched on. Raises NotTakenUp if it can't say."""
        try:
            return Offer(
                name,
                *(
                    tuple(self.wall.call(name, f"register_{what}"))
                    for what in ("kinds", "fields", "processes", "actions")
                ),
            )
        except PluginFailed as error:
            zh, en = f"插件「{name}」的 {error.hook} 出错", f"plugin {name!r}, {error.hook}"
            raise NotTakenUp(f"{zh}：{error.reason}", f"{en}: {error.reason}") from None

    def configure(self, name: str, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return checked settings; an empty secret keeps the one on record. Raises SettingsError."""
        plugin = self._known(name)
        row = PluginRecord.get_or_none(PluginRecord.name == name)
        known = row.settings if row else {}
        secrets = self.secrets(name)
        merged = {k: known.get(k, "") if k in secrets and not v else v for k, v in values.items()}
        return check_settings(plugin, merged)

    def secrets(self, name: str) -> set[str]:
        """Return the names of a plugin's settings that are never shown back."""
        plugin = self.catalogue.get(name)
        return {s.name for s in plugin.settings if s.type == "secret"} if plugin else set()

    def settings_of(self, name: str) -> dict[str, Any]:
        """Return a plugin's settings as people may see them: secrets only as set or not."""
        row = PluginRecord.get_or_none(PluginRecord.name == name)
        hidden = self.secrets(name)
        return {k: ("••••" if v else "") if k in hidden else v for k, v in (row.settings if row else {}).items()}

    def resume(self, name: str) -> None:
        """Take a plugin out of quarantine."""
        with write_transaction():
            PluginHealth.update(quarantined_at=None, retry_at=None, consecutive=0).where(
                PluginHealth.name == self._known(name).name
            ).execute()

    def _known(self, name: str) -> Any:
        plugin = self.catalogue.get(name)
        if plugin is None:
            raise UnknownPlugin(f"没有安装插件「{name}」", f"no plugin {name!r} is installed")
        return plugin

    def _context(self, name: str, key: str) -> PluginContext:
        return PluginContext(self.in_force.settings.get(name, {}), self._clock().now(), key, __version__)

    def _event(self, line: JournalLine) -> Event:
        kinds = self._configuration().kinds
        kind = kinds.get(line.record_kind)
        record = by_id(kind.model, line.record_id) if kind is not None else None
        values = plain(values_of(kind, record)) if kind is not None and record is not None else {}
        return Event(
            seq=line.seq,
            kind=line.kind,
            record_kind=line.record_kind,
            record_id=line.record_id,
            customer_id=line.customer_id,
            at=line.at,
            actor=line.actor_name,
            channel=line.channel,
            before=masked(kinds, line.record_kind, line.before),
            after=masked(kinds, line.record_kind, line.after),
            record=masked(kinds, line.record_kind, values),
        )

    def flush(self) -> None:
        """Write down the calls counted since the last time; called after a commit, at most every few seconds."""
        now = self._clock().now()
        if not self._calls or (self._flushed and now - self._flushed < _COUNT_EVERY) or database.in_transaction():
            return
        calls, self._calls, self._flushed = self._calls, {}, now
        with write_transaction():
            for name, (count, slowest) in calls.items():
                _health(name)
                PluginHealth.update(calls=PluginHealth.calls + count).where(PluginHealth.name == name).execute()
                slower = (PluginHealth.name == name) & (PluginHealth.slowest_ms < slowest)
                PluginHealth.update(slowest_ms=slowest).where(slower).execute()

    def _record(self, call: CallRecord) -> None:
        """Count a call. One that went well is only counted in memory: a validator is called within the

        transaction of every write, and a row that all of them changed would make writers queue up.
        """
        count, slowest = self._calls.get(call.plugin, (0, 0))
        self._calls[call.plugin] = (count + 1, max(slowest, int(call.seconds * 1000)))
        if not call.error and call.plugin not in self._ailing:
            return
        now = self._clock().now()
        with write_transaction():
            health = _health(call.plugin)
            if call.error:
                health.failures += 1
                health.consecutive += 1
                health.last_error, health.last_error_at = f"{call.hook}: {call.error}"[:2000], now
                if health.consecutive >= QUARANTINE_AFTER:
                    health.quarantined_at, health.retry_at = health.quarantined_at or now, now + _RETRY
                self._ailing.add(call.plugin)
            elif health.last_error.startswith(f"{call.hook}: "):
                # Only the hook that failed can show that it works again: a validator that is fine must
                # not keep a plugin out of quarantine whose events all fail.
                health.consecutive, health.quarantined_at, health.retry_at = 0, None, None
                self._ailing.discard(call.plugin)
            health.save(only=_CONDITION)


_CONDITION = [
    *(PluginHealth.failures, PluginHealth.consecutive, PluginHealth.last_error, PluginHealth.last_error_at),
    *(PluginHealth.quarantined_at, PluginHealth.retry_at),
]


def _health(name: str) -> Any:
    PluginHealth.insert(name=name).on_conflict_ignore().execute()
    return PluginHealth.get_by_id(name)
