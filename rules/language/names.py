"""Which names a rule uses: events, facts, the values it compares them with, actions and what their arguments name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple

from .conditions import Leaf
from .documents import Rule
from .mentions import Mention, mentions

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
    """Yield every name that a rule uses, as often as it does; derived facts are the rules' own and are left out.

    Of values and arguments only those that can be names: texts that hold no fact, compared for what they are.
    """
    place = f"rows[{rule.row - 1}]" if rule.row is not None else ""
    for mention in mentions(rule):
        if (use := _use(mention, rule)) is not None:
            yield use._replace(path=place) if place and use.sort != "event" else use


def _use(mention: Mention, rule: Rule) -> Use | None:
    by, path, value = mention.by, mention.path, mention.value
    if mention.what == "event":
        return Use("event", mention.name, "trigger" if len(rule.trigger) == 1 else path)
    if mention.what in ("value", "argument"):
        if not isinstance(value, str):
            return None
        if isinstance(by, Leaf):
            return Use("value", value, path, mention.name) if by.op in _COMPARED else None
        if by is None or not value or "{" in value or (mention.what == "argument" and _sets_field(mention)):
            return None
        return Use(mention.what, value, path, mention.name)
    if mention.what == "fact" and by is not None and not isinstance(by, Leaf):
        named = path.endswith(".field") and "value" not in by.args
        return None if named else Use("fact", mention.name, path)
    return Use(mention.what, mention.name, f"{path}.{mention.side}" if mention.side else path)


def _sets_field(mention: Mention) -> bool:
    """Say whether an argument is one half of setting a field: that fact and its value are mentioned by themselves."""
    args = mention.by.args if mention.by is not None and not isinstance(mention.by, Leaf) else {}
    half = mention.name.rpartition(".")[2] in ("field", "value")
    return half and isinstance(args.get("field"), str) and "value" in args
