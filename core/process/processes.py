"""Processes as data: the stages of a kind of record, the moves allowed between them, and what each stage demands."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from ...hooks.text import Text
from ..errors import Invalid, Problem
from ..schema.kind import Kind
from .evidence import Evidence, evidence_of

SALES: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "sales.yaml").read_text("utf-8"))
"""The process of a lead that names none, or one whose plugin is off: `sales.yaml`."""
FINALS = ("", "won", "lost", "done")
"""How a stage can end a record: not at all, won, lost (of a kind with an outcome), or done."""


@dataclass(frozen=True)
class Stage:
    """One stage: its words, the role that answers for it, the fields and the evidence needed to enter it.

    `skip` are the roles that may go past it, giving a reason; `final` says how it ends the record; with `confirm`
    a person has to say yes before the record enters, for there is no way back.
    """

    name: str
    title: Text
    role: str
    required: tuple[str, ...]
    evidence: tuple[Evidence, ...] = ()
    skip: tuple[str, ...] = ()
    final: str = ""
    confirm: bool = False

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Stage:
        """Read a stage. Raises LookupError, TypeError or ValueError for what can't be read."""
        return cls(
            document["name"],
            Text(document["zh"], document["en"]),
            document.get("role", "sales"),
            _names(document.get("required", ())),
            evidence_of(document.get("evidence", ())),
            _names(document.get("skip", ())),
            document.get("final", ""),
            document.get("confirm", False),
        )


class Process:
    """One process, read from its document."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.name: str = document["name"]
        self.kind: str = document.get("kind", "lead")
        self.title = Text(document["title"]["zh"], document["title"]["en"])
        self.stages = tuple(Stage.of(one) for one in document["stages"])
        self.transitions = {(source, target) for source, target in document["transitions"]}
        self.document = document

    @property
    def first(self) -> Stage:
        """Where a record begins."""
        return self.stages[0]

    def stage(self, name: str) -> Stage | None:
        """Return the stage of that name, if there is one."""
        return next((stage for stage in self.stages if stage.name == name), None)

    def index(self, name: str) -> int:
        """Return the stage's place, from 0; -1 if the process has no such stage."""
        return next((i for i, stage in enumerate(self.stages) if stage.name == name), -1)

    def next_stages(self, name: str) -> tuple[Stage, ...]:
        """Return where a record may move from `name`, in the order of the process."""
        return tuple(stage for stage in self.stages if self.allows(name, stage.name))

    def allows(self, source: str, target: str) -> bool:
        """Say whether a record may move from one stage to another; from one that is no more, it may go anywhere."""
        return (source, target) in self.transitions or self.stage(source) is None

    def skipped(self, source: str, target: str, roles: Collection[str]) -> tuple[Stage, ...] | None:
        """Return the stages that somebody of these roles may go past on the way; None if there is no such way."""
        waiting: list[tuple[str, tuple[Stage, ...]]] = [(source, ())]
        seen = {source}
        while waiting:
            here, past = waiting.pop(0)
            for stage in self.next_stages(here) if self.stage(here) is not None else ():
                if stage.name == target:
                    return past
                if stage.name not in seen and not {*stage.skip}.isdisjoint(roles):
                    seen.add(stage.name)
                    waiting.append((stage.name, (*past, stage)))
        return None

    def check_move(self, record: Any, target: str, title: Text, roles: Collection[str] = (), reason: str = "") -> None:
        """Raise Invalid if there is no way for a record of a kind called `title` to a stage.

        Somebody of `roles` may go past stages that they may skip, if they say why.
        """
        stage = self.stage(target)
        if stage is None:
            raise Invalid([self.no_stage(target)])
        if self.allows(record.stage, target):
            return
        past = self.skipped(record.stage, target, roles)
        if past is None:
            raise Invalid([Problem("stage", self._no_way(record.stage, stage, title))])
        if past and not reason.strip():
            zh, en = "、".join(one.title.zh for one in past), ", ".join(one.title.en for one in past)
            raise Invalid([Problem("reason", Text(f"跳过「{zh}」要写原因", f"say why {en} is skipped"))])

    def no_stage(self, name: str) -> Problem:
        """Return the words for a stage that is not there."""
        known = [stage.name for stage in self.stages]
        zh, en = "、".join(stage.title.zh for stage in self.stages), ", ".join(known)
        near = difflib.get_close_matches(str(name)[:40], known, 1)
        meant = (f"，是不是「{near[0]}」？", f"; did you mean {near[0]!r}?") if near else ("；", "; ")
        if near:
            return Problem(
                "stage", Text(f"没有阶段「{name}」{meant[0]}可选：{zh}", f"no stage {name!r} in this process{meant[1]}")
            )
        return Problem(
            "stage", Text(f"没有阶段「{name}」；可选：{zh}", f"no stage {name!r} in this process; there are {en}")
        )

    def _no_way(self, source: str, stage: Stage, title: Text) -> Text:
        here, nexts = self.stage(source), self.next_stages(source)
        return Text(
            f"不能从「{here.title.zh if here else source}」直接到「{stage.title.zh}」；"
            f"下一步可以是：{'、'.join(s.title.zh for s in nexts) or '无'}",
            f"a {title.en.lower()} can't go from {here.title.en if here else source} to {stage.title.en}; "
            f"next: {', '.join(s.title.en for s in nexts) or 'none'}",
        )


def _names(value: Any) -> tuple[str, ...]:
    """Return a list of names. Raises TypeError for anything else: a text is no list of its letters."""
    if not isinstance(value, list | tuple) or not all(isinstance(one, str) for one in value):
        raise TypeError(f"{value!r} is no list of names")
    return tuple(value)


class ProcessBook:
    """The processes in force, by name."""

    def __init__(self, documents: Iterable[Mapping[str, Any]] = ()) -> None:
        self._processes = {document["name"]: Process(document) for document in documents}
        self._processes.setdefault("sales", Process(SALES))

    def get(self, name: str, stand_in: str = "sales") -> Process:
        """Return the process; another stands in for one whose plugin is off, at last the general sales process."""
        return self._processes.get(name) or self._processes.get(stand_in) or self._processes["sales"]

    def of_record(self, kind: Kind, record: Any) -> Process:
        """Return the process of a record: its own, or that of its kind (it may be older than its kind's process)."""
        return self.get(record.process, kind.process)

    def named(self, name: str) -> Process:
        """Return the process. Raises Invalid if there is none of that name in force."""
        if name not in self._processes:
            known = ", ".join(sorted(self._processes))
            raise Invalid(
                [
                    Problem(
                        "process", Text(f"没有流程「{name}」；可选：{known}", f"no process {name!r}; there are {known}")
                    )
                ]
            )
        return self._processes[name]

    def all(self) -> tuple[Process, ...]:
        """Return all processes in force."""
        return tuple(self._processes.values())

    def of(self, kind: str) -> tuple[Process, ...]:
        """Return the processes in force for a kind of record."""
        return tuple(process for process in self._processes.values() if process.kind == kind)

    def stage_title(self, name: str) -> Text:
        """Return the title of a stage of any process, or its name if there is none in force."""
        found = (process.stage(name) for process in self._processes.values())
        return next((stage.title for stage in found if stage), Text(name, name))
