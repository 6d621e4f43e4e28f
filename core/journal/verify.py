"""Verifying the journal: every line held against its digest, every batch against its seal."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ...hooks.text import n_of
from ..storage.system_tables import JournalLine, Seal
from .lines import digest
from .numbers import Spans, minus, read
from .seals import GENESIS, chain, lines_in


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
    given_up: list[Spans] = []
    waiting: Spans = []
    last_seq = 0
    for one in Seal.select().order_by(Seal.number).iterator():
        seals += 1
        came, missing = read(one.late), read(one.missing)
        late = lines_in(came)
        fresh = lines_in(minus([(one.first_seq, one.last_seq)] if one.last_seq >= one.first_seq else [], missing))
        faults += [f for line in [*late, *fresh] if (f := _fault(line, one.number))]
        lines += len(late) + len(fresh)
        if len(late) + len(fresh) != one.lines:
            faults.append(
                Fault(None, one.number, f"holds {n_of(len(late) + len(fresh), 'line')}, was sealed with {one.lines}")
            )
        if one.previous != previous or one.first_seq != last_seq + 1:
            faults.append(Fault(None, one.number, "does not follow the seal before it"))
        if chain(one.previous, one.at, [*late, *fresh], one.first_seq, one.last_seq, list(one.missing)) != one.hash:
            faults.append(Fault(None, one.number, "its hash does not match the lines it covers"))
        given_up.append(minus(minus(waiting, came), missing))
        waiting = missing
        previous, last_seq = one.hash, one.last_seq
    for spans in given_up:
        faults += [Fault(line.seq, None, "appeared after its number had been given up") for line in lines_in(spans)]
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
