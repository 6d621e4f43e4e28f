"""What all checks share: the rules on the bench, and the findings so far."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from ..language.documents import Rule
from ..wording.words import trigger_words
from .effects import Effects
from .finding import LEVELS, Finding, Level, Repair
from .witnesses import Bench, Record

MOST_OF_A_KIND = 3
"""Findings of one code about one rule: more say nothing new."""


class Report:
    """Collects findings; each is said once, and no rule is said to have the same fault more than a few times."""

    def __init__(self, bench: Bench, now: datetime | None, about: frozenset[str] | None = None) -> None:
        self.bench = bench
        self.vocabulary = bench.vocabulary
        self.effects = Effects(bench.vocabulary)
        self.now = now
        self.about = about
        self.rules = tuple(rule for rule in bench.rules if about is None or rule.id in about)
        """The rules to be checked, each among all others."""
        self._found: dict[tuple[str, frozenset[str], str], Finding] = {}
        self._said: set[tuple[str, frozenset[str]]] = set()
        self._counts: Counter[tuple[str, str]] = Counter()

    def add(  # noqa: PLR0913 - what a finding says; the rest by name
        self,
        code: str,
        level: Level,
        rules: Iterable[Rule],
        zh: str,
        en: str,
        *,
        path: str = "",
        event: str = "",
        record: Record | None = None,
        repairs: Iterable[Repair] = (),
    ) -> None:
        """Note a finding about `rules`, shown by `record`."""
        first, *others = rules
        ids = (first.id, *(rule.id for rule in others))
        if first.row is not None:
            # What a table says is mended in its cells: the row is the place, and no patch of a rule fits.
            path, repairs = f"rows[{first.row - 1}]", ()
        key = code, frozenset(ids), path if len(ids) == 1 else ""
        if key in self._found or self.is_full(code, ids):
            return
        self._said.add((code, frozenset(ids)))
        self._counts.update((code, one) for one in ids)
        witness, at = (dict(record.facts), record.now.isoformat()) if record is not None else (None, "")
        event = event or (record.event if record is not None else "")
        self._found[key] = Finding(code, level, path, zh, en, ids, event, witness, tuple(repairs), at)

    def concerns(self, *rules: Rule) -> bool:
        """Say whether one of these rules is to be checked."""
        return self.about is None or any(rule.id in self.about for rule in rules)

    def comes_first(self, rule: Rule, other: Rule) -> bool:
        """Say whether a finding about both had better be put as one about `rule`: its path and repairs are the first's."""
        return self.about is None or rule.id in self.about or other.id not in self.about

    def is_full(self, code: str, ids: Iterable[str]) -> bool:
        """Say whether enough was said about one of these rules."""
        return any(self._counts[code, one] >= MOST_OF_A_KIND for one in ids)

    def knows(self, code: str, ids: Iterable[str]) -> bool:
        """Say whether this was said of these rules together."""
        return (code, frozenset(ids)) in self._said

    def findings(self) -> tuple[Finding, ...]:
        """Return what was found, errors first."""
        return tuple(sorted(self._found.values(), key=lambda one: (LEVELS.index(one.level), one.code, one.rules)))

    def event_words(self, event: str) -> tuple[str, str]:
        """Return what people call an event, in Chinese and English."""
        return trigger_words(event, self.vocabulary, "zh"), trigger_words(event, self.vocabulary, "en")


def name_of(rule: Rule) -> tuple[str, str]:
    """Return a rule's title in quotes, in both languages."""
    return f"「{rule.title['zh'] or rule.id}」", f"“{rule.title['en'] or rule.id}”"


def without_action(rule: Rule, index: int) -> list[Repair]:
    """Return the repair that leaves out one action, if the rule then still does something."""
    if len(rule.then) + len(rule.derive) < 2:
        return []
    return [Repair("删除本动作", "remove this action", ({"op": "remove", "path": f"/then/{index}"},))]
