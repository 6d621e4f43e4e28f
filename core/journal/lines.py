"""The journal: one line for everything that happens, sealed in hash-chained batches (law 2)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from ..models import JournalLine, Seal, canonical
from ..storage.database import database, is_sqlite, write_transaction
from ..storage.ids import new_id
from ..storage.statements import insert
from .origin import Origin

GENESIS = "0" * 64
_SEALED_FIELDS = (
    *("id", "at", "kind", "record_kind", "record_id", "record_revision", "customer_id", "actor_kind", "actor_id"),
    *("actor_name", "ip", "channel", "reason", "cause_seq", "cause_rule", "cause_version", "cause_plugin", "depth"),
    *("before", "after"),
)
_BATCH = 5_000
_GIVEN_UP_AFTER = timedelta(days=1)


def plain(value: Any) -> Any:
    """Return `value` as JSON can hold it: money as text, moments as ISO text."""
    if isinstance(value, Decimal):
        return format(value.quantize(Decimal("0.01")), "f")
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    return value


def append(
    now: datetime,
    origin: Origin,
    kind: str,
    record_kind: str,
    record_id: str,
    *,
    revision: int = 0,
    customer_id: str | None = None,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> JournalLine:
    """Append one line within the caller's transaction and return it with its sequence number."""
    cause = origin.cause
    line = JournalLine(
        id=new_id(now),
        at=now,
        kind=kind,
        record_kind=record_kind,
        record_id=record_id,
        record_revision=revision,
        customer_id=customer_id,
        actor_kind=origin.actor.kind,
        actor_id=origin.actor.id,
        actor_name=origin.actor.name,
        ip=origin.ip,
        channel=origin.channel,
        reason=origin.reason[:300],
        cause_seq=cause.seq,
        cause_rule=cause.rule,
        cause_version=cause.version,
        cause_plugin=cause.plugin,
        depth=cause.depth,
        before=plain(before or {}),
        after=plain(after or {}),
    )
    line.digest = digest(line)
    insert(line)
    return line


def digest(line: JournalLine) -> str:
    """Return the SHA-256 over everything the line says."""
    said = [plain(getattr(line, name)) for name in _SEALED_FIELDS]
    return hashlib.sha256(canonical(said).encode()).hexdigest()


@dataclass(frozen=True)
class Fault:
    """Something in the journal that is not as it was written."""

    seq: int | None
    seal: int | None
    what: str


@dataclass(frozen=True)
class Verification:
    """What `verify` found: how much was checked, the newest seal's hash, and every fault."""

    lines: int
    seals: int
    unsealed: int
    head: str
    faults: tuple[Fault, ...]


def seal(now: datetime) -> Seal | None:
    """Seal the lines that came since the last seal; return the new seal, or None if there were none.

    Writers are never held up: a number whose transaction is still open (PostgreSQL hands numbers
    out before the commit) is noted as missing, and its line joins a later seal as a late one. A
    number missing for a day belongs to a transaction that was rolled back, and is given up.
    """
    with write_transaction():
        if not is_sqlite():
            # One sealer at a time; writers don't take this lock.
            database.execute_sql("SELECT pg_advisory_xact_lock(7203901)")
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
            hash=_chain(previous, now, [*late, *fresh], start + 1, end, missing),
        )


def seal_all(now: datetime) -> int:
    """Seal until nothing new is left; return how many seals were made."""
    made = 0
    while seal(now) is not None:
        made += 1
    return made


def verify() -> Verification:
    """Read the whole journal and hold it against its seals."""
    faults: list[Fault] = []
    previous, lines, seals = GENESIS, 0, 0
    given_up: set[int] = set()
    waiting: set[int] = set()
    last_seq = 0
    for one in Seal.select().order_by(Seal.number).iterator():
        seals += 1
        late_numbers = list(one.late)
        late = (
            list(JournalLine.select().where(JournalLine.seq.in_(late_numbers)).order_by(JournalLine.seq))
            if late_numbers
            else []
        )
        fresh = [
            line
            for line in JournalLine.select()
            .where(JournalLine.seq.between(one.first_seq, one.last_seq))
            .order_by(JournalLine.seq)
            if line.seq not in set(one.missing)
        ]
        faults += [f for line in [*late, *fresh] if (f := _fault(line, one.number))]
        lines += len(late) + len(fresh)
        if len(late) + len(fresh) != one.lines:
            faults.append(Fault(None, one.number, f"holds {len(late) + len(fresh)} lines, was sealed with {one.lines}"))
        if one.previous != previous or one.first_seq != last_seq + 1:
            faults.append(Fault(None, one.number, "does not follow the seal before it"))
        if _chain(one.previous, one.at, [*late, *fresh], one.first_seq, one.last_seq, list(one.missing)) != one.hash:
            faults.append(Fault(None, one.number, "its hash does not match the lines it covers"))
        waiting -= set(late_numbers)
        given_up |= waiting - set(one.missing)
        waiting = set(one.missing)
        previous, last_seq = one.hash, one.last_seq
    for seq in sorted(given_up):
        if JournalLine.select().where(JournalLine.seq == seq).exists():
            faults.append(Fault(seq, None, "appeared after its number had been given up"))
    unsealed = 0
    for line in _tail(last_seq):
        unsealed += 1
        if fault := _fault(line, None):
            faults.append(fault)
    return Verification(lines + unsealed, seals, unsealed, previous, tuple(faults))


def _tail(after: int) -> Iterator[JournalLine]:
    yield from JournalLine.select().where(JournalLine.seq > after).order_by(JournalLine.seq).iterator()


def _fault(line: JournalLine, number: int | None) -> Fault | None:
    return None if digest(line) == line.digest else Fault(line.seq, number, "was changed after it was written")


def _chain(previous: str, at: datetime, lines: list[JournalLine], first: int, last: int, missing: list[int]) -> str:
    running = hashlib.sha256(canonical([previous, at.isoformat(), first, last, missing]).encode())
    for line in lines:
        running.update(f"{line.seq}:{line.digest}\n".encode())
    return running.hexdigest()
