"""A company with two kinds of its own: 拜访 (visit), which a plugin declares, and 样品 (sample), which operations make."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from clew.core.intake import take as intake
from clew.core.journal.origin import SYSTEM
from clew.core.kinds import Lead
from clew.core.running import drain
from clew.core.workspace import Workspace

from ..openapi import hold_every_answer
from ..own_kinds import install


@pytest.fixture(autouse=True)
def _as_the_document_says(monkeypatch: pytest.MonkeyPatch) -> None:
    hold_every_answer(monkeypatch)


@pytest.fixture
def made(any_workspace: Workspace, found: Callable[[Workspace], Any]) -> Any:
    """The company, in a workspace that has both kinds: its database began with them."""
    install(any_workspace)
    return found(any_workspace)


@pytest.fixture
def lead(any_workspace: Workspace, made: Any) -> Lead:
    """A lead of somebody in sales."""
    given = {"company": "恒锐精密", "phone": "13812345678", "industry": "精密加工", "region": "江苏", "budget": 400_000}
    taken = intake.take(any_workspace, given, SYSTEM).lead
    drain(any_workspace)
    return Lead.get_by_id(taken.id)
