"""Makes the configuration from the database: what did not change since the last one is taken over from it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import structlog

from ...hooks.text import Text
from ...rules.engine.ruleset import Ruleset
from ..errors import Invalid
from ..kinds import (
    BUNDLED,
    Calendar,
    CalendarDay,
    DataRecord,
    FieldDefinition,
    KindDefinition,
    LayoutRecord,
    Leave,
    PluginRecord,
    ProcessDefinition,
    RoleRecord,
)
from ..kinds.kept_as_data import declare
from ..kinds.role import book_of
from ..process.processes import Process, ProcessBook
from ..roles import BUNDLED as BUNDLED_ROLES
from ..schema.definitions import NAME, in_circles, is_list_of_names
from ..schema.field_definitions import extensible, is_taken, open_field
from ..schema.fields import TYPES, Field
from ..schema.kind import Kind
from ..schema.layout import Layout
from ..schema.options import colours_of, options_of, retired_of
from ..schema.registry import Kinds
from ..schema.validator import Validator
from ..storage.json_values import LONGEST_INDEXED
from ..storage.statements import rows
from ..storage.system_tables import Version
from ..time.calendars import Calendars
from .company import NOTHING_SAID, company_on_record
from .configuration import Configuration
from .plugins import PluginsInForce
from .rules_in_force import RulesInForce

log = structlog.get_logger()
Made = TypeVar("Made")
_LONGEST_ADDED = 2000


def versions() -> dict[str, int]:
    """Return the configuration's counters as the database has them."""
    return dict(rows("versions", lambda: Version.select(Version.name, Version.number)))


