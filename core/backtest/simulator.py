"""A period lived again in memory: time passes, deadlines fall due, rules decide, and what they decide is done."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from ...rules.engine.outcome import Decision
from ...rules.engine.outcome import Firing as RuleFiring
from ..actions import ACTIONS, Subject, apply, subject_of
from ..actions.recount import recount, recounts
from ..actions.told import carried_out
from ..actions.warn import warn_owner
from ..errors import ClewError
from ..facts.facts import EventData, EventFacts
from ..replay.lines import Firing, Line, moment_of
from ..schema.kind import Typed
from ..write.transaction import MAX_DEPTH
from .inputs import Identities, give, grouped
from .transaction import By, SimulatedTransaction, SimulationContext

Event = Line | Sequence[Line]
"""Something that waits its turn: a line that rules hear of, or a plugin's answer as it was in history."""
_SYSTEM = By("system", "system")


class Simulator:
    """Lives a period with one set of rules, which hear lines of the kinds in `triggers`.

    `report` hears each line that stands, as it comes.
    """

    def __init__(self, context: SimulationContext, triggers: frozenset[str], report: Callable[[Line], None]) -> None:
        self.context, self.store, self._report = context, context.store, report
        self._heard = triggers
        self.identities = Identities()
        self._queue: deque[Event] = deque()
        self._answers: dict[int, list[Line]] = {}
        self._given: set[int] = set()
        self.events = 0
        self.decided: Counter[str] = Counter()
        self.failed: Counter[str] = Counter()
        self.outside: Counter[str] = Counter()
        self.endless: Counter[str] = Counter()
        self.questions: Counter[str] = Counter()
        self.skipped: list[Line] = []

    def live(
        self,
        lines: Iterable[Line],
        answers: Iterable[Line],
        seen: Callable[[Line], None] = lambda line: None,
    ) -> None:
        """Live as long as there are `lines`; `answers` are those of them that plugins wrote."""
        waiting: dict[int, list[Line]] = defaultdict(list)
        for line in answers:
            if line.cause_seq is not None:
                waiting[line.cause_seq].append(line)
        self._answers = dict(waiting)
        for group in grouped(lines, self.identities, seen):
            left = [line for line in group if line.seq not in self._given]
            if left:
                self.pass_until(moment_of(left[0].at))
                self._give(left)
                self._run()

    def happen(self, tx: SimulatedTransaction) -> None:
        """Let what a transaction did stand, and the rules decide on it: for a life that begins with made-up records."""
        self._stand(tx)
        self._run()

    def pass_until(self, moment: datetime) -> None:
        """Let time pass: deadlines fall due, and rules hear of them."""
        while (due := self.store.next_due()) is not None and due <= moment:
            while self.store.next_due() == due:
                record_id, is_due = self.store.take_due()
                tx = SimulatedTransaction(self.context, due, _SYSTEM)
                if is_due:
                    tx.change("deadline", record_id, Typed(state="missed", closed_at=due))
                else:
                    _warn(tx, record_id)
                self._stand(tx)
            self._run_at(due)

    def _give(self, group: Sequence[Line]) -> None:
        tx = SimulatedTransaction(self.context, moment_of(group[0].at), _SYSTEM)
        for line in group:
            if not give(tx, line, self.identities):
                self.skipped.append(line)
        self._stand(tx)
        if any(recounts(line) for line in group):
            tx = SimulatedTransaction(self.context, moment_of(group[-1].at), _SYSTEM)
            for record_id in [row.id for row in self.store.related("deadline", state="open")]:
                recount(tx, record_id)
            self._stand(tx)

    def _stand(self, tx: SimulatedTransaction) -> None:
        """Keep what a transaction did, and let its events wait for their turn."""
        self.questions.update(tx.questions)
        for line in tx.keep():
            self.identities.made(line)
            self._report(line)
            if line.depth <= MAX_DEPTH:
                if line.kind in self._heard:
                    self._queue.append(line)
                if line.seq and (answer := self._answers.pop(line.seq, None)):
                    self._given.update(one.seq for one in answer)
                    self._queue.append(answer)
            elif line.kind in self._heard:
                self.endless[line.rule] += 1

    def _run(self) -> None:
        if self._queue:
            event = self._queue[0]
            self._run_at(moment_of((event if isinstance(event, Line) else event[0]).at))

    def _run_at(self, now: datetime) -> None:
        while self._queue:
            event = self._queue.popleft()
            if isinstance(event, Line):
                self._decide(event, now)
            else:
                self._give(event)

    def _decide(self, line: Line, now: datetime) -> None:
        self.events += 1
        record = self.store.get(line.record_kind, line.record_id)
        facts = EventFacts(self.context.setting, EventData.of(line), line.record_kind, record, now)
        outcome = self.context.ruleset.evaluate(line.kind, facts, now)
        if not outcome.firings:
            return
        for firing in outcome.firings:
            self.decided[firing.rule_id] += 1
        if not outcome.decisions:
            return
        subject = subject_of(self.context.configuration.kinds, self.store, line.record_kind, record)
        tx = SimulatedTransaction(self.context, now, _SYSTEM)
        for fired in outcome.firings:
            if not fired.decisions:
                continue
            told = Firing(fired.rule_id, str(fired.rule_version), line.kind, fired.facts)
            tx.by = By("rule", "rule", fired.rule_id, line.depth + 1, line.seq or None, told)
            mark = tx.mark
            try:
                for decision in fired.decisions:
                    self._carry_out(tx, fired, decision, subject)
            except ClewError:
                # As in life: what this rule did is taken back, the others go on.
                tx.take_back(mark)
                self.failed[fired.rule_id] += 1
        self._stand(tx)

    def _carry_out(self, tx: SimulatedTransaction, fired: RuleFiring, decision: Decision, subject: Subject) -> None:
        action = ACTIONS.get(decision.action)
        if action is None or not action.simulated:
            self.outside[decision.action] += 1
            return
        args = carried_out(self.context.configuration.telling, self.context.ruleset, fired, decision)
        apply(tx, decision.action, args, subject, "")


def _warn(tx: SimulatedTransaction, deadline_id: str) -> None:
    """Warn a record's owner that a deadline is near, as `core.outbox.deadlines` does."""
    row = tx.change("deadline", deadline_id, {"warned_at": tx.now})
    tx.by = By("system", "system", depth=1)
    warn_owner(tx, subject_of(tx.kinds, tx.store, "deadline", row), row)
