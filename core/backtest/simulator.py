"""A period lived again in memory: time passes, deadlines fall due, rules decide, and what they decide is done."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from ..errors import ClewError
from ..time.deadlines import warning
from ..write.door import MAX_DEPTH
from . import actions
from .facts import Facts, lead_of
from .inputs import Identities, give, grouped
from .lines import Firing, Line, moment_of, text_of
from .store import World
from .transaction import By, House, Passage

Event = Line | Sequence[Line]
"""Something that waits its turn: a line that rules hear of, or a plugin's answer as it was in history."""


class Life:
    """Lives a period with one set of rules, which hear lines of the kinds in `triggers`.

    `tell` hears each line that stands, as it comes.
    """

    def __init__(self, world: World, triggers: frozenset[str], house: House, tell: Callable[[Line], None]) -> None:
        self.world, self.house, self._tell = world, house, tell
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
                self._pass_time(left[0].at)
                self._give(left)
                self._run()

    def pass_until(self, moment: datetime) -> None:
        """Let time pass: deadlines fall due, and rules hear of them."""
        self._pass_time(text_of(moment))

    def _give(self, group: Sequence[Line]) -> None:
        passage = Passage(self.world, self.house, moment_of(group[0].at))
        for line in group:
            if not give(passage, line, self.identities, self.house):
                self.skipped.append(line)
        self._stand(passage)

    def _stand(self, passage: Passage) -> None:
        """Keep what a passage did, and let its events wait for their turn."""
        self.questions.update(passage.questions)
        for line in passage.keep():
            self.identities.made(line)
            self._tell(line)
            if line.depth <= MAX_DEPTH:
                if line.kind in self._heard:
                    self._queue.append(line)
                if line.seq and (answer := self._answers.pop(line.seq, None)):
                    self._given.update(one.seq for one in answer)
                    self._queue.append(answer)
            elif line.kind in self._heard:
                self.endless[line.rule] += 1

    def _pass_time(self, at: str) -> None:
        while (due := self.world.next_due()) is not None and due <= at:
            while self.world.next_due() == due:
                passage = Passage(self.world, self.house, moment_of(due))
                record_id, is_due = self.world.take_due()
                if is_due:
                    missed = {"state": "missed", "closed_at": passage.at}
                    passage.change("deadline", record_id, missed, By("system", "system"))
                else:
                    _warn(passage, record_id)
                self._stand(passage)
            self._run_at(moment_of(due))

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
        outcome = self.house.ruleset.evaluate(line.kind, Facts(self.world, line, now, self.house.money), now)
        if not outcome.firings:
            return
        for fired in outcome.firings:
            self.decided[fired.rule_id] += 1
        if not outcome.decisions:
            return
        lead = lead_of(self.world, line)
        firings = {
            one.rule_id: Firing(one.rule_id, str(one.rule_version), line.kind, one.facts) for one in outcome.firings
        }
        passage = Passage(self.world, self.house, now)
        for decision in outcome.decisions:
            by = By("rule", "rule", decision.rule_id, line.depth + 1, line.seq or None, firings[decision.rule_id])
            try:
                if not actions.apply(passage, decision.action, decision.args, lead["id"] if lead else None, by, line):
                    self.outside[decision.action] += 1
            except ClewError:
                # As in life: the whole event is undone and set aside.
                passage.take_back()
                self.failed[decision.rule_id] += 1
                return
        self._stand(passage)


def _warn(passage: Passage, deadline_id: str) -> None:
    """Warn a lead's owner that a deadline is near, as `core.time.deadlines` does."""
    row = passage.world.records["deadline"][deadline_id]
    passage.change("deadline", deadline_id, {"warned_at": passage.at}, By("system", "system"))
    lead = passage.world.records["lead"][row["lead_id"]]
    owner = passage.world.get("user", lead.get("owner_id"))
    if owner is not None:
        left = passage.world.calendar.minutes_between(passage.now, moment_of(row["due_at"]))
        title = warning(lead["company"], left).for_locale(owner.get("locale", "zh"))
        values = {"user_id": owner["id"], "title": title, "body": "", "lead_id": lead["id"]}
        passage.create("notification", values, By("system", "system", depth=1))
