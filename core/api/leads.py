"""Leads over the API: take in, list, read, change, move, follow up, assign, close."""

from __future__ import annotations

from typing import Any

from ..access import policy as access
from ..access.owners import given_to
from ..errors import NotFound
from ..intake import take as intake
from ..intake.follow_ups import NextStep, log_follow_up
from ..kinds import Lead
from . import shapes, show
from .blueprint import Blueprint
from .caller import (
    actor,
    etag,
    key,
    moment_in,
    origin,
    page,
    reason_of,
    revision,
    token_needed,
    values_of,
    workspace,
)
from .described import Confirm
from .records import ETAG, Assignment
from .schemas import OfKind

blueprint = Blueprint("api_leads", "leads", description="Leads on their way through the process")
_EQUAL = ("stage", "outcome", "industry", "region", "source", "owner_id", "team_id", "external_id")


def _lead(lead_id: str) -> Lead:
    found: Lead | None = access.visible_leads(actor()).where(Lead.id == lead_id).first()
    if found is None:
        raise NotFound("没有这条线索，或者它归别的团队。", f"no lead {lead_id}, or it belongs to another team")
    return found


def _changed(lead_id: str, values: dict[str, Any]) -> Any:
    row = workspace().door.change("lead", lead_id, values, origin(), revision())
    return show.lead(row), 200, etag(row)


@blueprint.get("/leads")
@token_needed
@blueprint.query(shapes.LeadQuery)
@blueprint.response(200, OfKind("rows", "lead"))
def list_leads(given: dict[str, str]) -> dict[str, Any]:
    """List leads, newest first. A filter without a value filters nothing."""
    query = access.visible_leads(actor())
    for name in _EQUAL:
        if value := given.get(name):
            query = query.where(Lead._meta.combined[name] == value)
    if since := moment_in(given, "received_after"):
        query = query.where(Lead.received_at >= since)
    if until := moment_in(given, "received_before"):
        query = query.where(Lead.received_at < until)
    if text := given.get("q"):
        query = query.where(Lead.company.contains(text))
    return page(query, Lead.id, show.lead)


@blueprint.post("/leads")
@token_needed
@blueprint.takes(OfKind("take", "lead"))
@blueprint.response(201, OfKind("row", "lead"))
@blueprint.alt_response(200, schema=OfKind("row", "lead"), description="Taken in by this key before", success=True)
@blueprint.problems(403, 409)
@blueprint.headers("IdempotencyKey")
def create_lead(given: dict[str, Any]) -> Any:
    """Take a lead in: 201, or 200 if the Idempotency-Key was used for the same lead before."""
    access.require(actor(), "lead")
    taken = intake.take(workspace(), {"source": "api", **values_of(given)}, origin(), key())
    return show.lead(taken.lead), 201 if taken.new else 200


@blueprint.get("/leads/<lead_id>")
@token_needed
@blueprint.response(200, OfKind("lead", "lead"), headers=ETAG)
@blueprint.problems(404)
def read_lead(lead_id: str) -> Any:
    """Read one lead; the ETag is its revision."""
    found = _lead(lead_id)
    return show.lead_in_full(found), 200, etag(found)


@blueprint.patch("/leads/<lead_id>")
@token_needed
@blueprint.takes(OfKind("change", "lead"))
@blueprint.response(200, OfKind("row", "lead"), headers=ETAG)
@blueprint.problems(403, 404, 409, 423)
@blueprint.headers("IfMatch")
def change_lead(given: dict[str, Any], lead_id: str) -> Any:
    """Change fields of a lead. With If-Match, 409 if it changed meanwhile."""
    _lead(lead_id)
    return _changed(lead_id, values_of(given))


@blueprint.post("/leads/<lead_id>/transitions")
@token_needed
@blueprint.takes(OfKind("move", "lead"))
@blueprint.response(200, OfKind("row", "lead"), headers=ETAG)
@blueprint.problems(403, 404, 409, 423)
@blueprint.headers("IfMatch")
def move_lead(given: dict[str, Any], lead_id: str) -> Any:
    """Move a lead to `stage`, with the fields that stage needs; `reason` says why where a stage is skipped."""
    _lead(lead_id)
    values, why = reason_of(workspace().kinds["lead"], values_of(given))
    row = workspace().door.change("lead", lead_id, values, origin().because(why), revision())
    return show.lead(row), 200, etag(row)


@blueprint.post("/leads/<lead_id>/outcome")
@token_needed
@blueprint.takes(shapes.Outcome)
@blueprint.response(200, OfKind("row", "lead"), headers=ETAG)
@blueprint.problems(403, 404, 409, 423)
@blueprint.headers("IfMatch")
def close_lead(given: dict[str, Any], lead_id: str) -> Any:
    """Close a lead as won or lost (with `lost_reason`), or open it again."""
    _lead(lead_id)
    return _changed(lead_id, values_of(given))


@blueprint.post("/leads/<lead_id>/assign")
@token_needed
@blueprint.takes(Assignment)
@blueprint.response(200, OfKind("row", "lead"), headers=ETAG)
@blueprint.problems(403, 404, 409, 423)
@blueprint.headers("IfMatch")
def assign_lead(given: dict[str, Any], lead_id: str) -> Any:
    """Give a lead to the user `owner_id`."""
    access.require(actor(), "assign")
    _lead(lead_id)
    return _changed(lead_id, given_to(workspace().kinds["lead"], given["owner_id"]))


@blueprint.post("/leads/<lead_id>/unlock")
@token_needed
@blueprint.takes(Confirm)
@blueprint.response(200, OfKind("row", "lead"), headers=ETAG)
@blueprint.problems(403, 404, 409)
@blueprint.headers("IfMatch")
def unlock_lead(given: dict[str, Any], lead_id: str) -> Any:
    """Unlock a lead that a rule locked; for managers, ops and administrators."""
    _lead(lead_id)
    return _changed(lead_id, {"locked": False})


@blueprint.post("/leads/<lead_id>/follow-ups")
@token_needed
@blueprint.takes(OfKind("follow", "follow_up"))
@blueprint.response(201, OfKind("row", "follow_up"))
@blueprint.alt_response(200, schema=OfKind("row", "follow_up"), description="Recorded before", success=True)
@blueprint.problems(403, 404, 409)
@blueprint.headers("IdempotencyKey")
def record_follow_up(given: dict[str, Any], lead_id: str) -> Any:
    """Record a contact with the customer; `next_step` and `next_at` make a task of the lead for its owner."""
    _lead(lead_id)
    values = values_of(given)
    step = NextStep.of(values.pop("next_step", None), values.get("next_at"))
    made = log_follow_up(workspace(), lead_id, values, step, origin(), key())
    return show.record("follow_up", made.follow_up), 201 if made.new else 200
