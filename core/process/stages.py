"""How a record enters and moves through the stages of its process: what the lifecycles of staged kinds call."""

from __future__ import annotations

from typing import Any

from ..errors import Forbidden
from ..journal.origin import Actor
from ..roles import book, may, title
from ..schema.kind import Kind, LifecycleContext, Values
from .processes import Process, Stage


def confirms(actor: Actor, stage: Stage) -> bool:
    """Say whether an actor may move a record to a stage that a role answers for: of that role, or any."""
    return actor.kind != "user" or stage.role in _in_force(actor) or may(actor, "stages:any")


def _in_force(actor: Actor) -> frozenset[str]:
    """Return the actor's roles but for those that are retired."""
    return actor.roles & book().roles.keys()


def first_stage(kind: Kind, values: Values, context: LifecycleContext) -> Values:
    """Return the stage a new record begins in, unless one is given."""
    process = context.processes.get(values.get("process") or kind.process)
    return {"stage": values.get("stage") or process.first.name}


def enter(process: str, context: LifecycleContext) -> Values:
    """Return what changes when a record changes its process: it starts at the first stage. Raises Invalid."""
    return {"stage": context.processes.named(process).first.name, "stage_since": context.now}


def move(kind: Kind, record: Any, values: Values, context: LifecycleContext) -> Values:
    """Return what changes along with the stage; what the stage needs, `write.stages` asks for.

    While a process is published anew its records are moved as it says, whatever way there is. Raises Invalid for a move the process does not allow, Forbidden where another role confirms the stage.
    """
    if context.relocating:
        return {"stage_since": context.now}
    process = context.processes.of_record(kind, record)
    roles = _in_force(context.actor) if context.actor.kind == "user" else ()
    process.check_move(record, values["stage"], kind.title, roles, context.reason)
    _check_role(process, values["stage"], context)
    return {"stage_since": context.now}


def ending(kind: Kind, record: Any, values: Values, context: LifecycleContext) -> str:
    """Return how the stage of `values` ends a record: won, lost, done, or not at all (empty)."""
    stage = context.processes.of_record(kind, record).stage(str(values.get("stage") or ""))
    return stage.final if stage is not None else ""


def _check_role(process: Process, name: str, context: LifecycleContext) -> None:
    """Raise Forbidden if a person moves a record to a stage another role answers for."""
    stage = process.stage(name)
    if stage is None or confirms(context.actor, stage):
        return
    role = title(stage.role)
    raise Forbidden(
        f"「{stage.title.zh}」由{role.zh}确认；请找他们或你的主管。",
        f"{stage.title.en} is for {role.en.lower()} to confirm; ask them or your manager",
    )
