"""The test cases that rules carry: each run against rules together, as they would decide in force."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from ...hooks.text import Text
from ...rules.engine.ruleset import Ruleset
from ...rules.language.documents import Rule
from ...rules.language.errors import RulesError
from ..errors import Problem
from ..storage.records import canonical
from .documents import ids_of, rules_of

_WHENEVER = datetime(2026, 1, 5, 2, 0, tzinfo=UTC)
"""The moment of a test case that names none: a Monday, ten in the morning in Shanghai."""


@dataclass(frozen=True)
class TestResult:
    """How one test case went; `zh` and `en` say what differs, and are empty if it passed."""

    __test__ = False  # pytest: a name, no test.

    code: str
    index: int
    title: Text
    passed: bool
    zh: str = ""
    en: str = ""
    fired: bool = False
    decisions: tuple[Mapping[str, Any], ...] = ()


def run_tests(
    in_force: Sequence[Rule] | Ruleset,
    documents: Iterable[Mapping[str, Any]],
    zone: ZoneInfo | None = None,
) -> list[TestResult]:
    """Run the test cases that `documents` carry, all rules of `in_force` deciding together.

    A case passes if its document's rules fire (or not), and decide what it expects, with these
    facts at that moment; a moment without an offset is in `zone` (default UTC).
    """
    ruleset = in_force if isinstance(in_force, Ruleset) else Ruleset.compile(in_force)
    try:
        return [
            _run(ruleset, document, index, case, zone)
            for document in documents
            for index, case in enumerate(document.get("tests") or ())
        ]
    finally:
        if ruleset is not in_force:
            ruleset.close()


def failures(results: Iterable[TestResult]) -> list[Problem]:
    """Return the test cases that failed, as problems to show."""
    return [
        Problem(
            f"tests[{one.index}]",
            Text(
                f"规则「{one.code}」的用例「{one.title.zh}」没有通过：{one.zh}",
                f"test case {one.title.en!r} of rule {one.code!r} fails: {one.en}",
            ),
        )
        for one in results
        if not one.passed
    ]


def _run(
    ruleset: Ruleset, document: Mapping[str, Any], index: int, case: Mapping[str, Any], zone: ZoneInfo | None
) -> TestResult:
    code, title = str(document["id"]), _title(case.get("title"), index)
    try:
        mine = ids_of(rules_of(document))
        now = moment_of(case.get("at"), zone)
        outcome = ruleset.evaluate(case["event"], case.get("facts") or {}, now)
    except (RulesError, KeyError, ValueError, TypeError) as error:
        zh, en = (error.zh, error.en) if isinstance(error, RulesError) else (str(error), str(error))
        return TestResult(code, index, title, False, f"用例不能运行：{zh}", f"it can't run: {en}")
    fired = any(one.rule_id in mine for one in outcome.firings)
    made = tuple({one.action: one.args} for one in outcome.decisions if one.rule_id in mine)
    expect = case.get("expect") or {}
    if "fires" in expect and bool(expect["fires"]) is not fired:
        by = [one.by for one in outcome.trace if one.rule_id in mine and one.by]
        zh = "没有触发" + (f"（被「{by[0]}」抢先）" if by else "") if not fired else "不该触发却触发了"
        en = (
            ("it does not fire" + (f" (outranked by {by[0]})" if by else ""))
            if not fired
            else "it fires, and should not"
        )
        return TestResult(code, index, title, False, zh, en, fired, made)
    if "decisions" in expect and canonical(_numbers(expect["decisions"])) != canonical(_numbers(made)):
        wanted, got = canonical(expect["decisions"]), canonical(list(made))
        return TestResult(
            code, index, title, False, f"决定是 {got}，应为 {wanted}", f"it decides {got}, not {wanted}", fired, made
        )
    return TestResult(code, index, title, True, fired=fired, decisions=made)


def moment_of(text: object, zone: ZoneInfo | None = None) -> datetime:
    """Return the moment an ISO text names. Raises ValueError for what is none."""
    if text is None:
        return _WHENEVER
    moment = text if isinstance(text, datetime) else datetime.fromisoformat(str(text))
    return moment if moment.tzinfo else moment.replace(tzinfo=zone or UTC)


def _title(title: object, index: int) -> Text:
    if isinstance(title, Mapping):
        return Text(str(title.get("zh") or ""), str(title.get("en") or title.get("zh") or ""))
    return Text(str(title or f"第 {index + 1} 个"), str(title or f"case {index + 1}"))


def _numbers(value: Any) -> Any:
    """Return a value in which 1.0 and 1 are written alike."""
    if isinstance(value, Mapping):
        return {key: _numbers(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_numbers(inner) for inner in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
