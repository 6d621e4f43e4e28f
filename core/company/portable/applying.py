"""Putting a company's folder in force: one transaction, whole or not at all; done twice, it changes nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from ....hooks.text import Text
from ...access.holders import holders
from ...errors import ClewError, Invalid, Problem
from ...journal.origin import Origin
from ...people.batches import begin
from ...people.role_changes import PERMISSION as ROLES
from ...roles import Role, RoleBook, book, trying
from ...workspace import Workspace
from ...write.transaction import Transaction
from .. import switches
from .reading import Folder
from .records import Names, Portable, portables, value_of
from .replacing import retire_others
from .rules import problems_of, put_in_force

_FIRST = ("role", "team", "user", "kind_definition", "field_definition", "process_definition")
"""What others speak of is made first; what still speaks of something to come is tried again after it."""


_MADE, _CHANGED, _SAME = _WEIGHT = ("made", "changed", "same")


@dataclass
class Applied:
    """What an import did, or would do: by kind how many were made, changed and found as they are.

    `retired` is what was taken out of force because the folder does not speak of it, by kind and name; `notes` say
    what is left to do.
    """

    made: Counter[str] = field(default_factory=Counter)
    changed: Counter[str] = field(default_factory=Counter)
    same: Counter[str] = field(default_factory=Counter)
    notes: list[Text] = field(default_factory=list)
    retired: list[tuple[str, str]] = field(default_factory=list)

    @property
    def anything(self) -> bool:
        """Say whether something is new, changed or retired."""
        return bool(self.made or self.changed or self.retired)


class _NotMeant(Exception):
    """Ends a transaction that was only tried."""


def apply(ws: Workspace, folder: Folder, origin: Origin, *, dry_run: bool = False, replace: bool = False) -> Applied:
    """Make the company what a folder says; what it does not speak of stays, or with `replace` is retired.

    With `dry_run` everything is tried and nothing kept. Raises Invalid with every problem, by file; nothing is then
    written.
    """
    known = sorted(portables(ws.kinds), key=_place)
    if problems := list(_unknown_names(known, folder)):
        raise Invalid(problems)
    applied = Applied()
    switched = list(_switches(ws, folder, applied))
    held = bool(holders(ROLES))
    try:
        with ws.door.transaction(origin) as tx, trying(_roles_of(folder)):
            begin()
            for one in switched:
                kind = applied.changed if switches.switch_within(ws, tx, one) else applied.same
                kind["plugin"] += 1
            for (kind_name, _), what in _records(tx, known, folder).items():
                getattr(applied, what)[kind_name] += 1
            _check_rules(ws, folder, applied)
            put_in_force(tx, folder, applied.made, applied.changed, applied.same)
            if replace:
                retire_others(tx, known, folder, applied.retired, applied.notes)
            if held and not holders(ROLES):
                zh, en = "这样导入之后没有人能管角色了", "nobody could change roles any more after this"
                raise Invalid([Problem("role.yaml", Text(zh, en))])
            if dry_run:
                raise _NotMeant
    except _NotMeant:
        pass
    ws.refresh()
    return applied


def _check_rules(ws: Workspace, folder: Folder, applied: Applied) -> None:
    """Raise Invalid for rules that speak of what will not be there, in the company as it is within this transaction.

    Where a plugin has to stay off for now, what it brings is missing for now, too: that is noted.
    """
    to_be = ws.loader.load(ws.configuration, {**ws.configuration.versions, "configuration": -1})
    problems = list(problems_of(folder, to_be.vocabulary))
    if problems and not applied.notes:
        raise Invalid(problems)
    applied.notes += [Text(f"{one.field}：{one.text.zh}", f"{one.field}: {one.text.en}") for one in problems]


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
        for row in folder.rows.get(one.kind.name, ()):
            for name in one.refers:
                to, value = one.target(name, row), row.get(name)
                if not to or value in (None, "") or (isinstance(value, str) and value in names[to]):
                    continue
                near = get_close_matches(str(value), names[to], 1)
                hint = Text(f"；是「{near[0]}」吗？", f": did you mean {near[0]!r}?") if near else Text("", "")
                where = folder.place_of(row)
                zh, en = (
                    f"{where.zh}：{name} 写的「{value}」没有{hint.zh}",
                    f"{where.en}: {name} names {value!r}, which is not there{hint.en}",
                )
                yield Problem(one.file, Text(zh, en))


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
                raise Invalid(
                    [problem for one, row, error in refused for problem in _problems(folder, one, row, error)]
                )
            waiting = [(one, row) for one, row, _ in refused]
    return became


def _problems(folder: Folder, one: Portable, row: Mapping[str, Any], error: ClewError) -> Iterator[Problem]:
    key, where = one.key_of(row), folder.place_of(row)
    inner = error.problems if isinstance(error, Invalid) else [Problem("", error.text)]
    for problem in inner:
        about_zh = f"{problem.field}：" if problem.field else ""
        about_en = f"{problem.field}: " if problem.field else ""
        zh = f"{where.zh}，「{key}」：{about_zh}{problem.text.zh}"
        yield Problem(one.file, Text(zh, f"{where.en}, {key}: {about_en}{problem.text.en}"))


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
