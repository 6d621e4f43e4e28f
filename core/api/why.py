"""Why something happened and why a rule did not fire, over the API."""

from __future__ import annotations

from typing import Any

from flask import request
from flask_smorest import Blueprint

from .. import why as explaining
from ..errors import ClewError
from .caller import actor, token_needed, workspace
from .problems import locale

blueprint = Blueprint("api_why", "why", description="Why things happened, and why they did not")
_TEXT = {"type": "string"}


@blueprint.get("/why/<kind>/<record_id>")
@blueprint.doc(
    parameters=[{"name": "field", "in": "query", "schema": _TEXT, "description": "one field's newest change"}]
)
@token_needed
def why(kind: str, record_id: str) -> dict[str, Any]:
    """Explain a record: the chain from what was done to it back to where it began.

    `kind` is lead, task, notification, deadline, contract, customer, … or one of owner, stage,
    escalation, outcome, lock, message, badge. Words come in the language of Accept-Language.
    """
    field = request.args.get("field", "")
    return explaining.why(workspace(), kind, record_id, actor(), field).to_dict(locale())


@blueprint.get("/why-not/<code>")
@blueprint.doc(
    parameters=[
        {"name": "lead", "in": "query", "schema": _TEXT, "description": "the lead's id: its newest event counts"},
        {"name": "seq", "in": "query", "schema": {"type": "integer"}, "description": "the event's line of the journal"},
    ]
)
@token_needed
def why_not(code: str) -> dict[str, Any]:
    """Say how a rule fared on an event: fired, or what kept it from firing and the smallest change that would do it.

    Facts and rules are those of then.
    """
    given = request.args.get("seq")
    if given is not None and not given.isdigit():
        raise ClewError(f"seq 应是台账的行号：{given}", f"seq is a line's number in the journal, not {given!r}")
    found = explaining.why_not(
        workspace(),
        code,
        actor(),
        record_id=request.args.get("record") or request.args.get("lead"),
        seq=int(given) if given else None,
        kind=request.args.get("kind", "lead"),
    )
    return found.to_dict(locale())
