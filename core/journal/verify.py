"""Verifying the journal: every line held against its digest, every batch against its seal."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ..storage.system_tables import JournalLine, Seal
from .lines import digest
from .seals import GENESIS, chain


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
        if chain(one.previous, one.at, [*late, *fresh], one.first_seq, one.last_seq, list(one.missing)) != one.hash:
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
