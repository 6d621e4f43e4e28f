"""What a process logs: one line an event, and tracebacks that never show the values of variables (law 10)."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager

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
        ]
    )


@contextmanager
def errors_only() -> Iterator[None]:
    """Log errors alone while the block runs: what a made-up month is warned of, nobody at the terminal has to mend."""
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    try:
        yield
    finally:
        structlog.configure(**before)
