"""The rulebook over the API: reading rules and versions, drafts on their way, checks, trials, vocabulary."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

from ...rules.language.vocabulary import Vocabulary
from ..access import policy as access
from ..errors import ClewError, Conflict, NotFound
from ..journal.lines import plain
from ..rulebook.checks import check_all, with_draft
from ..rulebook.compare import compare
from ..rulebook.coverage import taken_away
from ..rulebook.documents import problems_of, same, vocabulary_of
from ..rulebook.moments import AS_OF_NOW
from ..rulebook.overview import entries, entry_of, names_in, open_version, versions_of
from ..rulebook.testing import run_tests as rule_run_tests
from ..rulebook.trial import When, moments_for, plain_facts, trial, trial_for
from ..rulebook.versions import discard, new_draft, numbered_version, rebase, write_draft
from . import rule_shapes as shapes
from . import show_rules as show
from .blueprint import Blueprint
from .caller import actor, etag, key, moment_in, origin, revision, token_needed, workspace
from .records import ETAG
from .sent import limit_of
from .show_rules import readable

blueprint = Blueprint("api_rules", "rules", description="Rules, their versions, and their way into force and back")


def _see() -> None:
    access.require(actor(), "rules:see")


def _draft(code: str) -> Any:
    found = open_version(code)
    if found is None:
        raise NotFound(f"规则「{code}」没有在途的版本。", f"no version of rule {code!r} is on its way")
    return found


@blueprint.get("/rules")
@token_needed
@blueprint.query(shapes.RuleQuery)
@blueprint.response(200, shapes.RulePage)
@blueprint.problems(403)
def list_rules(given: dict[str, str]) -> dict[str, Any]:
    """List rules by pack and code. A filter without a value filters nothing."""
    _see()
    args = {name: value for name, value in given.items() if value}
    found = [
        one
        for one in entries(workspace())
        if args.get("state", "") in ("", *one.states)
        and args.get("pack", one.pack) == one.pack
        and args.get("trigger", "") in ("", *one.triggers)
        and args.get("q", "").lower() in f"{one.code} {one.title.zh} {one.title.en} {one.owner}".lower()
    ]
    codes = [one.code for one in found]
    start = codes.index(args["after"]) + 1 if args.get("after") in codes else 0
    limit = limit_of(args)
    rows = found[start : start + limit]
    return {
        "items": [show.entry(one) for one in rows],
        "next": rows[-1].code if start + limit < len(found) else None,
    }


@blueprint.post("/rules")
@token_needed
@blueprint.takes(shapes.NewRule)
@blueprint.response(201, shapes.RuleVersionShown, headers=ETAG)
@blueprint.alt_response(200, schema=shapes.RuleVersionShown, description="Begun by this key before", success=True)
@blueprint.problems(403, 409)
@blueprint.headers("IdempotencyKey")
def create_rule(given: dict[str, Any]) -> Any:
    """Begin a rule that does not exist yet: `document`, and the `pack` it belongs to.

    With an Idempotency-Key the same document answers 200 the second time.
    """
    document = given["document"]
    try:
        made, status = new_draft(workspace(), document, origin(), str(given.get("pack") or "custom")), 201
    except Conflict:
        opened = open_version(str(document.get("id")))
        mine = opened is not None and opened.author_id == actor().id and same(opened.document, document)
        if key() is None or opened is None or not mine:
            raise
        made, status = opened, 200
    return show.version(made), status, etag(made)


@blueprint.get("/rules/<code>")
@token_needed
@blueprint.response(200, shapes.RuleInFull)
@blueprint.problems(403, 404)
def read_rule(code: str) -> dict[str, Any]:
    """Read one rule: its document, its sentence, its state, and the version on its way."""
    _see()
    return show.entry_in_full(entry_of(workspace(), code))


@blueprint.get("/rules/<code>/versions")
@token_needed
@blueprint.response(200, shapes.VersionPage)
@blueprint.problems(403, 404)
def list_versions(code: str) -> dict[str, Any]:
    """List every version of a rule, the newest first, without the documents."""
    _see()
    entry_of(workspace(), code)
    return {"items": [show.version(one, whole=False) for one in versions_of(code)], "next": None}


@blueprint.get("/rules/<code>/versions/<int:number>")
@token_needed
@blueprint.response(200, shapes.RuleVersionShown, headers=ETAG)
@blueprint.problems(403, 404)
def read_version(code: str, number: int) -> Any:
    """Read one version with its document; the ETag is its revision."""
    _see()
    found = numbered_version(code, number)
    return show.version(found), 200, etag(found)


@blueprint.get("/rules/<code>/compare")
@token_needed
@blueprint.query(shapes.CompareQuery)
@blueprint.response(200, shapes.Comparison)
@blueprint.problems(403, 404)
def compare_versions(given: dict[str, str], code: str) -> dict[str, Any]:
    """Say what changed from version `a` to version `b`."""
    _see()
    a, b = (numbered_version(code, _number(given.get(name))) for name in ("a", "b"))
    return {
        "a": a.number,
        "b": b.number,
        "differences": show.differences(compare(a.document, b.document)),
        "takes_away": show.losses(taken_away(workspace(), a.document, b.document)),
    }


@blueprint.put("/rules/<code>/draft")
@token_needed
@blueprint.takes(shapes.Draft)
@blueprint.response(200, shapes.RuleVersionShown, headers=ETAG)
@blueprint.problems(403, 404, 409)
@blueprint.headers("IfMatch")
def save_draft(given: dict[str, Any], code: str) -> Any:
    """Save `document` as the rule's draft, begun if there is none. With If-Match, 409 if it changed meanwhile."""
    document = given["document"]
    saved = write_draft(workspace(), code, document, origin(), revision())
    return show.version(saved), 200, etag(saved)


