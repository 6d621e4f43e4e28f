"""Bulk acts: one change for many records, each for itself through the door, and all of it taken back as a batch.

Each record is a transaction of its own, in which its row says that it is done: whoever is killed goes on where they
were, and two that run the same batch share its rows. Whoever begins a batch does the first part of it; a worker carries
the rest on, as the person who asked, by what they may do then.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from peewee import fn

from ...hooks.text import Text
from ..access import policy as access
from ..errors import ClewError, Conflict, Forbidden, Invalid, NotFound
from ..intake.hanging import value_of
from ..journal.lines import plain
from ..journal.origin import Actor, Origin
from ..kinds import Task, User
from ..outbox import bulk as queue
from ..outbox.bulk import RESEND, RUNNING, STOPPED
from ..storage.database import write_transaction
from ..storage.ids import new_id
from ..storage.queries import locked
from ..storage.statements import by_id
from ..storage.system_tables import BulkBatch, BulkRow, JournalLine
from ..storage.turns import KEYS, wait_for
from ..workspace import Workspace
from ..write.prewrite import NeedsConfirmation
from ..write.taking_back import WITHIN, take_back
from ..write.transaction import Transaction
from .acts import TASK, hindered, task_about

log = structlog.get_logger()
MOST = 500
"""So many records are changed by one bulk act."""
PART = 25
"""So many of them at once: in the request that begins it, and between two looks whether it is to go on."""
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
            "said": origin.reason[:250],
            "run_by": actor.id,
            # Left to whoever asked for a moment; if they die, a worker finds it.
            "due_at": tx.now + RESEND,
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
    """Do the next rows of a batch, or take them back if it is being undone; return how many are left.

    A batch that was stopped, or whose way was turned round meanwhile, is left as it is.
    """
    undoing = batch.undone_at is not None
    waits = (BulkRow.batch_id == batch.id) & (BulkRow.state == _waiting(batch))
    order = BulkRow.id.desc() if undoing else BulkRow.id
    for row in list(BulkRow.select().where(waits).order_by(order).limit(most)):
        if not _one(ws, batch, row, origin, undoing=undoing):
            break
    left = int(BulkRow.select().where(waits).count())
    if not left:
        queue.end(batch.id)
    return left


def carry_on(ws: Workspace, batch: BulkBatch, origin: Origin) -> int:
    """Do the first part of what was just asked for, and send the rest to a worker; return how many are left."""
    left = run_part(ws, batch, origin)
    if left:
        queue.offer(ws, [batch.id])
    return left


def run_bulk(ws: Workspace, batch_id: str, between: Callable[[], object] = lambda: None) -> bool:
    """Work on a batch until it has ended; False if it is not to be had. `between` is called after each part."""
    ws.refresh()
    token = queue.claim(ws, batch_id)
    if token is None:
        return False
    try:
        left = 1
        while left and queue.hold(ws, batch_id, token):
            ws.refresh()
            with ws.pinned():
                batch = BulkBatch.get_by_id(batch_id)
                actor, why = _asker(ws, batch)
                if why is not None:
                    queue.rest(batch_id, why)
                    break
                left = run_part(ws, batch, Origin(actor, "console", reason=batch.said))
            between()
    except Exception as error:
        log.exception("bulk act failed", batch=batch_id)
        queue.rest(batch_id, Text(f"出错了：{type(error).__name__}", f"it failed: {type(error).__name__}"))
    return True


def _asker(ws: Workspace, batch: BulkBatch) -> tuple[Actor, Text | None]:
    """Return for whom a batch is carried on, as they are now, and why it can't be."""
    user = by_id(User, batch.run_by)
    if user is None or not user.active:
        return Actor("user", batch.run_by), Text("让它做的人已停用", "whoever asked for it was deactivated")
    return Actor.of(user), obstacle(ws, Actor.of(user), batch)


def obstacle(ws: Workspace, actor: Actor, batch: BulkBatch) -> Text | None:
    """Say why a batch can't go on for an actor: its kind, field, stage or their permission is gone; None if it can."""
    if batch.undone_at is not None and batch.kind in ws.kinds:
        return None  # Each record says for itself whether it can go back.
    return hindered(ws, actor, batch.kind, batch.action, batch.values)


def stop(batch: BulkBatch, origin: Origin) -> None:
    """Stop a batch after the row it is at; what is done stands. Raises Forbidden, Conflict for one that has ended."""
    check_own(batch, origin.actor)
    running = (BulkBatch.id == batch.id) & (BulkBatch.state == RUNNING)
    with write_transaction():
        stopped = BulkBatch.update(state=STOPPED, claimed_by="", attempts=0, zh="", en="").where(running).execute()
    if not stopped:
        raise Conflict("这一批已经不在做了。", "this batch is not under way any more")


