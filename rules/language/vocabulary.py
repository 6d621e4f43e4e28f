"""What rules may speak of: facts with their types, triggers, actions with their arguments.

The rules package knows no word of its own: whoever embeds it hands it a vocabulary.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

FieldKind = Literal["text", "number", "bool", "datetime", "list"]
ArgKind = Literal["text", "number", "scalar", "texts", "field"]


Title = tuple[str, str]
"""A name for people, in Chinese and English; ("", "") where there is none yet."""


@dataclass(frozen=True)
class FieldType:
    """The type of one fact; `options`, if any, are the only values it takes, `labels` their names for people.

    A bool's labels are whole clauses under "true" and "false": 线索已响应, 线索尚未响应.
    `suggestions` are values to offer where any text is taken; `unit` is "元", "分钟" and the like.
    `writable` says that an action may set it: what is counted, or belongs to another record, is not.
    `names` says what its values are names of ("team"), `known` those that there are: any other is a mistake.
    """

    kind: FieldKind
    options: tuple[str, ...] = ()
    title: Title = ("", "")
    labels: Mapping[str, Title] = field(default_factory=dict, compare=False)
    suggestions: tuple[str, ...] = ()
    unit: Title = ("", "")
    writable: bool = False
    names: str = ""
    known: tuple[str, ...] | None = None


@dataclass(frozen=True)
class ArgSpec:
    """One argument of an action. `options` limit it; a value starting with one of `prefixes` is taken too.

    `names` says what it is a name of ("team"). `known` are the names that there are, where they are known: any other
    is a mistake, unless it holds a fact; `shared` those of them that more than one has, each with what to write
    instead. A number lies between `least` and `most`, and is an integer if it is `whole`.
    """

    kind: ArgKind = "text"
    required: bool = False
    options: tuple[str, ...] = ()
    prefixes: tuple[str, ...] = ()
    title: Title = ("", "")
    labels: Mapping[str, Title] = field(default_factory=dict, compare=False)
    suggestions: tuple[str, ...] = ()
    names: str = ""
    known: tuple[str, ...] | None = None
    shared: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    least: float = 0
    most: float | None = None
    whole: bool = False


@dataclass(frozen=True)
class CatchAll:
    """Why a decision table that takes an action needs a last row for everything.

    `table` says what kind of table it is, `reason` why, `missing` that the last row leaves the action out.
    """

    table: Title
    reason: Title
    missing: Title


Writes = Callable[[Mapping[str, Any], str, int], dict[str, Any]]


@dataclass(frozen=True)
class ActionSpec:
    """The arguments of one action, its words, and what it does as far as rules can tell.

    Of each set in `one_of` exactly one argument must be given. An action `before_saving` judges a record that is
    about to be written (a trigger ending in ".saving"), all others follow from what was written. `phrase` is its
    sentence with the arguments in braces; what stands in [brackets] is said only if its argument is given.
    `writes` returns which facts become what, from the arguments, the group of facts it acts on, and the number
    of the step in a chain; `told_by` names the arguments that tell two such writes apart. `repeats` says that
    doing it twice on one record is a mistake. `timer` says that it starts a timer, closes it, or holds it up, `locks` that it
    locks or unlocks the record. `catch_all` says that a decision table with it must have a row for the rest.
    """

    args: Mapping[str, ArgSpec]
    one_of: tuple[tuple[str, ...], ...] = ()
    title: Title = ("", "")
    before_saving: bool = False
    phrase: Title = ("", "")
    writes: Writes | None = None
    told_by: tuple[str, ...] = ()
    repeats: bool = False
    timer: Literal["", "start", "close", "hold"] = ""
    locks: bool | None = None
    catch_all: CatchAll | None = None


@dataclass(frozen=True)
class CollectionType:
    """Related records a rule may `match` against, such as the customer's contracts, with a row's fields."""

    fields: Mapping[str, FieldType]
    title: Title = ("", "")


@dataclass(frozen=True)
class EventType:
    """What an event brings: the `groups` of facts it has (the first part of their names).

    Actions act on the record of the group `subject`, and lock that of `lockable`. When the event is over, the
    facts of `passing` groups are gone.
    """

    groups: frozenset[str]
    subject: str
    lockable: str = ""
    passing: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Timer:
    """How rules know a timer: the facts of its name and length, and the events of its being missed or near.

    `others` says that somebody else may start one, too: that no rule does is no proof of a mistake then.
    """

    name: str
    length: str
    missed: str
    warned: str
    when_missed: Mapping[str, Any] = field(default_factory=dict)
    others: bool = True


@dataclass(frozen=True)
class Owned:
    """Records that should not stay without an owner: on the event that brings them, this fact is set by some rule.

    `given` holds of those that count; `title` is what people call such a record.
    """

    event: str
    fact: str
    given: tuple[tuple[str, Any], ...]
    title: Title
    action: str


@dataclass(frozen=True)
class Vocabulary:
    """Everything a rule may name. Facts under one of `open_prefixes` are taken untyped.

    `events` say more of triggers. `changes` names, for facts whose change has an event of its own, that event, the
    most telling first; any other change is `<group>.changed`. `staged` are the facts of an event that tell a
    change of the fact they are under: ("lead.stage", ("event.from_stage", "event.to_stage")).
    """

    fields: Mapping[str, FieldType]
    triggers: frozenset[str]
    actions: Mapping[str, ActionSpec] = field(default_factory=dict)
    open_prefixes: tuple[str, ...] = ()
    trigger_titles: Mapping[str, Title] = field(default_factory=dict)
    collections: Mapping[str, CollectionType] = field(default_factory=dict)
    events: Mapping[str, EventType] = field(default_factory=dict)
    changes: Mapping[str, str] = field(default_factory=dict)
    staged: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    timer: Timer | None = None
    owned: tuple[Owned, ...] = ()

    @cached_property
    def shared_titles(self) -> frozenset[str]:
        """The titles, in either language, that more than one fact has."""
        titles = Counter(title for one in self.fields.values() for title in set(one.title) if title)
        return frozenset(title for title, count in titles.items() if count > 1)

    def knows(self, name: str) -> bool:
        """Say whether `name` is a fact of this vocabulary."""
        return name in self.fields or any(name.startswith(p) and len(name) > len(p) for p in self.open_prefixes)

    @cached_property
    def groups(self) -> tuple[str, ...]:
        """The groups of facts: the first parts of their names."""
        return tuple(dict.fromkeys(name.partition(".")[0] for name in self.fields))

    def event_of(self, changed: Mapping[str, Any]) -> str:
        """Return the event that a change of these facts is: the most telling one."""
        named = next((event for fact, event in self.changes.items() if fact in changed), None)
        return named or f"{next(iter(changed)).partition('.')[0]}.changed"

    def actions_with_timer(self, what: str) -> frozenset[str]:
        """Return the names of the actions that start, close, or hold up, a timer."""
        return frozenset(name for name, spec in self.actions.items() if spec.timer == what)
