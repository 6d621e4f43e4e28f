"""What a process logs: one line an event, and tracebacks that never show the values of variables (law 10)."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import structlog


def configure_logs() -> None:
    """Have structlog write plain tracebacks: its own show each variable, a token or a phone number among them."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="%Y-%m-%d %H:%M:%S", utc=False),
            structlog.dev.ConsoleRenderer(
                colors=sys.stdout.isatty(), exception_formatter=structlog.dev.plain_traceback
            ),
        ],
        logger_factory=_printing,
    )


class _Lenient(structlog.PrintLogger):
    """Prints lines, and goes on where one can't be written: a full disk ends neither an answer nor a worker's turn."""

    def msg(self, message: str) -> None:
        """Print a line if there is room for it."""
        with suppress(OSError):
            super().msg(message)

    log = debug = info = warn = warning = error = critical = fatal = failure = err = exception = msg


def _printing(*_: object) -> _Lenient:
    return _Lenient()


@contextmanager
def errors_only() -> Iterator[None]:
    """Log errors alone while the block runs: what a made-up month is warned of, nobody at the terminal has to mend."""
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    try:
        yield
    finally:
        structlog.configure(**before)


class Outages(logging.Filter):
    """Lets what says that a server can't be reached through once in a while, in one line: it is tried many times a second."""

    def __init__(self, errors: tuple[type[BaseException], ...], seconds: float = 60) -> None:
        super().__init__()
        self._errors, self._seconds = errors, seconds
        self._said: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Say whether a record is to be written; that of an outage loses its traceback."""
        error = record.exc_info[1] if record.exc_info else None
        if not isinstance(error, self._errors):
            return True
        message = record.getMessage()
        if record.created - self._said.get(message, -self._seconds) < self._seconds:
            return False
        self._said[message] = record.created
        record.msg, record.args = f"{message.rstrip('.')}: {error}", ()
        record.exc_info = record.exc_text = None
        return True
