"""Switching plugins and rules on and off: through the door, followed by every process at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import structlog

from ...hooks.plugin import SettingsError
from ...hooks.specs import FieldSpec, KindSpec, ProcessSpec
from ...hooks.text import Text
from ..configuration.plugins import kept_action
from ..errors import ClewError, Conflict, Invalid, NotFound, Problem
from ..journal.origin import SYSTEM, Actor, Cause, Origin
from ..kinds import FieldDefinition, KindDefinition, PluginRecord, ProcessDefinition, RuleRecord
from ..outbox import dispatch
from ..plugins.manager import Offer, UnknownPlugin
from ..storage.turns import DEFINING, one_at_a_time
from ..workspace import Workspace
from ..write.transaction import Transaction

log = structlog.get_logger()


@dataclass(frozen=True)
class Switch:
    """A plugin that is about to be switched: its settings are checked, and it has said what it brings."""

    name: str
    on: bool
    settings: Mapping[str, Any]
    offer: Offer | None


def switch_plugin(
    ws: Workspace, name: str, on: bool, origin: Origin, settings: Mapping[str, Any] | None = None
) -> None:
    """Switch a plugin on or off, with new settings if given.

    Switched on, it brings its kinds, fields, processes and actions, gets the events it missed, and the rules that
    failed for want of it are tried again: all of it, or it stays as it was. Raises as `prepared` does, and Invalid or Conflict when what it brings can't be kept.
    """
    asked = prepared(ws, name, on, settings)
    with ws.door.transaction(origin) as tx:
        switch_within(ws, tx, asked)
    ws.refresh()
    if on:
        dispatch.release(ws, name)
        dispatch.retry_waiting(ws, origin)


def prepared(ws: Workspace, name: str, on: bool, settings: Mapping[str, Any] | None = None) -> Switch:
    """Return a switch that can be made; nothing is written, and a plugin takes its time before a transaction begins.

    Raises UnknownPlugin, SettingsError when a setting it needs is missing, NotTakenUp when it fails to say what it
    brings.
    """
    row = PluginRecord.get_or_none(PluginRecord.name == name)
    if ws.plugins.catalogue.get(name) is None:
        raise UnknownPlugin(f"没有安装插件「{name}」", f"no plugin {name!r} is installed")
    known = row.settings if row else {}
    checked = (
        ws.plugins.configure(name, known if settings is None else settings) if on or settings is not None else known
    )
    return Switch(name, on, checked, ws.plugins.offer(name) if on else None)


def restored(ws: Workspace, name: str, on: bool, settings: Mapping[str, Any]) -> tuple[Switch, Text | None]:
    """Return the switch that puts a plugin as it was elsewhere, and why it stays off, if it does.

    Secrets never leave the installation that they were typed into: a plugin that needs one waits for it, switched off.
    Raises UnknownPlugin.
    """
    row = PluginRecord.get_or_none(PluginRecord.name == name)
    kept = {**(row.settings if row is not None else {}), **settings}
    why: Text | None = None
    if on:
        try:
            return prepared(ws, name, True, kept), None
        except SettingsError as error:
            said = error.problems.values()
            why = Text("；".join(one.zh for one in said), "; ".join(one.en for one in said))
    if ws.plugins.catalogue.get(name) is None:
        raise UnknownPlugin(f"没有安装插件「{name}」", f"no plugin {name!r} is installed")
    return Switch(name, False, kept, None), why


def switch_within(ws: Workspace, tx: Transaction, asked: Switch) -> bool:
    """Make a switch within `tx`; say whether it changed anything."""
    row = PluginRecord.get_or_none(PluginRecord.name == asked.name)
    before = tx.last_seq
    if row is None:
        tx.create("plugin", {"name": asked.name, "enabled": asked.on, "settings": asked.settings})
    else:
        tx.change("plugin", row.id, {"enabled": asked.on, "settings": asked.settings})
    if asked.offer is not None:
        origin = tx.origin
        _take_up(tx.caused_by(_origin_of(ws, asked.name)), asked.offer)
        tx.caused_by(origin)
    return tx.last_seq != before


def resume_plugin(ws: Workspace, name: str, origin: Origin) -> int:
    """Take a plugin out of quarantine and give it what it missed; return the number of those events. Raises UnknownPlugin."""
    row = PluginRecord.get_or_none(PluginRecord.name == name)
    if row is None:
        raise UnknownPlugin(f"没有安装插件「{name}」", f"no plugin {name!r} is installed")
    with ws.door.transaction(origin) as tx:
        tx.note("plugin.resumed", "plugin", row.id)
    ws.plugins.resume(name)
    return len(dispatch.release(ws, name))


def switch_rule(ws: Workspace, code: str, on: bool, origin: Origin) -> None:
    """Switch a rule on or off. Raises NotFound, or Conflict for a retired rule."""
    row = RuleRecord.get_or_none(RuleRecord.code == code)
    if row is None:
        raise NotFound(f"没有规则「{code}」", f"no rule {code!r}")
    if on and row.retired_at is not None:
        raise Conflict(
            f"规则「{code}」已退役；请回滚到它的一个版本，或发布新的版本。",
            f"rule {code!r} is retired: roll back to one of its versions, or publish a new one",
        )
    ws.door.change("rule", row.id, {"enabled": on}, origin)


def register(ws: Workspace, name: str) -> None:
    """Take up what a plugin that is on brings: kinds, fields, processes, actions. Also after it was upgraded."""
    offer = ws.plugins.offer(name)
    with ws.door.transaction(_origin_of(ws, name)) as tx:
        _take_up(tx, offer)


def register_all(ws: Workspace) -> None:
    """Take up what the plugins that are on bring; one that can't be is left aside with what it brought before."""
    ws.plugins.left_aside.clear()
    for name in ws.plugins.enabled:
        try:
            register(ws, name)
        except ClewError as error:
            ws.plugins.left_aside[name] = error.text
            log.error("plugin left aside", plugin=name, error=str(error))


