"""Every answer of the API is held against its document."""

from __future__ import annotations

import pytest

from ..openapi import hold_every_answer


@pytest.fixture(autouse=True)
def _as_the_document_says(monkeypatch: pytest.MonkeyPatch) -> None:
    hold_every_answer(monkeypatch)
