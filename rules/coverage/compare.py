"""Two versions of a rule or decision table held against each other: whom the new one no longer covers, and what it drops.

Exact where conditions are boxes (`regions.py`); where that could not be decided it says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from ..boxes.box import Box
from ..language.conditions import ALWAYS
from ..language.documents import Rule
from ..language.values import moment
from ..language.vocabulary import Vocabulary
from ..wording.sentences import condition_words, match_words
from ..wording.words import moment_words, quoted, trigger_words
from .deeds import deeds_lost
from .loss import LEVELS, Loss
from .regions import CoverSpace, Region, TooLarge, beyond, boxes_of, space_of

MOST_ROWS = 400
"""Rows that differ between two versions of a table: beyond, it is not decided what they cover."""
_MOST_REGIONS = 6
_ANY_DAY = datetime(2000, 1, 1, tzinfo=UTC)
_MOST_ROWS_SAID = 12


def losses(before: Sequence[Rule], after: Sequence[Rule], vocabulary: Vocabulary, now: datetime) -> tuple[Loss, ...]:
    """Return what `before` did and `after` does not, those whom it no longer covers first.

    Each is one rule, or the rules of a decision table's rows in their order; `now` (aware) stands for the moment of
    deciding where conditions speak of hours ago.
    """
    if not before:
        return ()
    found = [
        *_events(before, after, vocabulary),
        *_regions(before, after, vocabulary, now),
        *_validity(before, after),
        *_groups(before, after),
        *_rows(before, after, vocabulary),
        *deeds_lost(before, after, vocabulary),
    ]
    return tuple(sorted(dict.fromkeys(found), key=lambda one: LEVELS.index(one.level)))


def _events(before: Sequence[Rule], after: Sequence[Rule], vocabulary: Vocabulary) -> Iterator[Loss]:
    kept = {event for rule in after for event in rule.trigger}
    for event in dict.fromkeys(event for rule in before for event in rule.trigger):
        if event not in kept:
            zh, en = trigger_words(event, vocabulary, "zh"), trigger_words(event, vocabulary, "en")
            yield Loss("uncovered", "event", f"不再响应：{zh}", f"no longer acts when {en}")


def _regions(before: Sequence[Rule], after: Sequence[Rule], vocabulary: Vocabulary, now: datetime) -> Iterator[Loss]:
    asked = {rule.when for rule in after}
    left = [rule for rule in before if rule.when not in asked]
    if before[0].match != (after[0].match if after else ()):
        yield from _matches(before[0], after[0] if after else None, vocabulary)
    if not left or (ALWAYS in asked and before[0].table is None):
        return
    if max(len(left), len(after)) > MOST_ROWS:
        yield _undecided(f"有 {len(left)} 行改了条件", f"{len(left)} rows have other conditions")
        return
    try:
        space = space_of([rule.when for rule in (*left, *after)], vocabulary, now)
        new = boxes_of([rule.when for rule in after], space)
        lost = beyond(boxes_of([rule.when for rule in left], space), new, space)
        yield from _said(lost, vocabulary)
        if before[0].table is not None:
            yield from _moved(left, after, new, space, vocabulary)
    except TooLarge:
        yield _undecided("条件的组合太多", "its conditions have too many combinations")


def _said(lost: Sequence[Region], vocabulary: Vocabulary) -> Iterator[Loss]:
    for region in lost[:_MOST_REGIONS]:
        zh, en = (condition_words(region.condition, vocabulary, language) for language in ("zh", "en"))
        if region.condition == ALWAYS:
            zh, en = "原来覆盖的全部", "all that it covered"
        if region.sure:
            yield Loss("uncovered", "region", f"不再覆盖：{zh}", f"no longer covered: {en}")
        else:
            yield Loss(
                "undecided",
                "region",
                f"可能不再覆盖（未能判定有没有这样的记录）：{zh}",
                f"perhaps no longer covered (whether there are such records could not be decided): {en}",
            )
    if (more := len(lost) - _MOST_REGIONS) > 0:
        yield Loss("uncovered", "region", f"还有 {more} 处不再覆盖", f"and {more} more regions no longer covered")


def _moved(
    left: Sequence[Rule], after: Sequence[Rule], new: Sequence[Box], space: CoverSpace, vocabulary: Vocabulary
) -> Iterator[Loss]:
    """Tell what a row no longer takes that another one takes now: it is decided otherwise."""
    rows = {rule.id: rule for rule in after}
    for rule in left[:_MOST_ROWS_SAID]:
        now = rows.get(rule.id)
        if now is None:
            continue
        lost = beyond(boxes_of([rule.when], space), boxes_of([now.when], space), space)
        for region in lost[:_MOST_REGIONS]:
            if beyond(boxes_of([region.whole], space), new, space):
                continue  # Nobody takes it now: said above.
            zh, en = (condition_words(region.condition, vocabulary, language) for language in ("zh", "en"))
            yield Loss(
                "weaker",
                "row",
                f"第 {rule.row} 行不再管：{zh}；改由其他行决定",
                f"row {rule.row} no longer takes: {en}; other rows decide",
                rule.id,
            )


def _matches(before: Rule, after: Rule | None, vocabulary: Vocabulary) -> Iterator[Loss]:
    if after is None or not after.match:
        return
    zh, en = (match_words(after, vocabulary, language) for language in ("zh", "en"))
    if not before.match:
        yield Loss("uncovered", "match", f"现在还要求{zh}", f"now it also asks that {en}")
    else:
        yield _undecided(f"对关联记录的要求改成了{zh}", f"what it asks of related records is now that {en}", "match")


def _validity(before: Sequence[Rule], after: Sequence[Rule]) -> Iterator[Loss]:
    if not after:
        return
    was, now = before[0], after[0]
    ends, ended = _at(now.valid_until), _at(was.valid_until)
    if ends is not None and (ended is None or ends < ended):
        zh, en = (moment_words(str(now.valid_until), language, bare_date=True) for language in ("zh", "en"))
        yield Loss("uncovered", "validity", f"只到 {zh} 为止", f"in force only until {en}")
    begins, began = _at(now.valid_from), _at(was.valid_from)
    if begins is not None and (began is None or begins > began):
        zh, en = (moment_words(str(now.valid_from), language, bare_date=True) for language in ("zh", "en"))
        yield Loss("uncovered", "validity", f"{zh} 起才生效", f"in force only from {en}")


def _at(text: str | None) -> datetime | None:
    """Return a moment of a rule's validity; dates without a zone are compared alike."""
    return moment(text, _ANY_DAY) if text is not None else None


