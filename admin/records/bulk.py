"""What can be done with several records of a list at once: looked at first, then done one by one through the door."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ...core.access import policy as access
from ...core.access.owners import given_to
from ...core.access.policy import may_write
from ...core.errors import ClewError, Invalid, NotFound
from ...core.journal.origin import Actor
from ...core.process.processes import Stage
from ...core.process.stages import confirms
from ...core.schema.fields import Field
from ...core.schema.kind import Kind
from ...core.workspace import Workspace
from ...core.write import locks
from ...core.write.stages import StageCheck
from . import forms
from .served import processes_of

_SETTABLE = ("text", "number", "money", "date", "boolean", "choice")


CLEARED = "\u2205"
"""As the value to set: nothing."""


@dataclass(frozen=True)
class Line:
    """One record of a bulk action: what it has now, and why it would not or did not change; empty if nothing is."""

    record: Any
    before: str
    refused: str = ""
    same: bool = False


def actions_of(ws: Workspace, actor: Actor, kind: Kind) -> list[str]:
    """Return the bulk actions that an actor may use on a kind: assign, move, set."""
    found = []
    if kind.owner and may_write(actor, kind) and access.may(actor, "assign"):
        found.append("assign")
    if kind.staged and may_write(actor, kind) and stages_of(ws, kind):
        found.append("move")
    if may_write(actor, kind) and settable(kind):
        found.append("set")
    return found


def settable(kind: Kind) -> list[Field]:
    """Return the fields that can be set for many records at once: none that names one, or holds personal data."""
    return [
        one
        for one in forms.edited_with(kind)
        if one.type in _SETTABLE
        and not one.mask
        and one.name not in kind.named_by
        and (one.longest <= 200 or one.extra)
    ]


def allowed(ws: Workspace, actor: Actor, kind: Kind, action: str, ids: Sequence[str]) -> set[str]:
    """Return which of these records an actor may change so, by their roles; asked once for all."""
    if kind.write or action == "assign":
        return set(ids)
    query = access.within(ws.kinds, actor, kind.name, "move" if action == "move" else "change")
    rows: Any = query.where(query.model.id.in_(list(ids))).select(query.model.id).tuples()
    return {row[0] for row in rows}


def stages_of(ws: Workspace, kind: Kind) -> list[Stage]:
    """Return the stages of a kind's processes, each name once."""
    every = [stage for process in processes_of(ws, kind) for stage in process.stages]
    return list({stage.name: stage for stage in every}.values())


def values_for(ws: Workspace, kind: Kind, action: str, target: str, name: str = "") -> dict[str, Any]:
    """Return what an action sets; `name` is the field that `set` is about.

    Raises NotFound for a target that there is not, Invalid for one that can't be.
    """
    if action == "set":
        if (field := kind.by_name.get(name)) is None or field not in settable(kind):
            raise NotFound("没有这个字段。", "no such field")
        if target == CLEARED:
            return {name: None if field.type != "text" else ""}
        typed = target == "1" if field.type == "boolean" else ws.configuration.validator.typed(field, target)
        return {name: typed}
    if action == "move":
        if target not in {stage.name for stage in stages_of(ws, kind)}:
            raise NotFound("没有这个阶段。", "no such stage")
        return {"stage": target}
    return given_to(kind, target)


def foreseen(ws: Workspace, actor: Actor, kind: Kind, record: Any, values: dict[str, Any], english: bool) -> str:
    """Return why the door would refuse a change, as far as can be told without asking the rules; else nothing."""
    try:
        locks.check(actor, kind, record, values)
        if "stage" in values and values["stage"] != record.stage:
            process = ws.processes.of_record(kind, record)
            process.check_move(record, values["stage"], kind.title, actor.roles)
            check = StageCheck(ws.processes, ws.setting, ws.clock.now())
            if problems := check.would_lack(kind, record, values["stage"]):
                raise Invalid(problems)
            stage = process.stage(values["stage"])
            if stage is not None and not confirms(actor, stage):
                role = access.title(stage.role)
                return f"{stage.title.en} is for {role.en.lower()}" if english else f"这一阶段由{role.zh}确认"
    except ClewError as error:
        return error.text.for_locale("en" if english else "zh")
    return ""


def is_same(kind: Kind, record: Any, values: dict[str, Any]) -> bool:
    """Say whether a record has these values already."""
    extra = record.extra or {} if kind.added else {}
    return all(
        (extra.get(name) if name in kind.added else getattr(record, name)) == value for name, value in values.items()
    )
