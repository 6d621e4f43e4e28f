"""What every test may ask for: workspaces on both databases, a company, a served console, a browser."""

from __future__ import annotations

import ipaddress
import os
import shutil
import smtplib
import socket
import sqlite3
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg
import pytest
import redis

from clew.core.journal.origin import SYSTEM
from clew.core.kinds import Team, User
from clew.core.opening import open_workspace
from clew.core.people.sign_in import hash_password
from clew.core.running import drain
from clew.core.settings import Settings
from clew.core.time.clock import SimulatedClock
from clew.core.workspace import Workspace

START = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
"""Tuesday 2026-11-24, 09:00 in Shanghai: the working day begins."""
PASSWORD = "clew-test-2026"
TEAMS = ("华东一部", "华东二部", "华南部", "华北部", "大客户部")
_POSTGRES = os.environ.get("CLEW_TEST_POSTGRES_URL", "postgresql:///test")
_REDIS = os.environ.get("CLEW_TEST_REDIS_URL", "redis://127.0.0.1:6379/9")


# ---- Guards: a test that leaves this machine or sends mail fails.


@pytest.fixture(autouse=True, scope="session")
def _stay_here() -> Iterator[None]:
    patch = pytest.MonkeyPatch()
    for name in ("connect", "connect_ex"):
        patch.setattr(socket.socket, name, _only_loopback(getattr(socket.socket, name)))
    patch.setattr(smtplib.SMTP, "__init__", _no_mail)
    yield
    patch.undo()


def _only_loopback(original: Callable[..., Any]) -> Callable[..., Any]:
    def connect(self: socket.socket, address: Any) -> Any:
        if self.family in (socket.AF_INET, socket.AF_INET6):
            host = address[0]
            if host != "localhost" and not ipaddress.ip_address(host.partition("%")[0]).is_loopback:
                raise AssertionError(f"a test wanted to reach {host}: only loopback may be connected")
        return original(self, address)

    return connect


def _no_mail(*args: Any, **kwargs: Any) -> None:
    raise AssertionError("a test wanted to send mail")


# ---- Databases


def _absent(what: str, error: Exception) -> None:
    """Skip loudly where a server is missing; in CI that is a failure."""
    sentence = f"{what} IS NOT REACHABLE, so what needs it was NOT tested: {error}"
    if os.environ.get("CI"):
        pytest.fail(sentence, pytrace=False)
    pytest.skip(sentence)


@pytest.fixture(scope="session")
def _sqlite_template() -> Iterator[Path]:
    """Migrate once; each test gets a copy."""
    with tempfile.TemporaryDirectory(prefix="clew-template-") as folder:
        path = Path(folder) / "template.sqlite3"
        ws = open_workspace(settings=Settings(f"sqlite:///{path}"), clock=SimulatedClock(START), migrate=True)
        ws.close()
        with sqlite3.connect(path) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()
        yield path


@pytest.fixture(scope="session")
def _postgres_template() -> Iterator[str]:
    name = f"clew_template_{uuid4().hex[:8]}"
    try:
        _administer(f"CREATE DATABASE {name}")
    except psycopg.OperationalError as error:
        _absent(f"PostgreSQL at {_POSTGRES}", error)
    ws = open_workspace(settings=Settings(_database_url(name)), clock=SimulatedClock(START), migrate=True)
    ws.close()
    yield name
    _administer(f"DROP DATABASE {name} WITH (FORCE)")


def _administer(statement: str) -> None:
    with psycopg.connect(_POSTGRES, autocommit=True, connect_timeout=5) as connection:
        connection.execute(statement)


def _database_url(name: str) -> str:
    return urlsplit(_POSTGRES)._replace(path=f"/{name}").geturl().replace("postgresql:/clew", "postgresql:///clew")


