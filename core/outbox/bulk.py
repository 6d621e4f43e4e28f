"""Who has a bulk act in hand: taken by one process, held while it works, taken over when it goes silent (law 5).

Two that work on the same one do no harm, since each of its rows is done once: what is held here only spares the work.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Sequence
from datetime import timedelta

from ...hooks.text import Text, n_of
from ..storage.database import write_transaction
from ..storage.ids import new_id
from ..storage.system_tables import BulkBatch
from ..workspace import Workspace

RUNNING, STOPPED, ENDED = "running", "stopped", "ended"
RESEND = timedelta(seconds=5)
"""So long a bulk act is left to whoever has just been sent it."""


def due(ws: Workspace, limit: int = 20) -> list[str]:
    """Return the bulk acts that wait for a process, or whose process has gone silent."""
    waiting = (BulkBatch.state == RUNNING) & (BulkBatch.due_at <= ws.clock.now())
    return [row.id for row in BulkBatch.select(BulkBatch.id).where(waiting).order_by(BulkBatch.id).limit(limit)]


def offer(ws: Workspace, ids: Sequence[str]) -> None:
    """Send bulk acts to the workers, and leave them a while to take them."""
    if ids:
        with write_transaction():
            free = BulkBatch.id.in_(ids) & (BulkBatch.claimed_by == "")
            BulkBatch.update(due_at=ws.clock.now() + RESEND).where(free).execute()
        ws.queue.send_bulk(ids)


def claim(ws: Workspace, batch_id: str) -> str | None:
    """Take a bulk act; None if it is not to be had. The attempt is counted before anything of it begins."""
    now = ws.clock.now()
    row = BulkBatch.select(BulkBatch.state, BulkBatch.attempts).where(BulkBatch.id == batch_id).first()
    if row is None or row.state != RUNNING:
        return None
    if row.attempts >= ws.settings.max_attempts:
        zh, en = f"做它的进程中断了 {row.attempts} 次", f"its process died {n_of(row.attempts, 'time')}"
        rest(batch_id, Text(zh, en))
        return None
    token = f"{socket.gethostname()[:30]}:{os.getpid()}:{new_id(now)}"
    free = (BulkBatch.claimed_by == "") | (BulkBatch.due_at <= now)
    until = now + timedelta(seconds=ws.settings.lease_seconds)
    with write_transaction():
        taken = BulkBatch.update(claimed_by=token, attempts=BulkBatch.attempts + 1, due_at=until)
        mine = taken.where((BulkBatch.id == batch_id) & (BulkBatch.state == RUNNING) & free).execute()
    return token if mine else None


def hold(ws: Workspace, batch_id: str, token: str) -> bool:
    """Keep a bulk act that goes on; return whether it is still to be done, and by this process.

    What moves on is none that kills its process: the attempts are counted anew.
    """
    mine = (BulkBatch.id == batch_id) & (BulkBatch.claimed_by == token) & (BulkBatch.state == RUNNING)
    until = ws.clock.now() + timedelta(seconds=ws.settings.lease_seconds)
    with write_transaction():
        return bool(BulkBatch.update(due_at=until, attempts=1).where(mine).execute())


def end(batch_id: str) -> None:
    """Put down a bulk act that is through."""
    _put_down(batch_id, state=ENDED)


def rest(batch_id: str, why: Text) -> None:
    """Let a bulk act rest, with what is in its way; what is done stands, and somebody may let it go on."""
    _put_down(batch_id, state=STOPPED, zh=why.zh, en=why.en)


def _put_down(batch_id: str, **values: str) -> None:
    running = (BulkBatch.id == batch_id) & (BulkBatch.state == RUNNING)
    with write_transaction():
        BulkBatch.update(claimed_by="", attempts=0, **values).where(running).execute()
