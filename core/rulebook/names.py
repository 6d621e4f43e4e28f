"""Which names the rules use, and which rules use a name: what a change of it would break is read from here.

A name is of a sort: event, field, collection, action, option (of a field), stage, deadline, badge, role, team, user, or
the kind of record whose id it is. Teams and people go by any of their names: id, name, e-mail.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ...rules.language.errors import RulesError
from ...rules.language.names import Use, uses_of
from ...rules.language.vocabulary import Vocabulary
from ...rules.tables.model import is_table
from ..kinds import RuleRecord
from .documents import rules_of

_SORTS = {"event": "event", "fact": "field", "collection": "collection", "action": "action"}
_ROLE = "role:"


@dataclass(frozen=True)
class Named:
    """A name that a document uses, at `path` of it; `of` is, for an option, the field, for an argument "action.arg"."""

    sort: str
    name: str
    path: str
    of: str = ""


def names_in(document: Mapping[str, Any], known: Vocabulary) -> tuple[Named, ...]:
    """Return every name that a rule or table uses, each with the first place that does; nothing if it can't be read.

    `known` says what the values of facts and arguments are names of: a configuration's vocabulary will do.
    """
    found: dict[tuple[str, str, str], Named] = {}
    for use in _uses(document):
        if (one := _named(use, known)) is not None:
            found.setdefault((one.sort, one.name, one.of), one)
    return tuple(found.values())


def using(
    documents: Iterable[Mapping[str, Any]],
    known: Vocabulary,
    sort: str,
    names: Collection[str] | None = None,
    of: str = "",
) -> dict[str, tuple[Named, ...]]:
    """Return, by rule id, where documents use one of `names` (None: any) of a sort; with `of` only there."""
    found = {}
    for document in documents:
        here = tuple(
            one
            for one in names_in(document, known)
            if one.sort == sort and (names is None or one.name in names) and (not of or one.of == of)
        )
        if here:
            found[str(document.get("id"))] = here
    return found


def rules_using(
    known: Vocabulary, sort: str, names: Collection[str] | None = None, of: str = ""
) -> dict[str, tuple[Named, ...]]:
    """Return, by code, which rules in force use one of `names` of a sort, and where: see `using`."""
    rows = RuleRecord.select().where(RuleRecord.enabled).order_by(RuleRecord.code)
    return using((row.document for row in rows), known, sort, names, of)


def is_given(argument: str) -> bool:
    """Say whether a rule in force gives an argument ("action.argument") a value."""
    rows = RuleRecord.select().where(RuleRecord.enabled)
    return any(use.sort == "argument" and use.of == argument for row in rows for use in _uses(row.document))


def _uses(document: Mapping[str, Any]) -> Iterator[Use]:
    try:
        rules = rules_of(document)
    except RulesError:
        return
    for rule in rules:
        yield from uses_of(rule)
    if is_table(document):  # A column counts, though no cell of it says anything.
        for index, column in enumerate(document.get("inputs") or ()):
            if "field" in column:
                yield Use("fact", str(column["field"]), f"inputs[{index}].field")


def _named(use: Use, known: Vocabulary) -> Named | None:
    if use.sort in _SORTS:
        return Named(_SORTS[use.sort], use.name, use.path)
    if use.sort == "value":
        group, _, field = use.of.partition(".")
        collection = known.collections.get(group)
        fact = collection.fields.get(field) if collection is not None else known.fields.get(use.of)
        if fact is None:
            return None
        return Named(fact.names or "option", use.name, use.path, use.of)
    action, _, arg = use.of.partition(".")
    spec = known.actions.get(action)
    names = spec.args[arg].names if spec is not None and arg in spec.args else ""
    if names == "people":
        if not use.name.startswith(_ROLE):
            return None
        return Named("role", use.name.removeprefix(_ROLE), use.path, use.of)
    return Named(names, use.name, use.path, use.of) if names else None
