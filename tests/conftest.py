"""What every test may ask for: workspaces on both databases, a company, a served console, a browser.

Each worker of `pytest -n` has a PostgreSQL database, a Redis database and a browser of its own, used again from
test to test and brought back to new in between; tests/core/test_fixtures.py says what new means.
"""

from __future__ import annotations

import fcntl
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
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg
import pytest
import redis
from argon2 import PasswordHasher

from clew.core.journal.origin import Actor, Origin
from clew.core.opening import open_workspace
from clew.core.settings import Settings
from clew.core.time.clock import SimulatedClock
from clew.core.workspace import Workspace
from clew.hooks import discovery

from .founding import PASSWORD, Company, found_company
from .own_kinds import make_both
from .postgres import SERVER, Reused, administer, database_url

START = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
"""Tuesday 2026-11-24, 09:00 in Shanghai: the working day begins."""
_REDIS = os.environ.get("CLEW_TEST_REDIS_URL", "redis://127.0.0.1:6379/9")
_OURS = "clew:tests"


_TAKE_LONG = {"clew", "prepare", "_lived"}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark tests that start commands of ours, or that live weeks, as slow, so that none can forget to."""
    for item in items:
        if _TAKE_LONG.intersection(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.slow)


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


@pytest.fixture(autouse=True, scope="session")
def _installed_once() -> Iterator[None]:
    """Read which packages are installed once, not for every workspace: while tests run, none comes or goes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(discovery, "entry_points", cache(discovery.entry_points))
        yield


# ---- Databases


def _absent(what: str, error: Exception) -> None:
    """Skip loudly where a server is missing; in CI that is a failure."""
    sentence = f"{what} IS NOT REACHABLE, so what needs it was NOT tested: {error}"
    if os.environ.get("CI"):
        pytest.fail(sentence, pytrace=False)
    pytest.skip(sentence)


# Tests that ask for `made` begin with a company that has kinds of its own, those that ask for `company` or `found` with
# the company; the others with nothing but the defaults.


@pytest.fixture(scope="session")
def _sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated database that nobody writes to."""
    path = tmp_path_factory.mktemp("template") / "clew.sqlite3"
    _migrate(f"sqlite:///{path}")
    return _settled(path)


@pytest.fixture(scope="session")
def _sqlite_template_founded(_sqlite_template: Path, found: Callable[[Workspace], Company]) -> Path:
    path = _sqlite_template.with_name("founded.sqlite3")
    shutil.copy(_sqlite_template, path)
    with _earlier(f"sqlite:///{path}") as ws:
        found(ws)
    return _settled(path)


@pytest.fixture(scope="session")
def _sqlite_template_made(_sqlite_template_founded: Path, found: Callable[[Workspace], Company]) -> Path:
    path = _sqlite_template_founded.with_name("made.sqlite3")
    shutil.copy(_sqlite_template_founded, path)
    with _earlier(f"sqlite:///{path}") as ws:
        _make(ws, found)
    return _settled(path)


def _settled(path: Path) -> Path:
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return path


def _migrate(url: str) -> None:
    open_workspace(settings=Settings(url), clock=SimulatedClock(START), migrate=True).close()


@contextmanager
def _earlier(url: str) -> Iterator[Workspace]:
    # Earlier than any test begins: what is made in the same millisecond has no order.
    ws = open_workspace(settings=Settings(url), clock=SimulatedClock(START - timedelta(hours=1)))
    yield ws
    ws.close()


def _make(ws: Workspace, found: Callable[[Workspace], Company]) -> None:
    make_both(ws, Origin(Actor.of(found(ws).user("ops")), "console"))


def _fitting(request: pytest.FixtureRequest, fixture: str) -> Any:
    asked = request.fixturenames
    if "made" in asked:
        return request.getfixturevalue(f"{fixture}_made")
    return request.getfixturevalue(f"{fixture}_founded" if {"company", "found"}.intersection(asked) else fixture)


@pytest.fixture(scope="session")
def postgres_template() -> Iterator[str]:
    """The name of a migrated PostgreSQL database that nobody writes to."""
    name = f"clew_template_{uuid4().hex[:8]}"
    try:
        administer(f"CREATE DATABASE {name}")
    except psycopg.OperationalError as error:
        _absent(f"PostgreSQL at {SERVER}", error)
    _migrate(database_url(name))
    yield name
    administer(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def _postgres_template_founded(postgres_template: str, found: Callable[[Workspace], Company]) -> Iterator[str]:
    name = f"{postgres_template}_founded"
    administer(f"CREATE DATABASE {name} TEMPLATE {postgres_template}")
    with _earlier(database_url(name)) as ws:
        found(ws)
    yield name
    administer(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def _postgres_template_made(_postgres_template_founded: str, found: Callable[[Workspace], Company]) -> Iterator[str]:
    name = f"{_postgres_template_founded}_made"
    administer(f"CREATE DATABASE {name} TEMPLATE {_postgres_template_founded}")
    with _earlier(database_url(name)) as ws:
        _make(ws, found)
    yield name
    administer(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def sqlite_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A SQLite database of this test's own."""
    path = tmp_path / "clew.sqlite3"
    shutil.copy(_fitting(request, "_sqlite_template"), path)
    return f"sqlite:///{path}"


