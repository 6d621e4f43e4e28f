"""The only place that touches durable-rules: small rulesets of whole numbers in, matching branches out.

DESIGN §6 says which uses crash it; the comments here say which line keeps which point.
"""

from __future__ import annotations

import itertools
import os
import threading
import weakref
from collections.abc import Mapping, Sequence
from typing import Any

from .errors import EngineError

try:
    import durable_rules_engine  # type: ignore[import-not-found,unused-ignore]
    from durable import engine as durable  # type: ignore[import-untyped,unused-ignore]
except ImportError as missing:
    _run = "CPPFLAGS=-DPyEval_CallObject=PyObject_CallObject pip install --no-binary :all: durable-rules==2.0.28"
    raise EngineError(
        f"规则引擎 durable-rules 无法加载（{missing}）。请运行：{_run}",
        f"the rule engine durable-rules can't be loaded ({missing}); run: {_run}",
    ) from missing

MOST_BRANCHES = 48
MOST_PROPERTIES = 200

# What a branch asks of one property: (property, operator, constant), all of them to hold together.
Test = tuple[str, str, int]
_OPERATORS = {"<": "$lt", "<=": "$lte", ">": "$gt", ">=": "$gte"}
_IS_FACT = {"fact": 1}
_TAKEN = "taken"

# The C code keeps its tables in globals, so one lock for the process. It is re-entrant because a
# collected EngineCell is put aside from wherever the garbage collector happens to run.
_lock = threading.RLock()
_serial = itertools.count(1)
# (process, handle) of rulesets whose cell was collected: freed at the next call, never inside one.
_abandoned: list[tuple[int, int]] = []


def _after_fork() -> None:
    global _lock  # a lock held in the parent would stay locked here for ever
    _lock = threading.RLock()


os.register_at_fork(after_in_child=_after_fork)


class _QuietHost(durable.Host):  # type: ignore[misc]
    """A host without the two threads that dispatch timers every 0.2 s."""

    def _run(self) -> None:
        pass


class EngineCell:
    """One small ruleset. It is built at the first match, again after a fork, and freed by `close`."""

    def __init__(self, branches: Sequence[Sequence[Test]]) -> None:
        if len(branches) > MOST_BRANCHES:
            raise ValueError(f"{len(branches)} branches in one cell; more than {MOST_BRANCHES} corrupt the heap")
        self._branches = tuple(tuple(branch) for branch in branches)
        self._ruleset: Any = None
        self._release: weakref.finalize[Any, Any] | None = None
        self._pid = 0
        self._closed = False
        self._fired: set[int] = set()
        self._taken = False

    def match(self, properties: Mapping[str, int]) -> frozenset[int]:
        """Return the positions of the branches that hold for `properties`; an absent one fails every test."""
        with _lock:
            if self._closed:
                raise EngineError("规则集已关闭", "this ruleset was closed; use the one that replaced it")
            _free_abandoned()
            if self._pid != os.getpid():
                self._build()
            return self._run(properties)

    def close(self) -> None:
        """Free the engine's memory (about 0.45 MB a ruleset); closing twice is fine."""
        with _lock:
            self._closed = True
            self._ruleset = None
            if self._release is not None:
                self._release()
            _free_abandoned()

    def _build(self) -> None:
        if self._release is not None:
            self._release.detach()  # the parent's ruleset: its memory is not this process's to free
        definition: dict[str, Any] = {
            # Without a rule that takes every fact, a fact nobody wants raises, and clean-up segfaults.
            _TAKEN: {"all": [{"m": dict(_IS_FACT)}], "run": self._take}
        }
        for position, branch in enumerate(self._branches):
            definition[f"b{position}"] = {"all": [{"m": _pattern(branch)}], "run": self._recorder(position)}
        # A host keeps its rulesets alive: one host a cell, so that both go together.
        self._ruleset = durable.Ruleset(f"cell{next(_serial)}", _QuietHost(), definition)
        self._pid = os.getpid()
        self._release = weakref.finalize(self, _abandoned.append, (self._pid, self._ruleset._handle))
        self._release.atexit = False

    def _take(self, closure: Any) -> None:
        self._taken = True

    def _recorder(self, position: int) -> Any:
        # Actions only record: an exception in one would be swallowed, an effect could not be taken back.
        fired = self._fired

        def record(closure: Any) -> None:
            fired.add(position)

        return record

    def _run(self, properties: Mapping[str, int]) -> frozenset[int]:
        # A fresh session and a fresh id each time, or the engine remembers and refuses the fact.
        session = f"s{next(_serial)}"
        self._fired.clear()
        self._taken = False
        failure: list[Any] = []
        state = self._ruleset.assert_fact({"id": session, "sid": session, **_IS_FACT, **properties})
        self._ruleset.do_actions(state, lambda error, _: failure.append(error) if error else None)
        self._ruleset.delete_state(session)
        if failure or not self._taken:
            raise EngineError(
                f"规则引擎没有处理事实：{failure}",
                f"the engine left a fact unhandled: {failure}; the evaluation is void",
            )
        return frozenset(self._fired)


def _pattern(branch: Sequence[Test]) -> dict[str, Any]:
    # The discriminator comes first: the session's own state is a message too and must match nothing.
    tests: list[dict[str, Any]] = [dict(_IS_FACT)]
    for name, operator, constant in branch:
        tests.append({name: constant} if operator == "==" else {_OPERATORS[operator]: {name: constant}})
    return {"$and": tests} if len(tests) > 1 else tests[0]


def _free_abandoned() -> None:
    while _abandoned:
        pid, handle = _abandoned.pop()
        if pid == os.getpid():
            durable_rules_engine.delete_ruleset(handle)
