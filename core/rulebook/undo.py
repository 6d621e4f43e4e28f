"""Undoing a version's effects: what the preview showed, through the door, as a change like any other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from ...hooks.text import Text
from ..access import policy as access
from ..errors import ClewError, Conflict, NotFound
from ..journal.origin import Cause, Origin
from ..kinds import RuleRecord, RuleVersion
from ..storage.statements import by_id
from ..storage.system_tables import JournalLine
from ..workspace import Workspace
from ..write.taking_back import typed
from ..write.transaction import Transaction
from .undo_plan import UndoItem, UndoPlan, effects_of, undo_preview, value_of

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


@dataclass(frozen=True)
class UndonePart:
    """How far an undo is: `done` of `all` records, and in this part what was put back and what was kept."""

    done: int
    all: int
    undone: int
    kept: tuple[tuple[UndoItem, Text], ...]


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
    fresh, begun = _started(ws, plan, origin)
    wanted = set(begun.after["items"])
    kept = [(item, item.reason) for item in fresh.items if not item.safe and not (item.done and item.id in wanted)]
    done = sum(item.done and item.id in wanted for item in fresh.items)
    todo = _by_record([item for item in fresh.safe if item.id in wanted])
    for start in range(0, len(todo), _BATCH):
        good, refused = _undo_some(ws, todo[start : start + _BATCH], begun, origin)
        done += good
        kept += refused
        if progress is not None:
            progress(min(start + _BATCH, len(todo)), len(todo))
    return Undone(begun.seq, done, tuple(kept))


def begin_undo(ws: Workspace, plan: UndoPlan, origin: Origin) -> int:
    """Journal that `plan` is to be undone; return that line's number, for `undo_part`. Raises as `undo` does."""
    return int(_started(ws, plan, origin)[1].seq)


def undo_part(ws: Workspace, seq: int, start: int, origin: Origin, most: int = _BATCH) -> UndonePart:
    """Undo the next records, from the `start`-th on, of the undo begun at line `seq`.

    For who shows how far it is: a part that comes twice changes nothing twice. Raises NotFound.
    """
    access.require(origin.actor, "rules:approve")
    begun = undo_line(seq)
    said = begun.after
    records = [(kind, record_id) for kind, record_id in said["records"]]
    part = records[start : start + most]
    code = RuleRecord.get_by_id(begun.record_id).code
    version = RuleVersion.get((RuleVersion.code == code) & (RuleVersion.number == said["version"]))
    since, until = (datetime.fromisoformat(said[name]) for name in ("since", "until"))
    wanted = set(said["items"])
    items = [item for item in effects_of(ws, version, since, until, set(part)) if item.id in wanted]
    good, refused = _undo_some(ws, _by_record([item for item in items if item.safe]), begun, origin)
    kept = [(item, item.reason) for item in items if not item.safe and not item.done]
    return UndonePart(start + len(part), len(records), good, (*kept, *refused))


def undo_line(seq: int) -> JournalLine:
    """Return the line that journals an undo. Raises NotFound."""
    line: JournalLine | None = by_id(JournalLine, seq)
    if line is None or line.kind != "rule.undone":
        raise NotFound("没有这次撤销。", f"no undo at line {seq}")
    return line


def _started(ws: Workspace, plan: UndoPlan, origin: Origin) -> tuple[UndoPlan, JournalLine]:
    access.require(origin.actor, "rules:approve")
    fresh = undo_preview(ws, plan.code, plan.number, plan.since, plan.until, origin.actor)
    begun = _begun(plan)
    if begun is None:
        if fresh.token != plan.token:
            raise PlanChanged(
                "预览之后又有变化；请重新预览再撤销。",
                "the records changed since the preview: preview again, then undo",
            )
        begun = _begin(ws, fresh, origin)
    return fresh, begun


def _undo_some(
    ws: Workspace, todo: list[list[UndoItem]], begun: JournalLine, origin: Origin
) -> tuple[int, list[tuple[UndoItem, Text]]]:
    """Undo the items of a few records in one transaction; return how many, and those that were kept after all."""
    # The person answers for it (the line that began it); the writes follow from that and pass as the system's.
    actor = replace(origin.actor, kind="system")
    follow = replace(origin, actor=actor, reason=begun.reason, cause=Cause(seq=begun.seq, depth=1))
    done, kept = 0, []
    with ws.door.transaction(follow) as tx:
        for items in todo:
            good, refused = _undo_record(tx, items)
            done += good
            kept += refused
        tx.let_rules_pass()
    return done, kept


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
        "records": [[items[0].record_kind, items[0].record_id] for items in _by_record(plan.safe)],
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
        here = tx.kinds[item.record_kind]
        model = here.model
        record = model.get_by_id(item.record_id)
        present = {name: value_of(record, name) for name in item.now}
        target = {"state": here.taken_back[1]} if item.deed == "take_back" else dict(item.was)
        if present != item.now:
            kept.append((item, Text("撤销时刚被改动", "it changed as it was to be undone")))
            continue
        try:
            _write(tx, item, typed(model, target))
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
