"""Which rules name a team or a person, and their documents with another name in its place."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from ...hooks.text import Text
from ...rules.language.vocabulary import Vocabulary
from ...rules.tables.model import is_table
from ..errors import ClewError
from ..journal.origin import Origin
from ..kinds import RuleRecord, RuleVersion, User
from ..workspace import Workspace
from .documents import title_of
from .versions import open_draft, submit, write_draft

_SEPARATORS = "、，,;；\\s/（）()=≠!"


@dataclass(frozen=True)
class Naming:
    """Where rules speak of somebody: facts whose values are such names, arguments of actions, and what is unique anywhere."""

    facts: Collection[str]
    args: Collection[tuple[str, str]]
    names: Collection[str]
    anywhere: Collection[str] = ()


@dataclass(frozen=True)
class Use:
    """One rule in force that names it."""

    code: str
    title: Text
    table: bool
    document: Mapping[str, Any]
    drafted: bool

    @property
    def path(self) -> str:
        """Where it is in the console."""
        return f"/tables/{self.code}" if self.table else f"/rules/{self.code}"


Uses = tuple[Use, ...]


def naming_of_team(ws: Workspace, name: str) -> Naming:
    """Return how rules name a team."""
    return Naming(*_places(ws.configuration.vocabulary, "team"), (name,))


def naming_of_person(ws: Workspace, user: User) -> Naming:
    """Return how rules name a person; by a name that two people share they are not told apart."""
    shared = User.select().where((User.name == user.name) & (User.id != user.id) & User.active).exists()
    names = (user.email,) if shared else (user.name, user.email)
    return Naming(*_places(ws.configuration.vocabulary, "user"), names, (user.id, user.email))


def uses_of_team(ws: Workspace, name: str) -> Uses:
    """Return the rules in force that name a team."""
    return _uses(naming_of_team(ws, name))


def uses_of_person(ws: Workspace, user: User) -> Uses:
    """Return the rules in force that name a person."""
    return _uses(naming_of_person(ws, user))


def _places(known: Vocabulary, sort: str) -> tuple[frozenset[str], frozenset[tuple[str, str]]]:
    """Return the facts and the actions' arguments whose values are names of a sort, as the vocabulary says."""
    facts = {name for name, fact in known.fields.items() if fact.names == sort}
    rows = {name for one in known.collections.values() for name, fact in one.fields.items() if fact.names == sort}
    args = {
        (action, name) for action, spec in known.actions.items() for name, arg in spec.args.items() if arg.names == sort
    }
    return frozenset(facts | rows), frozenset(args)


def _uses(naming: Naming) -> Uses:
    # A document's JSON holds the name as it is written, so the database leaves out nearly all.
    text = RuleRecord.document.cast("text")
    wanted = text.contains(_within_json([*naming.names, *naming.anywhere][0]))
    for name in [*naming.names, *naming.anywhere][1:]:
        wanted |= text.contains(_within_json(name))
    rows = RuleRecord.select().where(RuleRecord.retired_at.is_null() & RuleRecord.enabled & wanted)
    drafted = {
        row.code for row in RuleVersion.select(RuleVersion.code).where(RuleVersion.state.in_(("draft", "review")))
    }
    return tuple(
        Use(row.code, title_of(row.document), is_table(row.document), row.document, row.code in drafted)
        for row in rows.order_by(RuleRecord.code)
        if names_it(row.document, naming)
    )


def _within_json(name: str) -> str:
    return name.replace("\\", "\\\\").replace('"', '\\"')


def names_it(document: Mapping[str, Any], naming: Naming) -> bool:
    """Say whether a rule's document names it."""
    return bool(renamed(document, naming, {})[1])


def renamed(document: Mapping[str, Any], naming: Naming, to: Mapping[str, str]) -> tuple[dict[str, Any], int]:
    """Return a document with names replaced (`to` maps old to new) and in how many places it names them."""
    walk = _Walk(naming, to)
    found = walk.document(document)
    return found, walk.count