@blueprint.delete("/rules/<code>/draft")
@token_needed
@blueprint.response(200, shapes.VersionShort)
@blueprint.problems(403, 404, 409)
@blueprint.headers("IfMatch")
def discard_draft(code: str) -> Any:
    """Give the version on its way up; it stays on record."""
    access.require(actor(), "rules:edit")
    return show.version(discard(workspace(), _draft(code).id, origin(), revision()), whole=False)


@blueprint.post("/rules/<code>/draft/rebase")
@token_needed
@blueprint.takes(shapes.OptionalDocument)
@blueprint.response(200, shapes.RuleVersionShown, headers=ETAG)
@blueprint.problems(403, 404, 409)
def rebase_draft(given: dict[str, Any], code: str) -> Any:
    """Put the draft on the version in force now; `document` settles what both sides changed."""
    access.require(actor(), "rules:edit")
    moved = rebase(workspace(), _draft(code).id, origin(), given.get("document"))
    return show.version(moved), 200, etag(moved)


@blueprint.get("/rules/<code>/tests")
@token_needed
@blueprint.response(200, shapes.Tests)
@blueprint.problems(403, 404)
def run_tests(code: str) -> dict[str, Any]:
    """Run the test cases of the version on its way, or else of the one in force."""
    _see()
    entry = entry_of(workspace(), code)
    document = entry.open.document if entry.open is not None else entry.document
    with readable():
        together = [rule for some in with_draft(workspace(), document) for rule in some]
        results = rule_run_tests(together, [document], workspace().settings.zone)
    return {"version": document.get("version", 1), "items": [show.test(one) for one in results]}


@blueprint.post("/rule-checks")
@token_needed
@blueprint.takes(shapes.OptionalDocument)
@blueprint.response(200, shapes.Findings)
@blueprint.problems(403)
def check_rules(given: dict[str, Any]) -> dict[str, Any]:
    """Check all rules in force, with `document` in the place of its rule if one is given."""
    _see()
    document = given.get("document")
    problems = problems_of(workspace(), document) if document is not None else []
    findings = () if problems else check_all(workspace(), document)
    if document is not None and not problems:
        mine = set(names_in(document))
        findings = tuple(one for one in findings if mine & set(one.rules))
    return {"problems": show.problems(problems), "findings": [plain_facts(asdict(one)) for one in findings]}


