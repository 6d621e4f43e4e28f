"""Records of any kind over the API: what one kind has, all have, those made at run time too."""

from __future__ import annotations

from typing import Any

from flask import Flask

from ..access import policy as access
from ..access.owners import given_to
from ..errors import NotFound
from ..intake import take as intake
from ..intake.merging import standing
from ..kinds import BUNDLED
from ..schema.kind import Kind
from ..storage.records import Record
from . import listing, show
from .blueprint import Blueprint
from .caller import actor, etag, key, origin, reason_of, revision, token_needed, values_of, workspace
from .described import CONFIRM, Body, Confirm, given
from .schemas import OfKind, is_open, schemas, ways

blueprint = Blueprint("api_records", "records", description="Records of any kind")
PREFIX = "/api/v1"
ETAG = {"ETag": {"description": "the record's revision; send it back as If-Match", "schema": {"type": "string"}}}
_PATHS = (
    ("", {"GET": ("list", "list_records"), "POST": ("create", "create_record")}),
    ("/<record_id>", {"GET": ("read", "read_record"), "PATCH": ("change", "change_record")}),
    ("/<record_id>/transitions", {"POST": ("move", "move_record")}),
    ("/<record_id>/assign", {"POST": ("assign", "assign_record")}),
    ("/<record_id>/unlock", {"POST": ("unlock", "unlock_record")}),
)
WAYS = {view: way for _, methods in _PATHS for way, view in methods.values()}
"""What each view does, as `ways` says which kinds have it."""


class Assignment(Body):
    """Whom a record is given to."""

    owner_id = given("string", "the id of a person", required=True)
    confirm = CONFIRM


def _kind(name: str, way: str) -> Kind:
    kind = schemas().kind(name)
    if way not in ways(kind):
        zh, en = f"「{kind.title.zh}」不能这样做。", f"{kind.plural.en.lower()} have no way to {way} them here"
        raise NotFound(zh, en)
    return kind


def _visible(kind: Kind, record_id: str) -> Record:
    query = access.visible(workspace().kinds, actor(), kind.name)
    found: Record | None = query.where(kind.model.id == record_id).first()
    if found is None:
        zh, en = (
            f"没有这条{kind.title.zh}，或者它归别的团队。",
            f"no {kind.name} {record_id}, or it belongs to another team",
        )
        raise NotFound(zh, en)
    return found


def _changed(kind: Kind, record_id: str, values: dict[str, Any]) -> Any:
    _visible(kind, record_id)
    values, why = reason_of(kind, values)
    row = workspace().door.change(kind.name, record_id, values, origin().because(why), revision())
    return show.shown(kind, row), 200, etag(row)


@blueprint.get("/records/<kind>")
@token_needed
@blueprint.query(OfKind("list"))
@blueprint.response(200, OfKind("page"))
@blueprint.problems(404)
def list_records(given: dict[str, str], kind: str) -> Any:
    """List the records that the caller may see, newest first or by `sort`.

    Fields narrow the list: `<field>`; `<field>_min` and `<field>_max` of numbers; `<field>_after` (that moment or
    later) and `<field>_before` of moments. Personal data is no filter. A filter without a value filters nothing.
    """
    here = _kind(kind, "list")
    query = access.visible(workspace().kinds, actor(), kind)
    return listing.page(here, query, given, workspace().configuration.validator, lambda row: show.shown(here, row))


@blueprint.post("/records/<kind>")
@token_needed
@blueprint.takes(OfKind("create"))
@blueprint.response(201, OfKind("record"), headers=ETAG)
@blueprint.alt_response(200, schema=OfKind("record"), description="Made by this Idempotency-Key before", success=True)
@blueprint.problems(403, 404, 409)
@blueprint.headers("IdempotencyKey")
def create_record(given: dict[str, Any], kind: str) -> Any:
    """Create a record: 201, or 200 if the Idempotency-Key was used for the same values before."""
    here, values = _kind(kind, "create"), values_of(given)
    if kind == "lead":  # A lead comes in: its customer and contact are found again or made.
        access.require(actor(), "lead")
        taken = intake.take(workspace(), {"source": "api", **values}, origin(), key())
        row, new = taken.lead, taken.new
    else:
        made = workspace().door.create(kind, values, origin(), key())
        row, new = made.record, made.new
    return show.shown(here, row), 201 if new else 200, etag(row)


