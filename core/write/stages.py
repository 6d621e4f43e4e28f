"""What a record lacks to stand in a stage: needed fields and evidence. The door asks, and so does every form (law 9)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ...hooks.text import Text
from ...rules.language.conditions import holds
from ...rules.language.values import FactView
from ..errors import Changed, Invalid, Problem
from ..facts.facts import EventData, EventFacts, Setting
from ..journal.origin import Origin
from ..kinds import ProcessDefinition
from ..process.processes import ProcessBook, Stage
from ..schema.kind import Kind
from .prewrite import NeedsConfirmation, Question

STAGE_NAMES = frozenset({"stage", "process"})
"""What of a staged record says where it stands."""
_EMPTY: tuple[Any, ...] = (None, "", [])


@dataclass(frozen=True)
class StageCheck:
    """Holds records against their stages: with the processes in force and what facts are read against."""

    processes: ProcessBook
    setting: Setting
    now: datetime
    channel: str = "console"

    def missing(self, kind: Kind, record: Any, came_from: str = "") -> list[Problem]:
        """Return what a record lacks of the stage it stands in: one problem for each field and evidence."""
        stage = self.processes.of_record(kind, record).stage(record.stage)
        if stage is None:
            return []
        return [*_fields(kind, record, stage), *self._evidence(kind, record, stage, came_from)]

    def would_lack(self, kind: Kind, record: Any, stage: str) -> list[Problem]:
        """Return what a record would lack in another stage. The record itself stays as it is."""
        there = kind.model(**{**record.__data__, "stage": stage})
        return self.missing(kind, there, record.stage)

    def check(
        self, kind: Kind, record: Any, before: Mapping[str, Any], after: Mapping[str, Any], origin: Origin
    ) -> None:
        """Hold a record, as it would be after a change, against its stage.

        Raises Invalid if it enters a stage without what that needs, or loses what its stage needs;
        NeedsConfirmation if a person moves it where nothing leads back and has not confirmed.
        """
        if not kind.staged:
            return
        stage = self.processes.of_record(kind, record).stage(record.stage)
        if stage is None or "process" in after:
            return
        if "stage" not in after:
            problems = list(_emptied(kind, record, stage, before))
        else:
            problems = self.missing(kind, record, str(before.get("stage") or ""))
        if problems:
            raise Invalid(problems)
        if "stage" in after and stage.confirm and origin.actor.kind == "user" and not origin.confirmed:
            words = stage_question(stage)
            raise NeedsConfirmation((Question(words.zh, "", 0, words),))

    def check_new(self, kind: Kind, record: Any, origin: Origin) -> None:
        """Hold a new record that a person makes against the stage it begins in. Raises Invalid.

        What comes in by itself is taken in whatever it lacks: it is asked for at the next stage.
        """
        if not kind.staged or origin.actor.kind != "user":
            return
        process = self.processes.of_record(kind, record)
        if process.stage(record.stage) is None:
            raise Invalid([process.no_stage(record.stage)])
        if problems := self.missing(kind, record):
            raise Invalid(problems)

    def _evidence(self, kind: Kind, record: Any, stage: Stage, came_from: str) -> Iterator[Problem]:
        if not stage.evidence:
            return
        event = EventData(f"{kind.name}.stage_changed", self.channel, ["stage"], came_from or None, stage.name)
        view = FactView(EventFacts(self.setting, event, kind.name, record, self.now), self.now)
        for one in stage.evidence:
            if not holds(one.when, view):
                zh = f"{one.words.zh}，再进入「{stage.title.zh}」"
                yield Problem("stage", Text(zh, f"{one.words.en} (needed for {stage.title.en})"))


def check_still_there(kind: str, process: str, stage: str) -> None:
    """Raise Changed if a process, as it is on record now, has no stage of that name.

    A plugin's process is left alone: another may stand in for it, and from a stage that is gone all ways lead.
    """
    own = (ProcessDefinition.name == process) & (ProcessDefinition.kind == kind) & (ProcessDefinition.plugin == "")
    row = ProcessDefinition.get_or_none(own & ProcessDefinition.active)
    if row is not None and stage not in [one.get("name") for one in row.document.get("stages", ())]:
        raise Changed(
            "这个流程刚被发布过，这个阶段没有了；请刷新后再试。",
            f"the process was published meanwhile and has no stage {stage!r} any more: reload it",
        )


def stage_question(stage: Stage) -> Text:
    """Return what is asked before a move that can't be taken back."""
    return Text(f"进入「{stage.title.zh}」后不能退回", f"there is no way back from {stage.title.en}")


def _fields(kind: Kind, record: Any, stage: Stage) -> Iterator[Problem]:
    for name in stage.required:
        field = kind.by_name.get(name)
        if field is None and not hasattr(type(record), name):
            continue  # A field retired meanwhile: nobody could fill it in.
        if _value(kind, record, name) in _EMPTY:
            yield lacking(stage, name, field.label if field is not None else Text(name, name))


def lacking(stage: Stage, name: str, label: Text) -> Problem:
    """Return the words for a field that a stage needs."""
    words = Text(f"请补充{label.zh}，再进入「{stage.title.zh}」", f"fill in “{label.en}” before {stage.title.en}")
    return Problem(name, words)


def _emptied(kind: Kind, record: Any, stage: Stage, before: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield the fields that the record's stage needs and that a change empties. What was empty before may stay so."""
    for name in stage.required:
        field = kind.by_name.get(name)
        was = before.get(name, (before.get("extra") or {}).get(name))
        if field is not None and was not in _EMPTY and _value(kind, record, name) in _EMPTY:
            zh = f"「{stage.title.zh}」需要{field.label.zh}，不能清空"
            yield Problem(name, Text(zh, f"{stage.title.en} needs “{field.label.en}”: it can't be emptied"))


def _value(kind: Kind, record: Any, name: str) -> Any:
    return (record.extra or {}).get(name) if name in kind.added else getattr(record, name, None)
