"""Stages in words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...hooks.text import Text
from .processes import ProcessBook


def stage_of(processes: ProcessBook) -> Callable[[Any, Any], Text | None]:
    """Return a function that says the stage of a record of a kind in words, None where the process has no such stage."""

    def said(kind: Any, record: Any) -> Text | None:
        stage = processes.of_record(kind, record).stage(record.stage)
        return stage.title if stage is not None else None

    return said
