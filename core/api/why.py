"""Why something happened and why a rule did not fire, over the API."""

from __future__ import annotations

from typing import Any

from .. import why as explaining
from ..errors import ClewError
from . import shapes
from .blueprint import Blueprint
from .caller import actor, token_needed, workspace
from .problems import locale

blueprint = Blueprint("api_why", "why", description="Why things happened, and why they did not")


@blueprint.get("/why/<kind>/<record_id>")
@token_needed
@blueprint.query(shapes.WhyQuery)
@blueprint.response(200, shapes.WhyShown)
@blueprint.problems(403, 404)
def read_why(given: dict[str, str], kind: str, record_id: str) -> dict[str, Any]:
    """Explain a record: the chain from what was done to it back to where it began.

    `kind` is lead, task, notification, deadline, contract, customer, … or one of owner, stage,
    escalation, outcome, lock, message, badge. Words come in the language of Accept-Language.
    """
    field = given.get("field", "")
    return explaining.why(workspace(), kind, record_id, actor(), field).to_dict(locale())


@blueprint.get("/why-not/<code>")
@token_needed
@blueprint.query(shapes.WhyNotQuery)
@blueprint.response(200, shapes.WhyNotShown)
@blueprint.problems(400, 403, 404)
def read_why_not(given: dict[str, str], code: str) -> dict[str, Any]:
    """Say how a rule fared on an event: fired, or what kept it from firing and the smallest change that would do it.

    Facts and rules are those of then.
    """
    seq = given.get("seq")
    if seq is not None and not (seq.isascii() and seq.isdigit() and len(seq) < 19):
        raise ClewError(f"seq 应是台账的行号：{seq}", f"seq is a line's number in the journal, not {seq!r}")
    found = explaining.why_not(
        workspace(),
        code,
        actor(),
        record_id=given.get("record") or given.get("lead"),
        seq=int(seq) if seq else None,
        kind=given.get("kind") or "lead",
    )
    return found.to_dict(locale())