def _origin_of(ws: Workspace, name: str) -> Origin:
    cause = Cause(plugin=name, version=ws.plugins.version(name))
    return Origin(Actor("plugin", name, name), SYSTEM.channel, cause=cause)


def _take_up(tx: Transaction, offer: Offer) -> None:
    """Keep what a plugin brings. A process comes after the kind and the fields that it speaks of."""
    name = offer.plugin
    one_at_a_time(DEFINING)
    _retire_dropped(tx, offer)
    for kind in offer.kinds:
        with _speaking_of(name, f"kind {kind.name}"):
            _put_kind(tx, name, kind)
        for position, field in enumerate(kind.fields):
            with _speaking_of(name, f"field {kind.name}.{field.name}"):
                _put_field(tx, name, replace(field, kind=kind.name), position)
    for field in offer.fields:
        with _speaking_of(name, f"field {field.kind}.{field.name}"):
            _put_field(tx, name, field)
    of_kinds = [(kind.process, kind.name) for kind in offer.kinds if kind.process is not None]
    for process, of in (*((process, "lead") for process in offer.processes), *of_kinds):
        with _speaking_of(name, f"process {process.name}"):
            _put_process(tx, name, process, of)
    _put_actions(tx, offer)


def _retire_dropped(tx: Transaction, offer: Offer) -> None:
    """Take out of force what an earlier version of the plugin brought and this one does not: its values stay."""
    kinds = {kind.name for kind in offer.kinds}
    fields = {(kind.name, field.name) for kind in offer.kinds for field in kind.fields}
    fields |= {(field.kind, field.name) for field in offer.fields}
    for field in FieldDefinition.select().where((FieldDefinition.plugin == offer.plugin) & FieldDefinition.active):
        if (field.kind, field.name) not in fields:
            tx.change("field_definition", field.id, {"active": False})
    for kind in KindDefinition.select().where((KindDefinition.plugin == offer.plugin) & KindDefinition.active):
        if kind.name not in kinds:
            tx.change("kind_definition", kind.id, {"active": False})


