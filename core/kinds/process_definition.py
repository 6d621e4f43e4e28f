"""流程 process_definition: stages and transitions of one kind of record."""

from __future__ import annotations

from typing import Any

from peewee import BooleanField, CharField

from ...hooks.text import Text
from ..errors import Invalid, Problem
from ..process.definitions import check_process
from ..schema.fields import field
from ..schema.kind import Kind, Lifecycle, LifecycleContext, Values
from ..storage.records import JSONText, Record
from ..storage.turns import DEFINING, nobody_enters, one_at_a_time


class ProcessDefinition(Record):
    """A process; see `core.process.processes` for the document."""

    name = CharField(40, unique=True)
    kind = CharField(40, default="lead")
    document = JSONText()
    plugin = CharField(60, default="")
    active = BooleanField(default=True)


def _checked(values: Values, context: LifecycleContext) -> Values:
    one_at_a_time(DEFINING)
    kind = values.get("kind") or "lead"
    check_process(context.kinds, context.store, kind, values["name"], values["document"], context.vocabulary)
    return {}


def _rechecked(row: Any, values: Values, context: LifecycleContext) -> Values:
    if (values.get("name", row.name), values.get("kind", row.kind)) != (row.name, row.kind):
        words = Text(
            "流程的代号和所属类型不能修改；可以停用它，另建一个",
            "a process's name and kind can't be changed: switch it off and make another",
        )
        raise Invalid([Problem("name", words)])
    if values.get("document", row.document) != row.document:
        one_at_a_time(DEFINING)
        check_process(context.kinds, context.store, row.kind, row.name, values["document"], context.vocabulary)
        if (
            context.actor.kind != "plugin"
        ):  # A plugin's upgrade strands nobody: from a stage that is gone all ways lead.
            _check_standing(row, values["document"], context)
    return {}


def _check_standing(row: Any, document: Any, context: LifecycleContext) -> None:
    """Raise Invalid if a stage goes in which records stand: publishing moves them first."""
    kept = {stage["name"] for stage in document["stages"]}
    kind = context.kinds.get(row.kind)
    gone = [stage for stage in row.document.get("stages", ()) if stage["name"] not in kept]
    if kind is None or not gone:
        return
    nobody_enters(row.kind)
    problems = []
    for stage in gone:
        if count := context.store.count(kind.name, process=row.name, stage=stage["name"]):
            title, noun = kind.title, kind.title.en if count == 1 else kind.plural.en
            problems.append(
                Problem(
                    "document",
                    Text(
                        f"还有 {count} 条{title.zh}在「{stage['zh']}」；发布流程时选好它们移到哪里",
                        f"{count} {noun.lower()} still in {stage['en']}: publish the process and say where they go",
                    ),
                )
            )
    if problems:
        raise Invalid(problems)


PROCESS_DEFINITION = Kind(
    name="process_definition",
    title=Text("流程", "Process"),
    plural=Text("流程", "Processes"),
    model=ProcessDefinition,
    fields=(
        field("name", "代号", "Name", form=False, required=True, longest=40),
        field("kind", "记录类型", "Kind of record", form=False, longest=40),
        field("document", "内容", "Document", "json", form=False, required=True),
        field("plugin", "插件", "Plugin", form=False, longest=60),
        field("active", "启用", "In force", "boolean", form=False),
    ),
    lifecycle=Lifecycle(defaults=_checked, derive_changes=_rechecked),
    write="company",
    configuration="configuration",
    setting_up=True,
    named_in_files=("name",),
    icon="route",
)
