"""What a kind or field made at run time must be, so that a bad definition is refused before anything reads it.

Definitions are held against all others, those not in force too: what is off today may be on tomorrow.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ...hooks.text import Text
from ..errors import Invalid, Problem
from .kind import Store
from .registry import Kinds

NAME = re.compile(r"[a-z][a-z0-9_]{1,39}")
_WORDS_OF_RULES = ("event", "owner", "derived")
BAD_NAME = Text(
    "代号须是 2 至 40 位的小写英文、数字和下划线，如 sample",
    "a name is 2 to 40 lower-case letters, digits and underscores, e.g. sample",
)
_NAME_STAYS = Text(
    "代号不能修改；可以停用它，另建一个", "a kind's name can't be changed: switch it off and make another"
)


def check_kind(kinds: Kinds, store: Store, values: Mapping[str, Any], present: Any = None) -> None:
    """Raise Invalid if no kind can be made of this definition; `present` is the one it changes, as it was."""
    name = str(values.get("name") or "")
    problems = [Problem("name", text) for text in _name_problems(kinds, store, name, present)]
    if present is None or values.get("belongs_to") != present.belongs_to:
        problems += [Problem("belongs_to", text) for text in _parent_problems(kinds, store, values, present)]
    if not problems and (present is None or _joins(values, present)):
        problems += [Problem("belongs_to", text) for text in _circle_problems(store, values)]
    if present is None or values.get("process") != present.process:
        problems += [Problem("process", text) for text in _process_problems(store, name, values.get("process"))]
    if problems:
        raise Invalid(problems)


def _joins(values: Mapping[str, Any], present: Any) -> bool:
    """Say whether a change makes a kind belong to others, or brings it back with what it belongs to."""
    comes_back = bool(values.get("active")) and not present.active
    return comes_back or values.get("belongs_to") != present.belongs_to


def _name_problems(kinds: Kinds, store: Store, name: str, present: Any) -> Iterator[Text]:
    if present is not None:
        if name != present.name:
            yield _NAME_STAYS
    elif not NAME.fullmatch(name):
        yield BAD_NAME
    elif name in _WORDS_OF_RULES:
        yield Text(
            f"「{name}」在规则里另有所指，是保留的；请换一个代号，如 {name}_record",
            f"{name!r} is reserved, it means something else in rules: take another, e.g. {name}_record",
        )
    elif (found := next(iter(store.related("kind_definition", 1, name=name)), None)) is not None:
        yield _taken_by(found)
    elif name in kinds:
        title = kinds[name].title
        yield Text(
            f"代号「{name}」已经存在：自带的「{title.zh}」；请换一个",
            f"there is a kind {name!r} already, {title.en}, which is bundled: take another name",
        )
    elif f"{name}s" in kinds.collections:
        yield Text(
            f"「{name}s」在规则里已有所指，请换一个代号", f"rules know {name + 's'!r} as something else: take another"
        )


def _taken_by(row: Any) -> Text:
    zh, en = row.title_zh, row.title_en
    if not row.active:
        return Text(
            f"代号「{row.name}」已经存在：停用了的「{zh}」；恢复它，或换一个代号",
            f"there is a kind {row.name!r} already, {en}, which is retired: bring it back, or take another name",
        )
    return Text(
        f"代号「{row.name}」已经存在：「{zh}」；请换一个",
        f"there is a kind {row.name!r} already, {en}: take another name",
    )


def _parent_problems(kinds: Kinds, store: Store, values: Mapping[str, Any], present: Any) -> Iterator[Text]:
    parents = values.get("belongs_to") or ()
    possible = _possible_parents(kinds, store, str(values.get("plugin") or ""))
    known = ", ".join(possible)
    if not is_list_of_names(parents):
        yield Text(f"归属应为列表；可选：{known}", f"belongs_to is a list of kinds; there are {known}")
        return
    kept = present.belongs_to if present is not None else ()
    taken = {row.name for row in store.related("field_definition", kind=str(values.get("name")))}
    for parent in dict.fromkeys(parents):
        if parent not in possible and parent not in kept:
            yield Text(f"不能归属「{parent}」；可选：{known}", f"records can't belong to {parent!r}; there are {known}")
        if parents.count(parent) > 1:
            yield Text(f"「{parent}」写了两次", f"{parent!r} is named twice")
        if f"{parent}_id" in taken and parent not in kept:
            yield Text(
                f"已有字段「{parent}_id」，归属「{parent}」也要用这个代号",
                f"there is a field {parent + '_id'!r}, the name that belonging to {parent!r} needs",
            )


def _possible_parents(kinds: Kinds, store: Store, plugin: str) -> tuple[str, ...]:
    """Return what records can belong to: kinds in force, and those defined in this very transaction."""
    rows = store.related("kind_definition")
    others = (row.name for row in reversed(rows) if row.active and row.plugin in ("", plugin))
    return tuple(dict.fromkeys((*(kind.name for kind in kinds.ruled), *others)))


def _circle_problems(store: Store, values: Mapping[str, Any]) -> Iterator[Text]:
    name, parents = str(values["name"]), values.get("belongs_to") or ()
    defined = {row.name: row.belongs_to for row in store.related("kind_definition")}
    for parent in parents:
        if name in ancestors({**defined, name: ()}, parent):
            yield Text(f"「{parent}」自己就归属「{name}」", f"{parent} itself belongs to {name}")


def ancestors(belongs_to: Mapping[str, Iterable[str]], name: str) -> set[str]:
    """Return a kind and all that it belongs to, by way of others too; `belongs_to` says what each belongs to."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        one = waiting.pop()
        if one not in found:
            found.add(one)
            waiting += [parent for parent in belongs_to.get(one, ()) if isinstance(parent, str)]
    return found


def is_list_of_names(value: Any) -> bool:
    """Say whether a value is a list of what kinds can be called."""
    return isinstance(value, list | tuple) and all(isinstance(one, str) and NAME.fullmatch(one) for one in value)


def _process_problems(store: Store, name: str, process: Any) -> Iterator[Text]:
    for row in store.related("process_definition", 1, name=str(process or "")):
        if row.kind != name:
            yield Text(
                f"流程「{process}」属于「{row.kind}」；请为「{name}」另建一个",
                f"the process {process!r} is one of {row.kind!r}: make another for {name!r}",
            )


def in_circles(definitions: Sequence[Any]) -> set[str]:
    """Return the names of those definitions that belong to each other: only an old database has any."""
    belongs_to = {row.name: row.belongs_to for row in definitions if is_list_of_names(row.belongs_to)}
    return {
        name for name, parents in belongs_to.items() if any(name in ancestors(belongs_to, parent) for parent in parents)
    }