@contextmanager
def _speaking_of(plugin: str, what: str) -> Iterator[None]:
    """Say of every problem within the block what of a plugin it is about."""
    try:
        yield
    except Invalid as error:
        about = Text(f"插件「{plugin}」的 {what}：", f"{what} of plugin {plugin!r}: ")
        raise Invalid(
            [Problem(one.field, Text(f"{about.zh}{one.text.zh}", f"{about.en}{one.text.en}")) for one in error.problems]
        ) from None


def _put_actions(tx: Transaction, offer: Offer) -> None:
    """Keep the actions a plugin brings on its record, where every process finds them."""
    name = offer.plugin
    others = {one["name"] for row in PluginRecord.select() if row.name != name for one in row.actions}
    kept: list[dict[str, Any]] = []
    for found in offer.actions:
        try:
            action = kept_action(found)
        except ValueError as error:
            log.warning("action left out", plugin=name, error=str(error))
            continue
        if action["name"] in others:
            log.warning("action left out", plugin=name, error=f"another plugin brings an action {action['name']!r}")
            continue
        kept.append(action)
    tx.change("plugin", PluginRecord.get(PluginRecord.name == name).id, {"actions": kept})


def _put_field(tx: Transaction, plugin: str, field: FieldSpec, position: int = 0) -> None:
    values = {
        "label_zh": field.label.zh,
        "label_en": field.label.en,
        "type": field.type,
        "options": [{"value": v, "zh": t.zh, "en": t.en} for v, t in field.options],
        "mask": field.mask,
        "hint_zh": field.hint.zh,
        "hint_en": field.hint.en,
        "required": field.required,
        "target": field.to,
        "indexed": field.indexed,
        "position": position,
        "plugin": plugin,
        "active": True,
    }
    row = FieldDefinition.get_or_none((FieldDefinition.kind == field.kind) & (FieldDefinition.name == field.name))
    if row is None:
        tx.create("field_definition", {"kind": field.kind, "name": field.name, **values})
    elif row.plugin == plugin:
        tx.change("field_definition", row.id, values)


def _put_kind(tx: Transaction, plugin: str, kind: KindSpec) -> None:
    """Keep a kind of record that a plugin brings. Raises Invalid if somebody else has one of that name."""
    values = {
        "title_zh": kind.title.zh,
        "title_en": kind.title.en,
        "plural_en": kind.plural_en,
        "belongs_to": list(kind.belongs_to),
        "owned": kind.owned,
        "process": kind.process.name if kind.process is not None else "",
        "icon": kind.icon,
        "plugin": plugin,
        "active": True,
    }
    row = KindDefinition.get_or_none(KindDefinition.name == kind.name)
    if row is None:
        tx.create("kind_definition", {"name": kind.name, **values})
    elif row.plugin == plugin:
        tx.change("kind_definition", row.id, values)
    else:
        raise Invalid([Problem("name", _made_by(kind.name, row.plugin))])


def _made_by(name: str, plugin: str) -> Text:
    who = Text(f"插件「{plugin}」", f"plugin {plugin!r}") if plugin else Text("运营", "operations")
    return Text(f"「{name}」已由{who.zh}建立", f"there is a kind {name!r} already, made by {who.en}")


def _put_process(tx: Transaction, plugin: str, process: ProcessSpec, kind: str) -> None:
    document = {
        "name": process.name,
        "title": {"zh": process.title.zh, "en": process.title.en},
        "stages": [
            {"name": s.name, "zh": s.title.zh, "en": s.title.en, "role": s.role, "required": list(s.required_fields)}
            for s in process.stages
        ],
        "transitions": [list(move) for move in process.transitions],
    }
    row = ProcessDefinition.get_or_none(ProcessDefinition.name == process.name)
    if row is None:
        tx.create("process_definition", {"name": process.name, "kind": kind, "document": document, "plugin": plugin})
    elif row.plugin == plugin:
        tx.change("process_definition", row.id, {"document": document})
