"""What may be named, and how rules name it: which facts, values and arguments mean a field, a stage, a team …"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ...hooks.text import Text
from ...rules.language.mentions import Mention
from ...rules.language.values import same
from ..errors import Invalid, Problem
from ..kinds import User
from ..schema.registry import Kinds
from ..workspace import Workspace

_CHANGED = "event.changed"
_STAGES = ("event.from_stage", "event.to_stage")


@dataclass(frozen=True)
class Named:
    """A thing with a name; see `what_breaks` for what `what` and `of` can be."""

    what: str
    name: str
    of: str = ""


@dataclass(frozen=True)
class Wanted:
    """How rules speak of one thing.

    `facts`: to look at one of these is to name it. `values`: to compare one of these facts with, or to set it to,
    one of these values. `arguments`: to give one of these arguments ("<action>.<argument>") one of these values.
    `prefixes`: to answer an event, or look at a fact or a row, that begins so.
    """

    facts: frozenset[str] = frozenset()
    values: Mapping[str, frozenset[Any]] = field(default_factory=dict)
    arguments: Mapping[str, frozenset[Any]] = field(default_factory=dict)
    actions: frozenset[str] = frozenset()
    collections: frozenset[str] = frozenset()
    prefixes: tuple[str, ...] = ()

    def fits(self, mention: Mention) -> bool:
        """Say whether a rule names the thing here."""
        if mention.what in ("fact", "event") and mention.name.startswith(self.prefixes or ("\0",)):
            return True
        if mention.what == "fact":
            return mention.name in self.facts
        if mention.what == "value":
            return _holds(self.values.get(mention.name), mention.value)
        if mention.what == "argument":
            return _holds(self.arguments.get(mention.name), mention.value)
        if mention.what == "action":
            return mention.name in self.actions
        return mention.what == "collection" and mention.name in self.collections


def _holds(wanted: frozenset[Any] | None, value: Any) -> bool:
    given = value if isinstance(value, list | tuple) else (value,)
    return wanted is not None and any(same(one, each) for one in wanted for each in given if each is not None)


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
    facts = facts_of_field(ws.kinds, kind, name)
    return Wanted(values=dict.fromkeys(facts, frozenset((named.name,))))


def _stage(ws: Workspace, named: Named) -> Wanted:
    processes = {process.name: process.kind for process in ws.processes.all()}
    of = processes.get(named.of)
    kinds = [kind.name for kind in ws.kinds.values() if kind.staged and of in (None, kind.name)]
    facts = {fact for kind in kinds for fact in _facts_of_field(ws.kinds, kind, "stage")}
    one = frozenset((named.name,))
    return Wanted(values=dict.fromkeys((*facts, *_STAGES), one), arguments={"move_stage.stage": one})


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
    return Wanted(arguments=_to_people(ws, frozenset((f"role:{named.name}",))))


def _team(ws: Workspace, named: Named) -> Wanted:
    one = frozenset((named.name,))
    facts = [name for name in ws.configuration.vocabulary.fields if name.partition(".")[2] == "team"]
    return Wanted(values=dict.fromkeys((*facts, "sellers.team"), one), arguments={"assign.team": one})


def _person(ws: Workspace, named: Named) -> Wanted:
    person = User.get_or_none(User.id == named.name)
    ids, called = frozenset((named.name,)), frozenset((person.name, person.email) if person is not None else ())
    owners = [name for name in ws.configuration.vocabulary.fields if name.partition(".")[2] == "owner_id"]
    values = {
        **dict.fromkeys((*owners, "sellers.id"), ids),
        **dict.fromkeys(("owner.name", "owner.manager", "sellers.name"), called),
    }
    return Wanted(values=values, arguments={**_to_people(ws, ids), "assign.user": called | ids})


def _to_people(ws: Workspace, values: frozenset[str]) -> Mapping[str, frozenset[str]]:
    """Return the arguments that name people: those that take a role."""
    specs = ws.configuration.vocabulary.actions
    return {
        f"{action}.{arg}": values
        for action, spec in specs.items()
        for arg, takes in spec.args.items()
        if "role:" in takes.prefixes
    }


def _action(_ws: Workspace, named: Named) -> Wanted:
    return Wanted(actions=frozenset((named.name,)))


def _badge(_ws: Workspace, named: Named) -> Wanted:
    return Wanted(arguments={"award.badge": frozenset((named.name,))})


def _deadline(ws: Workspace, named: Named) -> Wanted:
    vocabulary, one = ws.configuration.vocabulary, frozenset((named.name,))
    timers = [name for name, spec in vocabulary.actions.items() if spec.timer]
    facts = [vocabulary.timer.name] if vocabulary.timer is not None else []
    return Wanted(values=dict.fromkeys(facts, one), arguments={f"{action}.name": one for action in timers})


_WANTED: Mapping[str, Callable[[Workspace, Named], Wanted]] = {
    "kind": _kind,
    "field": _field,
    "option": _option,
    "stage": _stage,
    "process": _process,
    "role": _role,
    "team": _team,
    "person": _person,
    "action": _action,
    "badge": _badge,
    "deadline": _deadline,
}
