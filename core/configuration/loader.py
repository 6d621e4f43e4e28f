"""Makes the configuration from the database: what did not change since the last one is taken over from it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from ...hooks.text import Text
from ...rules.engine.ruleset import Ruleset
from ..kinds import BUNDLED, CalendarDay, FieldDefinition, KindDefinition, PluginRecord, ProcessDefinition
from ..kinds.kept_as_data import declare
from ..process.processes import ProcessBook
from ..schema.fields import Field
from ..schema.registry import Kinds
from ..schema.validator import Validator
from ..storage.queries import pairs
from ..storage.system_tables import Version
from ..time.working_calendar import WorkingCalendar
from .configuration import Configuration
from .plugins import PluginsInForce
from .rules_in_force import RulesInForce

_LONGEST_ADDED = 2000


def versions() -> dict[str, int]:
    """Return the configuration's counters as the database has them."""
    return dict(pairs(Version.select(Version.name, Version.number)))


def empty(zone: ZoneInfo) -> Configuration:
    """Return the configuration of a workspace that was not read yet: the bundled kinds, no rules."""
    kinds = Kinds(BUNDLED)
    return Configuration(
        {},
        kinds,
        ProcessBook(),
        WorkingCalendar(zone),
        Validator(kinds, zone),
        PluginsInForce(),
        Ruleset.compile(()),
    )


class Loader:
    """Reads configurations; `installed` returns the names of the plugins of this installation."""

    def __init__(self, zone: ZoneInfo, installed: Callable[[], Iterable[str]]) -> None:
        self._zone, self._installed = zone, installed
        self.rules = RulesInForce()

    def load(self, last: Configuration, now_versions: Mapping[str, int]) -> Configuration:
        """Return the configuration of these versions; the caller sees to it that all is read of one moment."""
        stale = {name for name, number in now_versions.items() if last.versions.get(name) != number}
        kinds, processes, calendar, plugins = last.kinds, last.processes, last.calendar, last.plugins
        if stale & {"plugins", "configuration"}:
            plugins = PluginsInForce.of(PluginRecord.select().order_by(PluginRecord.name), self._installed())
            on = set(plugins.enabled)
            documents = _in_force(ProcessDefinition.select().order_by(ProcessDefinition.id), on)
            processes = ProcessBook({**row.document, "kind": row.kind} for row in documents)
            kinds = _kinds(on, processes)
            calendar = WorkingCalendar.from_rows(self._zone, CalendarDay.select())
        ruleset = last.ruleset
        if stale & {"rules", "plugins"}:
            # Who evaluates with the old ruleset goes on with it: an event is decided by one of the two, whole.
            ruleset = self.rules.compile(last.ruleset, plugins)
        validator = last.validator if kinds is last.kinds else Validator(kinds, self._zone)
        return Configuration(dict(now_versions), kinds, processes, calendar, validator, plugins, ruleset)


def _in_force(rows: Iterable[Any], on: set[str]) -> list[Any]:
    return [row for row in rows if row.active and (not row.plugin or row.plugin in on)]


def _kinds(on: set[str], processes: ProcessBook) -> Kinds:
    added: dict[str, list[Field]] = defaultdict(list)
    for row in _in_force(FieldDefinition.select().order_by(FieldDefinition.position, FieldDefinition.id), on):
        added[row.kind].append(_field(row))
    bundled = Kinds(BUNDLED)
    definitions = list(_in_force(KindDefinition.select().order_by(KindDefinition.id), on))
    titles = {name: kind.title for name, kind in bundled.items()}
    titles |= {row.name: Text(row.title_zh, row.title_en) for row in definitions}
    names = {process.name for process in processes.all()}
    made = [
        declare(row, added.pop(row.name, []), titles, bool(row.process) and row.process in names)
        for row in definitions
        if row.name not in bundled
    ]
    return Kinds((*bundled.with_fields(added).values(), *made))


def _field(row: Any) -> Field:
    return Field(
        row.name,
        Text(row.label_zh, row.label_en),
        row.type,
        tuple((one["value"], Text(one["zh"], one["en"])) for one in row.options),
        required=row.required,
        mask=row.mask,
        hint=Text(row.hint_zh, row.hint_en),
        extra=True,
        longest=_LONGEST_ADDED,
        to=row.target,
        indexed=row.indexed,
    )
