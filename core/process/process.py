"""Processes: the stages of a lead, the moves allowed between them, and what each stage demands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ...hooks.text import Text
from ..errors import Invalid, Problem
from ..models import Lead, ProcessDefinition
from ..schema.fields import FieldRegistry

SALES: dict[str, Any] = {
    "name": "sales",
    "title": {"zh": "销售流程", "en": "Sales"},
    "stages": [
        {"name": "first_contact", "zh": "首次接触", "en": "First contact", "role": "sales", "required": []},
        {"name": "diagnosis", "zh": "需求诊断", "en": "Diagnosis", "role": "sales", "required": ["industry"]},
        {"name": "demo", "zh": "方案演示", "en": "Demo", "role": "sales", "required": ["budget"]},
        {"name": "negotiation", "zh": "报价谈判", "en": "Negotiation", "role": "sales", "required": ["budget"]},
        {"name": "signing", "zh": "合同签署", "en": "Signing", "role": "sales", "required": ["budget"]},
        {"name": "payment", "zh": "回款确认", "en": "Payment", "role": "finance", "required": ["budget"]},
    ],
    "transitions": [
        ["first_contact", "diagnosis"],
        ["diagnosis", "demo"],
        ["diagnosis", "first_contact"],
        ["demo", "negotiation"],
        ["demo", "diagnosis"],
        ["negotiation", "signing"],
        ["negotiation", "demo"],
        ["signing", "payment"],
        ["signing", "negotiation"],
    ],
}


@dataclass(frozen=True)
class Stage:
    """One stage: its words, the role that answers for it, the fields needed to enter it."""

    name: str
    title: Text
    role: str
    required: tuple[str, ...]


class Process:
    """One process, read from its document."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.name: str = document["name"]
        self.title = Text(document["title"]["zh"], document["title"]["en"])
        self.stages = tuple(
            Stage(s["name"], Text(s["zh"], s["en"]), s.get("role", "sales"), tuple(s.get("required", ())))
            for s in document["stages"]
        )
        self.transitions = {(source, target) for source, target in document["transitions"]}

    @property
    def first(self) -> Stage:
        """Where a lead begins."""
        return self.stages[0]

    def stage(self, name: str) -> Stage | None:
        """Return the stage of that name, if there is one."""
        return next((stage for stage in self.stages if stage.name == name), None)

    def index(self, name: str) -> int:
        """Return the stage's place, from 0; -1 if the process has no such stage."""
        return next((i for i, stage in enumerate(self.stages) if stage.name == name), -1)

    def next_stages(self, name: str) -> tuple[Stage, ...]:
        """Return where a lead may move from `name`, in the order of the process."""
        return tuple(stage for stage in self.stages if (name, stage.name) in self.transitions)

    def check_move(self, lead: Lead, target: str, values: Mapping[str, Any], fields: FieldRegistry) -> None:
        """Raise Invalid if the lead may not move to `target` with what it then holds."""
        stage = self.stage(target)
        if stage is None:
            known = "、".join(s.title.zh for s in self.stages)
            raise Invalid(
                [Problem("stage", Text(f"没有阶段「{target}」；可选：{known}", f"no stage {target!r} in this process"))]
            )
        if (lead.stage, target) not in self.transitions:
            here = self.stage(lead.stage)
            nexts = self.next_stages(lead.stage)
            raise Invalid(
                [
                    Problem(
                        "stage",
                        Text(
                            f"不能从「{here.title.zh if here else lead.stage}」直接到「{stage.title.zh}」；"
                            f"下一步可以是：{'、'.join(s.title.zh for s in nexts) or '无'}",
                            f"a lead can't go from {here.title.en if here else lead.stage} to {stage.title.en}; "
                            f"next: {', '.join(s.title.en for s in nexts) or 'none'}",
                        ),
                    )
                ]
            )
        problems = []
        held = {**lead.extra, **values, **values.get("extra", {})}
        for name in stage.required:
            value = held.get(name, getattr(lead, name, None))
            if value in (None, "", []):
                field = fields.get("lead", name)
                label = field.label if field else Text(name, name)
                problems.append(
                    Problem(
                        name,
                        Text(
                            f"补上「{label.zh}」后可以进入「{stage.title.zh}」",
                            f"“{label.en}” is needed to enter {stage.title.en}",
                        ),
                    )
                )
        if problems:
            raise Invalid(problems)


class ProcessBook:
    """The processes in force, by name."""

    def __init__(self, rows: Iterable[ProcessDefinition] = ()) -> None:
        self._processes = {row.name: Process(row.document) for row in rows if row.active}
        self._processes.setdefault("sales", Process(SALES))

    def get(self, name: str) -> Process:
        """Return the process; the general sales process stands in for one whose plugin is off."""
        return self._processes.get(name, self._processes["sales"])

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
