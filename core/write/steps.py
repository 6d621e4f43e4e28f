"""Steps from state to state: sending a record back takes a reason, whoever asks and however."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...hooks.text import Text
from ..errors import Invalid, Problem
from ..journal.origin import Origin
from ..schema.kind import Kind

NEEDED = Text("退回要写明原因：要改哪一条，改成什么", "say what to change, and to what, to send it back")


def check_reason(kind: Kind, before: Mapping[str, Any], after: Mapping[str, Any], origin: Origin) -> None:
    """Raise Invalid for a person who sends a record back and says not why."""
    states = kind.states
    if states is None or states.field not in after or origin.actor.kind != "user" or origin.reason.strip():
        return
    step = states.step(before[states.field], after[states.field])
    if step is not None and step.back:
        raise Invalid([Problem("reason", NEEDED)])
