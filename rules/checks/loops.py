"""Rules that set each other off for ever: through what they derive, and through the events their actions lead to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from ..engine.outcome import Outcome
from ..language.conditions import ALWAYS, All, AnyOf, Condition, Leaf, Not, leaves
from ..language.documents import Rule
from .alternatives import Steps
from .effects import After, Effects
from .records import Shape
from .report import Report, name_of
from .witnesses import MOST_LOOPS, Bench, Record, wants_of

_LONGEST = 14
_MOST_RUNS = 8_000
_TURNS = 3
"""How often a rule comes up in a chain before it counts as going round."""


def check_chains(report: Report) -> None:
    """Find rules that never come to rest."""
    _check_derivations(report)
    _check_events(report)
    for event in sorted(event for event, count in report.bench.going_round.items() if count >= MOST_LOOPS):
        zh, en = report.event_words(event)
        report.add(
            "not_all_looked_at",
            "info",
            report.bench.by_event[event][:1],
            f"「{zh}」的规则在太多记录上推导不停，其余检查没有做完；请先改掉循环推导",
            f"when {en}, rules go round on too many records, so the other checks stopped; break the circles first",
            event=event,
        )


# Through derived facts.


def _check_derivations(report: Report) -> None:
    bench = report.bench
    for event, rules in bench.by_event.items():
        circle = _circle({rule.id: _leads_to(rule, rules) for rule in rules if rule.derive and _reads(rule)})
        if not circle or not report.concerns(*(bench.by_id[one] for one in circle)):
            continue
        going = [bench.by_id[one] for one in sorted(circle)]
        for rule in going:
            _try_without_derived(bench, rule, event)
        loops = [loop for loop in bench.loops if loop[0] == event]
        for _, facts, now, ids in loops:
            _endless_derivation(
                [bench.by_id[one] for one in ids], Record(event, facts, now, Outcome((), (), ())), report
            )
        if not loops:
            _circular(going, event, report)


def _reads(rule: Rule) -> set[str]:
    return {leaf.name for leaf in leaves(rule.when) if leaf.derived}


def _leads_to(rule: Rule, rules: Iterable[Rule]) -> set[str]:
    derived = {name for name, _ in rule.derive}
    return {other.id for other in rules if derived & _reads(other)}


def _try_without_derived(bench: Bench, rule: Rule, event: str) -> None:
    """Evaluate records that meet what a rule asks of the record itself; loops are noted by the bench."""
    shape, at = Shape(), bench.moment([rule]) or bench.now
    wants = [want._replace(condition=_without_derived(want.condition)) for want in wants_of(rule, 0, shape)]
    for number, facts in enumerate(bench.records(event, wants, at, Steps(), shape)):
        bench.evaluate(event, facts, at)
        if number >= 3:
            return


def _without_derived(condition: Condition) -> Condition:
    if isinstance(condition, Leaf):
        return ALWAYS if condition.derived else condition
    if isinstance(condition, Not):
        return ALWAYS if any(leaf.derived for leaf in leaves(condition)) else condition
    items = tuple(_without_derived(item) for item in condition.items)
    return All(items) if isinstance(condition, All) else AnyOf(items)


def _endless_derivation(rules: Sequence[Rule], record: Record, report: Report) -> None:
    names = [name_of(rule) for rule in rules]
    report.add(
        "endless_derivation",
        "error",
        rules,
        f"规则{'、'.join(zh for zh, _ in names)}互相推导、没有尽头，这条记录会出错；请去掉其中一环",
        f"rules {', '.join(en for _, en in names)} derive facts in a circle and never settle on this record; "
        "break the circle",
        path="when",
        record=record,
    )


def _circular(rules: Sequence[Rule], event: str, report: Report) -> None:
    names = [name_of(rule) for rule in rules]
    report.add(
        "circular",
        "info",
        rules,
        f"规则{'、'.join(zh for zh, _ in names)}的推导绕成一圈；没有找到停不下来的记录，但请确认",
        f"rules {', '.join(en for _, en in names)} derive facts in a circle; no record was found on which they don't "
        "settle, but make sure",
        path="when",
        event=event,
    )


# Through events.


class _Step(NamedTuple):
    event: str
    rule: str
    later: bool


def _check_events(report: Report) -> None:
    bench = report.bench
    leads: dict[str, set[str]] = defaultdict(set)
    for rule in bench.rules:
        for action in rule.then:
            for event in rule.trigger:
                leads[event] |= report.effects.events_of(action.name, action.args, event) & bench.by_event.keys()
    circle = _circle(leads)
    runs = 0
    for rule in report.rules:
        for event in circle.intersection(rule.trigger):
            if not any(report.effects.events_of(action.name, action.args, event) & circle for action in rule.then):
                continue
            found = bench.first(rule, event).record
            if found is None or report.is_full("endless_chain", [rule.id]) or runs >= _MOST_RUNS:
                continue
            runs += 1 + len(found.outcome.firings) // 20
            _follow(found, report)


def _follow(start: Record, report: Report) -> None:
    """Carry out what the rules decide about a record, and what they decide about that, until it is over."""
    bench = report.bench
    path: list[_Step] = []
    states = [_state(start.event, start.facts)]
    record: Record | None = start
    for turn in range(_LONGEST):
        if record is None:
            return
        following = _next(record, turn, bench, report.effects)
        if following is None:
            return
        rule_id, then = following
        path.append(_Step(record.event, rule_id, then.later))
        state = _state(then.event, then.facts)
        again = state in states or sum(step.rule == rule_id for step in path) > _TURNS
        if again:
            begin = states.index(state) if state in states else 0
            _endless(path[begin:], record if state in states else start, report)
            return
        states.append(state)
        record = bench.evaluate(then.event, then.facts, record.now)


def _next(record: Record, turn: int, bench: Bench, effects: Effects) -> tuple[str, After] | None:
    """Return the event that follows, with the facts as all decisions leave them, and the rule it is due to.

    Several may follow; the one that other rules act on again is the one a chain goes on with.
    """
    facts: dict[str, Any] = dict(record.facts)
    follow: list[tuple[str, After]] = []
    for decision in record.outcome.decisions:
        then = effects.after(decision, record.event, facts, turn)
        if then is None:
            continue
        follow.append((decision.rule_id, then))
        if not then.later:
            facts |= {name: value for name, value in then.facts.items() if effects.lasts(name)}
    now = {name: value for name, value in facts.items() if effects.lasts(name)}
    ready = [(rule_id, then._replace(facts={**then.facts, **now})) for rule_id, then in follow]
    ready.sort(key=lambda one: one[1].later)
    for rule_id, then in ready:
        seen = bench.evaluate(then.event, then.facts, record.now)
        if seen is not None and any(effects.after(d, then.event, then.facts, turn + 1) for d in seen.outcome.decisions):
            return rule_id, then
    return None


def _state(event: str, facts: Mapping[str, Any]) -> str:
    return f"{event} {sorted((name, repr(value)) for name, value in facts.items())}"


def _endless(circle: Sequence[_Step], record: Record, report: Report) -> None:
    rules = [report.bench.by_id[one] for one in dict.fromkeys(step.rule for step in circle)]
    names = [name_of(rule) for rule in rules]
    zh = " → ".join([*(name for name, _ in names), names[0][0]])
    en = " → ".join([*(name for _, name in names), names[0][1]])
    if any(step.later for step in circle):
        report.add(
            "repeats",
            "info",
            rules,
            f"规则会一轮一轮地重复：{zh}，直到有人处理；请确认这是本意，或加一个停下来的条件",
            f"these rules come round again and again until somebody acts: {en}; make sure that this is meant, "
            "or add a condition that ends it",
            path="then",
            record=record,
        )
        return
    report.add(
        "endless_chain",
        "error",
        rules,
        f"规则互相触发、没有尽头：{zh}；请加一个停下来的条件，如检查「改动的字段」，或删去一个动作",
        f"these rules set each other off for ever: {en}; add a condition that ends it, or remove one action",
        path="then",
        record=record,
    )


def _circle(leads: Mapping[str, set[str]]) -> set[str]:
    """Return what lies on a circle: what leads back to itself, however far round."""
    left = {one: set(some) & leads.keys() for one, some in leads.items()}
    while True:  # What leads nowhere, or is led to by nothing, lies on no circle.
        led_to = set().union(*left.values()) if left else set()
        stay = {one for one, some in left.items() if some and one in led_to}
        if len(stay) == len(left):
            return stay
        left = {one: left[one] & stay for one in stay}
