"""Deadlines that nobody hears of when they are missed, and those waited for that nobody starts."""

from __future__ import annotations

from collections.abc import Iterator

from ..boxes.meeting import outline_of
from ..language.conditions import Leaf
from ..language.documents import Rule
from ..language.errors import closest
from ..language.vocabulary import Timer
from ..wording.actions import is_template
from .alternatives import Want
from .finding import Patch, Repair, pointer
from .report import Report, name_of


def check_deadlines(report: Report) -> None:
    """Hold the deadlines that rules start against those that rules wait for or close."""
    timer = report.vocabulary.timer
    if timer is None:
        return
    started = list(_named(report, "start"))
    names = {name for _, _, name in started}
    heard = _Heard(report, timer)
    for rule, index, name in started:
        if report.concerns(rule) and not heard.hears(name):
            _unheard(rule, index, name, report)
    for rule, index, name in (*_named(report, "close"), *_named(report, "hold")):
        if report.concerns(rule) and name not in names:
            _unstarted(rule, name, f"then[{index}].{rule.then[index].name}.name", report)
    waiting = (rule for event in (timer.missed, timer.warned) for rule in report.bench.by_event.get(event, ()))
    for rule in waiting:
        wanted = outline_of(rule.when, rule).values.get(timer.name)
        if report.concerns(rule) and wanted and names.isdisjoint(str(name) for name in wanted):
            _unstarted(rule, str(min(wanted, key=str)), "when", report)


def _named(report: Report, what: str) -> Iterator[tuple[Rule, int, str]]:
    actions = report.vocabulary.actions_with_timer(what)
    for rule in report.bench.rules:
        for index, one in enumerate(rule.then):
            name = one.args.get("name")
            if one.name in actions and isinstance(name, str) and not is_template(name):
                yield rule, index, name


class _Heard:
    """Which deadlines some rule acts on when they are missed; each name is looked up once."""

    def __init__(self, report: Report, timer: Timer) -> None:
        self._report, self._timer = report, timer
        self._known: dict[str, bool] = {}

    def hears(self, name: str) -> bool:
        """Say whether a rule can act when this deadline is missed."""
        if name not in self._known:
            want = Want(Leaf(self._timer.name, "==", name), True, 0)
            missed = self._timer.missed
            listening = self._report.bench.by_event.get(missed, ())
            self._known[name] = any(
                self._report.bench.has_way(missed, [want, Want(rule.when, True, 1)]) for rule in listening
            )
        return self._known[name]


def _unheard(rule: Rule, index: int, name: str, report: Report) -> None:
    zh, en = name_of(rule)
    event = rule.trigger[0]
    report.add(
        "deadline_unheard",
        "warning",
        [rule],
        f"规则{zh}开始的时限「{name}」超时后没有规则处理；除非有插件处理，请加一条「时限已超」的规则",
        f"rule {en} starts the deadline “{name}”, and no rule acts when it is missed; unless a plugin does, "
        "add a rule for missed deadlines",
        path=f"then[{index}].{rule.then[index].name}.name",
        event=event,
        record=report.bench.first(rule, event).record,
    )


def _unstarted(rule: Rule, name: str, path: str, report: Report) -> None:
    zh, en = name_of(rule)
    event = rule.trigger[0]
    names = sorted({one for _, _, one in _named(report, "start")})
    timer = report.vocabulary.timer
    others = timer is None or timer.others
    meant = closest(name, names) or (names[0] if len(names) == 1 else None)
    repairs = []
    if path != "when" and meant is not None:
        patch: Patch = ({"op": "replace", "path": pointer(path), "value": meant},)
        repairs = [Repair(f"改为「{meant}」", f"name “{meant}” instead", patch)]
    hint_zh = f"；是否想写「{meant}」？" if meant else f"；现有：{'、'.join(names) or '无'}"
    hint_en = f"; did you mean “{meant}”?" if meant else f"; there are: {', '.join(names) or 'none'}"
    unless = ("除非由插件开始，", "unless a plugin does, ") if others else ("", "")
    report.add(
        "deadline_unstarted",
        "warning" if others else "error",
        [rule],
        f"规则{zh}等待时限「{name}」，但没有规则开始它；{unless[0]}请检查名称{hint_zh}",
        f"rule {en} waits for the deadline “{name}”, which no rule starts; {unless[1]}check its name{hint_en}",
        path=path,
        event=event,
        record=report.bench.first(rule, event).record,
        repairs=repairs,
    )
