"""Writing a rule: drafts, submitting them for review, rejecting, rebasing, discarding."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from peewee import fn

from ...hooks.text import Text
from ..access import policy as access
from ..configuration.rules_in_force import compiled
from ..errors import Conflict, Forbidden, Invalid, NotFound, Problem
from ..journal.origin import Origin
from ..kinds import OPEN_STATES, RuleRecord, RuleVersion
from ..workspace import Workspace
from ..write.transaction import Transaction
from . import reviewers as people
from .checks import errors_of, with_draft
from .compare import Difference, compare, merged
from .documents import checked_shape, numbered, problems_of, same
from .testing import failures, run_tests

_MOST_VERSIONS = 2**31 - 1


class Outdated(Conflict):
    """The rule was published anew since this draft was made; `differences` say what changed meanwhile."""

    code = "outdated"

    def __init__(self, version: RuleVersion, current: int, differences: list[Difference]) -> None:
        self.differences = tuple(differences)
        what = "；".join(one.zh for one in differences[:5])
        said = "; ".join(one.en for one in differences[:5])
        since = version.base if version.base is not None else "—"
        super().__init__(
            f"这份草稿基于第 {since} 版，现行的是第 {current} 版；请先合并再提交。期间改了：{what}",
            f"this draft is based on version {since}, and version {current} is in force now: "
            f"rebase it first. Changed meanwhile: {said}",
        )


def version_of(version_id: str) -> RuleVersion:
    """Return a version by its id. Raises NotFound."""
    row = RuleVersion.get_or_none(RuleVersion.id == version_id)
    if row is None:
        raise NotFound("没有这个规则版本。", f"no rule version {version_id}")
    return row


def numbered_version(code: str, number: int) -> RuleVersion:
    """Return one version of a rule by its number. Raises NotFound."""
    could_be = 0 <= number <= _MOST_VERSIONS
    row = RuleVersion.get_or_none((RuleVersion.code == code) & (RuleVersion.number == number)) if could_be else None
    if row is None:
        raise NotFound(f"规则「{code}」没有第 {number} 版。", f"rule {code!r} has no version {number}")
    return row


def open_draft(code: str) -> RuleVersion | None:
    """Return the version of this rule that somebody is working on, as draft or in review, if there is one."""
    states = ("draft", "review")
    found: RuleVersion | None = (
        RuleVersion.select()
        .where((RuleVersion.code == code) & RuleVersion.state.in_(states))
        .order_by(RuleVersion.number.desc())
        .first()
    )
    return found


def begin_draft(
    ws: Workspace,
    code: str,
    origin: Origin,
    document: Mapping[str, Any] | None = None,
    revision: int | None = None,
) -> RuleVersion:
    """Begin the draft of a rule in force, in one change: what `document` says, or as the version in force.

    Raises NotFound, Invalid, Forbidden without rules:edit, or Conflict: if somebody began one already,
    or if the asker saw one (at `revision`), for then it is gone.
    """
    if revision is not None:
        raise Conflict(
            "这份草稿已被发布或放弃；请刷新页面后再改。", "this draft was published or given up: reload the page"
        )
    access.require(origin.actor, "rules:edit")
    row = RuleRecord.get_or_none(RuleRecord.code == code)
    if row is None:
        raise NotFound(f"没有规则「{code}」。", f"no rule {code!r}")
    if open_draft(code) is not None:
        raise _begun(code)
    shaped = row.document if document is None else checked_shape(document, code)
    return _create(ws, shaped, origin, row.pack, row.version)


def write_draft(
    ws: Workspace, code: str, document: Mapping[str, Any], origin: Origin, revision: int | None = None
) -> RuleVersion:
    """Save a document as a rule's draft, begun if there is none. Raises as `begin_draft` and `save_draft` do."""
    found = open_draft(code)
    if found is None:
        return begin_draft(ws, code, origin, document, revision)
    return save_draft(ws, found.id, document, origin, revision)


def new_draft(ws: Workspace, document: Mapping[str, Any], origin: Origin, pack: str = "custom") -> RuleVersion:
    """Begin a rule that does not exist yet. Raises Invalid, or Conflict if its id is taken."""
    access.require(origin.actor, "rules:edit")
    shaped = checked_shape(document)
    code = shaped["id"]
    taken = RuleVersion.select().where((RuleVersion.code == code) & RuleVersion.state.in_(OPEN_STATES))
    if RuleRecord.select().where(RuleRecord.code == code).exists() or taken.exists():
        raise Conflict(f"已有规则「{code}」；请换一个 id，或编辑那一条。", f"there is a rule {code!r}: edit that one")
    return _create(ws, shaped, origin, pack, None)