@pytest.fixture(scope="session")
def _postgres(postgres_template: str) -> Iterator[Reused]:
    reused = Reused(postgres_template)
    yield reused
    reused.drop()


@pytest.fixture(scope="session")
def _postgres_founded(_postgres_template_founded: str) -> Iterator[Reused]:
    reused = Reused(_postgres_template_founded)
    yield reused
    reused.drop()


@pytest.fixture(scope="session")
def _postgres_made(_postgres_template_made: str) -> Iterator[Reused]:
    reused = Reused(_postgres_template_made)
    yield reused
    reused.drop()


@pytest.fixture
def postgres_url(request: pytest.FixtureRequest, postgres_template: str) -> Iterator[str]:
    """A PostgreSQL database, as if it were made for this test."""
    if not request.node.get_closest_marker("bench"):
        yield _fitting(request, "_postgres").fresh()
        return
    # What a benchmark measures is a database as an installation has it, which waits for the disk.
    name = f"clew_test_{uuid4().hex[:10]}"
    administer(f"CREATE DATABASE {name} TEMPLATE {postgres_template}")
    yield database_url(name)
    administer(f"DROP DATABASE {name} WITH (FORCE)")


def _open(url: str, tmp_path: Path) -> Workspace:
    settings = Settings(url, queue_path=str(tmp_path / "queue.sqlite3"), files_path=str(tmp_path / "files"))
    return open_workspace(settings=settings, clock=SimulatedClock(START))


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


@pytest.fixture(scope="session")
def _redis() -> Iterator[redis.Redis]:
    """The first Redis database that no other process of tests uses: the named one, else one that is empty."""
    named = redis.Redis.from_url(_REDIS)
    try:
        count = int(named.config_get("databases")["databases"])
    except redis.ConnectionError as error:
        _absent(f"Redis at {_REDIS}", error)
    first = int(named.connection_pool.connection_kwargs.get("db", 0))
    host = urlsplit(_REDIS).netloc.replace(":", "-")
    for number in (first, *(n for n in range(count - 1, 0, -1) if n != first)):
        client = redis.Redis.from_url(urlsplit(_REDIS)._replace(path=f"/{number}").geturl())
        with (Path(tempfile.gettempdir()) / f"clew-tests-redis-{host}-{number}.lock").open("w") as lock:
            # A database that is not named and holds something may be somebody's; ours are marked.
            if _locked(lock) and (number == first or not client.dbsize() or client.exists(_OURS)):
                yield client
                client.flushdb()
                client.close()
                return
        client.close()
    pytest.fail(f"every database of {_REDIS} is in use or holds something: flush one that nobody needs", pytrace=False)


def _locked(lock: IO[str]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@pytest.fixture
def redis_url(_redis: redis.Redis) -> str:
    """A Redis database of this test's own, empty but for a mark."""
    _redis.flushdb()
    _redis.set(_OURS, os.getpid())
    return urlsplit(_REDIS)._replace(path=f"/{_redis.connection_pool.connection_kwargs['db']}").geturl()


# ---- A company


@pytest.fixture(scope="session")
def _password_hash() -> str:
    # A hash carries what it costs to check, so tests sign in cheaply and production has nothing to turn down.
    return PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)


@pytest.fixture(scope="session")
def found(_password_hash: str) -> Callable[[Workspace], Company]:
    """A function that founds the company in a workspace, through the door; where it is already, it is returned."""

    return lambda ws: found_company(ws, _password_hash)


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


@pytest.fixture(scope="session")
def _chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Headless Chromium with a fresh profile, one a worker: to start it takes longer than most tests."""
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    if not Path("/usr/bin/chromium").exists():
        _absent("Chromium at /usr/bin/chromium", FileNotFoundError("not installed"))
    options = webdriver.ChromeOptions()
    options.binary_location = "/usr/bin/chromium"
    profile = tmp_path_factory.mktemp("chromium")
    for flag in (
        *("headless", "no-sandbox", "disable-gpu", "disable-quic", "no-first-run", "disable-background-networking"),
        *("disable-component-update", "disable-sync", "window-size=1440,900", f"user-data-dir={profile}"),
    ):
        options.add_argument(f"--{flag}")
    driver = webdriver.Chrome(options, Service("/usr/bin/chromedriver"))
    driver.set_page_load_timeout(60)
    yield driver
    driver.quit()


@pytest.fixture
def browser(_chromium: Any) -> Any:
    """The browser with one new tab, and nothing kept of what other tests did in it."""
    from selenium.common.exceptions import NoAlertPresentException

    with suppress(NoAlertPresentException):
        _chromium.switch_to.alert.dismiss()
    old = _chromium.window_handles
    _chromium.switch_to.new_window("tab")
    new = _chromium.current_window_handle
    for handle in old:
        _chromium.switch_to.window(handle)
        _chromium.close()
    _chromium.switch_to.window(new)
    for command, parameters in (
        ("Page.bringToFront", {}),
        ("Network.clearBrowserCookies", {}),
        ("Network.clearBrowserCache", {}),
        ("Storage.clearDataForOrigin", {"origin": "*", "storageTypes": "all"}),
    ):
        _chromium.execute_cdp_cmd(command, parameters)
    _chromium.set_window_size(1440, 900)
    _chromium.get_log("browser")
    return _chromium


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
