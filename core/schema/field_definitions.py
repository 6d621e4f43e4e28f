"""What a field added at run time must be, so that a bad definition is refused before anything reads it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ...hooks.text import Text
from ..errors import Invalid, Problem
from .definitions import BAD_NAME, NAME
from .kind import Kind, Store
from .registry import Kinds
from .reserved import FACTS_OF_DATA, FORM_NAMES, LIST_PARAMETERS, RANGES

_LONGEST_VALUE, _LONGEST_WORDS = 100, 200
_SHAPE = Text(
    "应为选项的列表，每项含 value、zh、en 三段文字，如 [{value: small, zh: 小, en: Small}]",
    'is a list of options, each with the texts value, zh and en, e.g. [{"value": "small", "zh": "小", "en": "Small"}]',
)
_PARTS = {"value", "zh", "en"}


def check_field(kinds: Kinds, store: Store, values: Mapping[str, Any], model: type[Any]) -> None:
    """Raise Invalid if no field can be made of this definition; `model` is that of kinds kept as data."""
    kind, name = str(values.get("kind") or ""), str(values.get("name") or "")
    problems = [Problem("kind", text) for text in _kind_problems(kinds, store, kind)]
    if not problems:
        problems += [Problem("name", text) for text in _name_problems(kinds, store, kind, name, model)]
        problems += [Problem("name", text) for text in _filter_problems(kinds, store, values)]
    problems += [Problem("target", text) for text in _target_problems(kinds, store, values)]
    problems += [Problem("options", text) for text in _option_problems(values.get("options"))]
    problems += _mask_problems(values)
    if problems:
        raise Invalid(problems)


def check_field_change(
    kinds: Kinds, store: Store, present: Any, changed: Mapping[str, Any], held: Callable[[], bool]
) -> None:
    """Raise Invalid if a field can't become this; `held` says whether any record has a value of it."""
    values = {**present.__data__, **changed}
    problems = []
    if (values["kind"], values["name"]) != (present.kind, present.name):
        words = Text(
            "代号和所属类型不能修改；可以停用它，另建一个",
            "a field's name and kind can't be changed: retire it and make another",
        )
        problems.append(Problem("name", words))
    turned = (values["type"], values["target"]) != (present.type, present.target)
    if turned:
        problems += [Problem("type", text) for text in _turned_problems(present, held)]
        problems += [Problem("type", text) for text in _filter_problems(kinds, store, values)]
        problems += [Problem("target", text) for text in _target_problems(kinds, store, values)]
    if values["options"] != present.options:
        problems += [Problem("options", text) for text in _option_problems(values["options"])]
    if turned or values["mask"] != present.mask:
        problems += _mask_problems(values)
    if problems:
        raise Invalid(problems)


def _mask_problems(values: Mapping[str, Any]) -> list[Problem]:
    """Of other values than texts no part can be shown."""
    if not values.get("mask") or values.get("type") == "text":
        return []
    return [Problem("mask", Text("只有文本字段可以脱敏", "only fields of text can be masked"))]


def _turned_problems(present: Any, held: Callable[[], bool]) -> Iterator[Text]:
    if held():
        yield Text(
            f"已有记录填了「{present.label_zh}」，它的类型和指向不能再改；可以停用它，另建一个字段",
            f"records hold a value of “{present.label_en}”, so its type and what it refers to stay: "
            "retire the field (active: false) and make another",
        )


def _kind_problems(kinds: Kinds, store: Store, kind: str) -> Iterator[Text]:
    here = kinds.get(kind)
    if here is None and not store.related("kind_definition", 1, name=kind):
        yield Text(f"没有「{kind}」这类记录", f"there is no kind {kind!r}")
    elif here is not None and not extensible(here):
        able = ", ".join(one.name for one in kinds.values() if extensible(one))
        yield Text(f"「{kind}」不能加字段；可以加的有：{able}", f"no field can be added to {kind!r}, only to {able}")


def extensible(kind: Kind) -> bool:
    """Say whether fields can be added to a kind: its records have a place for their values."""
    return "extra" in kind.columns