def draft_renamed(
    ws: Workspace, uses: Uses, naming: Naming, to: Mapping[str, str], origin: Origin, note: str
) -> list[tuple[Use, str, Text | None]]:
    """Draft each of these rules with the new names and submit it for approval.

    Return for each what became of it: "review", "draft" (with what stands against it), or "left" where somebody is
    working on a draft of it.
    """
    found: list[tuple[Use, str, Text | None]] = []
    for use in uses:
        if open_draft(use.code) is not None:
            found.append((use, "left", Text("有人正在改它", "somebody is working on it")))
            continue
        try:
            draft = write_draft(ws, use.code, renamed(use.document, naming, to)[0], origin)
        except ClewError as error:
            found.append((use, "left", error.text))
            continue
        try:
            submit(ws, draft.id, note, origin)
        except ClewError as error:
            found.append((use, "draft", error.text))
        else:
            found.append((use, "review", None))
    return found


class _Walk:
    def __init__(self, naming: Naming, to: Mapping[str, str]) -> None:
        self.naming, self.to, self.count = naming, to, 0
        names = sorted(map(re.escape, naming.names), key=len, reverse=True)
        self.cell = re.compile(f"(?<![^{_SEPARATORS}])({'|'.join(names)})(?![^{_SEPARATORS}])")

    def document(self, document: Mapping[str, Any]) -> dict[str, Any]:
        found = {key: value if key == "rows" else self.any(value) for key, value in document.items()}
        if is_table(document) and isinstance(document.get("rows"), list):
            found["rows"] = [self._row(row, document) for row in document["rows"]]
        elif "rows" in document:
            found["rows"] = self.any(document["rows"])
        return found

    def any(self, node: Any) -> Any:
        if isinstance(node, list):
            return [self.any(one) for one in node]
        if isinstance(node, Mapping):
            named = self._is_named(node.get("field"))
            return {key: self._entry(key, value, named) for key, value in node.items()}
        return self._anywhere(node)

    def _entry(self, key: str, value: Any, named: bool) -> Any:
        if (named and key == "value") or self._is_named(key):
            return self.value(value)
        args = [arg for action, arg in self.naming.args if action == key]
        if args and isinstance(value, Mapping):
            return {name: self.value(one) if name in args else self.any(one) for name, one in value.items()}
        return self.any(value)

    def value(self, value: Any) -> Any:
        """Return a value that stands where such names stand."""
        if isinstance(value, list):
            return [self.value(one) for one in value]
        if isinstance(value, str) and value in self.naming.names:
            self.count += 1
            return self.to.get(value, value)
        return self.any(value) if isinstance(value, Mapping) else self._anywhere(value)

    def _anywhere(self, value: Any) -> Any:
        if isinstance(value, str) and value in self.naming.anywhere:
            self.count += 1
            return self.to.get(value, value)
        return value

    def _is_named(self, fact: Any) -> bool:
        return isinstance(fact, str) and fact in self.naming.facts

    def _row(self, row: Any, table: Mapping[str, Any]) -> Any:
        if not isinstance(row, Mapping):
            return row
        found = dict(row)
        inputs = [one.get("field") if isinstance(one, Mapping) else None for one in table.get("inputs") or ()]
        outputs = [
            (one.get("action"), one.get("arg")) if isinstance(one, Mapping) else (None, None)
            for one in table.get("outputs") or ()
        ]
        if isinstance(row.get("when"), list):
            found["when"] = [
                self._cell(cell, index < len(inputs) and self._is_named(inputs[index]))
                for index, cell in enumerate(row["when"])
            ]
        if isinstance(row.get("then"), list):
            found["then"] = [
                self.value(cell) if index < len(outputs) and outputs[index] in self.naming.args else self.any(cell)
                for index, cell in enumerate(row["then"])
            ]
        return found

    def _cell(self, cell: Any, named: bool) -> Any:
        if not named:
            return self.any(cell)
        if isinstance(cell, str):
            self.count += len(self.cell.findall(cell))
            return self.cell.sub(lambda found: self.to.get(found[0], found[0]), cell)
        if isinstance(cell, Mapping):
            return {key: self.value(value) if key == "value" else self.any_cell(value) for key, value in cell.items()}
        return cell

    def any_cell(self, node: Any) -> Any:
        """Return what lies deeper in a structured cell, where every value is one of the column's fact."""
        return [self._cell(one, True) for one in node] if isinstance(node, list) else node
