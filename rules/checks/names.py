"""Checks of each rule against the vocabulary: names, types, options, and where an action may stand.

A rule that was fine when it was published may have become wrong: a field, a stage or a plugin went away.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..language.documents import Rule, rule_from_document
from ..language.errors import ClewRuleProblem, RuleError, RulesError, closest
from .finding import Patch, Repair, patched, pointer
from .report import Report, name_of, without_action
from .witnesses import Bench, Record


def check_names(report: Report) -> None:
    """Find what a rule names and nobody knows, or knows otherwise."""
    for rule in report.rules:
        for problem in _problems(rule, report):
            _name(problem, rule, report)
        _check_placement(rule, report)
        _check_writing(rule, report)


def _problems(rule: Rule, report: Report) -> Iterator[ClewRuleProblem]:
    if not rule.document:
        return
    try:
        rule_from_document(rule.document, report.vocabulary)
    except RuleError as error:
        yield from error.problems


def _name(problem: ClewRuleProblem, rule: Rule, report: Report) -> None:
    code = _code(problem, report)
    patch = _patch(problem, rule, code)
    repairs = []
    if patch is not None and problem.suggestion is not None:
        word = problem.suggestion
        repairs.append(Repair(f"改为 {word}", f"change it to {word}", patch))
    zh, en = name_of(rule)
    event, record = next(_shown_by(rule, patch, report), (rule.trigger[0], None))
    report.add(
        code,
        "error",
        [rule],
        f"规则{zh}的 {problem.text('zh')}",
        f"rule {en}: {problem.text('en')}",
        path=problem.path,
        event=event,
        record=record,
        repairs=repairs,
    )


def _code(problem: ClewRuleProblem, report: Report) -> str:
    """Say what kind of problem this is, by what is allowed in its place."""
    vocabulary, allowed = report.vocabulary, problem.allowed
    if problem.path.startswith("trigger"):
        return "unknown_event"
    if allowed == tuple(vocabulary.actions):
        return "unknown_action"
    last = problem.path.rpartition(".")[2]
    if problem.path.startswith(("when", "match")):
        if last in ("field", "than", "of"):
            return "unknown_field"
        return "unknown_option" if last == "value" and allowed else "type_mismatch"
    if allowed == tuple(vocabulary.fields):
        return "unknown_field"
    of_a_value = problem.path.count(".") == 2  # then[0].move_stage.stage, and not the action as a whole
    return "unknown_option" if allowed and of_a_value else "bad_argument"


def _patch(problem: ClewRuleProblem, rule: Rule, code: str) -> Patch | None:
    if problem.suggestion is None or problem.path == "document":
        return None
    if code == "unknown_action":
        action = rule.then[int(problem.path.removeprefix("then[").removesuffix("]"))]
        meant = {problem.suggestion: dict(action.args)}
        return ({"op": "replace", "path": pointer(problem.path), "value": meant},)
    return ({"op": "replace", "path": pointer(problem.path), "value": problem.suggestion},)


def _shown_by(rule: Rule, patch: Patch | None, report: Report) -> Iterator[tuple[str, Record]]:
    """Yield a record on which the rule would fire if it said what was probably meant, and does not as it is."""
    if patch is None or not patch[0]["path"].startswith(("/when", "/match")):
        return
    try:
        meant = rule_from_document(patched(rule.document, patch), report.vocabulary)
    except (RulesError, ValueError):
        return
    bench = Bench([meant], report.vocabulary, report.now)
    try:
        for event in meant.trigger:
            found = bench.firing(event, [meant]).record
            if found is None:
                continue
            record = report.bench.evaluate(event, found.facts, found.now)
            if record is not None and not record.fired(rule.id):
                yield event, record
    finally:
        bench.close()


def _check_placement(rule: Rule, report: Report) -> None:
    """What judges a record before it is written can do nothing else, and nothing else can judge it."""
    known = report.vocabulary.actions
    for index, action in enumerate(rule.then):
        spec = known.get(action.name)
        if spec is None:
            continue
        wrong = [event for event in rule.trigger if event.endswith(".saving") is not spec.before_saving]
        if not wrong:
            continue
        zh, en = name_of(rule)
        event_zh, event_en = report.event_words(wrong[0])
        title_zh, title_en = (spec.title[0] or action.name), (spec.title[1] or action.name)
        if spec.before_saving:
            why_zh, why_en = "只能在记录保存之前做", "only comes before a record is saved"
        else:
            why_zh, why_en = "只能在记录保存之后做", "only comes after a record is saved"
        report.add(
            "misplaced_action",
            "error",
            [rule],
            f"规则{zh}的动作「{title_zh}」{why_zh}，「{event_zh}」时做不了；请换触发事件或动作",
            f"rule {en}: the action “{title_en}” {why_en}, not when {event_en}; change the event or the action",
            path=f"then[{index}]",
            event=wrong[0],
            record=report.bench.first(rule, wrong[0]).record,
            repairs=without_action(rule, index),
        )


def _check_writing(rule: Rule, report: Report) -> None:
    """A field that is counted, or of another record, can't be set."""
    for index, action in enumerate(rule.then):
        field = action.args.get("field") if action.name == "set_field" else None
        if not isinstance(field, str) or not report.vocabulary.knows(field):
            continue
        if report.effects.writable(field):
            continue
        zh, en = name_of(rule)
        settable = [name for name, known in report.vocabulary.fields.items() if known.writable]
        meant = closest(field, settable)
        path = f"then[{index}].set_field.field"
        patch: Patch = ({"op": "replace", "path": pointer(path), "value": meant},)
        report.add(
            "unwritable_field",
            "error",
            [rule],
            f"规则{zh}要改 {field}，但它是算出来的、或由系统设置，改不了",
            f"rule {en} sets {field}, which is counted or set by the system: it can't be set by a rule",
            path=path,
            event=rule.trigger[0],
            record=report.bench.first(rule, rule.trigger[0]).record,
            repairs=[Repair(f"改为 {meant}", f"set {meant} instead", patch)] if meant else [],
        )
