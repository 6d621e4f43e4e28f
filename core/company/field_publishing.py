"""Fields and layouts published: a field made, changed or retired, with what it does to rules, processes and records."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ...hooks.text import Text
from ..errors import Invalid, NotFound, Problem
from ..kinds import CompanyChange, FieldDefinition, LayoutRecord, ProcessDefinition
from ..rulebook.named import Named
from ..schema.field_definitions import open_field
from ..schema.fields import Field
from ..schema.kind import Kind
from ..schema.options import option_problems
from ..workspace import Workspace
from .moving import Move
from .named_in_records import having, holding
from .publishing import DROP, Asked, Gone, Publication, Subject, Touch, publication, target_of, touched
from .use import Use

FIELD_VALUES = (
    *("label_zh", "label_en", "type", "options", "mask", "hint_zh", "hint_en", "required", "target", "indexed"),
    *("trade", "needed_when", "active"),
)
"""What of a field is published; its order and section are the layout's."""


def definition_of(kind: str, name: str) -> FieldDefinition | None:
    """Return the definition of a field, in force or not; None for one that has none."""
    found: FieldDefinition | None = FieldDefinition.get_or_none(
        (FieldDefinition.kind == kind) & (FieldDefinition.name == name)
    )
    return found


def present_values(ws: Workspace, kind: str, name: str) -> dict[str, Any]:
    """Return what of a field can be published, as it is now: of its definition, or of a bundled one that is open.

    Raises NotFound for a field that is neither.
    """
    row = definition_of(kind, name)
    if row is not None:
        return {one: getattr(row, one) for one in FIELD_VALUES}
    field = open_field(ws.kinds, kind, name)
    if field is None:
        raise NotFound(f"「{name}」不是能修改的字段。", f"{name!r} is no field that can be edited")
    return {
        "label_zh": field.label.zh,
        "label_en": field.label.en,
        "type": field.type,
        "options": [{"value": value, "zh": words.zh, "en": words.en} for value, words in field.options],
        "mask": field.mask,
        "hint_zh": field.hint.zh,
        "hint_en": field.hint.en,
        "required": field.required,
        "target": field.to,
        "indexed": False,
        "trade": "",
        "needed_when": {},
        "active": True,
    }


def touched_by_field(ws: Workspace, kind: str, name: str, values: Mapping[str, Any]) -> list[Touch]:
    """Return what publishing these values of a field touches. Raises Invalid for options that are none."""
    here = ws.kinds.named(kind)
    field = here.by_name.get(name)
    if field is None:
        return []
    if problems := [Problem("options", text) for text in option_problems(values.get("options"))]:
        raise Invalid(problems)
    found = touched(ws, [*_gone(here, field, values)])
    return [*found, *_lacking(here, field, values)]


def _gone(kind: Kind, field: Field, values: Mapping[str, Any]) -> Iterator[Gone]:
    if values.get("active") is False:
        yield Gone(Named("field", field.name, kind.name), field.label)
        return
    if "options" not in values:
        return
    offered = {one["value"]: Text(one["zh"], one["en"]) for one in values["options"] or () if not one.get("retired")}
    for value, words in field.offered:
        if value not in offered:
            yield Gone(Named("option", value, f"{kind.name}.{field.name}"), words, tuple(offered.items()))


def _lacking(kind: Kind, field: Field, values: Mapping[str, Any]) -> Iterator[Touch]:
    """Tell how many records lack a field that becomes required: they are asked for it when somebody saves it next."""
    if not values.get("required") or field.required or values.get("active") is False:
        return
    count = kind.model.select().count() - holding(kind, field).count()
    if count:
        title = Text(f"{count} 条{kind.title.zh}还没填", f"{count} of {kind.plural.en.lower()} lack it")
        said = Text("照旧可以打开；改到这一项时要填", "they open as before; it is asked for when it is changed")
        path = f"/records/{kind.name}/?{field.name}.empty=1"
        yield Touch(f"lack:{field.name}", Use("record", kind.name, title, said, path, count), None)


