"""Kinds of record published by operations: one made with its first process, renamed, retired, brought back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ...hooks.text import Text
from ..errors import Invalid, Problem
from ..kinds import CompanyChange, KindDefinition, ProcessDefinition
from ..roles import ACTIONS, EVERY_OTHER, SCOPES, book, row_of
from ..rulebook.named import Named
from ..schema.definitions import check_kind
from ..workspace import Workspace
from .publishing import Asked, Gone, Publication, Subject, Touch, publication, touched

KIND_VALUES = ("title_zh", "title_en", "plural_en", "belongs_to", "owned", "icon", "active")
"""What of a kind is published; its fields and its process are published by themselves."""
_STAYS = ("belongs_to", "owned")
_LONGEST_PROCESS = 40
_DEFAULTS: Mapping[str, Any] = {"plural_en": "", "belongs_to": [], "owned": True, "icon": "file-text", "active": True}


@dataclass(frozen=True)
class Gives:
    """What a role gives on the records of a kind: the words of the scope by action, empty where it gives nothing."""

    role: str
    title: Text
    cells: Mapping[str, Text]


def definition_of(name: str) -> KindDefinition | None:
    """Return the definition of a kind made at run time, in force or not."""
    found: KindDefinition | None = KindDefinition.get_or_none(KindDefinition.name == name)
    return found


def present_values(row: KindDefinition) -> dict[str, Any]:
    """Return what of a kind can be published, as it is now."""
    return {name: getattr(row, name) for name in KIND_VALUES}


def who_may(kind: str) -> list[Gives]:
    """Return what each role in force gives on records of a kind; one that has no row has that of all others."""
    found = []
    for name, role in book().roles.items():
        row = row_of(role.cells, kind if kind in role.cells else EVERY_OTHER)
        found.append(Gives(name, role.title, {one: SCOPES[row[one]] for one in ACTIONS if row.get(one) in SCOPES}))
    return found


def first_process(name: str, title: Text) -> dict[str, Any]:
    """Return the document of the process that a kind begins with: a stage to begin in, one to be done in."""
    role = next(iter(book().roles), "")
    begun = {"name": "begun", "zh": "开始", "en": "Begun", "role": role, "required": []}
    done = {"name": "done", "zh": "完成", "en": "Done", "role": role, "required": [], "final": "done"}
    words = {"zh": f"{title.zh}流程"[:80], "en": f"{title.en} process"[:80]}
    process = _free_process(name)
    return {"name": process, "title": words, "stages": [begun, done], "transitions": [["begun", "done"]]}


def _free_process(kind: str) -> str:
    """Return a name for the process of a kind that no other has."""
    taken = {row.name for row in ProcessDefinition.select(ProcessDefinition.name)}
    stem = f"{kind[: _LONGEST_PROCESS - 12]}_process"
    return next(one for one in (stem, *(f"{stem}_{n}" for n in range(2, len(taken) + 3))) if one not in taken)


def touched_by_kind(ws: Workspace, name: str, values: Mapping[str, Any]) -> list[Touch]:
    """Return what publishing these values of a kind touches. Raises Invalid for what no kind can be."""
    row = definition_of(name)
    if row is None:
        check_kind(ws.kinds, ws.setting.store, {**_DEFAULTS, **values, "name": name})
        return []
    _check_stays(row, values)
    if values.get("active") is False and row.active:
        title = Text(row.title_zh, row.title_en)
        return touched(ws, [Gone(Named("kind", name), title)])
    check_kind(ws.kinds, ws.setting.store, {**row.__data__, **values}, row)
    return []


def _check_stays(row: KindDefinition, values: Mapping[str, Any]) -> None:
    """Raise Invalid for what can't be changed once a kind is there: its records, rules and pages are made of it."""
    words = Text("建好以后不能改；可以停用它，另建一种", "this stays: retire the kind and make another")
    problems = [Problem(one, words) for one in _STAYS if one in values and values[one] != getattr(row, one)]
    if row.plugin:
        by = Text(
            f"由插件「{row.plugin}」带来，不能在这里改", f"plugin {row.plugin!r} brings it: it can't be changed here"
        )
        problems.append(Problem("name", by))
    if problems:
        raise Invalid(problems)


def publish_kind(
    ws: Workspace, name: str, values: Mapping[str, Any], asked: Asked, *, staged: bool = False
) -> CompanyChange | None:
    """Make, rename, retire or bring back a kind of record; return the change, None if nothing changes.

    `staged` gives a new one its first process. To retire one takes its title, as `asked.typed_name`. Raises Invalid for
    what is wrong with the values or for questions left open, Conflict if somebody else published it meanwhile.
    """
    subject = Subject("kind", name, Text("记录类型", "kind of record"), lambda: definition_of(name))
    row = subject.check(ws, asked)
    found = touched_by_kind(ws, name, values)
    if row is not None and row.active and values.get("active") is False:
        _check_typed(row, asked.typed_name)
    with publication(ws, subject, _title(name, row, values), found, asked) as made:
        if row is None:
            _make(made, name, values, staged)
        else:
            made.tx.change("kind_definition", row.id, values, asked.revision)
            if values.get("active") and not row.active:
                _bring_back_process(made, row.process)
    return made.change


def _make(made: Publication, name: str, values: Mapping[str, Any], staged: bool) -> None:
    title = Text(str(values.get("title_zh") or name), str(values.get("title_en") or name))
    document = first_process(name, title) if staged else None
    process = {"process": document["name"]} if document is not None else {}
    made.tx.create("kind_definition", {"name": name, **values, **process})
    if document is not None:
        made.tx.create("process_definition", {"name": document["name"], "kind": name, "document": document})


def _bring_back_process(made: Publication, name: str) -> None:
    """Put the process of a kind in force again: whoever took the making of the kind back took it out, too."""
    row = ProcessDefinition.get_or_none(ProcessDefinition.name == name)
    if row is not None:
        made.tx.change("process_definition", row.id, {"active": True})


def _check_typed(row: KindDefinition, typed: str) -> None:
    if typed.strip() not in (row.title_zh, row.title_en):
        words = Text(
            f"停用后「{row.title_zh}」的记录都看不到了；请键入「{row.title_zh}」来确认",
            f"nobody sees its records any more: type “{row.title_en}” to confirm",
        )
        raise Invalid([Problem("typed_name", words)])


def _title(name: str, row: KindDefinition | None, values: Mapping[str, Any]) -> Text:
    zh = str(values.get("title_zh") or (row.title_zh if row is not None else name))
    en = str(values.get("title_en") or (row.title_en if row is not None else name))
    verb = ("改记录类型", "Change the kind")
    if row is None:
        verb = ("新的记录类型", "New kind of record:")
    elif values.get("active") is False and row.active:
        verb = ("停用记录类型", "Retire the kind")
    elif values.get("active") and not row.active:
        verb = ("恢复记录类型", "Bring back the kind")
    return Text(f"{verb[0]}「{zh}」", f"{verb[1]} “{en}”")


def retired_kinds() -> Iterator[KindDefinition]:
    """Yield the kinds of operations' own that are retired."""
    own = ~KindDefinition.active & (KindDefinition.plugin == "")
    yield from KindDefinition.select().where(own).order_by(KindDefinition.name)


__all__ = [
    "KIND_VALUES",
    "Gives",
    "definition_of",
    "first_process",
    "present_values",
    "publish_kind",
    "retired_kinds",
    "touched_by_kind",
    "who_may",
]
