"""A contact with a customer is recorded together with what comes next: both are written, or neither, and once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ...hooks.text import Text
from ..errors import Invalid, Problem
from ..journal.origin import Origin
from ..kinds import FollowUp, Lead, Task
from ..storage.statements import by_id
from ..workspace import Workspace
from ..write.idempotency import fingerprint_of
from ..write.transaction import Transaction

_TASK_KEY = "{}:next"
_NAMES = {"title": "next_step", "due_at": "next_at"}


@dataclass(frozen=True)
class NextStep:
    """What comes next for a lead, and until when, as it was typed: a task of the lead's owner."""

    title: Any
    due_at: Any

    @classmethod
    def of(cls, title: Any, due_at: Any) -> NextStep | None:
        """Return the next step of two fields of a form or call, None without a title."""
        return cls(title, due_at) if str(title or "").strip() else None


@dataclass(frozen=True)
class Logged:
    """What became of a contact that was recorded."""

    follow_up: FollowUp
    task: Task | None
    """The next step, where one was given."""
    new: bool
    """False if the same call had been made before."""


def log_follow_up(
    ws: Workspace,
    lead_id: str,
    values: Mapping[str, Any],
    next_step: NextStep | None,
    origin: Origin,
    key: str | None = None,
) -> Logged:
    """Record a contact about a lead and, with `next_step`, a task for the lead's owner, in one transaction.

    `key` makes the call idempotent: the same call made twice records one contact and one task. Raises Invalid with
    every problem under the names that a form has (`next_step`, `next_at` for the task's), Forbidden, NotFound, or
    Conflict if the key was used for something else; nothing is then written.
    """
    values = {"lead_id": lead_id, **values}
    if next_step is not None:
        values["next_at"] = next_step.due_at
    fingerprint = fingerprint_of("follow_up", {**values, "next_step": next_step.title if next_step else None})
    with ws.door.transaction(origin) as tx:
        known = tx.made_before("follow_up", key, fingerprint) if key else None
        if known is None:
            _check(ws, values, next_step, tx.now)
        made = tx.create("follow_up", values, key, fingerprint)
        task = _plan(tx, lead_id, next_step, key, fingerprint) if next_step is not None else None
        return Logged(made.record, task, made.new)


def _plan(tx: Transaction, lead_id: str, next_step: NextStep, key: str | None, fingerprint: str) -> Task | None:
    """Return the task of a next step: made now, or by the same call before."""
    task_key = _TASK_KEY.format(key) if key else None
    known = tx.made_before("task", task_key, fingerprint) if task_key else None
    if known is not None:
        return known  # type: ignore[no-any-return]
    lead = by_id(Lead, lead_id)
    if lead.outcome != "open":
        words = Text(
            "线索已结束；重新打开后再定下一步", "this lead is closed: reopen it before planning what comes next"
        )
        raise Invalid([Problem("next_step", words)])
    owner_id = lead.owner_id or (tx.origin.actor.id if tx.origin.actor.kind == "user" else None)
    planned = {"title": next_step.title, "due_at": next_step.due_at, "assignee_id": owner_id, "lead_id": lead_id}
    try:
        return tx.create(  # type: ignore[no-any-return]
            "task", {**planned, "customer_id": lead.customer_id}, task_key, fingerprint
        ).record
    except Invalid as error:
        raise Invalid([Problem(_NAMES.get(one.field, one.field), one.text) for one in error.problems]) from None


def _check(ws: Workspace, values: Mapping[str, Any], next_step: NextStep | None, now: datetime) -> None:
    """Raise Invalid with what is wrong with the contact and with the next step, all at once."""
    read = ws.configuration.validator.read
    problems: list[Problem] = []
    due: datetime | None = None
    try:
        read("follow_up", {name: value for name, value in values.items() if name != "next_at"}, whole=True)
    except Invalid as error:
        problems += error.problems
    if next_step is not None:
        try:
            read("task", {"title": next_step.title}, whole=True)
        except Invalid as error:
            problems += [Problem(_NAMES.get(one.field, one.field), one.text) for one in error.problems]
    try:
        due = read("follow_up", {"next_at": values.get("next_at")}, whole=False)["next_at"]
    except Invalid as error:
        problems += error.problems
    else:
        if next_step is not None and (words := _why_not(due, now)):
            problems.append(Problem("next_at", words))
    if problems:
        raise Invalid(problems)


def _why_not(due: datetime | None, now: datetime) -> Text | None:
    if due is None:
        return Text("请填写下一步的时间", "say when the next step is due")
    if due <= now:
        return Text("下一步的时间已经过去；请选以后的时间", "the next step lies in the past: choose a later time")
    return None