def go_on(ws: Workspace, batch: BulkBatch, origin: Origin) -> int:
    """Let a batch that rests go on for the asker; return how many are left after its next part.

    Raises Forbidden, and Conflict for one that is through or that can't go on, saying why.
    """
    check_own(batch, origin.actor)
    if (why := obstacle(ws, origin.actor, batch)) is not None:
        raise Conflict(f"不能继续：{why.zh}。", f"it can't go on: {why.en}")
    resting = (BulkBatch.id == batch.id) & (BulkBatch.state == STOPPED)
    again = {"state": RUNNING, "run_by": origin.actor.id, "due_at": ws.clock.now() + RESEND}
    with write_transaction():
        if not BulkBatch.update(**again, claimed_by="", attempts=0, zh="", en="").where(resting).execute():
            raise Conflict("这一批正在做，或已经做完；请刷新。", "this batch is under way or through: reload")
    return carry_on(ws, BulkBatch.get_by_id(batch.id), origin)


def undo(ws: Workspace, batch: BulkBatch, origin: Origin) -> None:
    """Let a batch be taken back by `carry_on`; what was not done yet is left. Raises Forbidden, Conflict."""
    check_own(batch, origin.actor)
    if why := why_not_undone(ws, batch):
        raise Conflict(why.zh, why.en)
    with ws.door.transaction(origin) as tx:
        again = {"state": RUNNING, "run_by": origin.actor.id, "due_at": tx.now + RESEND, "said": origin.reason[:250]}
        idle = {"claimed_by": "", "attempts": 0, "zh": "", "en": ""}
        asked = BulkBatch.update(undone_at=tx.now, undone_by=origin.actor.name, **again, **idle)
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


def left_of(batch: BulkBatch, counted: Mapping[str, int]) -> int:
    """Return how many rows of a batch are still to be done, or taken back, of its `counts`."""
    return counted.get(_waiting(batch), 0)


def _waiting(batch: BulkBatch) -> str:
    return "done" if batch.undone_at is not None else ""


def _one(ws: Workspace, batch: BulkBatch, row: BulkRow, origin: Origin, *, undoing: bool) -> bool:
    """Do one row, or take it back, all of it or nothing; False if the batch is not to go on this way."""
    as_was = (BulkRow.id == row.id) & (BulkRow.state == row.state)
    try:
        with ws.door.transaction(origin) as tx:
            # The batch is held along, so that none of its rows is done once it was stopped or is being taken back.
            now = locked(BulkBatch.select().where(BulkBatch.id == batch.id)).get()
            if now.state != RUNNING or (now.undone_at is not None) != undoing:
                return False
            # First, so that another process that has the same row in hand waits here, and then finds it done.
            if not BulkRow.update(state="undone" if undoing else "same").where(as_was).execute():
                return True
            if undoing:
                _back(tx, batch, row)
            else:
                _forth(tx, batch, row)
    except ClewError as error:
        text = _why(error)
        with write_transaction():
            changed = BulkRow.update(state="kept" if undoing else "refused", zh=text.zh, en=text.en)
            changed.where(as_was).execute()
    return True


def _forth(tx: Transaction, batch: BulkBatch, row: BulkRow) -> None:
    kind = tx.kinds.named(batch.kind)
    record = by_id(kind.model, row.record_id)
    if record is None:
        raise NotFound("记录没有了。", "the record is gone")
    if batch.action == TASK:
        if not access.visible(tx.kinds, tx.origin.actor, batch.kind).where(kind.model.id == record.id).exists():
            raise Forbidden("你看不到这一条了。", "you don’t see it any more")
        task = tx.create("task", task_about(kind, record, batch.values)).record
        made = (JournalLine.record_kind == "task") & (JournalLine.record_id == task.id)
        seq = JournalLine.select(fn.MIN(JournalLine.seq)).where(made).scalar()
        BulkRow.update(state="done", seq=seq).where(BulkRow.id == row.id).execute()
        return
    seen = record.revision
    if all(plain(value_of(kind, record, name)) == value for name, value in batch.values.items()):
        return
    changed = tx.change(batch.kind, row.record_id, batch.values, row.revision)
    if changed.revision == seen:
        return
    own = (JournalLine.record_kind == batch.kind) & (JournalLine.record_id == row.record_id)
    seq = JournalLine.select(fn.MAX(JournalLine.seq)).where(own & (JournalLine.record_revision == seen + 1)).scalar()
    BulkRow.update(state="done", seq=seq).where(BulkRow.id == row.id).execute()


def _back(tx: Transaction, batch: BulkBatch, row: BulkRow) -> None:
    line: JournalLine | None = by_id(JournalLine, row.seq) if row.seq else None
    if line is None:
        raise Conflict("找不到这一步的台账。", "the journal line of this act is not there")
    if batch.action != TASK:
        take_back(tx, line, automatically=True)
        return
    task = by_id(Task, line.record_id, lock=True)
    if task is None or task.revision != line.record_revision or task.state != "open":
        raise Conflict("任务已被改过或完成，不能撤销。", "the task was changed or done, so it can't be undone")
    with tx.automatically():
        tx.change("task", task.id, {"state": "cancelled"})
    tx.let_rules_pass()


def _why(error: ClewError) -> Text:
    if isinstance(error, Invalid) and error.problems:
        zh = "；".join(one.text.zh for one in error.problems)
        return Text(zh, "; ".join(one.text.en for one in error.problems))
    if isinstance(error, NeedsConfirmation):
        return Text(f"{error.text.zh} {_ASKS.zh}", f"{error.text.en} {_ASKS.en}")
    return error.text
