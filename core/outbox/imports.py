"""Who has an import in hand: taken by one process, held while it works, taken over when it goes silent (law 5)."""

from __future__ import annotations

import os
import socket
from datetime import datetime, timedelta
from typing import Any

from ...hooks.text import n_of
from ..storage.database import write_transaction
from ..storage.ids import new_id
from ..storage.system_tables import ImportBatch, ImportRow
from ..workspace import Workspace

KEPT = timedelta(days=30)
"""So long the file and its rows are kept; after that nothing could be taken back with them."""
QUEUED = {"queued": "running", "undoing": "undoing"}
"""What an import that waits for a worker is while one works on it."""
_MENDED = "mended"
"""Where a document holds the cells that were typed anew: as much of the file as the file is."""
_RESEND = timedelta(seconds=5)


class Lost(Exception):
    """Another process took the import over."""


def due(ws: Workspace, limit: int = 20) -> list[str]:
    """Return the imports that wait for a process, or whose process has gone silent."""
    waiting = ImportBatch.state.in_((*QUEUED, *QUEUED.values())) & (ImportBatch.due_at <= ws.clock.now())
    rows = ImportBatch.select(ImportBatch.id).where(waiting).order_by(ImportBatch.id).limit(limit)
    return [row.id for row in rows]


def offer(ws: Workspace, ids: list[str]) -> None:
    """Send imports to the workers, and leave them a while to take them."""
    if ids:
        with write_transaction():
            free = ImportBatch.id.in_(ids) & (ImportBatch.claimed_by == "")
            ImportBatch.update(due_at=ws.clock.now() + _RESEND).where(free).execute()
        ws.queue.send_imports(ids)


def claim(ws: Workspace, batch_id: str) -> str | None:
    """Take an import; None if it is not to be had. The attempt is counted before anything of it begins."""
    now = ws.clock.now()
    row = ImportBatch.select(ImportBatch.state, ImportBatch.attempts).where(ImportBatch.id == batch_id).first()
    if row is None or row.state not in (*QUEUED, *QUEUED.values()):
        return None
    if row.attempts >= ws.settings.max_attempts:
        died = f"运行它的进程中断了 {row.attempts} 次 · its process died {n_of(row.attempts, 'time')}"
        fail(ws, batch_id, died)
        return None
    token = f"{socket.gethostname()[:30]}:{os.getpid()}:{new_id(now)}"
    free = (ImportBatch.claimed_by == "") | (ImportBatch.due_at <= now)
    with write_transaction():
        taken = (
            ImportBatch.update(
                state=QUEUED.get(row.state, row.state),
                claimed_by=token,
                attempts=ImportBatch.attempts + 1,
                due_at=_until(ws, now),
            )
            .where((ImportBatch.id == batch_id) & (ImportBatch.state == row.state) & free)
            .execute()
        )
    return token if taken else None


def hold(ws: Workspace, batch_id: str, token: str, done: int) -> bool:
    """Say how far an import is, and keep it; return whether somebody asked it to stop. Raises Lost.

    What moves on is no import that kills its process: the attempts are counted anew.
    """
    with write_transaction():
        _set(batch_id, token, done=done, due_at=_until(ws, ws.clock.now()), attempts=1)
    asked = ImportBatch.select(ImportBatch.stop_asked).where(ImportBatch.id == batch_id).scalar()
    return bool(asked)


def let_go(ws: Workspace, batch_id: str, token: str, state: str, done: int) -> None:
    """Put an import down in the state that it has come to. Raises Lost."""
    now = ws.clock.now()
    ended: dict[str, object] = {"undone_at": now} if state == "undone" else {"done_at": now}
    with write_transaction():
        _set(batch_id, token, state=state, done=done, claimed_by="", attempts=0, stop_asked=False, **ended)


def fail(ws: Workspace, batch_id: str, said: str) -> None:
    """Set an import aside with what is wrong; what is in stays in."""
    values = {"state": "failed", "claimed_by": "", "attempts": 0, "error": said[:2000], "done_at": ws.clock.now()}
    with write_transaction():
        ImportBatch.update(**values).where(ImportBatch.id == batch_id).execute()


def purge(now: datetime) -> None:
    """Drop what was begun and left, and the files and rows of imports that can't be taken back any more."""
    old = ImportBatch.created_at < now - KEPT
    ended = ImportBatch.done_at < now - KEPT
    drafts = [row.id for row in ImportBatch.select(ImportBatch.id).where(old & (ImportBatch.state == "draft"))]
    columns = (ImportBatch.id, ImportBatch.document)
    past = list(ImportBatch.select(*columns).where(ended & (ImportBatch.file != b"")))
    gone = [*drafts, *(row.id for row in past)]
    mended = [row for row in past if row.document.pop(_MENDED, None)]
    if gone:
        with write_transaction():
            ImportRow.delete().where(ImportRow.batch_id.in_(gone)).execute()
            if mended:
                model: Any = ImportBatch  # peewee does not say the types of this one.
                model.bulk_update(mended, [ImportBatch.document], batch_size=100)
            ImportBatch.update(file=b"").where(ImportBatch.id.in_(gone)).execute()
            ImportBatch.delete().where(ImportBatch.id.in_(drafts)).execute()


def _set(batch_id: str, token: str, **values: object) -> None:
    mine = (ImportBatch.id == batch_id) & (ImportBatch.claimed_by == token)
    if not ImportBatch.update(**values).where(mine).execute():
        raise Lost


def _until(ws: Workspace, now: datetime) -> datetime:
    return now + timedelta(seconds=ws.settings.lease_seconds)
