"""What an undo has to read, many records at a time: as they stand, what happened to them since, what was sent."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from ..schema.registry import Kinds
from ..storage.queries import tuples
from ..storage.records import Record
from ..storage.system_tables import Dispatch, JournalLine

_PART = 300

Lines = Mapping[tuple[str, str], list[JournalLine]]
"""The lines that a version led to, by the kind and id of the record, oldest first."""


@dataclass(frozen=True)
class Touched:
    """A record that a version touched: its lines `mine`, its `history` from the first of them on, who `sent` it."""

    kind: str
    record: Record
    mine: list[JournalLine]
    history: list[JournalLine]
    sent: tuple[str, ...]

    @property
    def later(self) -> list[JournalLine]:
        """What happened after the version's last line."""
        return [line for line in self.history if line.seq > self.mine[-1].seq]


def touched(kinds: Kinds, by_record: Lines) -> Iterator[Touched]:
    """Yield the records of these lines that are still there."""
    by_kind: dict[str, list[str]] = {}
    for kind, record_id in by_record:
        by_kind.setdefault(kind, []).append(record_id)
    for kind, ids in by_kind.items():
        for start in range(0, len(ids), _PART):
            yield from _part(kinds, kind, {one: by_record[kind, one] for one in ids[start : start + _PART]})


def lines_about(records: Collection[tuple[str, str]], seqs: Collection[int]) -> Iterator[JournalLine]:
    """Yield the lines of these numbers that are about these records, oldest first."""
    ids = sorted({record_id for _, record_id in records})
    kinds = sorted({kind for kind, _ in records})
    found: list[JournalLine] = []
    for start in range(0, len(ids), _PART):
        about = JournalLine.record_id.in_(ids[start : start + _PART]) & JournalLine.record_kind.in_(kinds)
        found += [line for line in JournalLine.select().where(about) if line.seq in seqs]
    yield from sorted(found, key=lambda line: line.seq)


def _part(kinds: Kinds, kind: str, mine: Mapping[str, list[JournalLine]]) -> Iterator[Touched]:
    model = kinds[kind].model
    ids = list(mine)
    first = min(lines[0].seq for lines in mine.values())
    histories: dict[str, list[JournalLine]] = {one: [] for one in ids}
    lines = JournalLine.select().where(
        (JournalLine.record_kind == kind) & JournalLine.record_id.in_(ids) & (JournalLine.seq >= first)
    )
    for line in lines.order_by(JournalLine.seq):
        if line.seq >= mine[line.record_id][0].seq:
            histories[line.record_id].append(line)
    sent = _sent([some[0].seq for some in mine.values()]) if kind == "notification" else {}
    for record in model.select().where(model.id.in_(ids)):
        own = mine[record.id]
        yield Touched(kind, record, own, histories[record.id], tuple(sent.get(own[0].seq, ())))


def _sent(seqs: list[int]) -> dict[int, list[str]]:
    rows = Dispatch.select(Dispatch.seq, Dispatch.consumer).where(
        Dispatch.seq.in_(seqs) & (Dispatch.state == "done") & Dispatch.consumer.startswith("channel:")
    )
    found: dict[int, list[str]] = {}
    for seq, consumer in tuples(rows):
        found.setdefault(seq, []).append(consumer.removeprefix("channel:"))
    return found
