"""Fields, layouts and processes over the API: what the console's pages do, with the same checks and words."""

from __future__ import annotations

from typing import Any

from ...hooks.text import Text
from ..access import policy as access
from ..company.field_publishing import (
    FIELD_VALUES,
    definition_of,
    present_values,
    publish_field,
    publish_layout,
    touched_by_field,
)
from ..company.named_in_records import by_stage
from ..company.process_publishing import definition_of as process_definition_of
from ..company.process_publishing import process_named, publish_process, touched_by_process
from ..company.publishing import Asked, Touch
from ..company.undoing import can_undo, undo
from ..company.use import Use, counted
from ..company.what_breaks import uses
from ..errors import Invalid, NotFound, Problem
from ..journal.lines import plain
from ..kinds import CompanyChange, FieldDefinition, LayoutRecord
from ..people.batches import titles_of
from ..process.processes import Process
from ..rulebook.named import Named
from ..schema.field_definitions import open_field
from ..schema.kind import Kind
from . import company_shapes as shapes
from .blueprint import Blueprint
from .caller import actor, origin, revision, token_needed, workspace
from .described import Confirm

blueprint = Blueprint("api_company", "company", description="Fields, layouts and processes of the company")
_MOST = 50


def _kind(name: str) -> Kind:
    access.require(actor(), "company")
    found = workspace().kinds.get(name)
    if found is None or found.setting_up or found.configuration:
        raise NotFound(f"没有「{name}」这类记录。", f"no kind {name!r}")
    return found


def asked_of(given: dict[str, Any], row: Any) -> Asked:
    """Return who asks to publish; without If-Match they take the definition as it is now."""
    seen = revision()
    answers = given.get("answers") or {}
    if not all(isinstance(one, str) for one in answers.values()):
        raise Invalid([Problem("answers", Text("应为 {键: 选择}，都是文字", "is {key: choice}, all texts"))])
    now = row.revision if row is not None else None
    return Asked(origin(), seen if seen is not None else now, answers, str(given.get("typed_name") or ""))


def published(change: CompanyChange | None, now: Any) -> dict[str, Any]:
    """Return what is answered after publishing; `now` is the definition."""
    return {
        "change": change.id if change is not None else None,
        "revision": now.revision if now is not None else None,
    }


# ---- Fields


@blueprint.get("/fields/<kind>")
@token_needed
@blueprint.response(200, shapes.FieldsShown)
@blueprint.problems(403, 404)
def list_fields(kind: str) -> dict[str, Any]:
    """List the fields of a kind in the order of its layout, and that layout."""
    here = _kind(kind)
    rows = {row.name: row for row in FieldDefinition.select().where(FieldDefinition.kind == kind)}
    fields = [_field(here, one, rows.get(one.name)) for one in here.arranged if not one.secret]
    return {"kind": kind, "items": fields, "layout": _layout(kind)}


def _field(kind: Kind, one: Any, row: Any) -> dict[str, Any]:
    editable = row is not None or open_field(workspace().kinds, kind.name, one.name) is not None
    return {
        "name": one.name,
        "label": _words(one.label),
        "type": one.type,
        "required": one.required,
        "mask": one.mask,
        "hint": _words(one.hint),
        "options": [{"value": value, "zh": words.zh, "en": words.en} for value, words in one.options],
        "retired": list(one.retired),
        "editable": editable and (row is None or not row.plugin),
        "revision": row.revision if row is not None else None,
    }


@blueprint.put("/fields/<kind>/<name>")
@token_needed
@blueprint.takes(shapes.FieldGiven)
@blueprint.response(200, shapes.Published)
@blueprint.problems(403, 404, 409)
@blueprint.headers("IfMatch")
def put_field(given: dict[str, Any], kind: str, name: str) -> Any:
    """Make, change or retire a field, with the rules and records that move along.

    422 while something that is touched has no answer: `POST …/impact` says what there is. 409 if it was published
    meanwhile.
    """
    _kind(kind)
    row = definition_of(kind, name)
    change = publish_field(workspace(), kind, name, _values(given), asked_of(given, row))
    return published(change, definition_of(kind, name))


@blueprint.post("/fields/<kind>/<name>/impact")
@token_needed
@blueprint.takes(shapes.FieldGiven)
@blueprint.response(200, shapes.Touched)
@blueprint.problems(403, 404)
def touched_by_a_field(given: dict[str, Any], kind: str, name: str) -> dict[str, Any]:
    """Return what publishing these values of a field would touch. Nothing is written."""
    _kind(kind)
    present_values(workspace(), kind, name)
    return touches(touched_by_field(workspace(), kind, name, _values(given)))


def _values(given: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if name in FIELD_VALUES}


# ---- Layouts


@blueprint.put("/layouts/<kind>")
@token_needed
@blueprint.takes(shapes.LayoutGiven)
@blueprint.response(200, shapes.Published)
@blueprint.problems(403, 404, 409)
@blueprint.headers("IfMatch")
def put_layout(given: dict[str, Any], kind: str) -> Any:
    """Lay the fields of a kind out: sections and their order, columns of the list, hints."""
    _kind(kind)
    row = LayoutRecord.get_or_none(LayoutRecord.kind == kind)
    change = publish_layout(workspace(), kind, given, asked_of({}, row))
    return published(change, LayoutRecord.get_or_none(LayoutRecord.kind == kind))


def _layout(kind: str) -> dict[str, Any]:
    row = LayoutRecord.get_or_none(LayoutRecord.kind == kind)
    if row is None:
        return {"sections": [], "columns": [], "hints": {}, "revision": None}
    return {"sections": row.sections, "columns": row.columns, "hints": row.hints, "revision": row.revision}


