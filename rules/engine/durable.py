"""The only place that touches durable-rules: rows as small whole numbers in, combinations that fit out.

docs/engine.md says which uses crash it; the comments here say which line keeps which point.
"""

from __future__ import annotations

import itertools
import os
import threading
import weakref
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ..language.errors import EngineError

try:
    import durable_rules_engine  # type: ignore[import-not-found,unused-ignore]
    from durable import engine as durable  # type: ignore[import-untyped,unused-ignore]
except ImportError as missing:
    _run = "CPPFLAGS=-DPyEval_CallObject=PyObject_CallObject pip install --no-binary :all: durable-rules==2.0.28"
    raise EngineError(
        f"规则引擎 durable-rules 无法加载（{missing}）。请运行：{_run}",
        f"the rule engine durable-rules can't be loaded ({missing}); run: {_run}",
    ) from missing

MOST_ITEMS = 8
# The engine takes 32 expressions an item, three of which are ours.
MOST_TESTS = 24

_OPERATORS = {"!=": "$neq", "<": "$lt", "<=": "$lte", ">": "$gt", ">=": "$gte"}
_IS_FACT = {"fact": 1}
_TAKEN = "taken"

# The C code keeps its tables in globals, so one lock for the process. It is re-entrant because a
# collected JoinCell is put aside from wherever the garbage collector happens to run.
_lock = threading.RLock()
_serial = itertools.count(1)
# (process, handle) of rulesets whose cell was collected: freed at the next call, never inside one.
_abandoned: list[tuple[int, int]] = []


class JoinTest(NamedTuple):
    """What an item asks of its row and of the row of an item before it: `own` op `other`, two whole numbers."""

    item: int
    op: str
    own: str
    other_item: int
    other: str


def _after_fork() -> None:
    global _lock  # a lock held in the parent would stay locked here for ever
    _lock = threading.RLock()


os.register_at_fork(after_in_child=_after_fork)


class _QuietHost(durable.Host):  # type: ignore[misc]
    """A host without the two threads that dispatch timers every 0.2 s."""

    def _run(self) -> None:
        pass


class JoinCell:
    """One small ruleset: a rule that joins some items, built at first use, again after a fork, and freed."""

    def __init__(self, items: int, tests: Sequence[JoinTest]) -> None:
        if not 0 < items <= MOST_ITEMS or len(tests) > MOST_TESTS:
            raise ValueError(f"{items} items and {len(tests)} tests in one cell; at most {MOST_ITEMS} and {MOST_TESTS}")
        self._items = items
        self._tests = tuple(tests)
        self._ruleset: Any = None
        self._release: weakref.finalize[Any, Any] | None = None
        self._pid = 0
        self._found: list[tuple[int, ...]] = []
        self._taken = 0

    def combinations(self, rows: Sequence[Sequence[Mapping[str, int]]]) -> list[tuple[int, ...]]:
        """Return each combination of rows, one an item (as places in `rows`), that passes all tests; in no order.

        A row without a number that a test asks for must not be among them.
        """
        with _lock:
            _free_abandoned()
            if self._pid != os.getpid():
                self._build()
            return self._run(rows)

    def _build(self) -> None:
        if self._release is not None:
            self._release.detach()  # the parent's ruleset: its memory is not this process's to free
        names = [f"c{item}" for item in range(self._items)]
        definition: dict[str, Any] = {
            # Without a rule that takes every fact, a fact nobody wants raises, and clean-up segfaults.
            _TAKEN: {"all": [{"m": dict(_IS_FACT)}], "run": self._take_recorder()},
            "join": {
                "all": [{name: self._pattern(item)} for item, name in enumerate(names)],
                "run": self._recorder(names),
            },
        }
        # A host keeps its rulesets alive: one host a cell, so that both go together.
        self._ruleset = durable.Ruleset(f"cell{next(_serial)}", _QuietHost(), definition)
        self._pid = os.getpid()
        self._release = weakref.finalize(self, _abandoned.append, (self._pid, self._ruleset._handle))
        self._release.atexit = False

    def _pattern(self, item: int) -> dict[str, Any]:
        # The discriminator comes first: the session's own state is a message too and must match nothing.
        asked: list[dict[str, Any]] = [dict(_IS_FACT), {"item": item}]
        for test in self._tests:
            if test.item == item:
                pair = {test.own: {f"c{test.other_item}": test.other}}
                asked.append(pair if test.op == "==" else {_OPERATORS[test.op]: pair})
        if item > 0:
            # A comparison that always holds comes last: when the last one fails, the engine looks for the
            # end of the list one place too late, and reads on through memory that is not its own.
            asked.append({"fact": {"c0": "fact"}})
        return {"$and": asked}

    def _take_recorder(self) -> Any:
        # Callbacks hold no reference to the cell, or it would never be collected: the host keeps them.
        cell = weakref.ref(self)

        def take(_closure: Any) -> None:
            found = cell()
            if found is not None:
                found._taken += 1

        return take

    def _recorder(self, names: Sequence[str]) -> Any:
        # Actions only record: an exception in one would be swallowed, an effect could not be taken back.
        found = self._found

        def record(closure: Any) -> None:
            found.append(tuple(getattr(closure, name)["row"] for name in names))

        return record

    def _run(self, rows: Sequence[Sequence[Mapping[str, int]]]) -> list[tuple[int, ...]]:
        # A fresh session and fresh ids each time, or the engine remembers and refuses the facts.
        session = f"s{next(_serial)}"
        facts = [
            {"id": f"{session}-{item}-{row}", "sid": session, **_IS_FACT, "item": item, "row": row, **numbers}
            for item, of_item in enumerate(rows)
            for row, numbers in enumerate(of_item)
        ]
        self._found.clear()
        self._taken = 0
        failure: list[Any] = []
        state = None
        for fact in facts:  # One by one: `assert_facts` writes into the text it is given.
            state = self._ruleset.assert_fact(fact)
        self._ruleset.do_actions(state, lambda error, _: failure.append(error) if error else None)
        self._ruleset.delete_state(session)
        if failure or self._taken != len(facts):
            raise EngineError(
                f"规则引擎没有处理全部事实：{failure}",
                f"the engine took {self._taken} of {len(facts)} facts: {failure}; the evaluation is void",
            )
        return list(self._found)


def _free_abandoned() -> None:
    while _abandoned:
        pid, handle = _abandoned.pop()
        if pid == os.getpid():
            durable_rules_engine.delete_ruleset(handle)


_cells: weakref.WeakValueDictionary[tuple[int, tuple[JoinTest, ...]], JoinCell] = weakref.WeakValueDictionary()


def cell_for(items: int, tests: Sequence[JoinTest]) -> JoinCell:
    """Return the cell of this shape; rules of one shape share it, since a cell takes half a megabyte."""
    key = (items, tuple(tests))
    with _lock:
        found = _cells.get(key)
        if found is None:
            found = _cells[key] = JoinCell(*key)
        return found
