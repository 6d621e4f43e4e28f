"""Rules that write one thing on different events: whichever event comes last decides."""

from __future__ import annotations

from collections import defaultdict

from ..boxes.meeting import Budget, outline_of, pairs
from ..language.documents import Rule
from ..wording.words import field_words
from .alternatives import Steps
from .records import Shape
from .report import Report, name_of
from .witnesses import Record, wants_of

_MOST_SEARCHES = 1_500
_MOST_COMPARED = 300_000


def check_writers(report: Report) -> None:
    """Find two rules that make one field different things on one record, each on an event of its own."""
    by_target: dict[str, dict[str, tuple[Rule, str]]] = defaultdict(dict)
    for rule in report.bench.rules:
        for action in rule.then:
            for write in report.effects.writes(action.name, action.args, rule.trigger[0]):
                if not write.target.startswith("deadline:"):
                    by_target[write.target][rule.id] = rule, write.value
    searches, compared = Budget(_MOST_SEARCHES), Budget(_MOST_COMPARED)
    for target, found in by_target.items():
        if len({value for _, value in found.values()}) < 2 or not report.concerns(
            *(rule for rule, _ in found.values())
        ):
            continue

        def differ(a: Rule, b: Rule, found: dict[str, tuple[Rule, str]] = found) -> bool:
            return found[a.id][1] != found[b.id][1] and not set(a.trigger) & set(b.trigger) and report.concerns(a, b)

        for a, b in pairs([outline_of(rule.when, rule) for rule, _ in found.values()], differ, compared):
            if report.is_full("two_writers", (a.id, b.id)) or not searches.take(1):
                continue
            first, second = (a, b) if report.comes_first(a, b) else (b, a)
            _search(first, second, target, report)


def _search(a: Rule, b: Rule, target: str, report: Report) -> None:
    for first in a.trigger:
        for second in b.trigger:
            record = _both(a, first, b, second, report)
            if record is None:
                continue
            zh, en = name_of(a)
            other_zh, other_en = name_of(b)
            event_zh, event_en = report.event_words(first)
            later_zh, later_en = report.event_words(second)
            words_zh, words_en = (field_words(target, report.vocabulary, language) for language in ("zh", "en"))
            report.add(
                "two_writers",
                "info",
                [a, b],
                f"同一条线索的「{words_zh}」，规则{zh}在「{event_zh}」时写一个值，规则{other_zh}在「{later_zh}」时写另一个；"
                "后发生的算数，请确认这是本意",
                f"rule {en} sets {words_en} when {event_en}, and rule {other_en} sets it to something else when "
                f"{later_en}; whichever comes last counts, so make sure that this is meant",
                path="then",
                record=record,
            )
            return


def _both(a: Rule, first: str, b: Rule, second: str, report: Report) -> Record | None:
    """Return a record on which `a` fires on its event, and `b` on its own."""
    bench = report.bench
    at = bench.moment([a, b])
    if at is None:
        return None
    for event in (first, second):
        shape = Shape()
        wants = [*wants_of(a, 0, shape), *wants_of(b, 1, shape)]
        facts = next(bench.records(event, wants, at, Steps(), shape), None)
        if facts is None:
            continue
        record, later = bench.evaluate(first, facts, at), bench.evaluate(second, facts, at)
        if record is not None and later is not None and record.fired(a.id) and later.fired(b.id):
            return record
    return None
