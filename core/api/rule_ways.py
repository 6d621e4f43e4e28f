"""A version's way over the API: submitted, approved, sent back, rolled back, retired, switched, its effects undone."""

from __future__ import annotations

from typing import Any

from ..access import policy as access
from ..company import switches
from ..errors import NotFound
from ..journal.lines import plain
from ..kinds import RuleVersion
from ..rulebook.overview import entry_of, open_version
from ..rulebook.publishing import approve, retire, rollback
from ..rulebook.undo import undo
from ..rulebook.undo_plan import UndoPlan, undo_preview
from ..rulebook.version_effects import version_effects
from ..rulebook.versions import numbered_version, reject, submit
from . import rule_shapes as shapes
from . import show_rules as show
from .blueprint import Blueprint
from .caller import actor, moment_in, origin, revision, token_needed, workspace

blueprint = Blueprint("api_rule_ways", "rules", description="Rules, their versions, and their way into force and back")


def _open(code: str) -> RuleVersion:
    found = open_version(code)
    if found is None:
        raise NotFound(f"规则「{code}」没有在途的版本。", f"no version of rule {code!r} is on its way")
    return found


def _note(given: dict[str, Any], name: str = "note") -> str:
    return str(given.get(name) or "")


@blueprint.post("/rules/<code>/submit")
@token_needed
@blueprint.takes(shapes.Submission)
@blueprint.response(200, shapes.VersionShort)
@blueprint.problems(403, 404, 409)
def submit_rule(given: dict[str, Any], code: str) -> Any:
    """Ask for the draft's approval: `note`, and the `backtest_id` to attach.

    422 with every reason against it; 409 `outdated` with the `differences` if the rule was published anew.
    """
    access.require(actor(), "rules:edit")
    backtest = given.get("backtest_id")
    sent = submit(workspace(), _open(code).id, _note(given), origin(), str(backtest) if backtest else None)
    return show.version(sent, whole=False)


@blueprint.post("/rules/<code>/approve")
@token_needed
@blueprint.takes(shapes.Approval)
@blueprint.response(200, shapes.VersionShort)
@blueprint.problems(403, 404, 409)
@blueprint.headers("IfMatch")
def approve_rule(given: dict[str, Any], code: str) -> Any:
    """Approve the version in review, from `effective_at` on (default: now). 403 for its author.

    Send the revision you read as If-Match, so that you approve what you saw.
    """
    access.require(actor(), "rules:approve")
    moment = moment_in(given, "effective_at")
    done = approve(workspace(), _open(code).id, origin(), moment, _note(given), revision())
    return show.version(done, whole=False)


@blueprint.post("/rules/<code>/reject")
@token_needed
@blueprint.takes(shapes.Note)
@blueprint.response(200, shapes.VersionShort)
@blueprint.problems(403, 404, 409)
@blueprint.headers("IfMatch")
def reject_rule(given: dict[str, Any], code: str) -> Any:
    """Send the version in review, or approved and not in force yet, back to its author with a `note`."""
    access.require(actor(), "rules:approve")
    return show.version(reject(workspace(), _open(code).id, _note(given), origin(), revision()), whole=False)


@blueprint.post("/rules/<code>/rollback")
@token_needed
@blueprint.takes(shapes.Rollback)
@blueprint.response(200, shapes.VersionShort)
@blueprint.problems(403, 404, 409)
def roll_back_rule(given: dict[str, Any], code: str) -> Any:
    """Put the earlier `version` in force again, at once; `reason` says why."""
    made = rollback(workspace(), code, given["version"], origin().because(_note(given, "reason")[:300]))
    return show.version(made, whole=False)


@blueprint.post("/rules/<code>/retire")
@token_needed
@blueprint.takes(shapes.Reason)
@blueprint.response(200, shapes.RuleShown)
@blueprint.problems(403, 404, 409)
def retire_rule(given: dict[str, Any], code: str) -> Any:
    """Take a rule out of force for good; only a new version or a rollback brings it back."""
    retire(workspace(), code, origin().because(_note(given, "reason")[:300]))
    return show.entry(entry_of(workspace(), code))


@blueprint.post("/rules/<code>/switch")
@token_needed
@blueprint.takes(shapes.Switch)
@blueprint.response(200, shapes.RuleShown)
@blueprint.problems(403, 404, 409)
def switch_rule(given: dict[str, Any], code: str) -> Any:
    """Switch a rule on (`on`: true) or off; every process follows within seconds."""
    switches.switch_rule(workspace(), code, given["on"], origin())
    return show.entry(entry_of(workspace(), code))


@blueprint.get("/rules/<code>/effects")
@token_needed
@blueprint.response(200, shapes.VersionsEffectsShown)
@blueprint.problems(403, 404)
def list_effects(code: str) -> dict[str, Any]:
    """List the versions of a rule with what each did; `meant` is the one rolled back, else the one in force."""
    access.require(actor(), "rules:see")
    entry_of(workspace(), code)
    return {
        "items": [
            {
                "version": one.number,
                "since": plain(one.since),
                "until": plain(one.until),
                "standing": one.standing,
                "records": one.records,
                "meant": one.meant,
            }
            for one in version_effects(code)
        ]
    }


@blueprint.get("/rules/<code>/versions/<int:number>/effects")
@token_needed
@blueprint.query(shapes.SpanQuery)
@blueprint.response(200, shapes.UndoPlanShown)
@blueprint.problems(403, 404)
def preview_undo(given: dict[str, str], code: str, number: int) -> Any:
    """Preview the undo of what a version did between `since` and `until`. The `token` seals what it shows."""
    access.require(actor(), "rules:see")
    version = numbered_version(code, number)
    since = moment_in(given, "since") or version.published_at or version.created_at
    until = moment_in(given, "until") or workspace().clock.now()
    return show.plan(undo_preview(workspace(), code, number, since, until, actor()))


@blueprint.post("/rules/<code>/versions/<int:number>/undo")
@token_needed
@blueprint.takes(shapes.UndoAsked)
@blueprint.response(200, shapes.UndoneShown)
@blueprint.problems(403, 404, 409)
def undo_effects(given: dict[str, Any], code: str, number: int) -> Any:
    """Undo what the preview of this `token`, `since` and `until` showed; `reason` says why.

    409 `plan_changed` (nothing undone) if the records changed since. The same call again goes on
    where it stopped, and changes nothing twice.
    """
    access.require(actor(), "rules:approve")
    since, until = show.needed_moment(given, "since"), show.needed_moment(given, "until")
    plan = UndoPlan(code, number, since, until, (), _note(given, "token"))
    done = undo(workspace(), plan, origin().because(_note(given, "reason")[:300]))
    kept = [{**show.item(item), "reason": show.words(reason)} for item, reason in done.kept]
    return {"seq": done.seq, "undone": done.undone, "kept": kept}
