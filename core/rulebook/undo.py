"""Undoing a version's effects: what the preview showed, through the door, as a change like any other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ...hooks.text import Text
from .. import access
from ..door import Transaction
from ..errors import ClewError, Conflict
from ..models import RECORDS, Dispatch, JournalLine, RuleRecord, UTCDateTimeField
from ..origin import Cause, Origin
from .undo_plan import _TAKEN_BACK, UndoItem, UndoPlan, _value, undo_preview

if TYPE_CHECKING:
    from ..workspace import Workspace

_BATCH = 100
"""So many records a transaction: other writers are not held up for longer."""


@dataclass(frozen=True)
class Undone:
    """What an undo did: the line that journals it, what was put back, and what was kept with the reason."""

    seq: int
    undone: int
    kept: tuple[tuple[UndoItem, Text], ...]


class PlanChanged(Conflict):
    """What would be undone is no longer what the preview showed."""

    code = "plan_changed"


def undo(
    ws: Workspace,
    plan: UndoPlan,
    origin: Origin,
    progress: Callable[[int, int], None] | None = None,
) -> Undone:
    """Undo what `plan` shows as safe; `origin.reason` says why, `progress(done, all)` hears how far it is.

    Undone once, it is undone: the same plan again goes on where it stopped, and changes nothing twice.
    Rules don't answer these changes, plugins and channels do. Raises PlanChanged (nothing undone)
    if the records changed since the preview, Forbidden without rules:approve.
    """
    access.require(origin.actor, "rules:approve")
    fresh = undo_preview(ws, plan.code, plan.number, plan.since, plan.until)
    begun = _begun(plan)
    if begun is None:
        if fresh.token != plan.token:
            raise PlanChanged(
                "预览之后又有变化；请重新预览再撤销。",
                "the records changed since the preview: preview again, then undo",
            )
        begun = _begin(ws, fresh, origin)
    wanted = set(begun.after["items"])
    # The person answers for it (the line above); the writes follow from that and pass as the system's.
    follow = replace(origin, actor=replace(origin.actor, kind="system"), cause=Cause(seq=begun.seq, depth=1))
    kept = [(item, item.reason) for item in fresh.items if not item.safe and not (item.done and item.id in wanted)]
    done = sum(item.done and item.id in wanted for item in fresh.items)
    todo = _by_record([item for item in fresh.safe if item.id in wanted])
    for start in range(0, len(todo), _BATCH):
        with ws.door.transaction(follow) as tx:
            for items in todo[start : start + _BATCH]:
                good, refused = _undo_record(tx, items)
                done += good
                kept += refused
            _quiet(tx)
        if progress is not None:
            progress(min(start + _BATCH, len(todo)), len(todo))
    return Undone(begun.seq, done, tuple(kept))


def _begun(plan: UndoPlan) -> JournalLine | None:
    """Return the line of an undo of this very plan that was begun before."""
    lines = JournalLine.select().where(JournalLine.kind == "rule.undone").order_by(JournalLine.seq)
    return next((line for line in lines if line.after.get("token") == plan.token), None)


def _begin(ws: Workspace, plan: UndoPlan, origin: Origin) -> JournalLine:
    row = RuleRecord.get(RuleRecord.code == plan.code)
    said = {
        "version": plan.number,
        "since": plan.since,
        "until": plan.until,
        "token": plan.token,
        "items": [item.id for item in plan.safe],
        "kept": len(plan.items) - len(plan.safe),
    }
    with ws.door.transaction(origin) as tx:
        return tx.note("rule.undone", "rule", row.id, said)


def _by_record(items: Sequence[UndoItem]) -> list[list[UndoItem]]:
    """Return the items record by record, the newest effects first."""
    found: dict[tuple[str, str], list[UndoItem]] = {}
    for item in sorted(items, key=lambda item: -item.lines[-1]):
        found.setdefault((item.record_kind, item.record_id), []).append(item)
    return list(found.values())


def _undo_record(tx: Transaction, items: list[UndoItem]) -> tuple[int, list[tuple[UndoItem, Text]]]:
    kept: list[tuple[UndoItem, Text]] = []
    good = 0
    for item in items:
        model = RECORDS[item.record_kind]
        record = model.get_by_id(item.record_id)
        present = {name: _value(record, name) for name in item.now}
        target = {"state": _TAKEN_BACK[item.record_kind][1]} if item.deed == "take_back" else dict(item.was)
        if present != item.now:
            kept.append((item, Text("撤销时刚被改动", "it changed as it was to be undone")))
            continue
        try:
            _write(tx, item, _typed(model, target))
        except ClewError as error:
            kept.append((item, error.text))
        else:
            good += 1
    return good, kept


def _write(tx: Transaction, item: UndoItem, values: dict[str, Any]) -> None:
    if item.record_kind == "deadline" and values.get("state") == "cancelled":
        values["closed_at"] = tx.now
    if "owner_id" in values and values["owner_id"] is None:
        values["assigned_at"] = None
    extra = {name.removeprefix("extra."): value for name, value in values.items() if name.startswith("extra.")}
    plain_values = {name: value for name, value in values.items() if not name.startswith("extra.")}
    if extra:
        plain_values["extra"] = extra
    tx.change(item.record_kind, item.record_id, plain_values)


def _typed(model: Any, values: dict[str, Any]) -> dict[str, Any]:
    """Return journalled values as the columns take them."""
    typed: dict[str, Any] = {}
    for name, value in values.items():
        column = model._meta.combined.get(name)
        if isinstance(column, UTCDateTimeField) and isinstance(value, str):
            value = datetime.fromisoformat(value)
        typed[name] = value
    return typed


def _quiet(tx: Transaction) -> None:
    """Let the rules pass over what this transaction wrote: they would do again what is being undone."""
    for start in range(0, len(tx.dispatches), 400):
        part = tx.dispatches[start : start + 400]
        Dispatch.update(state="done", done_at=tx.now, error="undone: rules do not answer").where(
            Dispatch.id.in_(part) & (Dispatch.consumer == "rules")
        ).execute()
