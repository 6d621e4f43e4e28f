"""Bulk acts: one change for many records, each for itself through the door, and all of it taken back as a batch.

Each record is a transaction of its own, in which its row says that it is done: whoever is killed goes on where they
were, and two that run the same batch share its rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from peewee import fn

from ...hooks.text import Text
from ..access import policy as access
from ..errors import ClewError, Conflict, Forbidden, Invalid, NotFound
from ..journal.lines import plain
from ..journal.origin import Actor, Origin
from ..storage.database import write_transaction
from ..storage.ids import new_id
from ..storage.statements import by_id
from ..storage.system_tables import BulkBatch, BulkRow, JournalLine
from ..storage.turns import KEYS, wait_for
from ..workspace import Workspace
from ..write.prewrite import NeedsConfirmation
from ..write.taking_back import WITHIN, take_back
from ..write.transaction import Transaction

MOST = 500
"""So many records are changed by one bulk act."""
PART = 25
"""So many of them in one request: the page says how far it is in between."""
_LARGEST_REVISION = 2**31 - 1
_ASKS = Text("请打开这一条单独确认。", "Open it and confirm there.")


@dataclass(frozen=True)
class Act:
    """What is to be done with records of a `kind`: `values` are what it sets, `target` is what was chosen, in words."""

    kind: str
    action: str
    target: str
    values: Mapping[str, Any]


def begin(
    ws: Workspace, act: Act, rows: Sequence[tuple[str, int | None]], origin: Origin, batch_id: str = ""
) -> BulkBatch:
    """Keep what is to be done with the records `rows` (id, and the revision that was seen); nothing is done yet.

    The same `batch_id` begins one batch, however often it is asked.
    Raises Conflict for no or too many records, and for the id of a batch that does something else.
    """
    if not 0 < len(rows) <= MOST:
        raise Conflict(f"一次处理 1 到 {MOST} 条。", f"takes 1 to {MOST} records at once")
    batch_id = batch_id or new_id(ws.clock.now())
    actor = origin.actor
    with ws.door.transaction(origin) as tx:
        wait_for(batch_id, KEYS)  # A click that came twice finds what the first one began.
        before: BulkBatch | None = by_id(BulkBatch, batch_id)
        if before is not None:
            return _begun(before, act, actor)
        made = {
            "id": batch_id,
            "kind": act.kind,
            "action": act.action,
            "target": act.target[:200],
            "values": plain(dict(act.values)),
            "user_id": actor.id,
            "user_name": actor.name,
            "total": len(rows),
            "created_at": tx.now,
        }
        BulkBatch.insert(**made).execute()
        given = [{"batch_id": batch_id, "record_id": record_id, "revision": _kept(seen)} for record_id, seen in rows]
        for start in range(0, len(given), 100):
            BulkRow.insert_many(given[start : start + 100]).execute()
        told = {"kind": act.kind, "action": act.action, "records": len(rows), "values": made["values"]}
        tx.note("bulk.started", "bulk", batch_id, told, heard=False)
    return BulkBatch.get_by_id(batch_id)


def _begun(before: BulkBatch, act: Act, actor: Actor) -> BulkBatch:
    check_own(before, actor)
    if (before.kind, before.action) != (act.kind, act.action):
        raise Conflict("这一页已经用过了；请回到列表重新选。", "this page was used before: choose again in the list")
    return before


def _kept(seen: int | None) -> int | None:
    """Return a revision as it can be kept: one beyond all that there are is refused when the row is done."""
    return None if seen is None else max(0, min(seen, _LARGEST_REVISION))


def run_part(ws: Workspace, batch: BulkBatch, origin: Origin, most: int = PART) -> int:
    """Do the next rows of a batch, or take them back if it is being undone; return how many are left."""
    undoing = batch.undone_at is not None
    waits = (BulkRow.batch_id == batch.id) & (BulkRow.state == ("done" if undoing else ""))
    order = BulkRow.id.desc() if undoing else BulkRow.id
    for row in list(BulkRow.select().where(waits).order_by(order).limit(most)):
        _one(ws, batch, row, origin, undoing=undoing)
    return int(BulkRow.select().where(waits).count())


def undo(ws: Workspace, batch: BulkBatch, origin: Origin) -> None:
    """Let a batch be taken back by `run_part`; what was not done yet is left. Raises Forbidden, Conflict."""
    check_own(batch, origin.actor)
    if why := why_not_undone(ws, batch):
        raise Conflict(why.zh, why.en)
    with ws.door.transaction(origin) as tx:
        asked = BulkBatch.update(undone_at=tx.now, undone_by=origin.actor.name)
        if not asked.where((BulkBatch.id == batch.id) & BulkBatch.undone_at.is_null()).execute():
            raise Conflict("这一批已经在撤销了。", "this batch is being taken back already")
        tx.note("bulk.undone", "bulk", batch.id, {"kind": batch.kind, "action": batch.action}, heard=False)


def why_not_undone(ws: Workspace, batch: BulkBatch) -> Text | None:
    """Say why a batch can't be taken back; None if it can."""
    if batch.undone_at is not None:
        return Text(f"已由{batch.undone_by}撤销", f"taken back by {batch.undone_by} already")
    if batch.created_at < ws.clock.now() - WITHIN:
        return Text("超过 30 天，不能再整批撤销", "it is over 30 days old, too old to be undone as a whole")
    return None


