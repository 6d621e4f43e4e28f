"""What each kind of record brings by itself: defaults at birth, line kinds, and direct consequences."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from ...hooks.text import Text
from ..errors import Forbidden, Invalid, Problem
from ..models import RECORDS, Contact, Contract, Deadline, FollowUp, Lead, MetricSuspension, Record, Task
from ..people.policy import ROLE_WORDS
from ..schema.identity import name_key
from .locks import unlocked

if TYPE_CHECKING:
    from ..process.process import Process
    from .door import Transaction

# The most telling change names the line: a lead that is won is "outcome_changed", whatever else changed.
_TELLING: dict[str, tuple[tuple[str, str], ...]] = {
    "lead": (
        ("outcome", "lead.outcome_changed"),
        ("stage", "lead.stage_changed"),
        ("owner_id", "lead.assigned"),
        ("escalated_at", "lead.escalated"),
        ("first_response_at", "lead.answered"),
    ),
    "contract": (("status", "contract.status_changed"),),
}


def line_kind(kind: str, after: Mapping[str, Any]) -> str:
    """Return the kind of the journal line for a change of these fields."""
    if kind == "deadline" and after.get("state") == "missed":
        return "deadline.missed"
    if kind == "deadline" and after.get("warned_at"):
        return "deadline.warned"
    return next((line for field, line in _TELLING.get(kind, ()) if field in after), f"{kind}.changed")


def customer_of(kind: str, record: Record) -> str | None:
    """Return the id of the customer on whose timeline the record's lines stand."""
    return record.id if kind == "customer" else getattr(record, "customer_id", None)


def columns_of(kind: str) -> set[str]:
    """Return the names a value may have: columns, references as `<name>_id`."""
    return {
        field.object_id_name if hasattr(field, "object_id_name") else name
        for name, field in RECORDS[kind]._meta.fields.items()
    } - {"id", "revision", "created_at", "updated_at"}


def check_names(kind: str, names: Iterable[str], known: set[str]) -> None:
    """Raise Invalid for names that are no field of `kind`, with the nearest that is."""
    problems = []
    for name in names:
        if name not in known:
            near = difflib.get_close_matches(name, known, 1)
            problems.append(
                Problem(
                    name,
                    Text(
                        f"没有字段「{name}」" + (f"，是不是「{near[0]}」？" if near else ""),
                        f"no field {name!r}" + (f"; did you mean {near[0]!r}?" if near else ""),
                    ),
                )
            )
    if problems:
        raise Invalid(problems)


def at_birth(tx: Transaction, kind: str, values: dict[str, Any]) -> None:
    """Fill in what a new record of `kind` has from the start."""
    now = tx.now
    if kind == "lead":
        process = tx.door.processes.get(values.get("process") or "sales")
        values.setdefault("stage", process.first.name)
        values.setdefault("received_at", now)
        values["received_at"] = values["received_at"] or now
        values["stage_since"] = values["received_at"]
    elif kind == "customer":
        values["name_key"] = name_key(values["name"])
    elif kind == "follow_up":
        lead = Lead.get_by_id(values["lead_id"])
        values["customer_id"] = lead.customer_id
        values["at"] = values.get("at") or now
        values.setdefault("effective", True)
        if tx.origin.actor.kind == "user":
            values.setdefault("by_id", tx.origin.actor.id)
    for name in [name for name, value in values.items() if value is None]:
        field = RECORDS[kind]._meta.combined.get(name)
        if field is not None and not field.null:
            del values[name]  # The column's own default stands for "not given".


def with_change(tx: Transaction, kind: str, record: Record, values: dict[str, Any]) -> None:
    """Check a change against the process, and add the fields that follow from it."""
    now = tx.now
    if values.get("locked") is False:
        values.update(unlocked())
    if isinstance(record, Lead):
        if values.get("process", record.process) != record.process:
            # A new process starts at its first stage, wherever the old one stood.
            values["stage"] = tx.door.processes.named(values["process"]).first.name
            values["stage_since"] = now
        elif "stage" in values and values["stage"] != record.stage:
            if record.outcome != "open" and tx.origin.actor.kind == "user":
                raise Invalid(
                    [Problem("stage", Text("线索已结束；重新打开后再换阶段", "this lead is closed; reopen it first"))]
                )
            process = tx.door.processes.get(record.process)
            process.check_move(record, values["stage"], values, tx.door.fields)
            _check_role(tx, process, values["stage"])
            values["stage_since"] = now
        if "outcome" in values and values["outcome"] != record.outcome:
            values["closed_at"] = None if values["outcome"] == "open" else values.get("closed_at") or now
            if values["outcome"] == "lost" and not (values.get("lost_reason") or record.lost_reason):
                raise Invalid([Problem("lost_reason", Text("请填写输单原因", "say why the lead was lost"))])
        if values.get("owner_id") and values["owner_id"] != record.owner_id:
            values["assigned_at"] = now
    elif isinstance(record, Task) and values.get("state", record.state) != record.state:
        values["done_at"] = now if values["state"] == "done" else None
    elif isinstance(record, MetricSuspension) and "state" in values:
        values["lifted_at"] = now if values["state"] == "lifted" else None
    elif isinstance(record, Contract) and values.get("status") == "signed" and not record.signed_at:
        values.setdefault("signed_at", now)
    elif kind == "customer" and "name" in values:
        values["name_key"] = name_key(values["name"])


def _check_role(tx: Transaction, process: Process, name: str) -> None:
    """Raise Forbidden if a person moves a lead to a stage another role answers for; managers, ops and admin may."""
    stage, actor = process.stage(name), tx.origin.actor
    if actor.kind != "user" or stage is None or actor.roles & {stage.role, "manager", "ops", "admin"}:
        return
    raise Forbidden(
        f"「{stage.title.zh}」由{ROLE_WORDS[stage.role].zh}确认；请找他们或你的主管。",
        f"{stage.title.en} is for {ROLE_WORDS[stage.role].en.lower()} to confirm; ask them or your manager",
    )


def after_birth(tx: Transaction, record: Record) -> None:
    """Write what follows at once from a new record, in the same transaction."""
    if isinstance(record, FollowUp) and record.effective:
        lead = Lead.get_by_id(record.lead_id)
        if lead.first_response_at is None:
            since = lead.assigned_at or lead.received_at
            minutes = tx.door.calendar.minutes_between(since, record.at)
            tx.follow("lead", lead.id, {"first_response_at": record.at, "response_minutes": minutes})
            close_deadlines(tx, lead.id, "first_response")


def after_change(tx: Transaction, record: Record, after: Mapping[str, Any]) -> None:
    """Write what follows at once from a change, in the same transaction."""
    if isinstance(record, Lead) and after.get("outcome") in ("won", "lost"):
        close_deadlines(tx, record.id)
    if isinstance(record, Contact) and {"phone", "email"} & set(after):
        # What makes a lead reachable lies in its contact, and rules look at leads.
        for lead in list(Lead.select().where((Lead.contact == record.id) & (Lead.outcome == "open"))):
            tx.touch(lead)


def close_deadlines(tx: Transaction, lead_id: str, name: str | None = None) -> None:
    """Close a lead's open deadlines as met: those of one name, or all."""
    query = Deadline.select().where((Deadline.lead == lead_id) & (Deadline.state == "open"))
    for deadline in list(query.where(Deadline.name == name) if name else query):
        tx.follow("deadline", deadline.id, {"state": "met", "closed_at": tx.now})