def empty(zone: ZoneInfo) -> Configuration:
    """Return the configuration of a workspace that was not read yet: the bundled kinds, no rules."""
    kinds = Kinds(BUNDLED)
    return Configuration(
        {},
        kinds,
        ProcessBook(),
        Calendars(zone),
        Validator(kinds, zone),
        PluginsInForce(),
        BUNDLED_ROLES,
        NOTHING_SAID,
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
        roles, company = last.roles, last.company
        if stale & {"plugins", "configuration"}:
            company = company_on_record()
        zone = ZoneInfo(company.zone) if company.zone else self._zone
        if stale & {"plugins", "configuration"}:
            plugins = PluginsInForce.of(PluginRecord.select().order_by(PluginRecord.name), self._installed())
            on = set(plugins.enabled)
            rows = _in_force(ProcessDefinition.select().order_by(ProcessDefinition.id), on)
            processes = ProcessBook(document for _, document in _readable(rows, _document))
            kinds = _kinds(on, processes)
            roles = book_of(RoleRecord.select().order_by(RoleRecord.id))
        if stale & {"calendars", "configuration"}:  # An earlier Clew counted days by the second.
            calendar = Calendars.of(zone, Calendar.select(), CalendarDay.select(), Leave.select())
        ruleset = last.ruleset
        if stale & {"rules", "plugins"}:
            # Who evaluates with the old ruleset goes on with it: an event is decided by one of the two, whole.
            ruleset = self.rules.compile(last.ruleset, plugins)
        validator = last.validator if kinds is last.kinds else Validator(kinds, zone)
        return Configuration(
            dict(now_versions), kinds, processes, calendar, validator, plugins, roles, company, ruleset
        )


def _in_force(rows: Iterable[Any], on: set[str]) -> list[Any]:
    """Return the rows that are active, and whose plugin and trade, if they have one, are on."""
    return [row for row in rows if row.active and {row.plugin, getattr(row, "trade", "")} - {""} <= on]


def _kinds(on: set[str], processes: ProcessBook) -> Kinds:
    bundled = Kinds(BUNDLED)
    rows = _in_force(KindDefinition.select().order_by(KindDefinition.id), on)
    circles = in_circles(rows)
    definitions = [row for row, _ in _readable(rows, lambda row: _sound(row, circles))]
    own = {row.name: {f"{parent}_id" for parent in row.belongs_to} for row in definitions}
    added: dict[str, list[Field]] = defaultdict(list)
    every = _in_force(FieldDefinition.select().order_by(FieldDefinition.position, FieldDefinition.id), on)
    edited = [row for row in every if open_field(bundled, row.kind, row.name) is not None]
    fields = [row for row in every if row not in edited]
    for row, field in _readable(fields, lambda row: _field(row, bundled.get(row.kind), own.get(row.kind, ()))):
        added[row.kind].append(field)
    titles = {name: kind.title for name, kind in bundled.items()}
    titles |= {row.name: Text(row.title_zh, row.title_en) for row in definitions}
    names = {process.name for process in processes.all()}
    made = [
        declare(row, added.pop(row.name, []), titles, bool(row.process) and row.process in names)
        for row in definitions
        if row.name not in bundled
    ]
    changed = {(row.kind, row.name): field for row, field in _readable(edited, lambda row: _edited(bundled, row))}
    layouts = dict(_readable(LayoutRecord.select(), Layout.of))
    return _laid_out(
        Kinds((*_with_edited(bundled, changed).with_fields(added).values(), *made)),
        {row.kind: layout for row, layout in layouts.items()},
    )


def _edited(bundled: Kinds, row: Any) -> Field:
    """Return a bundled field as its definition has it: options, words, hint, and whether it is needed."""
    field = bundled[row.kind].by_name[row.name]
    return replace(
        field,
        label=Text(row.label_zh, row.label_en),
        options=options_of(row.options),
        hint=Text(row.hint_zh, row.hint_en) if row.hint_zh else field.hint,
        required=field.required or row.required,
        retired=retired_of(row.options),
        colours=colours_of(row.options),
        needed_when=_needed_when(row),
        came_with=tuple(value for value, _ in field.options),
    )


def _with_edited(kinds: Kinds, changed: Mapping[tuple[str, str], Field]) -> Kinds:
    of = {kind for kind, _ in changed}
    return Kinds(
        replace(kind, fields=tuple(changed.get((kind.name, one.name), one) for one in kind.fields))
        if kind.name in of
        else kind
        for kind in kinds.values()
    )


def _laid_out(kinds: Kinds, layouts: Mapping[str, Layout]) -> Kinds:
    """Return the kinds with their layouts, and the hints these give."""
    found = []
    for kind in kinds.values():
        layout = layouts.get(kind.name)
        if layout is not None:
            fields = tuple(
                replace(one, hint=layout.hints[one.name]) if one.name in layout.hints else one for one in kind.fields
            )
            kind = replace(kind, fields=fields, layout=layout)
        found.append(kind)
    return Kinds(found)


def _needed_when(row: Any) -> tuple[str, tuple[str, ...]] | None:
    when = row.needed_when or {}
    return (when["field"], tuple(when["in"])) if when else None


def _readable(rows: Iterable[Any], read: Callable[[Any], Made]) -> Iterator[tuple[Any, Made]]:
    """Yield what can be made of rows. One that an earlier Clew took must not keep the rest from working."""
    for row in rows:
        try:
            yield row, read(row)
        except (Invalid, LookupError, TypeError, ValueError, AttributeError) as error:
            log.error("definition left out", table=row._meta.table_name, name=row.name, id=row.id, error=str(error))


def _document(row: Any) -> dict[str, Any]:
    document = {**row.document, "kind": row.kind}
    Process(document)
    return document


def _sound(row: Any, circles: Collection[str]) -> None:
    if not NAME.fullmatch(row.name) or not is_list_of_names(row.belongs_to):
        raise ValueError("its name or what it belongs to can't be read")
    if row.name in circles:
        raise ValueError(f"it belongs to itself by way of {', '.join(row.belongs_to)}: change its belongs_to")


def _field(row: Any, bundled: Kind | None, own: Collection[str]) -> Field:
    if not NAME.fullmatch(row.name) or row.type not in TYPES:
        raise ValueError("its name or type can't be read")
    if row.name in own or is_taken(bundled, row.name, DataRecord):
        raise ValueError("its kind has something of that name by itself")
    if bundled is not None and not extensible(bundled):
        raise ValueError(f"{row.kind} can't have fields added")
    return Field(
        row.name,
        Text(row.label_zh, row.label_en),
        row.type,
        options_of(row.options),
        required=row.required,
        mask=row.mask,
        hint=Text(row.hint_zh, row.hint_en),
        extra=True,
        retired=retired_of(row.options),
        colours=colours_of(row.options),
        needed_when=_needed_when(row),
        longest=LONGEST_INDEXED if row.indexed else _LONGEST_ADDED,
        to=row.target,
        indexed=row.indexed,
    )
