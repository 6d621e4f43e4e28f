"""The wall: one plugin's hook is called with a timeout, and whatever it does wrong stays on its side."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from dataclasses import dataclass
from itertools import islice
from threading import BoundedSemaphore, Lock, Thread
from typing import Any

from . import effects, misfits
from .discovery import Catalogue
from .specs import TERMS, ActionSpec, FieldSpec, KindSpec, Problem, ProcessSpec

_AT_ONCE = 4
_MOST = 1_000


@dataclass(frozen=True)
class CallRecord:
    """One call, for the plugin's health: `error` is empty when it went well."""

    plugin: str
    hook: str
    seconds: float
    error: str = ""


class PluginFailed(Exception):
    """A plugin raised, took too long, was too busy, or returned what its hook may not return."""

    def __init__(self, plugin: str, hook: str, reason: str, seconds: float) -> None:
        super().__init__(f"plugin {plugin!r}, {hook}: {reason}")
        self.plugin, self.hook, self.reason, self.seconds = plugin, hook, reason, seconds


class Wall:
    """Calls plugins one at a time, each in threads of its own.

    A thread that hangs can't be killed: it keeps its place, and once a plugin's places are all
    taken every further call fails at once, until the plugin is in quarantine. The threads are
    daemons, so that the process can end all the same.
    """

    def __init__(self, catalogue: Catalogue, on_result: Callable[[CallRecord], None]) -> None:
        self._catalogue, self._on_result = catalogue, on_result
        self._places: dict[str, BoundedSemaphore] = {}
        self._lock = Lock()

    def call(self, plugin: str, hook: str, timeout: float | None = None, **arguments: Any) -> list[Any]:
        """Return what the plugin's hook returns, as a list. Raises PluginFailed, never anything else."""
        implementation = self._catalogue.implementation(plugin, hook)
        if implementation is None:
            return []
        limit = TERMS[hook].timeout if timeout is None else timeout
        started = time.monotonic()
        try:
            result = self._run(plugin, implementation, arguments, limit)
            _check(hook, result)
        except _Reason as reason:
            error = str(reason)
        except FutureTimeout:
            error = f"no answer within {limit:g} s"
        except BaseException as raised:
            if isinstance(raised, KeyboardInterrupt):
                raise
            error = f"{type(raised).__name__}: {raised}"
        else:
            self._on_result(CallRecord(plugin, hook, time.monotonic() - started))
            return result
        seconds = time.monotonic() - started
        self._on_result(CallRecord(plugin, hook, seconds, error))
        raise PluginFailed(plugin, hook, error, seconds)

    def _run(self, plugin: str, implementation: Any, arguments: dict[str, Any], limit: float) -> list[Any]:
        places = self._places_of(plugin)
        if not places.acquire(blocking=False):
            raise _Reason(f"{_AT_ONCE} earlier calls are still running")
        taken = [arguments[name] for name in implementation.argnames]
        future: Future[Any] = Future()

        def work() -> None:
            try:
                found = implementation.function(*taken)
                # Read here, where it may take its time, and never to the end of what has none.
                future.set_result(found if found is None else list(islice(found, _MOST + 1)))
            except BaseException as error:
                future.set_exception(error)
            finally:
                places.release()

        Thread(target=work, name=f"plugin-{plugin}", daemon=True).start()
        return future.result(timeout=limit) or []

    def _places_of(self, plugin: str) -> BoundedSemaphore:
        with self._lock:
            return self._places.setdefault(plugin, BoundedSemaphore(_AT_ONCE))


class _Reason(Exception):
    pass


def _check(hook: str, result: list[Any]) -> None:
    wanted: Any = {
        "validate_record": Problem,
        "register_fields": FieldSpec,
        "register_processes": ProcessSpec,
        "register_kinds": KindSpec,
        "register_actions": ActionSpec,
    }.get(hook, effects.Effect)
    if len(result) > _MOST:
        raise _Reason(f"returned more than {_MOST} things")
    for one in result:
        if not isinstance(one, wanted):
            raise _Reason(f"returned {type(one).__name__}, which {hook} may not return")
        fault = misfits.misfit(one) or (effects.unusable(one) if wanted is effects.Effect else None)
        if fault:
            raise _Reason(f"returned {type(one).__name__}, but {fault}")
