"""What may be named, and how rules name it: which facts, values and arguments mean a field, a stage, a team …

The facts and arguments that hold names of teams, people, badges … are those of which the vocabulary says so (`names`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ...hooks.text import Text
from ...rules.language.documents import Rule
from ...rules.language.mentions import Mention, mentions
from ...rules.language.values import same
from ...rules.language.vocabulary import Vocabulary
from ...rules.tables.model import is_table
from ..errors import Invalid, Problem
from ..kinds import User
from ..schema.registry import Kinds
from ..workspace import Workspace

BADGES = "badge.badge"
"""The field whose options are the badges."""
_CHANGED = "event.changed"
_STAGES = ("event.from_stage", "event.to_stage")
_Names = frozenset[Any]
_NONE: _Names = frozenset()


@dataclass(frozen=True)
class Named:
    """A thing with a name.

    | what         | name                       | of                                      |
    |--------------|----------------------------|-----------------------------------------|
    | kind         | name of a kind             |                                         |
    | field        | name of the field          | its kind                                |
    | option       | the option's value         | "<kind>.<field>"                        |
    | stage        | name of the stage          | its process, or "": of whatever process |
    | process      | name of the process        |                                         |
    | role         | name of the role           |                                         |
    | team         | the team's name            |                                         |
    | person       | the person's id            |                                         |
    | action       | name of a plugin's action  |                                         |
    | badge        | the badge's value          |                                         |
    | pause_reason | the reason's name          |                                         |
    | deadline     | the deadline's name        |                                         |
    """

    what: str
    name: str
    of: str = ""


@dataclass(frozen=True)
class Wanted:
    """How rules speak of one thing.

    `facts`: to look at one of these is to name it. `values`: to compare one of these facts with, or to set it to,
    one of these values. `arguments`: to give one of these arguments ("<action>.<argument>") one of these values.
    `prefixes`: to answer an event, or look at a fact or a row, that begins so. `anywhere`: values that mean it wherever
    they stand by themselves, as a person's id does.
    """

    facts: frozenset[str] = frozenset()
    values: Mapping[str, _Names] = field(default_factory=dict)
    arguments: Mapping[str, _Names] = field(default_factory=dict)
    actions: frozenset[str] = frozenset()
    collections: frozenset[str] = frozenset()
    prefixes: tuple[str, ...] = ()
    anywhere: frozenset[str] = frozenset()

    @property
    def names(self) -> _Names:
        """Every value that may mean the thing."""
        return self.anywhere.union(*self.values.values(), *self.arguments.values())

    def names_at(self, mention: Mention) -> _Names:
        """Return the values that mean the thing where a rule mentions one."""
        if mention.what not in ("value", "argument"):
            return _NONE
        return (self.values if mention.what == "value" else self.arguments).get(mention.name, _NONE) | self.anywhere

    def fits(self, mention: Mention) -> bool:
        """Say whether a rule names the thing here."""
        if mention.what in ("value", "argument"):
            given = mention.value if isinstance(mention.value, list | tuple) else (mention.value,)
            names = self.names_at(mention)
            return any(same(one, each) for one in names for each in given if each is not None)
        if mention.what in ("fact", "event") and mention.name.startswith(self.prefixes or ("\0",)):
            return True
        known = {"fact": self.facts, "action": self.actions, "collection": self.collections}
        return mention.name in known.get(mention.what, ())

    def places(self, rules: Iterable[Rule], document: Mapping[str, Any]) -> list[tuple[int | None, Mention]]:
        """Return where the rules that a document stands for name the thing, those of a table's rows with the row."""
        found = [(rule.row, mention) for rule in rules for mention in mentions(rule) if self.fits(mention)]
        looked_at = {mention.name for _, mention in found if mention.what == "fact"}
        # A table's column counts, though no cell of it says anything.
        columns = (one.get("field", "") for one in document.get("inputs") or ()) if is_table(document) else ()
        for number, name in enumerate(columns):
            if name not in looked_at and self.fits(column := Mention("fact", name, path=f"inputs[{number}].field")):
                found.append((None, column))
        return found


def wanted(ws: Workspace, named: Named) -> Wanted:
    """Return how rules speak of a thing. Raises Invalid if there is no such sort of thing."""
    if named.what not in _WANTED:
        known = ", ".join(_WANTED)
        words = Text(
            f"没有「{named.what}」这种名称；可选：{known}", f"no sort of name {named.what!r}; there are {known}"
        )
        raise Invalid([Problem("what", words)])
    return _WANTED[named.what](ws, named)