# ---- Processes


@blueprint.get("/processes")
@token_needed
@blueprint.response(200, shapes.ProcessList)
@blueprint.problems(403)
def list_processes() -> dict[str, Any]:
    """List the processes in force, with how many records stand in each stage."""
    access.require(actor(), "company")
    return {"items": [_process(one) for one in workspace().processes.all() if one.kind in workspace().kinds]}


@blueprint.get("/processes/<name>")
@token_needed
@blueprint.response(200, shapes.ProcessShown)
@blueprint.problems(403, 404)
def read_process(name: str) -> dict[str, Any]:
    """Read one process."""
    access.require(actor(), "company")
    return _process(process_named(workspace(), name))


@blueprint.put("/processes/<name>")
@token_needed
@blueprint.takes(shapes.ProcessGiven)
@blueprint.response(200, shapes.Published)
@blueprint.problems(403, 404, 409)
@blueprint.headers("IfMatch")
def put_process(given: dict[str, Any], name: str) -> Any:
    """Make or change a process, with the records that move.

    Every stage that goes and in which records stand needs an answer that says where they go.
    """
    kind, document = _process_given(given, name)
    asked = asked_of(given, process_definition_of(name))
    change = publish_process(workspace(), name, kind, document, asked, active=given.get("active", True) is not False)
    return published(change, process_definition_of(name))


@blueprint.post("/processes/<name>/impact")
@token_needed
@blueprint.takes(shapes.ProcessGiven)
@blueprint.response(200, shapes.Touched)
@blueprint.problems(403, 404)
def touched_by_a_process(given: dict[str, Any], name: str) -> dict[str, Any]:
    """Return what publishing a document as a process would touch. Nothing is written."""
    kind, document = _process_given(given, name)
    return touches(touched_by_process(workspace(), name, kind, document))


def _process_given(given: dict[str, Any], name: str) -> tuple[str, dict[str, Any]]:
    access.require(actor(), "company")
    row = process_definition_of(name)
    kind = row.kind if row is not None else str(given.get("kind") or "lead")
    if given.get("kind") not in (None, kind):
        words = Text(f"这个流程属于「{kind}」", f"this process is one of {kind!r}")
        raise Invalid([Problem("kind", words)])
    document = given.get("document")
    return kind, {"name": name, **document} if isinstance(document, dict) else {}


def _process(process: Process) -> dict[str, Any]:
    row = process_definition_of(process.name)
    document = {key: value for key, value in process.document.items() if key != "kind"}
    return {
        "name": process.name,
        "kind": process.kind,
        "document": document,
        "plugin": row.plugin if row is not None else "",
        "revision": row.revision if row is not None else None,
        "counts": dict(by_stage(workspace(), process.name)),
    }


# ---- What would break, and taking back


@blueprint.get("/what-breaks")
@token_needed
@blueprint.query(shapes.NamedQuery)
@blueprint.response(200, shapes.Touched)
@blueprint.problems(403)
def what_would_break(given: dict[str, str]) -> dict[str, Any]:
    """Return everything that names a thing: rules, tables, drafts, processes, fields, layouts, records."""
    access.require(actor(), "company")
    named = Named(given.get("what", ""), given.get("name", ""), given.get("of", ""))
    return touches([Touch("", use, None) for use in uses(workspace(), named)])


@blueprint.get("/company/changes")
@token_needed
@blueprint.response(200, shapes.CompanyChanges)
@blueprint.problems(403)
def list_company_changes() -> dict[str, Any]:
    """List the newest publishings of fields and processes."""
    access.require(actor(), "company")
    rows = CompanyChange.select().order_by(CompanyChange.id.desc()).limit(_MOST)
    return {
        "items": [
            {
                "id": row.id,
                "subject": row.subject,
                "name": row.name,
                "title": {"zh": row.title_zh, "en": row.title_en},
                "author_name": row.author_name,
                "created_at": plain(row.created_at),
                "undone_at": plain(row.undone_at),
                "can_undo": can_undo(workspace(), row),
            }
            for row in rows
        ]
    }


@blueprint.post("/company/changes/<change_id>/undo")
@token_needed
@blueprint.takes(Confirm)
@blueprint.response(200, shapes.ChangeUndone)
@blueprint.problems(403, 404, 409)
def undo_company_change(given: dict[str, Any], change_id: str) -> dict[str, Any]:
    """Take a publishing back, within 30 days; what somebody changed since is left as it is."""
    undone = undo(workspace(), change_id, origin())
    titles = titles_of(workspace(), actor(), {(kind, record_id) for kind, record_id, _ in undone.kept})
    left = [
        {
            "kind": kind,
            "id": record_id,
            "title": _words(titles.get((kind, record_id), Text("", ""))),
            "reason": _words(reason),
        }
        for kind, record_id, reason in undone.kept[:_MOST]
    ]
    return {"back": undone.back, "kept": len(undone.kept), "left": left}


# ---- Words


def touches(found: list[Touch]) -> dict[str, Any]:
    """Return what a change touches, as the API shows it."""
    return {"totals": _words(counted([one.use for one in found])), "items": [_touch(one) for one in found]}


def _touch(one: Touch) -> dict[str, Any]:
    use: Use = one.use
    return {
        "key": one.key,
        "use": use.use,
        "name": use.name,
        "title": _words(use.title),
        "said": _words(use.said),
        "path": use.path,
        "count": use.count,
        "places": list(use.places),
        "rows": list(use.rows),
        "choices": [{"value": value, "words": _words(words)} for value, words in one.choices],
    }


def _words(text: Text) -> dict[str, str]:
    return {"zh": text.zh, "en": text.en}
