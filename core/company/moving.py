"""Records that a publishing moves along: a few within its transaction, many before it, so many at a time.

In one transaction a hundred thousand records would keep everybody else from writing for minutes, and one that came in
meanwhile could void it all. So they go in parts, each a transaction of its own; what is left then goes with the
publishing itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from ..journal.origin import Origin
from ..schema.kind import Kind
from ..storage.queries import Query, locked
from ..workspace import Workspace
from ..write.transaction import Transaction

PART = 500
"""As many records are moved in one transaction, and as many wait for the publishing itself."""


@dataclass(frozen=True)
class Move:
    """Records of a kind that are to be moved: those left, what each is given, and what is taken hold of before."""

    kind: Kind
    left: Callable[[], Query]
    values: Callable[[Any], Mapping[str, Any]]
    hold: Callable[[], None] = lambda: None


def count(moves: Sequence[Move]) -> int:
    """Return how many records are left to be moved."""
    return sum(int(move.left().count()) for move in moves)


def in_parts(ws: Workspace, moves: Sequence[Move], origin: Origin) -> None:
    """Move the records, each part in a transaction of its own, so that others write in between."""
    for move in moves:
        each = _records(move)
        moved = PART
        while moved == PART:
            with ws.door.transaction(origin) as tx:
                moved = _moved(tx, move, islice(each, PART))


def at_once(tx: Transaction, moves: Sequence[Move]) -> None:
    """Move the records within one transaction."""
    for move in moves:
        _moved(tx, move, _records(move))


def _moved(tx: Transaction, move: Move, records: Iterator[Any]) -> int:
    moved = 0
    move.hold()
    with tx.relocating():
        for record in records:
            tx.change(move.kind.name, record.id, move.values(record))
            moved += 1
    return moved


def _records(move: Move) -> Iterator[Any]:
    """Yield the records left, by id, each locked, so that one whom somebody else moved meanwhile is left alone."""
    model: Any = move.kind.model
    after = ""
    while True:
        query: Any = move.left().where(model.id > after).order_by(model.id).limit(PART)
        rows = list(locked(query))
        if not rows:
            return
        yield from rows
        after = rows[-1].id
