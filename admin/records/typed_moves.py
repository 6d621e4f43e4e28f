"""Moves that nothing leads back from: confirmed by typing what the record is called."""

from __future__ import annotations

from typing import Any

from flask import request

from ...core.schema.kind import Kind
from ...core.workspace import Workspace
from ...core.write.prewrite import NeedsConfirmation, Question
from ...core.write.stages import stage_question
from ...hooks.text import Text


class NeedsName(NeedsConfirmation):
    """A move that is confirmed by typing the record's name; `name` is what has to be typed."""

    def __init__(self, question: Text, name: str) -> None:
        self.name = name
        super().__init__((Question(question.zh, "", 0, question),))


def check_typed(ws: Workspace, kind: Kind, record: Any, name: str) -> None:
    """Raise NeedsName if the form moves a record to a stage that is confirmed, and its name was not typed."""
    stage = ws.processes.of_record(kind, record).stage(request.form.get("stage", "")) if kind.staged else None
    if stage is None or not stage.confirm or stage.name == record.stage:
        return
    if request.form.get("typed", "").strip() != name or request.form.get("confirm") != "1":
        raise NeedsName(stage_question(stage), name)
