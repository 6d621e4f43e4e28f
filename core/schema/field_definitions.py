"""What a field added at run time must be, so that a bad definition is refused before anything reads it."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from ...hooks.text import Text
from ..errors import Invalid, Problem
from .definitions import BAD_NAME, NAME
from .fields import Field
from .kind import Kind, Store
from .options import option_problems
from .registry import Kinds
from .reserved import FACTS_OF_DATA, FORM_NAMES, LIST_PARAMETERS, RANGES

_NAME_STAYS = Text(
    "代号和所属类型不能修改；可以停用它，另建一个",
    "a field's name and kind can't be changed: retire it and make another",
)


def check_field(kinds: Kinds, store: Store, values: Mapping[str, Any], model: type[Any]) -> None:
    """Raise Invalid if no field can be made of this definition; `model` is that of kinds kept as data."""
    kind, name = str(values.get("kind") or ""), str(values.get("name") or "")
    if (bundled := open_field(kinds, kind, name)) is not None:
        _check_bundled(kinds, store, bundled, values)
        return
    problems = [Problem("kind", text) for text in _kind_problems(kinds, store, kind)]
    if not problems:
        problems += [Problem("name", text) for text in _name_problems(kinds, store, kind, name, model)]
        problems += [Problem("name", text) for text in _filter_problems(kinds, store, values)]
    problems += [Problem("target", text) for text in _target_problems(kinds, store, values)]
    problems += [Problem("options", text) for text in option_problems(values.get("options"))]
    problems += _mask_problems(values)
    problems += _more_problems(kinds, store, values)
    if problems:
        raise Invalid(problems)


def open_field(kinds: Kinds, kind: str, name: str) -> Field | None:
    """Return the field of a bundled kind by that name whose options operations may edit, if it is one."""
    here = kinds.get(kind)
    found = here.by_name.get(name) if here is not None and not here.data else None
    return found if found is not None and not found.extra and found.open else None


def _check_bundled(kinds: Kinds, store: Store, field: Field, values: Mapping[str, Any]) -> None:
    """Raise Invalid unless a definition says no more of a bundled field than its options, words and hint."""
    problems = [Problem("options", text) for text in option_problems(values.get("options"))]
    if any(one.kind == values["kind"] for one in store.related("field_definition", name=field.name)):
        words = Text(
            f"「{field.name}」已有设置；请修改那一份", f"there is a definition of {field.name!r}: change that one"
        )
        problems.append(Problem("name", words))
    problems += [*_bundled_problems(field, values), *_more_problems(kinds, store, values)]
    if problems:
        raise Invalid(problems)


def _bundled_problems(field: Field, values: Mapping[str, Any]) -> Iterator[Problem]:
    fixed = {"type": field.type, "mask": field.mask, "target": field.to, "indexed": False, "plugin": "", "trade": ""}
    for name, wanted in fixed.items():
        if (values.get(name) or "") != (wanted or ""):
            yield Problem(
                name, Text("这是自带的字段，这一项不能改", "this is a bundled field: this of it can't be changed")
            )
    given = values.get("options")
    kept = {one.get("value") for one in given if isinstance(one, Mapping)} if isinstance(given, list | tuple) else set()
    for value, words in field.options:
        if value not in kept and (field.came_with is None or value in field.came_with):
            yield Problem(
                "options",
                Text(
                    f"自带的选项「{words.zh}」不能删，可以停用",
                    f"the bundled option “{words.en}” can be retired, not taken out",
                ),
            )


def _more_problems(kinds: Kinds, store: Store, values: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield what is wrong with the trade that a field is only for, and with when it is needed."""
    trade = str(values.get("trade") or "")
    if trade and not store.related("plugin", 1, name=trade):
        known = sorted(row.name for row in store.related("plugin"))
        yield Problem("trade", unknown("插件", "plugin", trade, known))
    when = values.get("needed_when")
    if when:
        yield from (Problem("needed_when", text) for text in _when_problems(kinds, store, values, when))


def _when_problems(kinds: Kinds, store: Store, values: Mapping[str, Any], when: Any) -> Iterator[Text]:
    if not isinstance(when, Mapping) or set(when) != {"field", "in"} or not isinstance(when["in"], list | tuple):
        yield Text('应为 {"field": 字段, "in": [值]}', 'is {"field": a field, "in": [values]}')
        return
    kind, other = str(values.get("kind")), str(when["field"])
    options = {one.name: [value for value, _ in one.options] for one in kinds.of(kind)}
    for row in store.related("field_definition", kind=kind):
        options[row.name] = [one["value"] for one in row.options or ()]
    if other not in options or other == values.get("name"):
        yield unknown("字段", "field", other, sorted(options))
        return
    for value in when["in"]:
        if options[other] and value not in options[other]:
            yield unknown("选项", "option", str(value), options[other])


def unknown(zh: str, en: str, name: str, known: Sequence[str]) -> Text:
    """Return the words for a name that is not there, with the nearest that is."""
    near = difflib.get_close_matches(name[:80], known, 1)
    if near:
        return Text(
            f"没有{zh}「{name[:80]}」，是不是「{near[0]}」？", f"no {en} {name[:80]!r}; did you mean {near[0]!r}?"
        )
    listed = ", ".join(known[:20])
    return Text(
        f"没有{zh}「{name[:80]}」；可选：{listed or '无'}", f"no {en} {name[:80]!r}; there are {listed or 'none'}"
    )


def check_field_change(
    kinds: Kinds, store: Store, present: Any, changed: Mapping[str, Any], held: Callable[[], bool]
) -> None:
    """Raise Invalid if a field can't become this; `held` says whether any record has a value of it."""
    values = {**present.__data__, **changed}
    if (bundled := open_field(kinds, present.kind, present.name)) is not None:
        problems = [*_bundled_problems(bundled, values), *_more_problems(kinds, store, values)]
        if (values["kind"], values["name"]) != (present.kind, present.name):
            problems.append(Problem("name", _NAME_STAYS))
        problems += [Problem("options", text) for text in option_problems(values["options"])]
        if problems:
            raise Invalid(problems)
        return
    problems = []
    if (values["kind"], values["name"]) != (present.kind, present.name):
        problems.append(Problem("name", _NAME_STAYS))
    turned = (values["type"], values["target"]) != (present.type, present.target)
    if turned:
        problems += [Problem("type", text) for text in _turned_problems(present, held)]
        problems += [Problem("type", text) for text in _filter_problems(kinds, store, values)]
        problems += [Problem("target", text) for text in _target_problems(kinds, store, values)]
    if values["options"] != present.options:
        problems += [Problem("options", text) for text in option_problems(values["options"])]
    if turned or values["mask"] != present.mask:
        problems += _mask_problems(values)
    if {"trade", "needed_when"} & {name for name, value in changed.items() if value != getattr(present, name)}:
        problems += _more_problems(kinds, store, values)
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
