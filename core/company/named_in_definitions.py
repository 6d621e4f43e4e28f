"""Which processes, fields, kinds, layouts, plugins, people and teams name a thing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ...hooks.text import Text
from ...rules.language.mentions import in_condition
from ..kinds import FieldDefinition, KindDefinition, PluginRecord, Team, User
from ..process.processes import Process
from ..rulebook.named import Named, Wanted, wanted
from ..workspace import Workspace
from .use import Use


def in_definitions(ws: Workspace, named: Named) -> Iterator[Use]:
    """Yield the definitions in force that name a thing."""
    what = wanted(ws, named)
    for process in ws.processes.all():
        yield from _in_process(process, named, what)
    if named.what in ("field", "option"):
        yield from _in_conditional(ws, named)
    if named.what == "field":
        yield from _in_layouts(ws, named)
    if named.what in ("kind", "process"):
        yield from _in_kinds(named)
    if named.what == "kind":
        yield from _in_fields(named)
    yield from _in_plugins(ws, named)
    yield from _among_people(named)


def _in_conditional(ws: Workspace, named: Named) -> Iterator[Use]:
    """Yield the fields that are needed while another one is filled in so."""
    kind, _, field = (named.of, "", named.name) if named.what == "field" else named.of.partition(".")
    for one in ws.kinds[kind].conditional if kind in ws.kinds else ():
        other, values = one.needed_when or ("", ())
        if other == field and (named.what == "field" or named.name in values):
            said = Text("填了它才必填", "is needed because of it")
            yield Use("field", f"{kind}.{one.name}", one.label, said, f"/fields/{kind}/?field={one.name}")


def _in_layouts(ws: Workspace, named: Named) -> Iterator[Use]:
    layout = ws.kinds[named.of].layout if named.of in ws.kinds else None
    if layout is not None and named.name in {name for section in layout.sections for name in section.fields}:
        title = ws.kinds[named.of].title
        said = Text("表单和详情里有它的位置", "has a place for it in forms and pages")
        yield Use("layout", named.of, Text(f"{title.zh}的布局", f"{title.en} layout"), said, f"/fields/{named.of}/")


def _in_process(process: Process, named: Named, what: Wanted) -> Iterator[Use]:
    if named.what == "kind" and process.kind == named.name:
        yield _of_process(process, Text("属于它", "it is one of its own"))
        return
    said = [*_stages_needing(process, named, what)]
    if said:
        yield _of_process(process, Text("；".join(one.zh for one in said), "; ".join(one.en for one in said)))


def _stages_needing(process: Process, named: Named, what: Wanted) -> Iterator[Text]:
    for stage in process.stages:
        zh, en = stage.title.zh, stage.title.en
        if named.what == "field" and process.kind == named.of and named.name in stage.required:
            yield Text(f"进入「{zh}」前要填它", f"{en} needs it")
        if named.what == "role" and stage.role == named.name:
            yield Text(f"「{zh}」由它负责", f"{en} is its to answer for")
        if named.what == "role" and named.name in stage.skip:
            yield Text(f"可以跳过「{zh}」", f"may skip {en}")
        if any(what.fits(mention) for one in stage.evidence for mention in in_condition(one.when)):
            yield Text(f"进入「{zh}」的证据说到它", f"the evidence for {en} speaks of it")


def _of_process(process: Process, said: Text) -> Use:
    return Use("process", process.name, process.title, said, f"/processes/{process.name}/")


def _in_kinds(named: Named) -> Iterator[Use]:
    for row in KindDefinition.select().where(KindDefinition.active).order_by(KindDefinition.name):
        title = Text(row.title_zh, row.title_en)
        if named.what == "process" and row.process == named.name:
            yield Use("kind", row.name, title, Text("走这个流程", "follows it"), f"/fields/{row.name}/")
        elif named.what == "kind" and named.name in row.belongs_to:
            yield Use("kind", row.name, title, Text("归属它", "belongs to it"), f"/fields/{row.name}/")


def _in_fields(named: Named) -> Iterator[Use]:
    fields = FieldDefinition.select().where(FieldDefinition.active & (FieldDefinition.target == named.name))
    for row in fields.order_by(FieldDefinition.kind, FieldDefinition.name):
        title = Text(row.label_zh, row.label_en)
        yield Use("field", f"{row.kind}.{row.name}", title, Text("指向它", "refers to it"), f"/fields/{row.kind}/")


def _in_plugins(ws: Workspace, named: Named) -> Iterator[Use]:
    """Yield plugins that are on and have a setting whose whole value, or an item of it, is the name."""
    on = set(ws.plugins.enabled)
    for row in PluginRecord.select().order_by(PluginRecord.name):
        held = [key for key, value in (row.settings or {}).items() if _is(value, named.name)]
        plugin = ws.plugins.catalogue.get(row.name)
        if row.name in on and plugin is not None and (held or _brings(row, named)):
            keys = "、".join(held)
            said = (
                Text(f"设置「{keys}」", f"its setting {', '.join(held)}") if held else Text("由它带来", "it brings it")
            )
            yield Use("plugin", row.name, plugin.title, said, "/plugins/")


def _is(value: Any, name: str) -> bool:
    if isinstance(value, Mapping):
        return any(_is(one, name) for one in value.values())
    return name in value if isinstance(value, list) else value == name


def _brings(row: Any, named: Named) -> bool:
    return named.what == "action" and any(one.get("name") == named.name for one in row.actions or ())


def _among_people(named: Named) -> Iterator[Use]:
    if named.what == "role":
        having = [one for one in User.select().where(User.active).order_by(User.name) if named.name in one.roles]
        if having:
            zh, en = "、".join(one.name for one in having[:5]), ", ".join(one.name for one in having[:5])
            yield Use("person", named.name, Text("成员", "People"), Text(zh, en), count=len(having))
    elif named.what == "person":
        for team in Team.select().where(Team.manager_id == named.name).order_by(Team.name):
            yield Use("team", team.id, Text(team.name, team.name), Text("由其主管", "is theirs to manage"))
