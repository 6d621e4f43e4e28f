"""Seals: the journal's lines in hash-chained batches, without holding up those who write (law 2)."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Any

from ..storage.database import write_transaction
from ..storage.records import canonical
from ..storage.system_tables import JournalLine, Seal
from ..storage.turns import SEALING, one_at_a_time
from .numbers import Spans, above, minus, read, spans_of, written

GENESIS = "0" * 64
_BATCH = 5_000
_SPANS = 5_000
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
        waiting = read(last.missing) if last else []
        late = lines_in(waiting, _BATCH)
        if not fresh and not late:
            return None
        end = fresh[-1].seq if fresh else start
        old = Seal.select().where(Seal.at <= now - _GIVEN_UP_AFTER).order_by(Seal.number.desc()).first()
        missing = [
            *above(minus(waiting, spans_of(line.seq for line in late)), old.last_seq if old else 0),
            *minus([(start + 1, end)] if end > start else [], spans_of(line.seq for line in fresh)),
        ]
        previous = last.hash if last else GENESIS
        return Seal.create(
            at=now,
            first_seq=start + 1,
            last_seq=end,
            late=written(spans_of(line.seq for line in late)),
            missing=written(missing),
            lines=len(fresh) + len(late),
            previous=previous,
            hash=chain(previous, now, [*late, *fresh], start + 1, end, written(missing)),
        )


def lines_in(spans: Spans, limit: int | None = None) -> list[JournalLine]:
    """Return the lines whose numbers are in `spans`, in order; at most `limit`."""
    found: list[JournalLine] = []
    for start in range(0, len(spans), _SPANS):
        part = spans[start : start + _SPANS]
        text = (  # Nothing but numbers is written into it.
            f"WITH span (first, last) AS (VALUES {', '.join(f'({int(a)}, {int(b)})' for a, b in part)}) "  # noqa: S608
            "SELECT journal.* FROM span JOIN journal ON journal.seq BETWEEN span.first AND span.last "
            "ORDER BY journal.seq"
        )
        if limit is not None:
            text += f" LIMIT {limit - len(found)}"
        found += JournalLine.raw(text)
        if limit is not None and len(found) >= limit:
            break
    return found


def seal_all(now: datetime) -> int:
    """Seal until nothing new is left; return how many seals were made."""
    made = 0
    while seal(now) is not None:
        made += 1
    return made


def chain(previous: str, at: datetime, lines: list[JournalLine], first: int, last: int, missing: list[Any]) -> str:
    """Return the hash over a batch of lines and the seal before it; `missing` as the seal keeps it."""
    running = hashlib.sha256(canonical([previous, at.isoformat(), first, last, missing]).encode())
    for line in lines:
        running.update(f"{line.seq}:{line.digest}\n".encode())
    return running.hexdigest()
