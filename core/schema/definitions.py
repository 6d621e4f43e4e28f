"""What a kind or field made at run time must be, so that a bad definition is refused before anything reads it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ...hooks.text import Text
from ..errors import Invalid, Problem
from .fields import MASKS
from .kind import Store
from .registry import Kinds

_NAME = re.compile(r"[a-z][a-z0-9_]{1,39}")
_WORDS_OF_RULES = ("event", "owner", "derived")
_BAD_NAME = Text(
    "代号须是 2 至 40 位的小写英文、数字和下划线，如 sample",
    "a name is 2 to 40 lower-case letters, digits and underscores, e.g. sample",
)


def check_kind(kinds: Kinds, values: Mapping[str, Any], present: str = "") -> None:
    """Raise Invalid if no kind can be made of this definition; `present` is the name of the one it changes."""
    name = str(values.get("name") or "")
    problems = [
        *(Problem("name", text) for text in _name_problems(kinds, name, present)),
        *(Problem("belongs_to", text) for text in _parent_problems(kinds, name, values.get("belongs_to") or ())),
    ]
    if problems:
        raise Invalid(problems)


def _name_problems(kinds: Kinds, name: str, present: str) -> Iterator[Text]:
    if not _NAME.fullmatch(name) or name in _WORDS_OF_RULES:
        yield _BAD_NAME
    elif present and name != present:
        yield Text("代号不能修改", "a kind's name can't be changed")
    elif not present and name in kinds:
        yield Text(f"「{name}」已经存在", f"there is a kind {name!r} already")
    elif not present and f"{name}s" in kinds.collections:
        yield Text(
            f"「{name}s」在规则里已有所指，请换一个代号", f"rules know {name + 's'!r} as something else: take another"
        )


def _parent_problems(kinds: Kinds, name: str, parents: Any) -> Iterator[Text]:
    known = ", ".join(kind.name for kind in kinds.ruled)
    if not isinstance(parents, list | tuple) or not all(isinstance(one, str) for one in parents):
        yield Text(f"归属应为列表；可选：{known}", f"belongs_to is a list of kinds; there are {known}")
        return
    for parent in parents:
        if parent not in kinds or not kinds[parent].ruled:
            yield Text(f"不能归属「{parent}」；可选：{known}", f"records can't belong to {parent!r}; there are {known}")
        elif parent == name or name in _ancestors(kinds, parent):
            yield Text(f"「{parent}」自己就归属「{name}」", f"{parent} itself belongs to {name}")


def _ancestors(kinds: Kinds, name: str) -> set[str]:
    found: set[str] = set()
    waiting = [name]
    while waiting:
        for field in kinds[waiting.pop()].parents:
            if field.to in kinds and field.to not in found:
                found.add(field.to)
                waiting.append(field.to)
    return found


def check_field(kinds: Kinds, store: Store, values: Mapping[str, Any], model: type[Any], present: Any = None) -> None:
    """Raise Invalid if no field can be made of this definition.

    `model` is that of kinds kept as data, `present` the definition that is changed, if any.
    """
    kind, name = str(values.get("kind") or ""), str(values.get("name") or "")
    here = kinds.get(kind)
    problems = []
    if here is None and not store.related("kind_definition", 1, name=kind):
        problems.append(Problem("kind", Text(f"没有「{kind}」这类记录", f"there is no kind {kind!r}")))
    if not _NAME.fullmatch(name):
        problems.append(Problem("name", _BAD_NAME))
    elif present is not None and (kind, name) != (present.kind, present.name):
        problems.append(Problem("name", Text("代号不能修改", "a field's name can't be changed")))
    elif hasattr(model if here is None or here.data else here.model, name) and not _added(kinds, kind, name):
        problems.append(Problem("name", Text(f"「{name}」已有所指，请换一个代号", f"{name!r} is taken: take another")))
    elif present is None and any(one.kind == kind for one in store.related("field_definition", name=name)):
        problems.append(Problem("name", Text(f"字段「{name}」已经存在", f"there is a field {name!r} already")))
    target = str(values.get("target") or "")
    if values.get("type") == "reference" and target not in kinds:
        problems.append(
            Problem("target", Text(f"没有「{target}」这类记录", f"there is no kind {target!r} to refer to"))
        )
    problems += _mask_problems(values, present)
    if problems:
        raise Invalid(problems)


def _mask_problems(values: Mapping[str, Any], present: Any) -> list[Problem]:
    """Return what is wrong with a field's mask: of other values than texts no part can be shown.

    One that stands from before is no obstacle to other changes: the field can be switched off.
    """
    if present is not None and (present.mask, present.type) == (values.get("mask"), values.get("type")):
        return []
    mask, known = str(values.get("mask") or ""), ", ".join(MASKS)
    if not mask or (mask in MASKS and values.get("type") == "text"):
        return []
    if mask in MASKS:
        return [Problem("mask", Text("只有文本字段可以脱敏", "only fields of text can be masked"))]
    return [Problem("mask", Text(f"没有脱敏方式「{mask}」；可选：{known}", f"no mask {mask!r}; there are {known}"))]


def _added(kinds: Kinds, kind: str, name: str) -> bool:
    field = kinds.field(kind, name)
    return field is not None and field.extra
