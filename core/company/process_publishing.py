"""Processes published: stages, ways and what they need, with the records that stand in a stage that goes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from ...hooks.text import Text
from ..errors import Invalid, NotFound, Problem
from ..kinds import CompanyChange, KindDefinition, ProcessDefinition
from ..process.definitions import check_process
from ..process.processes import Process, Stage
from ..rulebook.named import Named
from ..schema.kind import Kind
from ..storage.turns import nobody_enters
from ..workspace import Workspace
from .moving import Move
from .named_in_records import holding
from .publishing import Asked, Gone, Publication, Subject, Touch, publication, target_of, touched
from .use import Use


def definition_of(name: str) -> ProcessDefinition | None:
    """Return the definition of a process, in force or not; None for the bundled one that nobody edited."""
    found: ProcessDefinition | None = ProcessDefinition.get_or_none(ProcessDefinition.name == name)
    return found


def touched_by_process(ws: Workspace, name: str, kind: str, document: Mapping[str, Any]) -> list[Touch]:
    """Return what publishing a document as a process touches. Raises Invalid for a document that is none."""
    check_process(ws.kinds, ws.setting.store, kind, name, document, lambda: ws.configuration.vocabulary)
    present = next((one for one in ws.processes.all() if one.name == name), None)
    if present is None:
        return []
    new = Process({**document, "kind": kind})
    found = touched(ws, [*_gone(present, new)])
    return [*found, *_lacking(ws, present, new)]


def _gone(present: Process, new: Process) -> Iterator[Gone]:
    targets = tuple((stage.name, stage.title) for stage in new.stages)
    for stage in present.stages:
        if new.stage(stage.name) is None:
            yield Gone(Named("stage", stage.name, present.name), stage.title, targets)


def _lacking(ws: Workspace, present: Process, new: Process) -> Iterator[Touch]:
    """Tell how many records stand in a stage that comes to need a field they lack: they stay where they are."""
    kind = ws.kinds.get(new.kind)
    if kind is None or not kind.staged:
        return
    for stage in new.stages:
        old = present.stage(stage.name)
        for name in stage.required if old is not None else ():
            if old is not None and name not in old.required:
                yield from _without(kind, present.name, stage, name)


def _without(kind: Kind, process: str, stage: Stage, name: str) -> Iterator[Touch]:
    field = kind.by_name.get(name)
    if field is None:
        return
    model: Any = kind.model
    there = (model.process == process) & (model.stage == stage.name)
    count = model.select().where(there).count() - holding(kind, field).where(there).count()
    if count:
        title = Text(
            f"{count} 条在「{stage.title.zh}」，缺{field.label.zh}",
            f"{count} in {stage.title.en} lack “{field.label.en}”",
        )
        said = Text("留在原阶段；再进入这里时才要求", "they stay; it is asked for when a record enters")
        path = f"/records/{kind.name}/?stage={stage.name}&{field.name}.empty=1"
        yield Touch(f"lack:{stage.name}:{name}", Use("record", kind.name, title, said, path, count), None)


def publish_process(
    ws: Workspace, name: str, kind: str, document: Mapping[str, Any], asked: Asked, *, active: bool = True
) -> CompanyChange | None:
    """Make or change a process, in one transaction with the records that move; return the change, None if nothing
    changes.

    Every stage that goes and in which records stand needs an answer that says where they go. Raises Invalid, or
    Conflict if somebody else published it meanwhile.
    """
    subject = Subject("process", name, Text("流程", "process"), lambda: definition_of(name))
    row = subject.check(ws, asked)
    if row is not None and row.plugin and asked.origin.actor.kind == "user":
        words = Text(
            f"这个流程由插件「{row.plugin}」带来；请另建一个",
            f"it belongs to plugin {row.plugin!r}: make another process",
        )
        raise Invalid([Problem("name", words)])
    found = touched_by_process(ws, name, kind, document)
    if row is None and _is_in_force(ws, name, document):
        return None
    title = Text(f"流程「{document['title']['zh']}」", f"Process “{document['title']['en']}”")
    moves = list(_moves(ws, found, asked, name, kind))
    with publication(ws, subject, title, found, asked, moves) as made:
        if row is None:
            made.tx.create("process_definition", {"name": name, "kind": kind, "document": dict(document)})
        else:
            made.tx.change("process_definition", row.id, {"document": dict(document), "active": active}, asked.revision)
        _attach(made, name, kind)
        made.draft_rules()
    return made.change


def _is_in_force(ws: Workspace, name: str, document: Mapping[str, Any]) -> bool:
    """Say whether a document is that of a process in force that is on no record: the bundled one."""
    present = next((one for one in ws.processes.all() if one.name == name), None)
    return present is not None and dict(present.document) == dict(document)


def _moves(ws: Workspace, found: Sequence[Touch], asked: Asked, process: str, kind: str) -> Iterator[Move]:
    """Yield the records of each stage that goes, with where its answer says they go."""
    here = ws.kinds.get(kind)
    if here is None or not here.staged:
        return
    for touch in found:
        new = target_of(asked.answers.get(touch.key, ""))
        if touch.use.use == "record" and touch.gone is not None and new:
            yield _to_stage(here, process, touch.gone.named.name, new)


def _to_stage(kind: Kind, process: str, old: str, new: str) -> Move:
    model: Any = kind.model
    stands = (model.process == process) & (model.stage == old)
    hold = partial(nobody_enters, kind.name)
    return Move(kind, lambda: model.select().where(stands), lambda _: {"stage": new}, hold)


def _attach(made: Publication, process: str, kind: str) -> None:
    """Let a kind made at run time that follows no process yet follow its first one."""
    definition = KindDefinition.get_or_none(KindDefinition.name == kind)
    if definition is not None and not definition.process and not definition.plugin:
        made.tx.change("kind_definition", definition.id, {"process": process})


def process_named(ws: Workspace, name: str) -> Process:
    """Return a process in force. Raises NotFound."""
    found = next((one for one in ws.processes.all() if one.name == name), None)
    if found is None:
        raise NotFound(f"没有流程「{name}」。", f"no process {name!r}")
    return found


__all__ = ["definition_of", "process_named", "publish_process", "touched_by_process"]
