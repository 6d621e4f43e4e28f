"""What a rule names: the facts, values, arguments, events and collections of its document, each with its place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from .actions import Action
from .conditions import All, Condition, Leaf, Not
from .documents import Rule
from .match import Match, alias_of
from .templates import DERIVED, fact_names

What = Literal["fact", "value", "argument", "action", "event", "collection"]


@dataclass(frozen=True)
class Mention:
    """One name within a rule.

    `name` is that of a fact (a row's field as "<collection>.<field>"), an event, a collection, an action, or an
    argument as "<action>.<argument>". A "value" is compared with, or written into, the fact `name`. `path` is its
    place in the rule's document; `by` is the comparison or action it stands in, if it stands in one; `side` says of a
    compared fact which of the two it is.
    """

    what: What
    name: str
    value: Any = None
    path: str = ""
    by: Leaf | Action | None = None
    side: Literal["", "field", "than"] = ""


def mentions(rule: Rule) -> Iterator[Mention]:
    """Yield everything a rule names; what it derives itself is no name of anybody else's."""
    for number, event in enumerate(rule.trigger):
        yield Mention("event", event, path=f"trigger[{number}]")
    rows = {item.alias: item.of for item in rule.match}
    for number, item in enumerate(rule.match):
        yield from _of_match(item, f"match[{number}]", rows)
    yield from _of_condition(rule.when, "when", rows)
    for number, action in enumerate(rule.then):
        yield from _of_action(action, f"then[{number}]", rows)


def in_condition(condition: Condition) -> Iterator[Mention]:
    """Yield everything that a condition by itself names."""
    yield from _of_condition(condition, "when", {})


def _of_match(item: Match, path: str, rows: Mapping[str, str]) -> Iterator[Mention]:
    yield Mention("collection", item.of, path=f"{path}.of")
    yield from _of_condition(item.where, f"{path}.where", rows)


def _of_condition(condition: Condition, path: str, rows: Mapping[str, str]) -> Iterator[Mention]:
    if isinstance(condition, Leaf):
        yield from _of_leaf(condition, path, rows)
    elif isinstance(condition, Not):
        yield from _of_condition(condition.item, f"{path}.not", rows)
    else:
        word = "all" if isinstance(condition, All) else "any"
        for number, item in enumerate(condition.items):
            yield from _of_condition(item, f"{path}.{word}[{number}]", rows)


def _of_leaf(leaf: Leaf, path: str, rows: Mapping[str, str]) -> Iterator[Mention]:
    sides: tuple[Literal["field", "than"], ...] = ("field", "than")
    for name, side in zip(leaf.names, sides, strict=False):
        if not name.startswith(DERIVED):
            yield Mention("fact", _plain(name, rows), path=path, by=leaf, side=side)
    if leaf.derived or leaf.than is not None:
        return
    for value in leaf.value if isinstance(leaf.value, tuple) else (leaf.value,):
        if value is not None:
            yield Mention("value", _plain(leaf.name, rows), value, f"{path}.value", leaf)


def _of_action(action: Action, path: str, rows: Mapping[str, str]) -> Iterator[Mention]:
    yield Mention("action", action.name, path=path, by=action)
    for arg, value in action.args.items():
        where = f"{path}.{action.name}.{arg}"
        yield Mention("argument", f"{action.name}.{arg}", value, where, action)
        for name in fact_names(value):
            if not name.startswith(DERIVED):
                yield Mention("fact", _plain(name, rows), path=where, by=action)
    field = action.args.get("field")
    if isinstance(field, str):  # The rules' own checks read `field` and `value` so, too.
        yield Mention("fact", field, path=f"{path}.{action.name}.field", by=action)
        if "value" in action.args:
            yield Mention("value", field, action.args["value"], f"{path}.{action.name}.value", action)


def _plain(name: str, rows: Mapping[str, str]) -> str:
    alias = alias_of(name)
    return f"{rows[alias]}.{name.partition('.')[2]}" if alias in rows else name


__all__ = ["Mention", "What", "in_condition", "mentions"]
