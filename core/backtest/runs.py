"""The two runs of a backtest, baseline and candidate: which rules each lives with, and a run lived."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from peewee import fn

from ...rules.engine.ruleset import Ruleset
from ...rules.language.documents import Rule
from ..replay import lines
from ..replay.lines import Firing, Line
from ..replay.memory import InMemoryStore, kept_kinds
from ..replay.state import lines_since, state_before
from ..rulebook.documents import rules_of
from ..rulebook.history import documents_at
from ..schema.registry import Kinds
from ..storage.queries import pairs
from ..storage.system_tables import Backtest
from ..storage.system_tables import Firing as FiringRow
from ..workspace import Workspace
from .effects import Effect, Recorder
from .simulator import Simulator
from .transaction import SimulationContext

BASELINE, CANDIDATE = "baseline", "candidate"
Tick = Callable[[int, str], bool]
"""Called with the lines read since the last call and the moment reached; False stops the run."""
STEP = 1_000


@dataclass
class Lived:
    """What a run led to, up to `covered`; `counts` says how much was read, decided, and left out."""

    covered: str
    effects: list[Effect] = field(default_factory=list)
    firings: list[Firing] = field(default_factory=list)
    counts: dict[str, Any] = field(default_factory=dict)


def rules_of_run(row: Backtest, run: str) -> tuple[Rule, ...] | None:
    """Return the rules a run lives with: those in force when the backtest was asked for, the drafts
    in place in the candidate. None means that the run is what really happened. Raises RuleError."""
    if run == BASELINE and not row.documents:
        return None
    found = {code: one.document for code, one in documents_at(row.created_at).items()}
    if run == CANDIDATE:
        found |= {document["id"]: document for document in row.documents}
    return tuple(rule for _, document in sorted(found.items()) for rule in rules_of(document))


def lines_of(kinds: Kinds, since: datetime, until: datetime) -> int:
    """Return how many journal lines a run of this period reads: those taken back to reach its start, and its own."""
    first, last = lines.span(since, until)
    return lines_since(kinds, first) + lines.count(first, last) if first else 0


@contextmanager
def _seldom_collected() -> Iterator[None]:
    """Let the garbage collector look rarely: an in-memory store holds millions of objects and hardly any cycle."""
    usual = gc.get_threshold()
    gc.set_threshold(200_000, 50, 1_000)
    try:
        yield
    finally:
        gc.set_threshold(*usual)


class _Stopped(Exception):
    """The run was stopped before its period began."""


@_seldom_collected()
def live(ws: Workspace, row: Backtest, run: str, since: datetime, until: datetime, tick: Tick) -> Lived:
    """Live one run of a period, from the records as they were at its start."""
    own = rules_of_run(row, run)
    span = lines.span(since, until)
    reading = _Reading(tick, lines.text_of(since))
    try:
        store = state_before(ws.kinds, span[0], since, reading.count)
    except _Stopped:
        return Lived(lines.text_of(since))
    recorder = Recorder(store)
    reading.period = True
    if own is None:
        kept = set(kept_kinds(ws.kinds))
        for line in reading.through(lines.read(*span)):
            if line.record_kind in kept:
                store.apply(line)
            recorder.hear(line)
        counts: dict[str, Any] = {"lines": reading.read, "fired": _fired(*span)}
    else:
        counts = _lived(ws, own, store, recorder, reading, span, until)
    covered = reading.at if reading.stopped else lines.text_of(until)
    return Lived(covered, recorder.effects, recorder.firings, counts)


def _fired(first: int, last: int) -> dict[str, int]:
    """Return how often each rule really fired on lines of these numbers."""
    query = FiringRow.select(FiringRow.rule, fn.COUNT(FiringRow.id)).where(FiringRow.seq.between(first, last))
    return dict(pairs(query.group_by(FiringRow.rule)))


def _lived(
    ws: Workspace,
    own: tuple[Rule, ...],
    store: InMemoryStore,
    recorder: Recorder,
    reading: _Reading,
    span: tuple[int, int],
    until: datetime,
) -> dict[str, Any]:
    ruleset = Ruleset.compile(own)
    triggers = frozenset(name for rule in own for name in rule.trigger if not name.endswith(".saving"))
    try:
        simulator = Simulator(SimulationContext(ws.configuration, ruleset, store), triggers, recorder.hear)
        simulator.live(reading.through(lines.read(*span)), lines.read(*span, plugins=True))
        simulator.pass_until(lines.moment_of(reading.at) if reading.stopped else until)
    finally:
        ruleset.close()
    for line in simulator.skipped:
        recorder.skipped(line, simulator.identities.subject_of(line))
    return {
        "lines": reading.read,
        "events": simulator.events,
        "rules": len(own),
        "fired": dict(simulator.decided),
        "failed": dict(simulator.failed),
        "outside": dict(simulator.outside),
        "endless": dict(simulator.endless),
        "questions": dict(simulator.questions),
        "skipped": len(simulator.skipped),
    }


class _Reading:
    """Lets lines through, tells how far they came, and stops when told to."""

    def __init__(self, tick: Tick, at: str) -> None:
        self._tick, self.at = tick, at
        self.period = False
        self.stopped = False
        self.read = 0
        self._since = 0

    def count(self) -> None:
        """Hear of one line that is taken back on the way to the period's start. Raises _Stopped."""
        self._since += 1
        if self._since >= STEP:
            since, self._since = self._since, 0
            if not self._tick(since, self.at):
                raise _Stopped

    def through(self, source: Iterator[Line]) -> Iterator[Line]:
        for line in source:
            self._since += 1
            if self.period:
                self.read += 1
                self.at = line.at
            yield line
            if self._since >= STEP:
                since, self._since = self._since, 0
                if not self._tick(since, self.at):
                    self.stopped = True
                    return
        since, self._since = self._since, 0
        self.stopped = not self._tick(since, self.at)
