"""The traps of durable-rules (docs/engine.md), each shown to be closed."""

from __future__ import annotations

import gc
import itertools
import multiprocessing
import operator
import random
import resource
import threading

import pytest

from clew.rules.engine.durable import MOST_ITEMS, MOST_TESTS, JoinCell, JoinTest, cell_for
from clew.rules.engine.ruleset import Ruleset
from clew.rules.language.documents import rule_from_document
from clew.rules.language.errors import EngineError

from .building import NOW, document, fired, leaf, rule


def test_a_fact_may_pass_hundreds_of_sibling_conditions() -> None:
    rules = [rule(f"over-{number}", leaf("n", ">=", number)) for number in range(300)]
    assert len(fired(rules, {"n": 1000})) == 300
    assert len(fired(rules, {"n": 64})) == 65


def test_a_cell_refuses_more_than_the_engine_survives() -> None:
    with pytest.raises(ValueError, match="items and"):
        JoinCell(MOST_ITEMS + 1, [])
    with pytest.raises(ValueError, match="tests in one cell"):
        JoinCell(2, [JoinTest(1, "==", f"a{n}", 0, f"b{n}") for n in range(MOST_TESTS + 1)])


COMPARE = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


@pytest.mark.parametrize("seed", range(4))
def test_a_cell_finds_every_combination_once(seed: int) -> None:
    rng = random.Random(seed)
    found = 0
    for _ in range(60):
        items = rng.choice([2, 2, 3, 4])
        tests = [
            JoinTest(item, rng.choice(list(COMPARE)), rng.choice("pqr"), rng.randrange(item), rng.choice("pqr"))
            for item in range(1, items)
            for _ in range(rng.randint(0, 3))
        ]
        most = {2: 20, 3: 8, 4: 5}[items]
        cell = cell_for(items, tests)
        for _ in range(5):
            rows = [[{p: rng.randrange(5) for p in "pqr"} for _ in range(rng.randint(1, most))] for _ in range(items)]
            wanted = [
                places
                for places in itertools.product(*(range(len(of_item)) for of_item in rows))
                if all(
                    COMPARE[one.op](
                        rows[one.item][places[one.item]][one.own],
                        rows[one.other_item][places[one.other_item]][one.other],
                    )
                    for one in tests
                )
            ]
            assert sorted(cell.combinations(rows)) == wanted, (tests, rows)
            found += len(wanted)
    assert found > 5000


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


@pytest.mark.slow
def test_recompiling_does_not_eat_memory() -> None:
    facts = {"rows": [{"n": number} for number in range(6)]}

    def recompile(times: int, close: bool) -> None:
        for number in range(times):
            # Each of another shape, so that none shares another's cell.
            ops = [("!=", "<", "<=", ">", ">=")[number // 5**place % 5] for place in range(3)]
            where = {"all": [{"field": "b.n", "op": op, "than": "a.n"} for op in ops]}
            match = [{"as": "a", "of": "rows"}, {"as": "b", "of": "rows", "where": where}]
            ruleset = Ruleset.compile([rule_from_document(document("r", match=match))])
            ruleset.evaluate("t", facts, NOW)
            if close:
                ruleset.close()
        gc.collect()

    recompile(125, close=True)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    recompile(125, close=True)
    recompile(125, close=False)
    # 250 leaked cells would be some 110 MB.
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20_000


def test_a_closed_ruleset_says_so() -> None:
    ruleset = Ruleset.compile([rule("one")])
    ruleset.close()
    ruleset.close()
    with pytest.raises(EngineError, match="closed"):
        ruleset.evaluate("t", {}, NOW)


def test_no_timer_threads_are_left_running() -> None:
    before = threading.active_count()
    assert _pair_rule().evaluate("t", _rows(1), NOW).firings
    assert threading.active_count() == before


PAIR = [
    {"as": "a", "of": "rows"},
    {"as": "b", "of": "rows", "where": {"field": "b.n", "op": ">", "than": "a.n"}},
]


def _pair_rule() -> Ruleset:
    return Ruleset.compile([rule("pair", match=PAIR, then=[{"note": {"text": "{a.n}<{b.n}"}}])])


def _rows(start: int) -> dict[str, object]:
    return {"rows": [{"n": start + 5}, {"n": start}, {"n": start + 3}]}


def test_threads_may_join_together() -> None:
    ruleset = _pair_rule()
    wrong: list[int] = []

    def work(start: int) -> None:
        for number in range(start, start + 100):
            (decision,) = ruleset.evaluate("t", _rows(number), NOW).decisions
            if decision.args != {"text": f"{number}<{number + 5}"}:
                wrong.append(number)

    threads = [threading.Thread(target=work, args=(start,)) for start in range(0, 4000, 1000)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def _join_in_child(ruleset: Ruleset, answers: object) -> None:
    answers.put([one.args for one in ruleset.evaluate("t", _rows(1), NOW).decisions])  # type: ignore[attr-defined]


def test_a_forked_child_joins_with_an_engine_of_its_own() -> None:
    ruleset = _pair_rule()
    assert ruleset.evaluate("t", _rows(1), NOW).decisions
    context = multiprocessing.get_context("fork")
    answers = context.Queue()
    child = context.Process(target=_join_in_child, args=(ruleset, answers))
    child.start()
    assert answers.get(timeout=10) == [{"text": "1<6"}]
    child.join(10)
    assert child.exitcode == 0
    assert ruleset.evaluate("t", _rows(1), NOW).decisions