def save_draft(
    ws: Workspace, version_id: str, document: Mapping[str, Any], origin: Origin, revision: int | None = None
) -> RuleVersion:
    """Save a draft, finished or not; whoever saves it is its author. One in review becomes a draft again.

    Raises Conflict if somebody else saved it since `revision`, or it is no draft any more; Invalid.
    """
    access.require(origin.actor, "rules:edit")
    row = version_of(version_id)
    shaped = numbered(checked_shape(document, row.code), row.number)
    must_be(row, ("draft", "review"))
    if shaped == row.document and row.state == "draft" and revision in (None, row.revision):
        return row
    values = {"document": shaped, "state": "draft", "submitted_at": None, **_author(origin)}
    saved: RuleVersion = ws.door.change("rule_version", row.id, values, origin, revision or row.revision)
    return saved


def discard(ws: Workspace, version_id: str, origin: Origin, revision: int | None = None) -> RuleVersion:
    """Give a draft up. It stays on record. Raises Conflict if it is in force or was."""
    access.require(origin.actor, "rules:edit")
    row = version_of(version_id)
    must_be(row, OPEN_STATES)
    gone: RuleVersion = ws.door.change("rule_version", row.id, {"state": "discarded"}, origin, revision or row.revision)
    return gone


def rebase(ws: Workspace, version_id: str, origin: Origin, document: Mapping[str, Any] | None = None) -> RuleVersion:
    """Put a draft on the version in force, under a new number, and return it.

    Without a `document` the parts that only one side changed are merged; where both changed the
    same part the draft's stays. Whoever rebases is its author then, and it is a draft again.
    """
    access.require(origin.actor, "rules:edit")
    row = version_of(version_id)
    must_be(row, OPEN_STATES)
    current = RuleRecord.get_or_none(RuleRecord.code == row.code)
    if current is None or current.version == row.base:
        return row
    if document is None:
        before = RuleVersion.get_or_none((RuleVersion.code == row.code) & (RuleVersion.number == row.base))
        document = merged(before.document if before else {}, row.document, current.document)
    number = next_number(row.code)
    values = {
        "document": numbered(checked_shape(document, row.code), number),
        "number": number,
        "base": current.version,
        "state": "draft",
        "submitted_at": None,
        **_author(origin),
    }
    moved: RuleVersion = ws.door.change("rule_version", row.id, values, origin, row.revision)
    return moved


def submit(ws: Workspace, version_id: str, note: str, origin: Origin, backtest_id: str | None = None) -> RuleVersion:
    """Ask for a draft's approval; those who may approve it are told.

    Raises Invalid with every reason against it: problems of the document, errors the checks
    find, test cases that fail (any rule's); Outdated if the rule was published anew meanwhile.
    """
    access.require(origin.actor, "rules:edit")
    row = version_of(version_id)
    must_be(row, ("draft",))
    must_be_current(row)
    problems = objections(ws, row)
    if problems:
        raise Invalid(problems)
    with ws.door.transaction(origin) as tx:
        values = {"state": "review", "note": note, "submitted_at": tx.now, "effective_at": None, "decided_at": None}
        if backtest_id is not None:
            values["backtest_id"] = backtest_id
        sent: RuleVersion = tx.change("rule_version", row.id, values, row.revision)
        name = people.named(sent)
        who = sent.author_name or origin.actor.name
        body = Text(f"{who}：{note}" if note else f"{who} 提交", f"{who}: {note}" if note else f"sent by {who}")
        people.tell(tx, people.approvers(sent), Text(f"待审批：{name.zh}", f"For your approval: {name.en}"), body)
    return sent


def reject(ws: Workspace, version_id: str, note: str, origin: Origin, revision: int | None = None) -> RuleVersion:
    """Send a version in review back to its author as a draft, saying why. Raises Invalid without a note."""
    access.require(origin.actor, "rules:approve")
    if not note.strip():
        raise Invalid([Problem("note", Text("请写明退回的原因", "say why you send it back"))])
    row = version_of(version_id)
    must_be(row, ("review", "approved"))
    with ws.door.transaction(origin) as tx:
        return send_back(tx, row, note, revision)