def _groups(before: Sequence[Rule], after: Sequence[Rule]) -> Iterator[Loss]:
    if not after or before[0].group == after[0].group or after[0].group is None:
        return
    zh, en = quoted(after[0].group, "zh"), quoted(after[0].group, "en")
    yield Loss(
        "weaker",
        "group",
        f"加入了互斥组{zh}：组里更优先的规则成立时，它不再生效",
        f"it joined the group {en}: where a rule of it comes first, this one does not act",
    )


def _rows(before: Sequence[Rule], after: Sequence[Rule], vocabulary: Vocabulary) -> Iterator[Loss]:
    """Tell which rows of a table are gone, other than under another name."""
    if before[0].table is None:
        return
    there = {rule.id for rule in after}
    alike = {(rule.when, repr(rule.then), rule.derive) for rule in after}
    gone = [rule for rule in before if rule.id not in there and (rule.when, repr(rule.then), rule.derive) not in alike]
    for rule in gone[:_MOST_ROWS_SAID]:
        zh, en = (condition_words(rule.when, vocabulary, language) for language in ("zh", "en"))
        yield Loss(
            "weaker",
            "row",
            f"去掉了第 {rule.row} 行（{zh or '兜底'}）",
            f"row {rule.row} is gone ({en or 'the catch-all'})",
            rule.id,
        )
    if (more := len(gone) - _MOST_ROWS_SAID) > 0:
        yield Loss("weaker", "row", f"还去掉了 {more} 行", f"and {more} more rows are gone")


def _undecided(zh: str, en: str, what: str = "size") -> Loss:
    return Loss(
        "undecided", what, f"{zh}，未能判定是否覆盖得更少", f"{en}: whether it covers less could not be decided"
    )
