"""Checks of rules that meet on one record: they write different things, do the same twice, or leave it to chance."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from ..boxes.meeting import Budget, Outline, outline_of, pairs, pairs_with
from ..language.documents import Rule
from ..language.templates import DERIVED
from ..language.vocabulary import ActionSpec, Vocabulary
from ..wording.words import field_words, lowered, pick, quoted
from .effects import Effects
from .finding import Repair
from .report import Report, name_of, without_action
from .witnesses import Record

MOST_SEARCHES = 8_000
MOST_COMPARED = 1_500_000
"""Pairs of rules that records are searched for, and that are compared at all; beyond, the check says so."""
_MOST_FIRINGS = 60
_STEPS = 400


class Pairs:
    """Looks at rules two at a time, as long as there is time."""

    def __init__(self, report: Report) -> None:
        self.report = report
        self._outlines: dict[str, Outline[Rule]] = {}
        self.searches = Budget(MOST_SEARCHES)
        self.compared = Budget(MOST_COMPARED)

    def run(self) -> None:
        """Find what rules do to each other on one record: first on records at hand, then pair by pair."""
        for record in self._known_records():
            judge(record, self.report)
        for event, rules in self.report.bench.by_event.items():
            if event in self.report.vocabulary.triggers:
                self._on(event, rules)
        skipped = self.searches.skipped + self.compared.skipped
        if skipped:
            self.report.add(
                "not_all_looked_at",
                "info",
                self.report.bench.rules[:1],
                f"规则太多，还有 {skipped} 对没有逐一比较；它们之间的冲突可能没有列出",
                f"there are too many rules: {skipped} pairs were not compared, and conflicts among them "
                "may be missing here",
            )

    def _known_records(self) -> Iterator[Record]:
        for rule in self.report.rules:
            for event in rule.trigger:
                search = self.report.bench.first(rule, event)
                for record in (search.record, search.near):
                    if record is not None:
                        yield record

    def _on(self, event: str, rules: Sequence[Rule]) -> None:
        for target, said in _alike(rules, event, self.report.effects).items():
            self._ask(event, [self.report.bench.by_id[one] for one in said], "conflict", _Differing(target, said))
        for alike in _doing_the_same(rules, self.report.vocabulary).values():
            self._ask(event, alike, "doubled", _in_no_group_together)
        for alike in _on_one_rank(rules).values():
            self._ask(event, alike, "tie", lambda a, b: a.table is None and _outcome(a) != _outcome(b))

    def _ask(self, event: str, rules: Sequence[Rule], code: str, wanted: Callable[[Rule, Rule], bool]) -> None:
        """Search a record for each pair that may meet, until enough was said about one of them."""
        report = self.report
        if len(rules) < 2 or (code != "tie" and rules[0].group is not None and len({r.group for r in rules}) == 1):
            return
        for a, b in self._pairs(rules, wanted):
            ids = a.id, b.id
            if report.knows(code, ids) or any(report.is_full(code, [one]) for one in ids):
                continue
            if self.searches.take(1):
                self._search(event, a, b, code)

    def _pairs(self, rules: Sequence[Rule], wanted: Callable[[Rule, Rule], bool]) -> Iterator[tuple[Rule, Rule]]:
        about = [rule for rule in rules if self.report.concerns(rule)]
        if not about:
            return
        outlines = [self._outline(rule) for rule in rules]
        if len(about) < len(rules):
            yield from pairs_with([self._outline(rule) for rule in about], outlines, wanted, self.compared)
        else:
            yield from pairs(outlines, wanted, self.compared)

    def _outline(self, rule: Rule) -> Outline[Rule]:
        if rule.id not in self._outlines:
            self._outlines[rule.id] = outline_of(rule.when, rule)
        return self._outlines[rule.id]

    def _search(self, event: str, a: Rule, b: Rule, code: str) -> None:
        search = self.report.bench.holding if code == "tie" else self.report.bench.firing
        record = search(event, [a, b], steps=_STEPS).record
        if record is not None:
            # A record that sets off a hundred rules takes as long as several searches.
            self.searches.left -= len(record.outcome.firings) // 20
            judge(record, self.report)


def _alike(rules: Sequence[Rule], event: str, effects: Effects) -> dict[str, dict[str, str]]:
    """Return what is written, by which rules, and what each makes of it, where they make different things."""
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for rule in rules:
        for action in rule.then:
            for write in effects.writes(action.name, action.args, event):
                found[write.target][rule.id] = write.value
        for name, value in rule.derive:
            found[f"derived.{name}"][rule.id] = json.dumps(value, ensure_ascii=False)
    return {target: said for target, said in found.items() if len(set(said.values())) > 1}


class _Differing:
    """Says of two rules whether they may not meet: they make different things of one target."""

    def __init__(self, target: str, said: Mapping[str, str]) -> None:
        self._derived = target.startswith(DERIVED)
        self._said = said

    def __call__(self, a: Rule, b: Rule) -> bool:
        if self._derived and a.priority != b.priority:
            return False  # The higher one is heard: that is what priorities are for.
        return self._said[a.id] != self._said[b.id] and _in_no_group_together(a, b)


def _in_no_group_together(a: Rule, b: Rule) -> bool:
    return a.group is None or a.group != b.group


def _doing_the_same(rules: Sequence[Rule], vocabulary: Vocabulary) -> dict[tuple[str, str], list[Rule]]:
    found: dict[tuple[str, str], dict[str, Rule]] = defaultdict(dict)
    for rule in rules:
        for action in rule.then:
            key = _sameness(action.name, action.args, vocabulary.actions.get(action.name))
            if key is not None:
                found[key][rule.id] = rule
    return {key: list(some.values()) for key, some in found.items()}


def _sameness(name: str, args: Mapping[str, Any], spec: ActionSpec | None) -> tuple[str, str] | None:
    """Return what two actions must have in common to be one too many, None for actions that may repeat."""
    if spec is None or not spec.repeats:
        return None
    if spec.told_by:
        args = {one: args[one] for one in spec.told_by if one in args}
    return name, json.dumps(dict(args), ensure_ascii=False, sort_keys=True, default=str)


def _on_one_rank(rules: Sequence[Rule]) -> dict[tuple[str, int], list[Rule]]:
    found: dict[tuple[str, int], list[Rule]] = defaultdict(list)
    for rule in rules:
        if rule.group is not None:
            found[rule.group, rule.priority].append(rule)
    return found


def _outcome(rule: Rule) -> str:
    said = [[action.name, dict(action.args)] for action in rule.then]
    return json.dumps([said, list(rule.derive)], ensure_ascii=False, sort_keys=True, default=str)


def judge(record: Record, report: Report) -> None:
    """Note what is wrong with what the rules decided about one record."""
    outcome = record.outcome
    if len(outcome.firings) > 1:
        _judge_writes(record, report)
        _judge_repeats(record, report)
    for step in outcome.trace:
        if step.by is not None:
            _judge_rank(report.bench.by_id[step.rule_id], report.bench.by_id[step.by], record, report)


def _judge_writes(record: Record, report: Report) -> None:
    first: dict[str, tuple[str, int, Rule]] = {}
    for firing in record.outcome.firings[:_MOST_FIRINGS]:
        rule = report.bench.by_id[firing.rule_id]
        for decision in firing.decisions:
            for write in report.effects.writes(decision.action, decision.args, record.event):
                value, index, other = first.setdefault(write.target, (write.value, decision.index, rule))
                if other is not rule and value != write.value:
                    _conflict((rule, decision.index), (other, index), write.target, record, report)
        for name, derived in firing.derived.items():
            said = json.dumps(derived, ensure_ascii=False)
            heard, _, other = first.setdefault(f"derived.{name}", (said, 0, rule))
            if other is not rule and heard != said and other.priority == rule.priority:
                _derived_twice(rule, other, name, record, report)


def _conflict(one: tuple[Rule, int], two: tuple[Rule, int], target: str, record: Record, report: Report) -> None:
    (rule, index), (other, _) = (one, two) if report.comes_first(one[0], two[0]) else (two, one)
    zh, en = name_of(rule)
    other_zh, other_en = name_of(other)
    what = _target_words(target, report)
    report.add(
        "conflict",
        "error",
        [rule, other],
        f"规则{zh}与{other_zh}会在同一条记录上把{what[0]}写成不同的值，结果取决于先后；请放进同一互斥组、错开条件，或删去一个动作",
        f"rules {en} and {other_en} set {what[1]} to different values on one record, and the last one wins; "
        "put them into one group, tell their conditions apart, or remove one action",
        path=f"then[{index}]",
        record=record,
        repairs=_repairs(rule, other, index),
    )


def _repairs(rule: Rule, other: Rule, index: int) -> list[Repair]:
    found = []
    if other.group is not None and rule.group is None:
        patch = ({"op": "add", "path": "/group", "value": other.group},)
        found.append(Repair(f"放进互斥组「{other.group}」", f"put it into the group “{other.group}”", patch))
    return [*found, *without_action(rule, index)]


def _target_words(target: str, report: Report) -> tuple[str, str]:
    if target.startswith("deadline:"):
        name = target.removeprefix("deadline:")
        timer = report.vocabulary.timer
        known = report.vocabulary.fields.get(timer.name) if timer is not None else None
        labels = known.labels if known is not None else {}
        title = labels.get(name, (name, name))
        return f"时限{quoted(pick(title, 'zh'), 'zh')}", f"the deadline {quoted(lowered(pick(title, 'en')), 'en')}"
    return f"「{field_words(target, report.vocabulary, 'zh')}」", field_words(target, report.vocabulary, "en")


def _derived_twice(rule: Rule, other: Rule, name: str, record: Record, report: Report) -> None:
    rule, other = (rule, other) if report.comes_first(rule, other) else (other, rule)
    zh, en = name_of(rule)
    other_zh, other_en = name_of(other)
    patch = ({"op": "add", "path": "/priority", "value": other.priority - 1},)
    report.add(
        "derived_conflict",
        "warning",
        [rule, other],
        f"规则{zh}与{other_zh}同级，却对事实「{name}」推导出不同的值，只按 id 取一个；请分出优先级",
        f"rules {en} and {other_en} of one priority derive different values for “{name}”, and only the id decides; "
        "give one a higher priority",
        path=f"derive.{name}",
        record=record,
        repairs=[Repair("让本规则靠后", "let this rule come second", patch)],
    )


def _judge_repeats(record: Record, report: Report) -> None:
    first: dict[tuple[str, str], tuple[Rule, int]] = {}
    for decision in record.outcome.decisions:
        key = _sameness(decision.action, decision.args, report.vocabulary.actions.get(decision.action))
        if key is None:
            continue
        one = report.bench.by_id[decision.rule_id], decision.index
        two = first.setdefault(key, one)
        if two[0] is one[0]:
            continue
        (rule, index), (other, _) = (one, two) if report.comes_first(one[0], two[0]) else (two, one)
        zh, en = name_of(rule)
        other_zh, other_en = name_of(other)
        spec = report.vocabulary.actions.get(decision.action)
        title_zh, title_en = spec.title if spec else (decision.action, decision.action)
        report.add(
            "doubled",
            "warning",
            [rule, other],
            f"规则{zh}与{other_zh}会在同一条记录上做同样的「{title_zh}」，对方会收到两次；请合并，或错开条件",
            f"rules {en} and {other_en} both do the same “{title_en}” on one record, so it happens twice; "
            "merge them, or tell their conditions apart",
            path=f"then[{index}]",
            record=record,
            repairs=_repairs(rule, other, index),
        )


def _judge_rank(rule: Rule, by: Rule, record: Record, report: Report) -> None:
    if rule.priority != by.priority or _outcome(rule) == _outcome(by) or rule.table is not None:
        return
    rule, by = (rule, by) if report.comes_first(rule, by) else (by, rule)
    zh, en = name_of(rule)
    by_zh, by_en = name_of(by)
    patch = ({"op": "add", "path": "/priority", "value": rule.priority + 1},)
    report.add(
        "tie",
        "warning",
        [rule, by],
        f"同组的规则{zh}与{by_zh}优先级相同又会同时成立，只按 id 决定谁生效；请分出优先级",
        f"rules {en} and {by_en} of one group have the same priority and may both hold, so only the id decides; "
        "give one a higher priority",
        path="priority",
        record=record,
        repairs=[Repair(f"优先级改为 {rule.priority + 1}", f"raise its priority to {rule.priority + 1}", patch)],
    )
