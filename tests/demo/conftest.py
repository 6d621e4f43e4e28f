"""The demo's month, made once by its own command; each test that writes gets a copy."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from clew.core.app import create_app
from clew.core.demo import company
from clew.core.opening import open_workspace
from clew.core.settings import Settings

LEADS = 60


@pytest.fixture(scope="session")
def prepare() -> Any:
    """A function that runs `clew demo --only-prepare` and returns what it printed."""

    def run(path: Path) -> str:
        command = [sys.executable, "-m", "clew.core.cli", "demo", "--only-prepare", "--leads", str(LEADS)]
        return subprocess.run(
            [*command, "--path", str(path)], check=True, capture_output=True, text=True, timeout=240
        ).stdout

    return run


@pytest.fixture(scope="session")
def month(prepare: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the demo's data, to be read only."""
    folder = tmp_path_factory.mktemp("demo") / "month"
    prepare(folder)
    return folder


@pytest.fixture
def workspace(month: Path, tmp_path: Path) -> Iterator[Any]:
    """The demo's workspace, a copy of this test's own."""
    folder = shutil.copytree(month, tmp_path / "month")
    ws = open_workspace(settings=Settings(f"sqlite:///{folder / 'clew.sqlite3'}", company="远川工业", demo=True))
    yield ws
    ws.close()


@pytest.fixture
def sign_in(workspace: Any) -> Any:
    """A function that returns a client signed in by a login of the demo."""
    app = create_app(workspace)
    app.config["WTF_CSRF_ENABLED"] = False

    def as_(login: str) -> Any:
        client = app.test_client()
        form = {"name": f"{login}@{company.DOMAIN}", "password": company.PASSWORD}
        assert client.post("/sign-in", data=form).status_code == 302
        return client

    return as_
