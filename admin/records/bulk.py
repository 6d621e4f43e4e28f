"""What can be done with several records of a list at once: looked at first, then done one by one through the door."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ...core.access import policy as access
from ...core.access.owners import given_to
from ...core.access.policy import may_write
from ...core.errors import ClewError, Invalid, NotFound
from ...core.journal.origin import Actor, Origin
from ...core.process.processes import Stage
from ...core.process.stages import confirms
from ...core.schema.kind import Kind
from ...core.workspace import Workspace
from ...core.write import locks
from ...core.write.stages import StageCheck
from .served import processes_of

MOST = 500
"""So many records are changed by one bulk action: each is a transaction of its own."""


@dataclass(frozen=True)
class Line:
    """One record of a bulk action: what it has now, and why it would not or did not change; empty if nothing is."""

    record: Any
    before: str
    refused: str = ""
    same: bool = False


def actions_of(ws: Workspace, actor: Actor, kind: Kind) -> list[str]:
    """Return the bulk actions that an actor may use on a kind: assign, move."""
    found = []
    if kind.owner and may_write(actor, kind) and access.may(actor, "assign"):
        found.append("assign")
    if kind.staged and may_write(actor, kind) and stages_of(ws, kind):
        found.append("move")
    return found


def stages_of(ws: Workspace, kind: Kind) -> list[Stage]:
    """Return the stages of a kind's processes, each name once."""
    every = [stage for process in processes_of(ws, kind) for stage in process.stages]
    return list({stage.name: stage for stage in every}.values())


def values_for(ws: Workspace, kind: Kind, action: str, target: str) -> dict[str, Any]:
    """Return what an action sets. Raises NotFound for a target that there is not, Invalid for one that can't be."""
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


def is_same(record: Any, values: dict[str, Any]) -> bool:
    """Say whether a record has these values already."""
    return all(getattr(record, name) == value for name, value in values.items())


def run(
    ws: Workspace, kind: Kind, rows: Iterable[Any], values: dict[str, Any], origin: Origin, seen: dict[str, int]
) -> list[tuple[Any, ClewError | None]]:
    """Change each record through the door; return each with what refused it. `seen` are the revisions shown."""
    found: list[tuple[Any, ClewError | None]] = []
    for record in rows:
        try:
            ws.door.change(kind.name, record.id, values, origin, seen.get(record.id))
        except ClewError as error:
            found.append((record, error))
        else:
            found.append((record, None))
    return found
