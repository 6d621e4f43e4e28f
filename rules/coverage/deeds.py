"""What a rule did for those it reaches and its new version does not: actions, recipients, and deadlines made longer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..language.actions import Action
from ..language.documents import Rule
from ..language.values import is_number
from ..language.vocabulary import Vocabulary
from ..wording.actions import argument_words
from ..wording.conditions import Speaker
from ..wording.sentences import action_words
from ..wording.words import minutes_words, quoted
from .loss import Loss

_LANGUAGES = ("zh", "en")
_TO = ("to", "assignee")


def deeds_lost(before: Sequence[Rule], after: Sequence[Rule], vocabulary: Vocabulary) -> Iterator[Loss]:
    """Yield what a rule, or a row that is in both versions, no longer does."""
    there = {rule.id: rule for rule in after}
    alone = len(before) == 1 and before[0].table is None and len(after) == 1
    for rule in before:
        now = after[0] if alone else there.get(rule.id)
        if now is None or repr(now.then) == repr(rule.then):
            continue
        where = ("", "") if alone else (f"第 {rule.row} 行：", f"row {rule.row}: ")
        for loss in _of_rule(rule, now, vocabulary):
            yield Loss(loss.level, loss.what, where[0] + loss.zh, where[1] + loss.en, rule.id)


def _of_rule(rule: Rule, now: Rule, vocabulary: Vocabulary) -> Iterator[Loss]:
    left = list(now.then)
    for action in rule.then:
        same = _same_as(action, left)
        if same is not None:
            left.remove(same)
            yield from _weakened(action, same, vocabulary)
            continue
        zh, en = (action_words(action, vocabulary, language) for language in _LANGUAGES)
        yield Loss("weaker", "action", f"不再{zh}", f"no longer: {en}")


def _same_as(action: Action, others: Sequence[Action]) -> Action | None:
    """Return which action of the new version stands for an old one: of one name, and the more alike the better."""
    alike = [one for one in others if one.name == action.name]
    named = [one for one in alike if "name" not in action.args or one.args.get("name") == action.args["name"]]
    return max(
        named, key=lambda one: sum(one.args.get(key) == value for key, value in action.args.items()), default=None
    )


def _weakened(was: Action, now: Action, vocabulary: Vocabulary) -> Iterator[Loss]:
    spec = vocabulary.actions.get(was.name)
    for name in _TO:
        if name in was.args and was.args[name] != now.args.get(name):
            arg = spec.args.get(name) if spec is not None else None
            who = [argument_words(was.args[name], arg, Speaker(vocabulary, language)) for language in _LANGUAGES]
            if name == "to":
                yield Loss("weaker", "recipient", f"不再发给{who[0]}", f"no longer to {who[1].lower()}")
            else:
                yield Loss("weaker", "recipient", f"不再由{who[0]}完成", f"no longer for {who[1].lower()}")
    yield from _longer(was, now, "working_minutes", vocabulary)
    yield from _longer(was, now, "due_working_minutes", vocabulary)
    if is_number(was.args.get("warn")) and not is_number(now.args.get("warn")):
        yield Loss("weaker", "deadline", "不再提前预警", "no warning before it is due any more")


def _longer(was: Action, now: Action, name: str, vocabulary: Vocabulary) -> Iterator[Loss]:
    before, after = was.args.get(name), now.args.get(name)
    if not is_number(before) or (is_number(after) and after <= before):
        return
    called = str(was.args.get("name") or was.args.get("title") or "")
    known = vocabulary.fields.get(vocabulary.timer.name) if vocabulary.timer is not None else None
    label = known.labels.get(called) if known is not None else None
    zh, en = label if label is not None else (called, called)
    spans = [minutes_words(before, language) for language in _LANGUAGES]
    if not is_number(after):
        yield Loss(
            "weaker",
            "deadline",
            f"{quoted(zh, 'zh')}不再限时（原为 {spans[0]}）",
            f"{quoted(en, 'en')} has no limit any more (it was {spans[1]})",
        )
        return
    longer = [minutes_words(after, language) for language in _LANGUAGES]
    yield Loss(
        "weaker",
        "deadline",
        f"时限{quoted(zh, 'zh')}从 {spans[0]}放宽到 {longer[0]}",
        f"the deadline {quoted(en, 'en')} is longer: {longer[1]} instead of {spans[1]}",
    )