def facts_of_field(kinds: Kinds, kind: str, name: str) -> frozenset[str]:
    """Return every fact that reads one field: on events of its kind and of others, and in rows of its collection."""
    return frozenset(_facts_of_field(kinds, kind, name))


def _facts_of_field(kinds: Kinds, kind: str, name: str) -> Iterator[str]:
    for group in (kind, *kinds.fact_groups()):
        if kinds.kind_of_group(group) == kind:
            yield from (f"{group}.{name}", f"{group}.extra.{name}")
    here = kinds.get(kind)
    if here is not None and here.collection is not None:
        yield f"{here.collection.name}.{name}"


def _field(ws: Workspace, named: Named) -> Wanted:
    facts = facts_of_field(ws.kinds, named.of, named.name)
    return Wanted(facts=facts, values={_CHANGED: frozenset((named.name,))})


def _option(ws: Workspace, named: Named) -> Wanted:
    kind, _, name = named.of.partition(".")
    one = frozenset((named.name,))
    given = _of_sort(ws.configuration.vocabulary, "badge", one).arguments if named.of == BADGES else {}
    return Wanted(values=dict.fromkeys(facts_of_field(ws.kinds, kind, name), one), arguments=given)


def _badge(ws: Workspace, named: Named) -> Wanted:
    return _option(ws, Named("option", named.name, BADGES))


def _stage(ws: Workspace, named: Named) -> Wanted:
    processes = {process.name: process.kind for process in ws.processes.all()}
    of = processes.get(named.of)
    kinds = [kind.name for kind in ws.kinds.values() if kind.staged and of in (None, kind.name)]
    facts = {fact for kind in kinds for fact in _facts_of_field(ws.kinds, kind, "stage")}
    one = frozenset((named.name,))
    given = _of_sort(ws.configuration.vocabulary, "stage", one).arguments
    return Wanted(values=dict.fromkeys((*facts, *_STAGES), one), arguments=given)


def _process(ws: Workspace, named: Named) -> Wanted:
    staged = [kind.name for kind in ws.kinds.values() if kind.staged]
    facts = {fact for kind in staged for fact in _facts_of_field(ws.kinds, kind, "process")}
    return Wanted(values=dict.fromkeys(facts, frozenset((named.name,))))


def _kind(ws: Workspace, named: Named) -> Wanted:
    here = ws.kinds.get(named.name)
    collections = (here.collection.name,) if here is not None and here.collection is not None else (f"{named.name}s",)
    prefixes = (f"{named.name}.", *(f"{one}." for one in collections))
    return Wanted(collections=frozenset(collections), prefixes=prefixes)


def _role(ws: Workspace, named: Named) -> Wanted:
    return _of_sort(ws.configuration.vocabulary, "people", frozenset((f"role:{named.name}",)))


def _person(ws: Workspace, named: Named) -> Wanted:
    """A person goes by name, unless two share it, and anywhere by id and e-mail."""
    person = User.get_or_none(User.id == named.name)
    if person is None:
        return Wanted(anywhere=frozenset((named.name,)))
    shared = User.select().where((User.name == person.name) & (User.id != person.id) & User.active).exists()
    called = frozenset(() if shared else (person.name,))
    found = _of_sort(ws.configuration.vocabulary, "user", called)
    return replace(found, anywhere=frozenset((person.id, person.email)))


def _action(_ws: Workspace, named: Named) -> Wanted:
    return Wanted(actions=frozenset((named.name,)))


def _called_so(sort: str) -> Callable[[Workspace, Named], Wanted]:
    return lambda ws, named: _of_sort(ws.configuration.vocabulary, sort, frozenset((named.name,)))


def _of_sort(known: Vocabulary, sort: str, names: _Names) -> Wanted:
    """Return that one of `names` is meant by each fact and argument whose values are names of a sort."""
    facts = [name for name, fact in known.fields.items() if fact.names == sort]
    for group, rows in known.collections.items():
        facts += [f"{group}.{name}" for name, fact in rows.fields.items() if fact.names == sort]
    given = [
        f"{name}.{arg}" for name, spec in known.actions.items() for arg, one in spec.args.items() if one.names == sort
    ]
    return Wanted(values=dict.fromkeys(facts, names), arguments=dict.fromkeys(given, names))


_WANTED: Mapping[str, Callable[[Workspace, Named], Wanted]] = {
    "kind": _kind,
    "field": _field,
    "option": _option,
    "stage": _stage,
    "process": _process,
    "role": _role,
    "team": _called_so("team"),
    "person": _person,
    "action": _action,
    "badge": _badge,
    "pause_reason": _called_so("pause_reason"),
    "deadline": _called_so("deadline"),
}