def publish_field(ws: Workspace, kind: str, name: str, values: Mapping[str, Any], asked: Asked) -> CompanyChange | None:
    """Make, change or retire a field, in one transaction with all that moves along; return the change, None if nothing
    changes.

    To show personal data to more people takes the permission `roles`, and the field's label as `asked.typed_name`.
    Raises Invalid for what is wrong with the values or for questions left open, Conflict if somebody else published
    it meanwhile.
    """
    here = ws.kinds.named(kind)
    subject = Subject("fields", kind, Text("字段", "field"), lambda: definition_of(kind, name))
    row = subject.check(ws, asked)
    if row is None and open_field(ws.kinds, kind, name) is not None:
        present = present_values(ws, kind, name)
        values = {**present, **values}
        if values == present:
            return None
    if values.get("active") is False and open_field(ws.kinds, kind, name) is not None:
        words = Text("自带的字段不能停用；可以停用它的选项", "a bundled field can't be retired: retire its options")
        raise Invalid([Problem("active", words)])
    _check_typed(row, values, asked.typed_name)
    found = touched_by_field(ws, kind, name, values)
    field = here.by_name.get(name)
    title = _title(here, field, name, row, values)
    retires = values.get("active") is False
    moves = list(_moves(found, asked, here, field)) if field is not None and not retires else []
    with publication(ws, subject, title, found, asked, moves) as made:
        if retires:
            _drop_from_processes(made, kind, name)
        if row is None:
            made.tx.create("field_definition", {"kind": kind, "name": name, **values})
        else:
            made.tx.change("field_definition", row.id, values, asked.revision)
        made.draft_rules()
    return made.change


def _check_typed(row: Any, values: Mapping[str, Any], typed_name: str) -> None:
    if row is None or not row.mask or values.get("mask", row.mask) == row.mask:
        return
    if typed_name.strip() not in (row.label_zh, row.label_en):
        words = Text(
            f"会有更多人看到「{row.label_zh}」的全文；请键入它的名称来确认",
            f"more people will see “{row.label_en}” whole: type its label to confirm",
        )
        raise Invalid([Problem("typed_name", words)])


def _title(kind: Kind, field: Field | None, name: str, row: Any, values: Mapping[str, Any]) -> Text:
    label = field.label if field is not None else Text(str(values.get("label_zh") or name), str(values.get("label_en")))
    verb = ("加字段", "add") if row is None and field is None else ("改字段", "change")
    if values.get("active") is False:
        verb = ("停用字段", "retire")
    elif row is not None and not row.active and values.get("active"):
        verb = ("恢复字段", "bring back")
    return Text(f"{kind.title.zh}：{verb[0]}「{label.zh}」", f"{kind.plural.en}: {verb[1]} “{label.en}”")


def _moves(found: Sequence[Touch], asked: Asked, kind: Kind, field: Field) -> Iterator[Move]:
    """Yield the records that hold an option that goes, with the one that was chosen instead."""
    for touch in found:
        new = target_of(asked.answers.get(touch.key, ""))
        if touch.gone is not None and touch.use.use == "record" and new and touch.gone.named.what == "option":
            yield _to_option(kind, field, touch.gone.named.name, new)


def _to_option(kind: Kind, field: Field, old: str, new: str) -> Move:
    def values(record: Any) -> Mapping[str, Any]:
        value = record.extra.get(field.name) if field.extra else getattr(record, field.name)
        if field.type != "choices":
            return {field.name: new}
        return {field.name: list(dict.fromkeys(new if one == old else one for one in value))}

    return Move(kind, lambda: having(kind, field, old), values)


def _drop_from_processes(made: Publication, kind: str, name: str) -> None:
    for touch in made.found:
        if touch.use.use != "process" or made.answers.get(touch.key) != DROP:
            continue
        row = ProcessDefinition.get_or_none(ProcessDefinition.name == touch.use.name)
        process = made.ws.processes.get(touch.use.name)
        document = dict(row.document if row is not None else process.document)
        document["stages"] = [
            {**stage, "required": [one for one in stage.get("required", ()) if one != name]}
            for stage in document["stages"]
        ]
        if row is None:
            made.tx.create("process_definition", {"name": process.name, "kind": kind, "document": document})
        elif row.plugin:
            continue  # A plugin's process is its own: a stage asks for no field that is retired.
        else:
            made.tx.change("process_definition", row.id, {"document": document})


def publish_layout(ws: Workspace, kind: str, values: Mapping[str, Any], asked: Asked) -> CompanyChange | None:
    """Lay a kind's fields out anew: `sections`, `columns`, `hints`, whatever of them is given; None if nothing changes.

    Raises Invalid, or Conflict if somebody else did meanwhile.
    """
    here = ws.kinds.named(kind)
    layout = Text("布局", "layout")
    subject = Subject("fields", kind, layout, lambda: LayoutRecord.get_or_none(LayoutRecord.kind == kind))
    row = subject.check(ws, asked)
    if row is None and not any(values.values()):
        return None
    title = Text(f"{here.title.zh}：调整布局", f"{here.plural.en}: layout")
    with publication(ws, subject, title, (), asked) as made:
        if row is None:
            made.tx.create("layout", {"kind": kind, **values})
        else:
            made.tx.change("layout", row.id, values, asked.revision)
    return made.change
