"""Putting rules in force: approving, publishing from a moment on, rolling back, retiring."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

import structlog

from ...hooks.text import Text
from ..access import policy as access
from ..errors import ClewError, Conflict, Invalid, NotFound, Problem
from ..journal.origin import SYSTEM, Origin
from ..kinds import RuleRecord, RuleVersion
from ..storage.queries import pairs
from ..storage.system_tables import Version
from ..storage.turns import PUBLISHING, one_at_a_time
from ..workspace import Workspace
from ..write.transaction import Transaction
from . import reviewers as people
from .documents import numbered, problems_of
from .versions import (
    must_be,
    must_be_current,
    next_number,
    not_its_author,
    numbered_version,
    objections,
    send_back,
    version_of,
)

log = structlog.get_logger()


def approve(
    ws: Workspace,
    version_id: str,
    origin: Origin,
    effective_at: datetime | None = None,
    note: str = "",
    revision: int | None = None,
) -> RuleVersion:
    """Approve a version in review; it is in force from `effective_at` on (aware; default: at once).

    Give the `revision` you read, so that you approve what you saw. Raises Forbidden for its author,
    Invalid if a check or any test case fails now, Outdated, Conflict.
    """
    access.require(origin.actor, "rules:approve")
    row = version_of(version_id)
    not_its_author(row, origin)
    must_be(row, ("review",))
    examined = _examine(ws, row)
    with ws.door.transaction(origin) as tx:
        _one_publishes()
        row = version_of(version_id)
        not_its_author(row, origin)
        must_be(row, ("review",))
        _must_be_fit(ws, row, examined)
        moment = max(effective_at, tx.now) if effective_at else tx.now
        values = {
            "state": "approved",
            "reviewer_id": origin.actor.id,
            "reviewer_name": origin.actor.name,
            "decided_at": tx.now,
            "effective_at": moment,
            **({"note": note} if note else {}),
        }
        row = tx.change("rule_version", row.id, values, revision or row.revision)
        name = people.named(row)
        at = moment.astimezone(ws.settings.zone)
        said = Text(
            f"{at.year}年{at.month}月{at.day}日 {at:%H:%M} 起生效。{note}",
            f"In force from {at.day} {at:%b %Y} {at:%H:%M}. {note}".strip(),
        )
        people.tell(tx, people.author_of(row), Text(f"已批准：{name.zh}", f"Approved: {name.en}"), said)
        if moment <= tx.now:
            row = _publish(tx.caused_by(people.onwards(tx)), row)
    return row


def publish_due(ws: Workspace) -> list[str]:
    """Put approved versions in force whose moment has come; return their ids. Any number of processes may call.

    One that no longer passes (a test fails, the rule changed meanwhile) goes back to its author.
    """
    query = (
        RuleVersion.select(RuleVersion.id)
        .where((RuleVersion.state == "approved") & (RuleVersion.effective_at <= ws.clock.now()))
        .order_by(RuleVersion.effective_at, RuleVersion.id)
    )
    return [one for one in [row.id for row in query] if _publish_one(ws, one)]


def next_due() -> datetime | None:
    """Return the moment at which the next approved version takes effect."""
    row = (
        RuleVersion.select(RuleVersion.effective_at)
        .where((RuleVersion.state == "approved") & RuleVersion.effective_at.is_null(False))
        .order_by(RuleVersion.effective_at)
        .first()
    )
    return row.effective_at if row else None


def rollback(ws: Workspace, code: str, number: int, origin: Origin) -> RuleVersion:
    """Put an earlier version's document in force again at once, as a new version; `origin.reason` says why.

    It needs no second approval, for that document was approved before. Raises NotFound, Conflict if
    version `number` never was in force or is now, Invalid if it can't be read any more.
    """
    access.require(origin.actor, "rules:approve")
    with ws.door.transaction(origin) as tx:
        _one_publishes()
        old = numbered_version(code, number)
        current = RuleRecord.get_or_none(RuleRecord.code == code)
        if current is None:
            raise NotFound(f"没有规则「{code}」。", f"no rule {code!r}")
        if old.published_at is None or (current.version == number and current.retired_at is None):
            raise Conflict(
                f"第 {number} 版{'就是现行版本' if old.published_at else '从未生效'}，不能回滚到它。",
                f"version {number} {'is in force' if old.published_at else 'never was in force'}: nothing to go back to",
            )
        if problems := problems_of(ws, old.document):
            raise Invalid(problems)
        new = next_number(code)
        values = {
            "code": code,
            "pack": old.pack,
            "number": new,
            "document": numbered(old.document, new),
            "state": "approved",
            "author_id": origin.actor.id if origin.actor.kind == "user" else "",
            "author_name": origin.actor.name,
            "reviewer_id": old.reviewer_id,
            "reviewer_name": old.reviewer_name,
            "note": origin.reason or f"← {number}",
            "base": current.version,
            "restores": number,
            "effective_at": tx.now,
            "decided_at": tx.now,
        }
        row = tx.create("rule_version", values).record
        return _publish(tx.caused_by(people.onwards(tx)), row)


def retire(ws: Workspace, code: str, origin: Origin) -> None:
    """Take a rule out of force for good; only publishing a version brings it back. Raises NotFound, Conflict."""
    access.require(origin.actor, "rules:approve")
    with ws.door.transaction(origin) as tx:
        _one_publishes()
        row = RuleRecord.get_or_none(RuleRecord.code == code)
        if row is None:
            raise NotFound(f"没有规则「{code}」。", f"no rule {code!r}")
        if row.retired_at is not None:
            raise Conflict(f"规则「{code}」已经退役。", f"rule {code!r} is retired already")
        retire_within(tx, row)


def retire_within(tx: Transaction, row: RuleRecord) -> None:
    """Retire a rule and its version within `tx`."""
    version = RuleVersion.get_or_none((RuleVersion.code == row.code) & (RuleVersion.state == "published"))
    if version is not None:
        tx.change("rule_version", version.id, {"state": "retired", "retired_at": tx.now}, version.revision)
    asked = tx.origin
    tx.caused_by(people.onwards(tx) if version is not None else asked)
    tx.change("rule", row.id, {"enabled": False, "retired_at": tx.now})
    tx.caused_by(asked)


def _publish_one(ws: Workspace, version_id: str) -> bool:
    examined = _examine(ws, version_of(version_id))
    try:
        with ws.door.transaction(SYSTEM) as tx:
            _one_publishes()
            row = version_of(version_id)
            if row.state != "approved" or row.effective_at is None or row.effective_at > tx.now:
                return False
            try:
                _must_be_fit(ws, row, examined)
            except ClewError as error:
                log.warning("approved rule not published", rule=row.code, version=row.number, error=str(error))
                send_back(tx, row, f"到了生效时间却没有发布：{error.text.zh}")
                return False
            _publish(tx.caused_by(replace(SYSTEM, reason=f"{row.reviewer_name} 批准")), row)
    except Conflict:
        return False  # Another process was quicker.
    return True


@dataclass(frozen=True)
class _Examined:
    """What stands against a version, and the version's revision and the configuration that this holds for."""

    revision: int
    configuration: dict[str, int]
    against: ClewError | None


