"""A company with two kinds of its own: 拜访 (visit), which a plugin declares, and 样品 (sample), which operations make."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from clew import FieldSpec, KindSpec, Plugin, ProcessSpec, StageSpec, Text, hookimpl
from clew.core.company.switches import switch_plugin
from clew.core.intake import take as intake
from clew.core.journal.origin import SYSTEM, Actor, Origin
from clew.core.kinds import Lead
from clew.core.running import drain
from clew.core.workspace import Workspace
from clew.hooks.discovery import discover

from ..openapi import hold_every_answer


@pytest.fixture(autouse=True)
def _as_the_document_says(monkeypatch: pytest.MonkeyPatch) -> None:
    hold_every_answer(monkeypatch)


class Visits(Plugin):
    """Brings 拜访: belongs to a lead and a customer, owned, three fields, a two-stage process."""

    name = "visits"
    title = Text("拜访", "Visits")
    version = "1.0.0"

    @hookimpl
    def register_kinds(self) -> list[KindSpec]:
        stages = (
            StageSpec("planned", Text("已约定", "Planned")),
            StageSpec("held", Text("已完成", "Held"), ("result",)),
        )
        results = (("good", Text("有意向", "Interested")), ("none", Text("没结果", "No result")))
        return [
            KindSpec(
                "visit",
                Text("拜访", "Visit"),
                ("lead", "customer"),
                (
                    FieldSpec("visit", "place", Text("地点", "Place"), required=True, indexed=True),
                    FieldSpec("visit", "cost", Text("费用", "Cost"), "money"),
                    FieldSpec("visit", "result", Text("结果", "Result"), "choice", results),
                ),
                ProcessSpec("visiting", Text("拜访流程", "Visiting"), stages, (("planned", "held"),)),
            )
        ]


def make_sample(ws: Workspace, origin: Origin) -> None:
    """Make 样品 through the door, as a person in operations does."""
    with ws.door.transaction(origin) as tx:
        titles = {"title_zh": "样品", "title_en": "Sample", "belongs_to": ["customer"]}
        tx.create("kind_definition", {"name": "sample", **titles})
        for position, (name, zh, en, type_) in enumerate(
            (("model", "型号", "Model", "text"), ("quantity", "数量", "Quantity", "number"))
        ):
            words = {"label_zh": zh, "label_en": en, "type": type_, "position": position, "required": name == "model"}
            tx.create("field_definition", {"kind": "sample", "name": name, "indexed": True, **words})


@pytest.fixture
def made(any_workspace: Workspace, found: Callable[[Workspace], Any]) -> Any:
    """The company, in a workspace that has both kinds."""
    any_workspace.use_plugins(discover([], [Visits()]))
    company = found(any_workspace)
    switch_plugin(any_workspace, "visits", True, SYSTEM)
    make_sample(any_workspace, Origin(Actor.of(company.user("ops")), "console"))
    return company


@pytest.fixture
def lead(any_workspace: Workspace, made: Any) -> Lead:
    """A lead of somebody in sales."""
    given = {"company": "恒锐精密", "phone": "13812345678", "industry": "精密加工", "region": "江苏", "budget": 400_000}
    taken = intake.take(any_workspace, given, SYSTEM).lead
    drain(any_workspace)
    return Lead.get_by_id(taken.id)
