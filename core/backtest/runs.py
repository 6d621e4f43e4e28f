"""The two sides of a backtest: which rules each lives with, and a side lived."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from peewee import fn

from ... import rules
from ..models import Backtest
from ..models import Firing as FiringRow
from ..rulebook.documents import rules_of
from ..rulebook.history import documents_at
from ..write.prewrite import KINDS as SAVING
from . import lines
from .effects import Effect, Recorder
from .lines import Firing, Line
from .simulator import Life
from .store import KINDS, World
from .transaction import House

if TYPE_CHECKING:
    from ..workspace import Workspace

BEFORE, AFTER = "before", "after"
Tick = Callable[[int, str], bool]
"""Called with the lines read since the last call and the moment reached; False stops the side."""
STEP = 1_000


@dataclass
class Lived:
    """What a side led to, up to `covered`; `counts` says how much was read, decided, and left out."""

    covered: str
    effects: list[Effect] = field(default_factory=list)
    firings: list[Firing] = field(default_factory=list)
    counts: dict[str, Any] = field(default_factory=dict)


def rules_of_side(ws: Workspace, row: Backtest, side: str) -> tuple[rules.Rule, ...] | None:
    """Return the rules a side lives with: those in force when the backtest was asked for, the drafts
    in place on the second side. None means that side is what really happened. Raises rules.RuleError."""
    if side == BEFORE and not row.documents:
        return None
    found = {code: one.document for code, one in documents_at(ws, row.created_at).items()}
    if side == AFTER:
        found |= {document["id"]: document for document in row.documents}
    return tuple(rule for _, document in sorted(found.items()) for rule in rules_of(document))


def lines_of(since: datetime, until: datetime) -> int:
    """Return how many journal lines a side of this period reads: those before it too."""
    first, last = lines.span(since, until)
    return lines.count(1, first - 1, KINDS) + lines.count(first, last) if first else 0


@contextmanager
def _seldom_collected() -> Iterator[None]:
    """Let the garbage collector look rarely: a world holds millions of objects and hardly any cycle."""
    usual = gc.get_threshold()
    gc.set_threshold(200_000, 50, 1_000)
    try:
        yield
    finally:
        gc.set_threshold(*usual)


@_seldom_collected()
def live(ws: Workspace, row: Backtest, side: str, since: datetime, until: datetime, tick: Tick) -> Lived:
    """Live one side of a period: the world at its start is folded from the journal alone."""
    own = rules_of_side(ws, row, side)
    first, last = lines.span(since, until)
    world, reading = World(ws.settings.zone), _Reading(tick, lines.text_of(since))
    for line in reading.through(lines.read(1, first - 1, KINDS)):
        world.fold(line)
    recorder = Recorder(world)
    if reading.stopped:
        return Lived(lines.text_of(since))
    reading.period = True
    if own is None:
        for line in reading.through(lines.read(first, last)):
            world.fold(line)
            recorder.hear(line)
        counts: dict[str, Any] = {"lines": reading.read, "fired": _fired(first, last)}
    else:
        counts = _lived(ws, own, world, recorder, reading, first, last, until)
    covered = reading.at if reading.stopped else lines.text_of(until)
    return Lived(covered, recorder.effects, recorder.firings, counts)


def _fired(first: int, last: int) -> dict[str, int]:
    """Return how often each rule really fired on lines of these numbers."""
    query = FiringRow.select(FiringRow.rule, fn.COUNT(FiringRow.id)).where(FiringRow.seq.between(first, last))
    return dict(query.group_by(FiringRow.rule).tuples())


def _lived(
    ws: Workspace,
    own: tuple[rules.Rule, ...],
    world: World,
    recorder: Recorder,
    reading: _Reading,
    first: int,
    last: int,
    until: datetime,
) -> dict[str, Any]:
    ruleset = rules.Ruleset.compile(own)
    consumers = ws.door.surroundings.consumers
    named = {trigger for rule in own for trigger in rule.trigger}
    triggers = frozenset(trigger for trigger in named if "rules" in consumers(trigger))
    judging = frozenset(kind for kind in SAVING if f"{kind}.saving" in named)
    money = frozenset(one.name for one in ws.door.fields.of("lead") if one.extra and one.type == "money")
    house = House(ws.door.processes, ws.door.validator, ruleset, judging, money)
    try:
        life = Life(world, triggers, house, recorder.hear)
        life.live(reading.through(lines.read(first, last)), lines.read(first, last, plugins=True))
        life.pass_until(lines.moment_of(reading.at) if reading.stopped else until)
    finally:
        ruleset.close()
    for line in life.skipped:
        recorder.skipped(line, life.identities.lead_of(line))
    return {
        "lines": reading.read,
        "events": life.events,
        "rules": len(own),
        "fired": dict(life.decided),
        "failed": dict(life.failed),
        "outside": dict(life.outside),
        "endless": dict(life.endless),
        "questions": dict(life.questions),
        "skipped": len(life.skipped),
    }


class _Reading:
    """Lets lines through, tells how far they came, and stops when told to."""

    def __init__(self, tick: Tick, at: str) -> None:
        self._tick, self.at = tick, at
        self.period = False
        self.stopped = False
        self.read = 0
        self._since = 0

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
