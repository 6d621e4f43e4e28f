"""What rules may speak of: facts with their types, triggers, actions with their arguments.

Core builds one from its field registry; `default_vocabulary` (default_facts.py) knows the fixed fields.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

FieldKind = Literal["text", "number", "bool", "datetime", "list"]
ArgKind = Literal["text", "number", "scalar", "texts", "field"]


Title = tuple[str, str]
"""A name for people, in Chinese and English; ("", "") where there is none yet."""


@dataclass(frozen=True)
class FieldType:
    """The type of one fact; `options`, if any, are the only values it takes, `labels` their names for people.

    A bool's labels are whole clauses under "true" and "false": 线索已响应, 线索尚未响应.
    `suggestions` are values to offer where any text is taken; `unit` is "元", "分钟" and the like.
    """

    kind: FieldKind
    options: tuple[str, ...] = ()
    title: Title = ("", "")
    labels: Mapping[str, Title] = field(default_factory=dict, compare=False)
    suggestions: tuple[str, ...] = ()
    unit: Title = ("", "")


@dataclass(frozen=True)
class ArgSpec:
    """One argument of an action. `options` limit it; a value starting with one of `prefixes` is taken too."""

    kind: ArgKind = "text"
    required: bool = False
    options: tuple[str, ...] = ()
    prefixes: tuple[str, ...] = ()
    title: Title = ("", "")
    labels: Mapping[str, Title] = field(default_factory=dict, compare=False)
    suggestions: tuple[str, ...] = ()


@dataclass(frozen=True)
class ActionSpec:
    """The arguments of one action. Of each set in `one_of` exactly one argument must be given.

    An action `before_saving` judges a record that is about to be written (a trigger ending in ".saving"),
    all others follow from what was written.
    """

    args: Mapping[str, ArgSpec]
    one_of: tuple[tuple[str, ...], ...] = ()
    title: Title = ("", "")
    before_saving: bool = False


@dataclass(frozen=True)
class CollectionType:
    """Related records a rule may `match` against, such as the customer's contracts, with a row's fields."""

    fields: Mapping[str, FieldType]
    title: Title = ("", "")


@dataclass(frozen=True)
class Vocabulary:
    """Everything a rule may name. Facts under one of `open_prefixes` are taken untyped."""

    fields: Mapping[str, FieldType]
    triggers: frozenset[str]
    actions: Mapping[str, ActionSpec] = field(default_factory=dict)
    open_prefixes: tuple[str, ...] = ()
    trigger_titles: Mapping[str, Title] = field(default_factory=dict)
    collections: Mapping[str, CollectionType] = field(default_factory=dict)

    @cached_property
    def shared_titles(self) -> frozenset[str]:
        """The titles, in either language, that more than one fact has."""
        titles = Counter(title for one in self.fields.values() for title in set(one.title) if title)
        return frozenset(title for title, count in titles.items() if count > 1)

    def knows(self, name: str) -> bool:
        """Say whether `name` is a fact of this vocabulary."""
        return name in self.fields or any(name.startswith(p) and len(name) > len(p) for p in self.open_prefixes)
