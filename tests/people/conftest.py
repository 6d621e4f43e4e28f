"""What the tests of signing in share: clients of the console by name and password."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from ..app import app_of


@pytest.fixture
def app(workspace: Any, company: Any) -> Any:
    """The application that serves the company, whose forms may be posted without being fetched."""
    return app_of(workspace, csrf=False)


@pytest.fixture
def signed_in(app: Any, company: Any) -> Any:
    """A function that returns a client signed in as a person."""

    def go(user: Any, **more: str) -> FlaskClient:
        client: FlaskClient = app.test_client()
        answer = client.post("/sign-in", data={"name": user.email, "password": company.password, **more})
        assert answer.status_code == 302, answer.text
        return client

    return go
