"""A small company in a database of its own, and the command line run against it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from clew.core.demo import company
from clew.core.opening import open_workspace
from clew.core.settings import Settings
from clew.core.time.clock import SimulatedClock
from clew.core.workspace import Workspace

START = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


@pytest.fixture
def ws(tmp_path: Path) -> Iterator[Workspace]:
    """A workspace with teams and people, its clock standing on a Monday morning."""
    settings = Settings(database_url=f"sqlite:///{tmp_path / 'clew.sqlite3'}")
    workspace = open_workspace(settings=settings, clock=SimulatedClock(START), migrate=True)
    company.found(workspace)
    yield workspace
    workspace.close()


Clew = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def environment(ws: Workspace) -> dict[str, str]:
    """What a `clew` process needs to find the workspace; it speaks English."""
    mine = {name: value for name, value in os.environ.items() if not name.startswith("CLEW_")}
    return {**mine, "CLEW_DATABASE_URL": ws.settings.database_url, "LC_ALL": "C.UTF-8", "COLUMNS": "200"}


@pytest.fixture
def clew(environment: dict[str, str], tmp_path: Path) -> Clew:
    """Run `clew …` as people do, in a process of its own."""

    def run(*arguments: object, timeout: float = 120) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "clew.core.cli", *map(str, arguments)]
        return subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=timeout)

    return run