def _name_problems(kinds: Kinds, store: Store, kind: str, name: str, model: type[Any]) -> Iterator[Text]:
    if not NAME.fullmatch(name):
        yield BAD_NAME
    elif any(one.kind == kind for one in store.related("field_definition", name=name)):
        yield Text(f"字段「{name}」已经存在", f"there is a field {name!r} already")
    elif name in FORM_NAMES or is_taken(kinds.get(kind), name, model) or name in _own_names(kinds, store, kind):
        yield Text(f"「{name}」已有所指，请换一个代号", f"{name!r} is taken: take another")


def is_taken(here: Kind | None, name: str, model: type[Any]) -> bool:
    """Say whether records of a kind have something of that name by themselves."""
    if here is None or here.data:
        return name in FACTS_OF_DATA or hasattr(model, name)
    return hasattr(here.model, name)


def _own_names(kinds: Kinds, store: Store, kind: str) -> set[str]:
    """Return the names that a kind's references and its creating call need."""
    here = kinds.get(kind)
    found = set(here.inputs or ()) if here is not None else set()
    for row in store.related("kind_definition", 1, name=kind):
        found |= {f"{parent}_id" for parent in row.belongs_to}
    return found


def _filter_problems(kinds: Kinds, store: Store, values: Mapping[str, Any]) -> Iterator[Text]:
    """Lists are narrowed by `<number>_min` and the like: no other field may be called so."""
    kind, name, type_ = str(values["kind"]), str(values["name"]), str(values["type"])
    types = {"created_at": "moment", "updated_at": "moment"}
    types |= {field.name: field.type for field in kinds.of(kind)}
    types |= {row.name: row.type for row in store.related("field_definition", kind=kind)}
    types[name] = type_
    for other, its_type in types.items():
        for end in (*RANGES.get(its_type, ()), *(("_is",) if other in LIST_PARAMETERS else ())):
            clash = f"{other}{end}"
            if clash in types and name in (other, clash):
                yield Text(
                    f"「{clash}」是按「{other}」筛选的参数，不能又是一个字段；请换一个代号",
                    f"{clash!r} narrows lists by {other!r} and can't be a field as well: take another name",
                )


def _target_problems(kinds: Kinds, store: Store, values: Mapping[str, Any]) -> Iterator[Text]:
    target = str(values.get("target") or "")
    if values.get("type") != "reference" or target in kinds:
        return
    made = store.related("kind_definition", 1, name=target)
    if not any(row.active and row.plugin in ("", values.get("plugin")) for row in made):
        yield Text(f"没有「{target}」这类记录", f"there is no kind {target!r} to refer to")


def options_of(value: Any) -> tuple[tuple[str, Text], ...]:
    """Return the options that a definition holds. Raises Invalid for what is none.

    One that an earlier Clew took, and that could be read, is still read.
    """
    if not isinstance(value or [], list) or not all(_is_option(one) for one in value or ()):
        raise Invalid([Problem("options", _SHAPE)])
    return tuple((one["value"], Text(one["zh"], one["en"])) for one in value or ())


def _is_option(one: Any) -> bool:
    return isinstance(one, Mapping) and all(isinstance(one.get(part), str) for part in _PARTS)


def _option_problems(value: Any) -> Iterator[Text]:
    """Whoever picks an option types its value or its words, so none may be that of two."""
    if value is None:
        return
    if not isinstance(value, list | tuple) or not all(isinstance(one, Mapping) and set(one) == _PARTS for one in value):
        yield _SHAPE
        return
    seen: dict[str, int] = {}
    for number, one in enumerate(value, 1):
        if faults := list(_part_problems(number, one)):
            yield from faults
            continue
        for text in {one["value"].lower(), one["zh"].lower(), one["en"].lower()}:
            if seen.setdefault(text, number) != number:
                yield Text(
                    f"第 {seen[text]} 项和第 {number} 项都叫「{text}」",
                    f"options {seen[text]} and {number} are both called {text!r}",
                )


def _part_problems(number: int, option: Mapping[str, Any]) -> Iterator[Text]:
    for part, longest in (("value", _LONGEST_VALUE), ("zh", _LONGEST_WORDS), ("en", _LONGEST_WORDS)):
        text = option[part]
        if not isinstance(text, str) or not text.strip():
            yield Text(f"第 {number} 项的 {part} 应为文字，不能空", f"option {number}: {part} is a text and not empty")
        elif text != text.strip() or len(text) > longest:
            yield Text(
                f"第 {number} 项的 {part} 最多 {longest} 个字，前后没有空格",
                f"option {number}: {part} has at most {longest} characters and no space around it",
            )