@blueprint.post("/rule-trials")
@token_needed
@blueprint.takes(shapes.TrialAsked)
@blueprint.response(200, shapes.TrialShown)
@blueprint.problems(400, 403, 404)
def try_rule(given: dict[str, Any]) -> dict[str, Any]:
    """Try a rule (`code`, or a `document`) on a record (`record_id`) or on made-up `facts`.

    Nothing is written. A record is tried as the rules met it at the journal's line `seq`, by default the newest event
    that the rule listens to (see `/rule-trials/moments`); or at a past moment `at`; or `now`, which is also what counts
    where no such event ever came. `event` defaults to the rule's first trigger. The record is the one that rules mean
    on that event: the lead, on the events of leads, follow-ups, tasks, contracts and deadlines; else the event's own
    record. Personal data that you see masked is tried masked.
    """
    _see()
    document = _tried(given)
    record_id, event, at = given.get("record_id"), given.get("event"), moment_in(given, "at")
    if not record_id and not isinstance(given.get("facts"), dict):
        raise ClewError("请给出 record_id 或 facts。", "give a record_id, or facts")
    with readable():
        if record_id:
            when = When(given.get("seq"), at, bool(given.get("now")))
            return show.trial(trial_for(workspace(), actor(), document, record_id, event, when))
        return show.trial(trial(workspace(), document, event=event, at=at, facts=given["facts"]))


@blueprint.post("/rule-trials/moments")
@token_needed
@blueprint.takes(shapes.MomentsAsked)
@blueprint.response(200, shapes.MomentsShown)
@blueprint.problems(403, 404)
def list_trial_moments(given: dict[str, Any]) -> dict[str, Any]:
    """List the newest moments at which a rule's events came to a record: `seq` of one tries the rule as things stood then."""
    _see()
    document = _tried(given)
    with readable():
        found = moments_for(workspace(), actor(), document, str(given["record_id"]), given.get("event"))
    rows = [
        {"seq": one.seq, "at": plain(one.at), "event": one.event, "what": show.words(one.what), "who": one.who}
        for one in found
    ]
    return {"items": rows, "as_of_now": show.words(AS_OF_NOW)}


def _tried(given: dict[str, Any]) -> dict[str, Any]:
    return given["document"] if "document" in given else _in_place(str(given.get("code") or ""))


@blueprint.get("/rule-vocabulary")
@token_needed
@blueprint.response(200, shapes.Vocabulary)
@blueprint.problems(403)
def read_vocabulary() -> dict[str, Any]:
    """List what rules may speak of: facts, collections, events, actions with their arguments."""
    _see()
    known: Vocabulary = vocabulary_of(workspace())
    return {
        "fields": {name: _spec(one) for name, one in known.fields.items()},
        "triggers": sorted(known.triggers),
        "trigger_titles": {name: list(title) for name, title in known.trigger_titles.items()},
        "actions": {name: _spec(one) for name, one in known.actions.items()},
        "open_prefixes": list(known.open_prefixes),
        "collections": {name: _spec(one) for name, one in known.collections.items()},
    }


def _number(text: str | None) -> int:
    """Return a version's number, one that no version has for what is none."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else 0


def _spec(one: Any) -> dict[str, Any]:
    """Return a part of the vocabulary as JSON: what it is made of, but for what only checks can use."""
    found: dict[str, Any] = plain_facts(asdict(replace(one, writes=None) if hasattr(one, "writes") else one))
    return {name: value for name, value in found.items() if name not in ("writes", "told_by", "repeats", "catch_all")}


def _in_place(code: str) -> dict[str, Any]:
    entry = entry_of(workspace(), code)
    return dict(entry.open.document if entry.open is not None else entry.document)
