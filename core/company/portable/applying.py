"""Putting a company's folder in force: one transaction, whole or not at all; done twice, it changes nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from ....hooks.text import Text
from ...errors import ClewError, Invalid, Problem
from ...journal.origin import Origin
from ...people.batches import begin
from ...roles import Role, RoleBook, book, trying
from ...workspace import Workspace
from ...write.transaction import Transaction
from .. import switches
from .reading import Folder
from .records import Names, Portable, portables, value_of
from .rules import put_in_force

_FIRST = ("role", "team", "user", "kind_definition", "field_definition", "process_definition")
"""What others speak of is made first; what still speaks of something to come is tried again after it."""


_MADE, _CHANGED, _SAME = _WEIGHT = ("made", "changed", "same")


@dataclass
class Applied:
    """What an import did, or would do: by kind how many were made, changed and found as they are; `notes` say what is left to do."""

    made: Counter[str] = field(default_factory=Counter)
    changed: Counter[str] = field(default_factory=Counter)
    same: Counter[str] = field(default_factory=Counter)
    notes: list[Text] = field(default_factory=list)

    @property
    def anything(self) -> bool:
        """Say whether something is new or changed."""
        return bool(self.made or self.changed)


class _NotMeant(Exception):
    """Ends a transaction that was only tried."""


def apply(ws: Workspace, folder: Folder, origin: Origin, *, dry_run: bool = False) -> Applied:
    """Make the company what a folder says; what it does not speak of stays.

    With `dry_run` everything is tried and nothing kept. Raises Invalid with every problem, by file; nothing is then
    written.
    """
    known = sorted(portables(ws.kinds), key=_place)
    if problems := list(_unknown_names(known, folder)):
        raise Invalid(problems)
    applied = Applied()
    switched = list(_switches(ws, folder, applied))
    try:
        with ws.door.transaction(origin) as tx, trying(_roles_of(folder)):
            begin()
            for one in switched:
                kind = applied.changed if switches.switch_within(ws, tx, one) else applied.same
                kind["plugin"] += 1
            for (kind_name, _), what in _records(tx, known, folder).items():
                getattr(applied, what)[kind_name] += 1
            put_in_force(tx, folder, applied.made, applied.changed, applied.same)
            if dry_run:
                raise _NotMeant
    except _NotMeant:
        pass
    ws.refresh()
    return applied


def _place(one: Portable) -> int:
    return _FIRST.index(one.kind.name) if one.kind.name in _FIRST else len(_FIRST)


def _switches(ws: Workspace, folder: Folder, applied: Applied) -> Iterator[switches.Switch]:
    for row in folder.rows.get("plugin", ()):
        settings = row.get("settings")
        name, given = str(row["name"]), settings if isinstance(settings, Mapping) else {}
        switch, why = switches.restored(ws, name, row.get("enabled") is True, given)
        if why is not None:
            zh, en = f"插件「{name}」没有启用：{why.zh}", f"plugin {name!r} stays off: {why.en}"
            applied.notes.append(Text(zh, en))
        yield switch


def _roles_of(folder: Folder) -> RoleBook:
    """Return the roles as they will be, so that people and stages can speak of new ones; what is wrong, the door says."""
    found = book()
    for row in folder.rows.get("role", ()):
        title = Text(str(row.get("title_zh", "")), str(row.get("title_en", "")))
        permissions, cells = row.get("permissions"), row.get("cells")
        given = frozenset(map(str, permissions)) if isinstance(permissions, list) else frozenset[str]()
        sound = isinstance(cells, Mapping) and all(isinstance(one, Mapping) for one in cells.values())
        found = found.with_role(
            Role(str(row["name"]), title, given, cells if isinstance(cells, Mapping) and sound else {})
        )
    return found


def _unknown_names(known: list[Portable], folder: Folder) -> Iterator[Problem]:
    """Yield the references to what is neither in the folder nor in the company."""
    present = Names(known)
    names: dict[str, set[str]] = {}
    for one in known:
        here = {one.key_of(row) for row in folder.rows.get(one.kind.name, ())}
        names[one.kind.name] = here | set(present.of(one.kind.name).values())
    for one in known:
        for number, row in enumerate(folder.rows.get(one.kind.name, ()), 1):
            for name in one.refers:
                to, value = one.target(name, row), row.get(name)
                if not to or value in (None, "") or (isinstance(value, str) and value in names[to]):
                    continue
                near = get_close_matches(str(value), names[to], 1)
                hint = Text(f"；是「{near[0]}」吗？", f": did you mean {near[0]!r}?") if near else Text("", "")
                zh = f"第 {number} 条：{name} 写的「{value}」没有{hint.zh}"
                yield Problem(one.file, Text(zh, f"item {number}: {name} names {value!r}, which is not there{hint.en}"))


Ids = dict[str, dict[str, str]]
"""The ids of the records there are, by kind and by what names them."""


def _records(tx: Transaction, known: list[Portable], folder: Folder) -> dict[tuple[str, str], str]:
    """Make and change records; first without what they refer to, then with it, for they refer to each other.

    Returns by kind and name what became of each: made, changed or same.
    """
    became: dict[tuple[str, str], str] = {}
    for with_references in (False, True):
        waiting = [
            (one, row) for one in known if one.kind.name != "plugin" for row in folder.rows.get(one.kind.name, ())
        ]
        names = Names(known)
        ids: Ids = {one.kind.name: {key: id_ for id_, key in names.of(one.kind.name).items()} for one in known}
        while waiting:
            refused: list[tuple[Portable, dict[str, Any], ClewError]] = []
            for one, row in waiting:
                try:
                    with tx.apart():
                        what = _record(tx, one, row, ids, with_references)
                    name = (one.kind.name, one.key_of(row))
                    became[name] = min(what, became.get(name, _SAME), key=_WEIGHT.index)
                except ClewError as error:
                    refused.append((one, row, error))
            if len(refused) == len(waiting):
                raise Invalid([problem for one, row, error in refused for problem in _problems(one, row, error)])
            waiting = [(one, row) for one, row, _ in refused]
    return became


def _problems(one: Portable, row: Mapping[str, Any], error: ClewError) -> Iterator[Problem]:
    key = one.key_of(row)
    inner = error.problems if isinstance(error, Invalid) else [Problem("", error.text)]
    for problem in inner:
        field_ = f"{problem.field}：" if problem.field else ""
        zh = f"「{key}」：{field_}{problem.text.zh}"
        yield Problem(one.file, Text(zh, f"{key}: {problem.field + ': ' if problem.field else ''}{problem.text.en}"))


def _record(tx: Transaction, one: Portable, row: Mapping[str, Any], ids: Ids, with_references: bool) -> str:
    kind, key, keys = one.kind.name, one.key_of(row), one.kind.named_in_files
    values = {name: row.get(name, one.default(name)) for name in one.columns}
    if not with_references:
        # A reference that is part of the name is needed at once; the others may come later.
        values = {name: value for name, value in values.items() if name not in one.refers or name in keys}
    else:
        values = {name: value for name, value in values.items() if name in one.refers}
    for name in values:
        to = one.target(name, row)
        if to and values[name] not in (None, ""):
            values[name] = _id_of(ids, to, str(values[name]))
    if key not in ids[kind]:
        record = tx.create(kind, {name: value for name, value in values.items() if value is not None}).record
        ids[kind][key] = record.id
        return _MADE
    model: Any = one.kind.model
    present = model.get_by_id(ids[kind][key])
    differing = {name: value for name, value in values.items() if value_of(present, name) != value and name not in keys}
    if differing:
        tx.change(kind, present.id, differing)
    return _CHANGED if differing else _SAME


def _id_of(ids: Ids, kind: str, key: str) -> str:
    """Return the id of what a file names. Raises Invalid where it is not made yet: it comes with a later row."""
    if key not in ids[kind]:
        raise Invalid([Problem("", Text(f"还没有「{key}」", f"{key!r} is not there yet"))])
    return ids[kind][key]
