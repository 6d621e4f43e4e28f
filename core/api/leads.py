"""Leads over the API: take in, list, read, change, move, follow up, assign, close."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import request
from flask_smorest import Blueprint

from ..access import policy as access
from ..errors import ClewError, NotFound
from ..intake import take as intake
from ..kinds import Lead, User
from . import show
from .caller import actor, body, key, origin, page, revision, token_needed, workspace

blueprint = Blueprint("api_leads", "leads", description="Leads on their way through the process")
_EQUAL = ("stage", "outcome", "industry", "region", "source", "owner_id", "team_id", "external_id")


def _lead(lead_id: str) -> Lead:
    found = access.visible_leads(actor()).where(Lead.id == lead_id).first()
    if found is None:
        raise NotFound("没有这条线索，或者它归别的团队。", f"no lead {lead_id}, or it belongs to another team")
    return found


def _moment(name: str) -> datetime | None:
    text = request.args.get(name)
    try:
        found = datetime.fromisoformat(text) if text else None
    except ValueError:
        raise ClewError(f"{name} 不是时间：{text}", f"{name} is no ISO 8601 time: {text}") from None
    return found.replace(tzinfo=workspace().settings.zone) if found and found.tzinfo is None else found


@blueprint.get("/leads")
@token_needed
def list_leads() -> dict[str, Any]:
    """List leads, newest first.

    Filters: stage, outcome, industry, region, source, owner_id, team_id, external_id,
    received_after, received_before, q. Pages by `after` (the `next` of the page before) and `limit`.
    """
    query = access.visible_leads(actor())
    for name in _EQUAL:
        if value := request.args.get(name):
            query = query.where(Lead._meta.combined[name] == value)
    if since := _moment("received_after"):
        query = query.where(Lead.received_at >= since)
    if until := _moment("received_before"):
        query = query.where(Lead.received_at < until)
    if text := request.args.get("q"):
        query = query.where(Lead.company.contains(text))
    return page(query, Lead.id, show.lead)


@blueprint.post("/leads")
@token_needed
def create_lead() -> Any:
    """Take a lead in: 201, or 200 if the Idempotency-Key was used for the same lead before."""
    access.require(actor(), "lead")
    taken = intake.take(workspace(), {"source": "api", **body()}, origin(), key())
    return show.lead(taken.lead), 201 if taken.new else 200


@blueprint.get("/leads/<lead_id>")
@token_needed
def read_lead(lead_id: str) -> Any:
    """Read one lead; the ETag is its revision."""
    found = _lead(lead_id)
    return show.lead_in_full(found), 200, {"ETag": f'"{found.revision}"'}


@blueprint.patch("/leads/<lead_id>")
@token_needed
def change_lead(lead_id: str) -> Any:
    """Change fields of a lead. With If-Match, 409 if it changed meanwhile."""
    _lead(lead_id)
    known = {f.name for f in workspace().kinds.of("lead") if f.form}
    values = body()
    if refused := sorted(set(values) - known):
        names = ", ".join(refused)
        raise ClewError(f"不能这样修改：{names}", f"these can't be changed here: {names}")
    changed = workspace().door.change("lead", lead_id, values, origin(), revision())
    return show.lead(changed), 200, {"ETag": f'"{changed.revision}"'}


@blueprint.post("/leads/<lead_id>/transitions")
@token_needed
def move_lead(lead_id: str) -> Any:
    """Move a lead to `stage`, with the fields that stage needs."""
    _lead(lead_id)
    known = {f.name for f in workspace().kinds.of("lead") if f.form}
    values = {n: v for n, v in body().items() if n == "stage" or n in known}
    return show.lead(workspace().door.change("lead", lead_id, values, origin(), revision()))


@blueprint.post("/leads/<lead_id>/outcome")
@token_needed
def close_lead(lead_id: str) -> Any:
    """Close a lead as won or lost (with `lost_reason`), or open it again."""
    _lead(lead_id)
    values = {n: v for n, v in body().items() if n in ("outcome", "lost_reason")}
    return show.lead(workspace().door.change("lead", lead_id, values, origin(), revision()))


@blueprint.post("/leads/<lead_id>/assign")
@token_needed
def assign_lead(lead_id: str) -> Any:
    """Give a lead to the user `owner_id`."""
    access.require(actor(), "assign")
    _lead(lead_id)
    user = User.get_or_none(User.id == str(body().get("owner_id", "")))
    if user is None:
        raise NotFound("没有这位成员。", "no user of that id")
    values = {"owner_id": user.id, "team_id": user.team_id}
    return show.lead(workspace().door.change("lead", lead_id, values, origin(), revision()))


@blueprint.post("/leads/<lead_id>/unlock")
@token_needed
def unlock_lead(lead_id: str) -> Any:
    """Unlock a lead that a rule locked; for managers, ops and administrators."""
    _lead(lead_id)
    return show.lead(workspace().door.change("lead", lead_id, {"locked": False}, origin(), revision()))


@blueprint.post("/leads/<lead_id>/follow-ups")
@token_needed
def follow_up(lead_id: str) -> Any:
    """Record a contact with the customer: way, content, effective."""
    _lead(lead_id)
    allowed = {f.name for f in workspace().kinds.of("follow_up") if f.form or f.name == "at"}
    values = {n: v for n, v in body().items() if n in allowed}
    made = workspace().door.create("follow_up", {"lead_id": lead_id, **values}, origin(), key())
    return show.record("follow_up", made.record), 201 if made.new else 200
