"""The traps of durable-rules (DESIGN §6), each shown to be closed."""

from __future__ import annotations

import gc
import multiprocessing
import resource
import threading

import pytest

from clew.rules import EngineError, Ruleset, rule_from_document
from clew.rules.engine import MOST_BRANCHES, EngineCell

from .building import NOW, document, fired, leaf, rule


def test_a_fact_may_pass_hundreds_of_sibling_conditions() -> None:
    rules = [rule(f"over-{number}", leaf("n", ">=", number)) for number in range(300)]
    assert len(fired(rules, {"n": 1000})) == 300
    assert len(fired(rules, {"n": 64})) == 65


def test_a_cell_refuses_more_branches_than_the_engine_survives() -> None:
    with pytest.raises(ValueError, match="branches in one cell"):
        EngineCell([[("n", "==", 1)]] * (MOST_BRANCHES + 1))


def test_facts_that_no_rule_takes_are_harmless() -> None:
    ruleset = Ruleset.compile([rule("one", leaf("n", "==", 1))])
    for number in range(200):
        assert ruleset.evaluate("t", {"other": number}, NOW).firings == ()
    assert len(ruleset.evaluate("t", {"n": 1}, NOW).firings) == 1
    assert ruleset.evaluate("nobody-listens", {"n": 1}, NOW).firings == ()


def test_missing_matches_the_facts_and_never_the_session_itself() -> None:
    assert fired([rule("gone", leaf("n", "missing"))], {}) == ["gone"]
    assert fired([rule("gone", leaf("n", "missing"))], {"n": 0}) == []


def test_a_rule_fires_once_however_many_branches_hold() -> None:
    either = {"any": [leaf("a", "==", 1), leaf("b", "==", 1), leaf("c", "==", 1)]}
    assert fired([rule("either", either)], {"a": 1, "b": 1, "c": 1}) == ["either"]


def test_a_condition_that_multiplies_out_without_end_still_decides() -> None:
    pairs = [{"any": [leaf(f"a{n}", "==", 1), leaf(f"b{n}", "==", 1)]} for n in range(30)]
    facts = {f"{'ab'[n % 2]}{n}": 1 for n in range(30)}
    assert fired([rule("wide", {"all": pairs})], facts) == ["wide"]
    assert fired([rule("wide", {"all": pairs})], facts | {"a0": 2}) == []


def test_recompiling_does_not_eat_memory() -> None:
    documents = [document(f"r{number}", leaf("n", ">=", number)) for number in range(40)]

    def recompile(times: int, close: bool) -> None:
        for _ in range(times):
            ruleset = Ruleset.compile(rule_from_document(one) for one in documents)
            assert len(ruleset.evaluate("t", {"n": 7}, NOW).firings) == 8
            if close:
                ruleset.close()
        gc.collect()

    recompile(40, close=True)
    recompile(40, close=False)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    recompile(100, close=True)
    recompile(100, close=False)
    # 200 leaked rulesets would be some 90 MB.
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20_000


def test_a_closed_ruleset_says_so() -> None:
    ruleset = Ruleset.compile([rule("one")])
    ruleset.close()
    ruleset.close()
    with pytest.raises(EngineError, match="closed"):
        ruleset.evaluate("t", {}, NOW)


def test_no_timer_threads_are_left_running() -> None:
    before = threading.active_count()
    fired([rule("one")], {})
    assert threading.active_count() == before


def test_threads_may_evaluate_together() -> None:
    ruleset = Ruleset.compile(rule(f"r{number}", leaf("n", "==", number)) for number in range(100))
    wrong: list[int] = []

    def work(start: int) -> None:
        for number in range(start, start + 100):
            outcome = ruleset.evaluate("t", {"n": number % 100}, NOW)
            if [firing.rule_id for firing in outcome.firings] != [f"r{number % 100}"]:
                wrong.append(number)

    threads = [threading.Thread(target=work, args=(start,)) for start in range(0, 80, 20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def _evaluate_in_child(ruleset: Ruleset, answers: object) -> None:
    ids = [firing.rule_id for firing in ruleset.evaluate("t", {"n": 1}, NOW).firings]
    answers.put(ids)  # type: ignore[attr-defined]


def test_a_forked_child_evaluates_with_its_own_engine() -> None:
    ruleset = Ruleset.compile([rule("one", leaf("n", "==", 1))])
    assert len(ruleset.evaluate("t", {"n": 1}, NOW).firings) == 1
    context = multiprocessing.get_context("fork")
    answers = context.Queue()
    child = context.Process(target=_evaluate_in_child, args=(ruleset, answers))
    child.start()
    assert answers.get(timeout=10) == ["one"]
    child.join(10)
    assert child.exitcode == 0
    assert len(ruleset.evaluate("t", {"n": 1}, NOW).firings) == 1
