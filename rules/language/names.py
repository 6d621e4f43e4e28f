"""Which names a rule uses: events, facts, the values it compares them with, actions and what their arguments name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal, NamedTuple

from .conditions import All, Condition, Leaf, Not
from .documents import Rule
from .match import alias_of
from .templates import DERIVED, fact_names

Sort = Literal["event", "fact", "value", "collection", "action", "argument"]
_COMPARED = ("==", "!=", "in", "not_in", "contains")


class Use(NamedTuple):
    """One name in a rule. `of` is, for a value, the fact it is compared with or set to; for an argument "action.argument".

    A field of a related record is called "<collection>.<field>", whatever the rule calls the row. `path` lies in the
    rule's document, or is the row of a decision table.
    """

    sort: Sort
    name: str
    path: str
    of: str = ""


def uses_of(rule: Rule) -> Iterator[Use]:
    """Yield every name that a rule uses, as often as it does; derived facts are the rules' own and are left out."""
    place = f"rows[{rule.row - 1}]" if rule.row is not None else ""
    for use in _uses(rule):
        yield use._replace(path=place) if place and use.sort != "event" else use


def _uses(rule: Rule) -> Iterator[Use]:
    for index, event in enumerate(rule.trigger):
        yield Use("event", event, "trigger" if len(rule.trigger) == 1 else f"trigger[{index}]")
    rows = {item.alias: item.of for item in rule.match}
    for index, item in enumerate(rule.match):
        yield Use("collection", item.of, f"match[{index}].of")
        yield from _of_condition(item.where, f"match[{index}].where", rows)
    yield from _of_condition(rule.when, "when", rows)
    for index, action in enumerate(rule.then):
        yield Use("action", action.name, f"then[{index}]")
        yield from _of_arguments(action.name, action.args, f"then[{index}].{action.name}", rows)


def _of_condition(condition: Condition, path: str, rows: Mapping[str, str]) -> Iterator[Use]:
    if isinstance(condition, Leaf):
        yield from _of_leaf(condition, path, rows)
    elif isinstance(condition, Not):
        yield from _of_condition(condition.item, f"{path}.not", rows)
    else:
        key = "all" if isinstance(condition, All) else "any"
        for index, item in enumerate(condition.items):
            yield from _of_condition(item, f"{path}.{key}[{index}]", rows)


def _of_leaf(leaf: Leaf, path: str, rows: Mapping[str, str]) -> Iterator[Use]:
    if not leaf.derived:
        yield Use("fact", _fact(leaf.name, rows), f"{path}.field")
        if leaf.op in _COMPARED and leaf.than is None:
            values = leaf.value if isinstance(leaf.value, tuple | list) else (leaf.value,)
            for value in values:
                if isinstance(value, str):
                    yield Use("value", value, f"{path}.value", _fact(leaf.name, rows))
    if leaf.than is not None and not leaf.than.startswith(DERIVED):
        yield Use("fact", _fact(leaf.than, rows), f"{path}.than")


def _of_arguments(action: str, args: Mapping[str, Any], path: str, rows: Mapping[str, str]) -> Iterator[Use]:
    field = args.get("field") if "value" in args else None
    if isinstance(field, str):
        yield Use("fact", field, f"{path}.field")
    for name, value in args.items():
        where = f"{path}.{name}"
        named = [one for one in fact_names(value) if not one.startswith(DERIVED)]
        for fact in named:
            yield Use("fact", _fact(fact, rows), where)
        if not isinstance(value, str) or not value or "{" in value or (name == "field" and isinstance(field, str)):
            continue
        if name == "value" and isinstance(field, str):
            yield Use("value", value, where, field)
        else:
            yield Use("argument", value, where, f"{action}.{name}")


def _fact(name: str, rows: Mapping[str, str]) -> str:
    alias = alias_of(name)
    return f"{rows[alias]}.{name.removeprefix(f'{alias}.')}" if alias in rows else name
