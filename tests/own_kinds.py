"""Two kinds of tests' own: 拜访 (visit), which a plugin declares, and 样品 (sample), which operations make."""

from __future__ import annotations

from clew import FieldSpec, KindSpec, Plugin, ProcessSpec, StageSpec, Text, hookimpl
from clew.core.company.switches import switch_plugin
from clew.core.journal.origin import SYSTEM, Origin
from clew.core.workspace import Workspace
from clew.hooks.discovery import discover


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


def install(ws: Workspace) -> None:
    """Let this process have the plugin that brings visits."""
    ws.use_plugins(discover([], [Visits()]))


def make_both(ws: Workspace, origin: Origin) -> None:
    """Give a workspace both kinds."""
    install(ws)
    switch_plugin(ws, "visits", True, SYSTEM)
    make_sample(ws, origin)
