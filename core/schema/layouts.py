"""What a layout must be, so that a bad one is refused before anything reads it.

`sections` are a list of `{"zh": …, "en": …, "fields": [names]}`, one of the titles suffices; fields that no section names stand in the first one,
where they stood. `columns` are the names of the columns that the list shows at first, empty: as without a layout.
`hints` are `{field: {"zh": …, "en": …}}`, for fields that bring none of their own or another one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ...hooks.text import Text
from ..errors import Invalid, Problem
from .field_definitions import unknown
from .kind import Store
from .registry import Kinds

_LONGEST_TITLE, _LONGEST_HINT, _MOST_SECTIONS, _MOST_COLUMNS = 40, 200, 20, 30
_BESIDE = ("created_at", "updated_at")


def check_layout(kinds: Kinds, store: Store, kind: str, values: Mapping[str, Any], wanted: str = "") -> None:
    """Raise Invalid if a kind can't be laid out so."""
    if wanted and wanted != kind:
        raise Invalid([Problem("kind", Text("布局属于哪类记录不能改", "whose layout it is can't be changed"))])
    defined = [row.name for row in store.related("field_definition", kind=kind)]  # In this transaction, too.
    made = store.related("kind_definition", 1, name=kind)
    names = list(
        dict.fromkeys([*(one.name for one in (kinds.of(kind) if made else kinds.named(kind).fields)), *defined])
    )
    problems = [Problem("sections", text) for text in _section_problems(values.get("sections") or [], names)]
    problems += [Problem("columns", text) for text in _column_problems(values.get("columns") or [], names)]
    problems += [Problem("hints", text) for text in _hint_problems(values.get("hints") or {}, names)]
    if problems:
        raise Invalid(problems)


def _section_problems(sections: Any, names: list[str]) -> Iterator[Text]:
    shape = Text(
        "应为分组的列表，每组含 fields（字段的列表）和分组名 zh、en（或其中一个）",
        "is a list of sections, each with fields and its title as zh and en, or one of them",
    )
    if not isinstance(sections, list | tuple) or len(sections) > _MOST_SECTIONS:
        yield shape
        return
    seen: set[str] = set()
    for one in sections:
        if not isinstance(one, Mapping) or not _has_parts({*one}) or not _are_names(one["fields"]):
            yield shape
            return
        for words in (one.get("zh", ""), one.get("en", "")):
            if not isinstance(words, str):
                yield shape
                return
            if len(words) > _LONGEST_TITLE:
                yield Text(
                    f"分组名最多 {_LONGEST_TITLE} 个字", f"a section's title has at most {_LONGEST_TITLE} characters"
                )
        for name in one["fields"]:
            if name in seen:
                yield Text(f"字段「{name}」放了两次", f"the field {name!r} stands in two places")
            elif name not in names:
                yield unknown("字段", "field", name, names)
            seen.add(name)


def _has_parts(names: set[Any]) -> bool:
    return {"fields"} < names <= {"zh", "en", "fields"}


def _column_problems(columns: Any, names: list[str]) -> Iterator[Text]:
    if not _are_names(columns) or len(columns) > _MOST_COLUMNS:
        yield Text("应为字段的列表", "is a list of fields")
        return
    for name in columns:
        if name not in names and name not in _BESIDE:
            yield unknown("字段", "field", name, [*names, *_BESIDE])


def _hint_problems(hints: Any, names: list[str]) -> Iterator[Text]:
    shape = Text('应为 {字段: {"zh": 提示, "en": 提示}}', 'is {field: {"zh": a hint, "en": a hint}}')
    if not isinstance(hints, Mapping):
        yield shape
        return
    for name, one in hints.items():
        if not isinstance(one, Mapping) or set(one) != {"zh", "en"}:
            yield shape
        elif not all(isinstance(words, str) and len(words) <= _LONGEST_HINT for words in one.values()):
            yield Text(f"提示最多 {_LONGEST_HINT} 个字", f"a hint has at most {_LONGEST_HINT} characters")
        elif name not in names:
            yield unknown("字段", "field", str(name), names)


def _are_names(value: Any) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(one, str) for one in value)
