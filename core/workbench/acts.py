"""What can be done with several records at once: who may, what it sets, and what the door would say to each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...hooks.text import Text
from ..access import policy as access
from ..access.owners import given_to
from ..access.policy import may_write
from ..errors import ClewError, Invalid, NotFound, Problem
from ..intake.hanging import value_of
from ..journal.origin import Actor
from ..kinds import User
from ..process.processes import Process, Stage
from ..process.stages import confirms
from ..schema.fields import Field
from ..schema.kind import Kind
from ..storage.statements import by_id
from ..workspace import Workspace
from ..write import locks
from ..write.stages import StageCheck

ASSIGN, MOVE, SET, TASK = "assign", "move", "set", "task"
_SETTABLE = ("text", "number", "money", "date", "boolean", "choice")

CLEARED = "\u2205"
"""As the value to set: nothing."""


def actions_of(ws: Workspace, actor: Actor, kind: Kind) -> list[str]:
    """Return the bulk actions that an actor may use on a kind: assign, move, set, task."""
    found = []
    if kind.owner and may_write(actor, kind) and access.may(actor, "assign"):
        found.append(ASSIGN)
    if kind.staged and may_write(actor, kind) and stages_of(ws, kind):
        found.append(MOVE)
    if may_write(actor, kind) and settable(kind):
        found.append(SET)
    if kind.owner and kind.name != TASK and TASK in ws.kinds and may_write(actor, ws.kinds[TASK]):
        found.append(TASK)
    return found


def hindered(ws: Workspace, actor: Actor, kind_name: str, action: str, values: Mapping[str, Any]) -> Text | None:
    """Say why nothing of a bulk act can be done any more: what it needs is gone, or the actor may not; None if it can."""
    kind = ws.kinds.get(kind_name)
    if kind is None:
        return Text(f"「{kind_name}」这类记录停用了", f"records of the kind {kind_name!r} are switched off")
    if action == SET and (gone := [name for name in values if name not in {one.name for one in settable(kind)}]):
        return Text(f"没有「{gone[0]}」这个字段了", f"there is no field {gone[0]!r} any more")
    if action == MOVE and values.get("stage") not in {stage.name for stage in stages_of(ws, kind)}:
        return Text("流程里没有要移到的阶段了", "the process has no such stage any more")
    if action not in actions_of(ws, actor, kind):
        return Text(f"{actor.name}不再有做这件事的权限", f"{actor.name} may not do this any more")
    return None


def settable(kind: Kind) -> list[Field]:
    """Return the fields that can be set for many records at once: none that names one, or holds personal data."""
    return [
        one
        for one in kind.fields
        if one.form
        and one.type in _SETTABLE
        and not (one.secret or one.parent or one.mask)
        and one.name not in kind.named_by
        and (one.longest <= 200 or one.extra)
    ]


def allowed(ws: Workspace, actor: Actor, kind: Kind, action: str, ids: Sequence[str]) -> set[str]:
    """Return which of these records an actor may change so, by their roles; asked once for all."""
    if action in (ASSIGN, TASK) or kind.write:
        return set(ids)
    query = access.within(ws.kinds, actor, kind.name, "move" if action == MOVE else "change")
    rows: Any = query.where(query.model.id.in_(list(ids))).select(query.model.id).tuples()
    return {row[0] for row in rows}


def processes_of(ws: Workspace, kind: Kind) -> list[Process]:
    """Return the processes in force whose stages records of a kind move through."""
    found = list(ws.processes.of(kind.name))
    own = ws.processes.get(kind.process) if kind.process else None
    return found if own is None or own in found else [*found, own]


def stages_of(ws: Workspace, kind: Kind) -> list[Stage]:
    """Return the stages of a kind's processes, each name once."""
    every = [stage for process in processes_of(ws, kind) for stage in process.stages]
    return list({stage.name: stage for stage in every}.values())


def values_for(ws: Workspace, kind: Kind, action: str, target: str, name: str = "", due: str = "") -> dict[str, Any]:
    """Return what an action sets; `name` is the field that `set` is about, `due` when a task is.

    Raises NotFound for a target that there is not, Invalid for one that can't be.
    """
    if action == TASK:
        return dict(ws.configuration.validator.read(TASK, {"title": target, "due_at": due or None}, whole=False))
    if action == SET:
        if (field := kind.by_name.get(name)) is None or field not in settable(kind):
            raise NotFound("没有这个字段。", "no such field")
        if target == CLEARED:
            return {name: None if field.type != "text" else ""}
        typed = target == "1" if field.type == "boolean" else ws.configuration.validator.typed(field, target)
        return {name: typed}
    if action == MOVE:
        if target not in {stage.name for stage in stages_of(ws, kind)}:
            raise NotFound("没有这个阶段。", "no such stage")
        return {"stage": target}
    return given_to(kind, target)


def task_about(kind: Kind, record: Any, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the task that an act makes of a record: what it is about, for whoever owns the record.

    Raises Invalid if nobody owns it, or its owner left.
    """
    owner = by_id(User, getattr(record, kind.owner) or "")
    if owner is None or not owner.active:
        why = Text("没有负责人，任务没人做", "nobody owns it who could do the task")
        raise Invalid([Problem(kind.owner, why)])
    about = {name: getattr(record, name, None) for name in ("lead_id", "customer_id")}
    if kind.name in ("lead", "customer"):
        about[f"{kind.name}_id"] = record.id
    given = {name: one for name, one in about.items() if one}
    return {**values, **given, "assignee_id": owner.id, "about_kind": kind.name, "about_id": record.id}


def foreseen(
    ws: Workspace, actor: Actor, kind: Kind, record: Any, values: dict[str, Any], action: str = ""
) -> Text | None:
    """Return why the door would refuse a change, as far as can be told without asking the rules; else None."""
    try:
        if action == TASK:
            task_about(kind, record, values)
            return None
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
                return Text(f"这一阶段由{role.zh}确认", f"{stage.title.en} is for {role.en.lower()}")
    except Invalid as error:
        return error.problems[0].text if action == TASK else error.text
    except ClewError as error:
        return error.text
    return None


def is_same(kind: Kind, record: Any, values: dict[str, Any]) -> bool:
    """Say whether a record has these values already."""
    return all(value_of(kind, record, name) == value for name, value in values.items())
