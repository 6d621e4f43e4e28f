"""A version's way over the API: submitted, approved, sent back, rolled back, retired, switched, its effects undone."""

from __future__ import annotations

from typing import Any

from flask import request
from flask_smorest import Blueprint

from .. import rulebook
from ..access import policy as access
from ..company import switches
from ..errors import NotFound
from ..kinds import RuleVersion
from . import show_rules as show
from .caller import actor, body, origin, revision, token_needed, workspace
from .show_rules import moment_in

blueprint = Blueprint("api_rule_ways", "rules", description="Rules, their versions, and their way into force and back")


def _open(code: str) -> RuleVersion:
    found = rulebook.open_version(code)
    if found is None:
        raise NotFound(f"规则「{code}」没有在途的版本。", f"no version of rule {code!r} is on its way")
    return found


def _given() -> dict[str, Any]:
    sent = request.get_json(silent=True)
    return sent if isinstance(sent, dict) else {}


def _note(given: dict[str, Any], name: str = "note") -> str:
    return str(given.get(name) or "")


@blueprint.post("/rules/<code>/submit")
@token_needed
def submit(code: str) -> Any:
    """Ask for the draft's approval: `note`, and the `backtest_id` to attach.

    422 with every reason against it; 409 `outdated` with the `differences` if the rule was published anew.
    """
    given = _given()
    access.require(actor(), "rules:edit")
    backtest = given.get("backtest_id")
    sent = rulebook.submit(workspace(), _open(code).id, _note(given), origin(), str(backtest) if backtest else None)
    return show.version(sent, whole=False)


@blueprint.post("/rules/<code>/approve")
@token_needed
def approve(code: str) -> Any:
    """Approve the version in review, from `effective_at` on (default: now). 403 for its author.

    Send the revision you read as If-Match, so that you approve what you saw.
    """
    given = _given()
    access.require(actor(), "rules:approve")
    moment = moment_in(given, "effective_at")
    done = rulebook.approve(workspace(), _open(code).id, origin(), moment, _note(given), revision())
    return show.version(done, whole=False)


@blueprint.post("/rules/<code>/reject")
@token_needed
def reject(code: str) -> Any:
    """Send the version in review, or approved and not in force yet, back to its author with a `note`."""
    access.require(actor(), "rules:approve")
    return show.version(
        rulebook.reject(workspace(), _open(code).id, _note(_given()), origin(), revision()), whole=False
    )


@blueprint.post("/rules/<code>/rollback")
@token_needed
def rollback(code: str) -> Any:
    """Put the earlier `version` in force again, at once; `reason` says why."""
    given = body()
    number = given.get("version")
    made = rulebook.rollback(
        workspace(), code, number if isinstance(number, int) else 0, origin().because(_note(given, "reason")[:300])
    )
    return show.version(made, whole=False)


@blueprint.post("/rules/<code>/retire")
@token_needed
def retire(code: str) -> Any:
    """Take a rule out of force for good; only a new version or a rollback brings it back."""
    rulebook.retire(workspace(), code, origin().because(_note(_given(), "reason")[:300]))
    return show.entry(rulebook.entry_of(workspace(), code))


@blueprint.post("/rules/<code>/switch")
@token_needed
def switch(code: str) -> Any:
    """Switch a rule on (`on`: true) or off; every process follows within seconds."""
    switches.switch_rule(workspace(), code, body().get("on") is True, origin())
    return show.entry(rulebook.entry_of(workspace(), code))


@blueprint.get("/rules/<code>/versions/<int:number>/effects")
@token_needed
def preview_undo(code: str, number: int) -> Any:
    """Preview the undo of what a version did between `since` and `until`. The `token` seals what it shows."""
    access.require(actor(), "rules:see")
    version = rulebook.numbered_version(code, number)
    since = moment_in(request.args, "since") or version.published_at or version.created_at
    until = moment_in(request.args, "until") or workspace().clock.now()
    return show.plan(rulebook.undo_preview(workspace(), code, number, since, until))


@blueprint.post("/rules/<code>/versions/<int:number>/undo")
@token_needed
def undo(code: str, number: int) -> Any:
    """Undo what the preview of this `token`, `since` and `until` showed; `reason` says why.

    409 `plan_changed` (nothing undone) if the records changed since. The same call again goes on
    where it stopped, and changes nothing twice.
    """
    access.require(actor(), "rules:approve")
    given = body()
    since, until = show.needed_moment(given, "since"), show.needed_moment(given, "until")
    plan = rulebook.UndoPlan(code, number, since, until, (), _note(given, "token"))
    done = rulebook.undo(workspace(), plan, origin().because(_note(given, "reason")[:300]))
    kept = [{**show.item(item), "reason": show.words(reason)} for item, reason in done.kept]
    return {"seq": done.seq, "undone": done.undone, "kept": kept}