def check_own(batch: BulkBatch, actor: Actor) -> None:
    """Raise Forbidden unless a batch is the actor's own, or they set up the company."""
    if batch.user_id != actor.id and not access.may(actor, "company"):
        raise Forbidden("这一批是别人做的。", "somebody else did this batch")


def batch_of(batch_id: str, kind: str, actor: Actor) -> BulkBatch:
    """Return a batch on records of a kind. Raises NotFound, Forbidden."""
    found: BulkBatch | None = by_id(BulkBatch, batch_id)
    if found is None or found.kind != kind:
        raise NotFound("没有这一批。", "no such batch")
    check_own(found, actor)
    return found


def counts(batch_id: str) -> dict[str, int]:
    """Return how many rows of a batch are in each state."""
    rows: Any = BulkRow.select(BulkRow.state, fn.COUNT(BulkRow.id)).where(BulkRow.batch_id == batch_id)
    return dict(rows.group_by(BulkRow.state).tuples())


def _one(ws: Workspace, batch: BulkBatch, row: BulkRow, origin: Origin, *, undoing: bool) -> None:
    as_was = (BulkRow.id == row.id) & (BulkRow.state == row.state)
    try:
        with ws.door.transaction(origin) as tx:
            # First, so that another process that has the same row in hand waits here, and then finds it done.
            if not BulkRow.update(state="undone" if undoing else "same").where(as_was).execute():
                return
            if undoing:
                _back(tx, row)
            else:
                _forth(tx, batch, row)
    except ClewError as error:
        text = _why(error)
        with write_transaction():
            changed = BulkRow.update(state="kept" if undoing else "refused", zh=text.zh, en=text.en)
            changed.where(as_was).execute()


def _forth(tx: Transaction, batch: BulkBatch, row: BulkRow) -> None:
    kind = tx.kinds.named(batch.kind)
    record = by_id(kind.model, row.record_id)
    if record is None:
        raise NotFound("记录没有了。", "the record is gone")
    seen = record.revision
    if all(plain(_value(kind, record, name)) == value for name, value in batch.values.items()):
        return
    changed = tx.change(batch.kind, row.record_id, batch.values, row.revision)
    if changed.revision == seen:
        return
    own = (JournalLine.record_kind == batch.kind) & (JournalLine.record_id == row.record_id)
    seq = JournalLine.select(fn.MAX(JournalLine.seq)).where(own & (JournalLine.record_revision == seen + 1)).scalar()
    BulkRow.update(state="done", seq=seq).where(BulkRow.id == row.id).execute()


def _back(tx: Transaction, row: BulkRow) -> None:
    line: JournalLine | None = by_id(JournalLine, row.seq) if row.seq else None
    if line is None:
        raise Conflict("找不到这一步的台账。", "the journal line of this act is not there")
    take_back(tx, line, automatically=True)


def _value(kind: Any, record: Any, name: str) -> Any:
    return (record.extra or {}).get(name) if name in kind.added else getattr(record, name, None)


def _why(error: ClewError) -> Text:
    if isinstance(error, Invalid) and error.problems:
        zh = "；".join(one.text.zh for one in error.problems)
        return Text(zh, "; ".join(one.text.en for one in error.problems))
    if isinstance(error, NeedsConfirmation):
        return Text(f"{error.text.zh} {_ASKS.zh}", f"{error.text.en} {_ASKS.en}")
    return error.text