def _examine(ws: Workspace, row: RuleVersion) -> _Examined:
    """Check a version and run all test cases before the transaction that publishes: nobody's write waits for it."""
    configuration = _configuration()
    try:
        must_be_current(row)
        problems = objections(ws, row)
    except ClewError as error:
        return _Examined(row.revision, configuration, error)
    except Exception as error:
        # A fault in a check is no reason to stop what else waits for this process, nor to publish.
        log.exception("a rule could not be checked", rule=row.code, version=row.number)
        said = Text(f"检查时出错，请报障：{error!r}", f"checking it failed, please report this: {error!r}")
        return _Examined(row.revision, configuration, Invalid([Problem("", said)]))
    return _Examined(row.revision, configuration, Invalid(problems) if problems else None)


def _must_be_fit(ws: Workspace, row: RuleVersion, examined: _Examined) -> None:
    """Raise what stands against publishing this version now: Outdated, or Invalid with every reason."""
    if (row.revision, _configuration()) != (examined.revision, examined.configuration):
        examined = _examine(ws, row)  # Something changed meanwhile: what counts is how it is now.
    if examined.against is not None:
        raise examined.against


def _configuration() -> dict[str, int]:
    return dict(pairs(Version.select(Version.name, Version.number)))


def _publish(tx: Transaction, row: RuleVersion) -> RuleVersion:
    """Put `row` in force: the rule's record takes its document, so that the journal alone tells since when."""
    for last in RuleVersion.select().where((RuleVersion.code == row.code) & (RuleVersion.state == "published")):
        tx.change("rule_version", last.id, {"state": "retired", "retired_at": tx.now}, last.revision)
    row = tx.change("rule_version", row.id, {"state": "published", "published_at": tx.now}, row.revision)
    tx.caused_by(people.onwards(tx))
    current = RuleRecord.get_or_none(RuleRecord.code == row.code)
    values = {"version": row.number, "document": row.document, "pack": row.pack or "custom"}
    if current is None:
        tx.create("rule", {"code": row.code, **values})
    else:
        again = {"enabled": True, "retired_at": None} if current.retired_at is not None else {}
        tx.change("rule", current.id, {**values, **again}, current.revision)
    return row


def _one_publishes() -> None:
    """Let only one process publish at a time, so that what it tests is what is in force then."""
    one_at_a_time(PUBLISHING)
