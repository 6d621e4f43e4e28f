"""Seals: the journal's lines in hash-chained batches, without holding up those who write (law 2)."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from ..storage.database import write_transaction
from ..storage.records import canonical
from ..storage.system_tables import JournalLine, Seal
from ..storage.turns import SEALING, one_at_a_time

GENESIS = "0" * 64
_BATCH = 5_000
_GIVEN_UP_AFTER = timedelta(days=1)


def seal(now: datetime) -> Seal | None:
    """Seal the lines that came since the last seal; return the new seal, or None if there were none.

    Writers are never held up: a number whose transaction is still open (PostgreSQL hands numbers
    out before the commit) is noted as missing, and its line joins a later seal as a late one. A
    number missing for a day belongs to a transaction that was rolled back, and is given up.
    """
    with write_transaction():
        one_at_a_time(SEALING)  # Writers don't take this lock.
        last = Seal.select().order_by(Seal.number.desc()).first()
        start = last.last_seq if last else 0
        fresh = list(JournalLine.select().where(JournalLine.seq > start).order_by(JournalLine.seq).limit(_BATCH))
        waiting: list[int] = list(last.missing) if last else []
        late = (
            list(JournalLine.select().where(JournalLine.seq.in_(waiting)).order_by(JournalLine.seq)) if waiting else []
        )
        if not fresh and not late:
            return None
        end = fresh[-1].seq if fresh else start
        seen = {line.seq for line in fresh}
        missing = [n for n in waiting if n not in {line.seq for line in late}]
        old = Seal.select().where(Seal.at <= now - _GIVEN_UP_AFTER).order_by(Seal.number.desc()).first()
        missing = [n for n in missing if n > (old.last_seq if old else 0)]
        missing += [n for n in range(start + 1, end) if n not in seen]
        previous = last.hash if last else GENESIS
        return Seal.create(
            at=now,
            first_seq=start + 1,
            last_seq=end,
            late=[line.seq for line in late],
            missing=missing,
            lines=len(fresh) + len(late),
            previous=previous,
            hash=chain(previous, now, [*late, *fresh], start + 1, end, missing),
        )


def seal_all(now: datetime) -> int:
    """Seal until nothing new is left; return how many seals were made."""
    made = 0
    while seal(now) is not None:
        made += 1
    return made


def chain(previous: str, at: datetime, lines: list[JournalLine], first: int, last: int, missing: list[int]) -> str:
    """Return the hash over a batch of lines and the seal before it."""
    running = hashlib.sha256(canonical([previous, at.isoformat(), first, last, missing]).encode())
    for line in lines:
        running.update(f"{line.seq}:{line.digest}\n".encode())
    return running.hexdigest()