@blueprint.get("/records/<kind>/<record_id>")
@token_needed
@blueprint.response(200, OfKind("record"), headers=ETAG)
@blueprint.problems(404)
def read_record(kind: str, record_id: str) -> Any:
    """Read one record; the ETag is its revision. One that was merged away answers with the one that stands."""
    here = _kind(kind, "read")
    row = standing(workspace().kinds, actor(), here, record_id) or _visible(here, record_id)
    return show.shown(here, row), 200, etag(row)


@blueprint.patch("/records/<kind>/<record_id>")
@token_needed
@blueprint.takes(OfKind("change"))
@blueprint.response(200, OfKind("record"), headers=ETAG)
@blueprint.problems(403, 404, 409, 423)
@blueprint.headers("IfMatch")
def change_record(given: dict[str, Any], kind: str, record_id: str) -> Any:
    """Change fields of a record. With If-Match, 409 if it changed meanwhile."""
    return _changed(_kind(kind, "change"), record_id, values_of(given))


@blueprint.post("/records/<kind>/<record_id>/transitions")
@token_needed
@blueprint.takes(OfKind("move"))
@blueprint.response(200, OfKind("record"), headers=ETAG)
@blueprint.problems(403, 404, 409, 423)
@blueprint.headers("IfMatch")
def move_record(given: dict[str, Any], kind: str, record_id: str) -> Any:
    """Move a record to a stage, with the fields that stage needs."""
    here = _kind(kind, "move")
    values, why = reason_of(here, values_of(given))
    _visible(here, record_id)
    row = workspace().door.change(kind, record_id, values, origin().because(why), revision())
    return show.shown(here, row), 200, etag(row)


@blueprint.post("/records/<kind>/<record_id>/assign")
@token_needed
@blueprint.takes(Assignment)
@blueprint.response(200, OfKind("record"), headers=ETAG)
@blueprint.problems(403, 404, 409, 423)
@blueprint.headers("IfMatch")
def assign_record(given: dict[str, Any], kind: str, record_id: str) -> Any:
    """Give a record to a person, and to that person's team."""
    here = _kind(kind, "assign")
    access.require(actor(), "assign")
    _visible(here, record_id)
    return _changed(here, record_id, given_to(here, given["owner_id"]))


@blueprint.post("/records/<kind>/<record_id>/unlock")
@token_needed
@blueprint.takes(Confirm)
@blueprint.response(200, OfKind("record"), headers=ETAG)
@blueprint.problems(403, 404, 409)
@blueprint.headers("IfMatch")
def unlock_record(given: dict[str, Any], kind: str, record_id: str) -> Any:
    """Unlock a record that a rule locked; for managers, ops and administrators."""
    return _changed(_kind(kind, "unlock"), record_id, {"locked": False})


def install(app: Flask) -> None:
    """Give each bundled kind addresses of its own. Those made at run time have them by `<kind>`."""
    for kind in filter(is_open, BUNDLED):
        for path, methods in paths_of(kind):
            for method, view in methods.items():
                app.add_url_rule(
                    f"{PREFIX}/records/{kind.name}{path}",
                    f"{blueprint.name}.{view}_of_{kind.name}",
                    app.view_functions[f"{blueprint.name}.{view}"],
                    methods=[method],
                    defaults={"kind": kind.name},
                )


def paths_of(kind: Kind) -> list[tuple[str, dict[str, str]]]:
    """Return the paths of a kind, each with its methods and their views."""
    can = ways(kind)
    found = [(path, {m: view for m, (way, view) in methods.items() if way in can}) for path, methods in _PATHS]
    return [(path, methods) for path, methods in found if methods]
