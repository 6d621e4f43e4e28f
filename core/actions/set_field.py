"""改字段 set_field: sets a field of the record, or of one it belongs to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...rules.language.vocabulary import ActionSpec, ArgSpec
from .action import Action, CannotApply, Writer
from .subject import Subject


def _apply(tx: Writer, subject: Subject, args: Mapping[str, Any], key: str) -> None:
    group, _, name = args["field"].partition(".")
    kind, record = _target(tx, subject, group)
    tx.change(kind, record.id, {name.removeprefix("extra."): args["value"]})


def _target(tx: Writer, subject: Subject, group: str) -> tuple[str, Any]:
    """Return the record that a field's group names."""
    for kind, record in ((subject.kind, subject.record), (subject.own_kind, subject.own)):
        if group == kind.name:
            return kind.name, record
    for kind, record in ((subject.own_kind, subject.own), (subject.kind, subject.record)):
        path = tx.kinds.groups(kind.name).get(group)
        at, found = kind.name, record
        for reference in path or ():
            at = tx.kinds[at].by_name[reference].to
            found = tx.store.get(at, getattr(found, reference))
            if found is None:
                break
        if path and found is not None:
            return at, found
    title = subject.kind.title
    raise CannotApply(
        f"这条{title.zh}没有可以修改的「{group}」", f"there is no {group} of this {title.en.lower()} to set a field of"
    )


def _writes(args: Mapping[str, Any], on: str, turn: int) -> dict[str, Any]:
    return {str(args.get("field")): args.get("value")}


SET_FIELD = Action(
    "set_field",
    ActionSpec(
        {
            "field": ArgSpec("field", required=True, title=("字段", "Field")),
            "value": ArgSpec("scalar", required=True, title=("改为", "Value")),
        },
        title=("改字段", "Set a field"),
        phrase=("把{field}改为{value}", "set {field} to {value}"),
        writes=_writes,
    ),
    _apply,
)
