"""Kinds of record over the API: those made at run time, listed, made, renamed, retired and brought back."""

from __future__ import annotations

from typing import Any

from ..access import policy as access
from ..company.kind_publishing import (
    KIND_VALUES,
    definition_of,
    publish_kind,
    touched_by_kind,
    who_may,
)
from ..errors import NotFound
from ..kinds import KindDefinition
from ..schema.validator import unstorable
from . import company_shapes as shapes
from . import kind_shapes
from .blueprint import Blueprint
from .caller import actor, token_needed, workspace
from .company import asked_of, published, touches
from .show_rules import words

blueprint = Blueprint("api_kinds", "kinds", description="Kinds of record made at run time")


@blueprint.get("/kinds")
@token_needed
@blueprint.response(200, kind_shapes.KindsShown)
@blueprint.problems(403)
def list_kinds() -> dict[str, Any]:
    """List the kinds of record that plugins and operations made, retired ones too, and what each role gives on them."""
    access.require(actor(), "company")
    return {"items": [_kind(row) for row in KindDefinition.select().order_by(KindDefinition.name)]}


@blueprint.put("/kinds/<name>")
@token_needed
@blueprint.takes(kind_shapes.KindGiven)
@blueprint.response(200, shapes.Published)
@blueprint.problems(403, 404, 409)
@blueprint.headers("IfMatch")
def put_kind(given: dict[str, Any], name: str) -> Any:
    """Make, rename, retire or bring back a kind of record.

    Fields are added by `PUT /fields/<kind>/<name>`. 422 while something that is touched has no answer: `POST …/impact`
    says what there is. 409 if it was published meanwhile.
    """
    _check(name)
    staged = given.get("staged") is True
    change = publish_kind(workspace(), name, _values(given), asked_of(given, definition_of(name)), staged=staged)
    return published(change, definition_of(name))


@blueprint.post("/kinds/<name>/impact")
@token_needed
@blueprint.takes(kind_shapes.KindGiven)
@blueprint.response(200, shapes.Touched)
@blueprint.problems(403, 404)
def touched_by_a_kind(given: dict[str, Any], name: str) -> dict[str, Any]:
    """Return what publishing these values of a kind would touch. Nothing is written."""
    _check(name)
    return touches(touched_by_kind(workspace(), name, _values(given)))


def _check(name: str) -> None:
    access.require(actor(), "company")
    if any(unstorable(name)):
        raise NotFound("没有这类记录。", "no such kind")


def _values(given: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if name in KIND_VALUES}


def _kind(row: KindDefinition) -> dict[str, Any]:
    return {
        "name": row.name,
        **{name: getattr(row, name) for name in KIND_VALUES},
        "process": row.process,
        "plugin": row.plugin,
        "revision": row.revision,
        "roles": {one.role: {action: words(text) for action, text in one.cells.items()} for one in who_may(row.name)},
    }