def send_back(tx: Transaction, row: RuleVersion, note: str, revision: int | None = None) -> RuleVersion:
    """Make a version a draft again within `tx`, and tell its author why."""
    actor = tx.origin.actor
    values = {
        "state": "draft",
        "note": note,
        "decided_at": tx.now,
        "reviewer_id": actor.id if actor.kind == "user" else row.reviewer_id,
        "reviewer_name": actor.name if actor.kind == "user" else row.reviewer_name,
    }
    row = tx.change("rule_version", row.id, values, revision or row.revision)
    name = people.named(row)
    people.tell(tx, people.author_of(row), Text(f"已退回：{name.zh}", f"Sent back: {name.en}"), Text(note, note))
    return row


def objections(ws: Workspace, row: RuleVersion) -> list[Problem]:
    """Return every reason against publishing a version: its problems, or else check errors and failing tests."""
    found = problems_of(ws, row.document)
    if found:
        return found
    current = RuleRecord.get_or_none(RuleRecord.code == row.code)
    if current is not None and current.retired_at is None and same(current.document, row.document):
        return [Problem("", Text("草稿与现行版本没有差别", "the draft does not differ from the version in force"))]
    return [*errors_of(ws, row.document), *failing(ws, row)]


def failing(ws: Workspace, row: RuleVersion) -> list[Problem]:
    """Run the test cases of all rules in force with this version in place; return those that fail."""
    with_it = compiled(with_draft(ws, row.document), ws.ruleset)
    try:
        others = RuleRecord.select().where(RuleRecord.enabled & (RuleRecord.code != row.code))
        carrying = [one.document for one in others.where(RuleRecord.document.cast("text").contains('"tests"'))]
        return failures(run_tests(with_it, [row.document, *carrying], ws.settings.zone))
    finally:
        with_it.close()


def must_be_current(row: RuleVersion) -> None:
    """Raise Outdated if the version in force is not the one this draft was made from."""
    current = RuleRecord.get_or_none(RuleRecord.code == row.code)
    number = current.version if current else None
    if number != row.base:
        before = RuleVersion.get_or_none((RuleVersion.code == row.code) & (RuleVersion.number == row.base))
        raise Outdated(
            row, number or 0, compare(before.document if before else {}, current.document if current else {})
        )


def next_number(code: str) -> int:
    """Return the number of the next version of a rule."""
    last = RuleVersion.select(fn.MAX(RuleVersion.number)).where(RuleVersion.code == code).scalar()
    return int(last or 0) + 1


def _create(ws: Workspace, document: Mapping[str, Any], origin: Origin, pack: str, base: int | None) -> RuleVersion:
    code, number = document["id"], next_number(document["id"])
    values = {
        "code": code,
        "pack": pack,
        "number": number,
        "document": numbered(document, number),
        "state": "draft",
        "base": base,
        **_author(origin),
    }
    try:
        made: RuleVersion = ws.door.create("rule_version", values, origin).record
    except Conflict:
        raise _begun(code) from None
    return made


def _begun(code: str) -> Conflict:
    return Conflict(
        f"别人刚刚开始改「{code}」；请刷新后接着改。", f"somebody just began a draft of {code!r}: reload and go on"
    )


def _author(origin: Origin) -> dict[str, str]:
    person = origin.actor.kind == "user"
    return {"author_id": origin.actor.id if person else "", "author_name": origin.actor.name}


_STATE_WORDS = {
    "draft": Text("草稿", "a draft"),
    "review": Text("审批中", "in review"),
    "approved": Text("已批准", "approved"),
    "published": Text("现行", "in force"),
    "retired": Text("已退役", "retired"),
    "discarded": Text("已放弃", "discarded"),
}


def must_be(row: RuleVersion, states: tuple[str, ...]) -> None:
    """Raise Conflict unless the version is in one of these states."""
    if row.state not in states:
        words = _STATE_WORDS[row.state]
        raise Conflict(
            f"第 {row.number} 版现在是「{words.zh}」，不能这样做；请刷新。",
            f"version {row.number} is {words.en} now, so this can't be done: reload",
        )


def not_its_author(row: RuleVersion, origin: Origin) -> None:
    """Raise Forbidden unless a person other than the author asks (four eyes)."""
    if origin.actor.kind != "user":
        raise Forbidden("批准须由一位成员本人来做。", "only a person can approve")
    if origin.actor.id == row.author_id:
        raise Forbidden(
            "你是这份草稿的作者，须由同事批准（四眼原则）。",
            "you wrote this draft, so a colleague has to approve it (four eyes)",
        )
