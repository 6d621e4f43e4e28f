"""What pages are tried with: a morning that the company lived, and somebody's browser on it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from clew.core.kinds import User

from ..app import app_of
from ..mornings import Morning, live_a_morning


@pytest.fixture
def morning(workspace: Any, company: Any) -> Morning:
    """The company's morning, at 9:50."""
    return live_a_morning(workspace, company)


@pytest.fixture
def at(workspace: Any, company: Any) -> Callable[[User], Any]:
    """A function that signs somebody in."""
    app = app_of(workspace, csrf=False)

    def enter(user: User) -> Any:
        client = app.test_client()
        assert client.post("/sign-in", data={"name": user.email, "password": company.password}).status_code == 302
        return client

    return enter