@pytest.fixture
def sqlite_url(tmp_path: Path, _sqlite_template: Path) -> str:
    """A migrated SQLite database of this test's own."""
    path = tmp_path / "clew.sqlite3"
    shutil.copy(_sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture
def postgres_url(_postgres_template: str) -> Iterator[str]:
    """A migrated PostgreSQL database of this test's own."""
    name = f"clew_test_{uuid4().hex[:10]}"
    _administer(f"CREATE DATABASE {name} TEMPLATE {_postgres_template}")
    yield _database_url(name)
    _administer(f"DROP DATABASE {name} WITH (FORCE)")


def _open(url: str, tmp_path: Path) -> Workspace:
    settings = Settings(url, queue_path=str(tmp_path / "queue.sqlite3"))
    return open_workspace(settings=settings, clock=SimulatedClock(START), migrate=True)


@pytest.fixture
def workspace(sqlite_url: str, tmp_path: Path) -> Iterator[Workspace]:
    """A fresh workspace on SQLite; its clock stands at START."""
    ws = _open(sqlite_url, tmp_path)
    yield ws
    ws.close()


@pytest.fixture
def postgres_workspace(postgres_url: str, tmp_path: Path) -> Iterator[Workspace]:
    """A fresh workspace on PostgreSQL; its clock stands at START."""
    ws = _open(postgres_url, tmp_path)
    yield ws
    ws.close()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def any_workspace(request: pytest.FixtureRequest) -> Workspace:
    """The same test on both databases."""
    return request.getfixturevalue("workspace" if request.param == "sqlite" else "postgres_workspace")


@pytest.fixture
def redis_url() -> Iterator[str]:
    """A Redis database of the tests' own, empty before and after."""
    client = redis.Redis.from_url(_REDIS)
    try:
        client.flushdb()
    except redis.ConnectionError as error:
        _absent(f"Redis at {_REDIS}", error)
    yield _REDIS
    client.flushdb()
    client.close()


# ---- A company


@dataclass(frozen=True)
class Company:
    """The teams of the bundled assignment rules, each with a manager and two sellers, and the other roles."""

    teams: dict[str, Team]
    managers: dict[str, User]
    sellers: dict[str, list[User]]
    others: dict[str, User]
    password: str = PASSWORD

    def user(self, role: str) -> User:
        """Return somebody of the role."""
        if role == "sales":
            return self.sellers["华东一部"][0]
        return self.managers["华东一部"] if role == "manager" else self.others[role]


@pytest.fixture(scope="session")
def _password_hash() -> str:
    return hash_password(PASSWORD)


@pytest.fixture
def found(_password_hash: str) -> Callable[[Workspace], Company]:
    """A function that founds the company in a workspace, through the door."""

    def make(ws: Workspace) -> Company:
        company = Company({}, {}, {}, {})
        with ws.door.transaction(SYSTEM) as tx:

            def person(login: str, name: str, role: str, team: Team | None = None) -> User:
                return tx.create(
                    "user",
                    {
                        "email": f"{login}@test.example",
                        "name": name,
                        "roles": [role],
                        "team_id": team.id if team else None,
                        "password_hash": _password_hash,
                    },
                ).record

            for number, name in enumerate(TEAMS, 1):
                team = tx.create("team", {"name": name}).record
                manager = person(f"manager{number}", f"{name}经理", "manager", team)
                company.teams[name] = tx.change("team", team.id, {"manager_id": manager.id})
                company.managers[name] = manager
                company.sellers[name] = [
                    person(f"seller{number}{which}", f"{name}销售{which}", "sales", team) for which in "ab"
                ]
            for role in ("ops", "legal", "finance", "delivery", "admin"):
                company.others[role] = person(role, f"{role} 同事", role)
        drain(ws)
        return company

    return make


@pytest.fixture
def company(workspace: Workspace, found: Callable[[Workspace], Company]) -> Company:
    """The company in `workspace`."""
    return found(workspace)


# ---- Waiting, serving, looking


@pytest.fixture
def await_() -> Callable[..., Any]:
    """A function that polls until a condition gives something true, and fails when time is up."""

    def wait(condition: Callable[[], Any], what: str, seconds: float = 20) -> Any:
        end = time.monotonic() + seconds
        while not (found := condition()):
            if time.monotonic() > end:
                pytest.fail(f"waited {seconds:g} s in vain for {what}")
            time.sleep(0.05)
        return found

    return wait


@dataclass(frozen=True)
class Served:
    """A live web server: where it is, and what it serves."""

    url: str
    app: Any
    workspace: Workspace


@pytest.fixture
def served(workspace: Workspace) -> Iterator[Served]:
    """`workspace` behind a live waitress server on a free port."""
    import waitress

    from clew.core.app import create_app

    app = create_app(workspace)
    server = waitress.create_server(app, host="127.0.0.1", port=0, threads=4)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield Served(f"http://127.0.0.1:{server.effective_port}", app, workspace)

    def stop() -> None:
        for channel in list(server.active_channels.values()):
            channel.handle_close()
        server.task_dispatcher.shutdown()
        server.close()

    server.trigger.pull_trigger(stop)
    thread.join(10)


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Any]:
    """Headless Chromium with a fresh profile."""
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    if not Path("/usr/bin/chromium").exists():
        _absent("Chromium at /usr/bin/chromium", FileNotFoundError("not installed"))
    options = webdriver.ChromeOptions()
    options.binary_location = "/usr/bin/chromium"
    for flag in (
        *("headless", "no-sandbox", "disable-gpu", "disable-quic", "no-first-run", "disable-background-networking"),
        *("disable-component-update", "disable-sync", "window-size=1440,900", f"user-data-dir={tmp_path / 'profile'}"),
    ):
        options.add_argument(f"--{flag}")
    driver = webdriver.Chrome(options, Service("/usr/bin/chromedriver"))
    driver.set_page_load_timeout(60)
    yield driver
    driver.quit()


@pytest.fixture
def enter(served: Served, browser: Any) -> Callable[..., Any]:
    """A function that signs somebody in by name and password, opens a page and returns the browser."""
    from selenium.webdriver.common.by import By
    from selenium.webdriver.support.wait import WebDriverWait

    def go(name: str, password: str, path: str = "/") -> Any:
        browser.delete_all_cookies()
        browser.get(served.url + "/sign-in")
        browser.find_element(By.ID, "name").send_keys(name)
        browser.find_element(By.ID, "password").send_keys(password)
        browser.find_element(By.CSS_SELECTOR, "form.sign button[type=submit]").click()
        # To leave for the next page before the answer came would lose the session's cookie.
        WebDriverWait(browser, 20).until(lambda _: "/sign-in" not in browser.current_url)
        browser.get(served.url + path)
        return browser

    return go


@pytest.fixture
def visit(enter: Callable[..., Any], company: Company) -> Callable[..., Any]:
    """A function that signs a user of the company in and opens a page."""
    return lambda user, path="/": enter(user.email, company.password, path)
