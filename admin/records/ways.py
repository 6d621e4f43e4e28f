"""The stages a record may go to from here, as one viewer may move it, and what it still lacks for each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ...core.journal.origin import Actor
from ...core.process.processes import Process, Stage
from ...core.process.stages import confirms
from ...core.schema.kind import Kind
from ...core.workspace import Workspace
from ...core.write.stages import StageCheck


@dataclass(frozen=True)
class Way:
    """One stage to go to: what is missing for it in words (empty: nothing), and the stages gone past on the way."""

    stage: Stage
    missing: str = ""
    past: str = ""


def ways_of(ws: Workspace, actor: Actor, kind: Kind, record: Any, english: bool) -> list[Way]:
    """Return where an actor may move a record, in the order of the process; the door says the same."""
    process = ws.processes.of_record(kind, record)
    check = StageCheck(ws.processes, ws.setting, ws.clock.now())
    locale = "en" if english else "zh"
    found = []
    for stage, past in _reachable(process, record.stage, actor):
        if not confirms(actor, stage):
            continue
        problems = check.would_lack(kind, record, stage.name)
        words = ("；" if not english else "; ").join(one.text.for_locale(locale) for one in problems)
        names = ("、" if not english else ", ").join(one.title.for_locale(locale) for one in past)
        found.append(Way(stage, words, names))
    return found


def _reachable(process: Process, here: str, actor: Actor) -> list[tuple[Stage, tuple[Stage, ...]]]:
    found: list[tuple[Stage, tuple[Stage, ...]]] = []
    for stage in process.stages:
        if stage.name == here:
            continue
        if process.allows(here, stage.name):
            found.append((stage, ()))
        elif past := process.skipped(here, stage.name, actor.roles):
            found.append((stage, past))
    return found


def needed_here(ws: Workspace, kind: Kind, record: Any) -> set[str]:
    """Return the fields that a record's stage needs and that it has: they can't be emptied."""
    if not kind.staged:
        return set()
    stage = ws.processes.of_record(kind, record).stage(record.stage)
    lacking = {one.field for one in StageCheck(ws.processes, ws.setting, ws.clock.now()).missing(kind, record)}
    return {*stage.required} - lacking if stage is not None else set()
