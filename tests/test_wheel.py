"""The wheel, installed far from the checkout, is the whole program: it is set up, serves, and looks as it should."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import sysconfig
import venv
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from email import message_from_bytes
from importlib import metadata
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pytest
import requests
from packaging.metadata import parse_email
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from clew import __version__

from .documents import ROOT, blocks, words
from .test_packaging import FILES

pytestmark = pytest.mark.slow
README = (ROOT / "README.md").read_text(encoding="utf-8")
PASSWORD = "wheel-2026-parts"
# Tells of every file of the checkout that the program opens or looks for; the environment's own packages are links.
_WATCH = """
import os, sys
def _tell(event, arguments):
    if event in ("open", "os.listdir", "os.scandir") and arguments and isinstance(arguments[0], (str, bytes, os.PathLike)):
        path = os.path.abspath(os.fsdecode(arguments[0]))
        if path.startswith({checkout!r} + os.sep) and not path.startswith({packages!r} + os.sep):
            with open({log!r}, "a") as log:
                log.write(path + chr(10))
sys.addaudithook(_tell)
"""
_WHERE = """
import clew, importlib, json, pkgutil, sys
from clew.core.app import create_app
from clew.core.opening import open_workspace
skip = ("clew.wsgi", "clew.core.cli.__main__", "clew.core.migrations.")
for module in pkgutil.walk_packages(clew.__path__, "clew."):
    if not module.name.startswith(skip):
        importlib.import_module(module.name)
app = create_app(open_workspace())
print(json.dumps({
    "modules": {name: one.__file__ for name, one in sys.modules.items() if name.partition(".")[0] == "clew"},
    "template": app.jinja_env.get_template("clew/account/sign_in.html").filename,
    "static": app.blueprints["console"].static_folder,
    "path": sys.path,
}))
"""
# The teams that the bundled assignment names: no command makes them.
_TEAMS = """
import clew
from clew.core.journal.origin import SYSTEM
with clew.open_workspace().door.transaction(SYSTEM) as tx:
    for number, name in enumerate(("华东一部", "华东二部", "华南部", "华北部", "大客户部")):
        team = tx.create("team", {"name": name}).record
        person = {"email": f"seller{number}@example.com", "name": name + "销售", "roles": ["sales"], "team_id": team.id}
        tx.create("user", person | {"password_hash": "none"})
"""


@dataclass(frozen=True)
class Installed:
    """An environment that has Clew from its wheel, and an empty folder to work in."""

    packages: Path
    folder: Path
    log: Path
    environment: dict[str, str]

    def run(self, *command: str, input: str = "", check: bool = True) -> str:
        """Run a command of the environment and return what it printed."""
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=self.environment,
            input=input,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            start_new_session=True,  # No terminal: a question for a password is answered from `input`.
        )
        assert done.returncode == 0 or not check, f"{command}\n{done.stdout}\n{done.stderr}"
        return done.stdout + done.stderr


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the sdist and the wheel of the tree as it is, without what git ignores."""
    tree, made = tmp_path_factory.mktemp("tree"), tmp_path_factory.mktemp("built")
    for file in FILES:
        (tree / file.relative_to(ROOT)).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, tree / file.relative_to(ROOT))
    _build(tree, made, "--sdist", "--wheel")
    return made


@pytest.fixture(scope="module")
def wheel(built: Path) -> Path:
    """The wheel."""
    (found,) = built.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """A new environment with the wheel, and of other packages only those that the wheel asks for."""
    base = tmp_path_factory.mktemp("elsewhere")
    assert not base.is_relative_to(ROOT)
    venv.create(base / "env", with_pip=False, symlinks=True)
    where = {"base": str(base / "env"), "platbase": str(base / "env")}
    packages = Path(sysconfig.get_path("purelib", "venv", where))
    for name in _asked_for(wheel):
        _link(metadata.distribution(name), packages)
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", str(base / "env" / "bin" / "python")]
    subprocess.run([*pip, "install", "-q", "--no-index", "--no-deps", wheel], check=True, cwd=base)
    subprocess.run([*pip, "check"], check=True, cwd=base, capture_output=True)
    log = base / "opened"
    watch = _WATCH.format(checkout=str(ROOT), packages=sysconfig.get_path("purelib"), log=str(log))
    (packages / "watching.py").write_text(watch, encoding="utf-8")
    (packages / "watching.pth").write_text("import watching\n", encoding="utf-8")
    folder = base / "work"
    folder.mkdir()
    environment = {"PATH": f"{base / 'env' / 'bin'}:/usr/bin:/bin", "HOME": str(base), "LANG": "C.UTF-8"}
    return Installed(packages, folder, log, environment)


@pytest.fixture(scope="module")
def set_up(installed: Installed) -> Installed:
    """The installation, set up by the commands that README.md gives, on the database that it has by itself."""
    (lines,) = (block.splitlines() for block in blocks(README, "sh") if "clew init" in block)
    for line in lines:
        if line.startswith(("clew init", "clew user create")):
            installed.run(*words(line), input=f"{PASSWORD}\n{PASSWORD}\n")
    return installed


@pytest.fixture(scope="module")
def url(set_up: Installed) -> Iterator[str]:
    """Where `clew run` serves."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    printed = set_up.folder / "printed"
    with printed.open("w", encoding="utf-8") as out:
        server = subprocess.Popen(
            ["clew", "run", "--port", str(port)],
            cwd=set_up.folder,
            env=set_up.environment,
            stdout=out,
            stderr=out,
        )
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(30)
    text = printed.read_text(encoding="utf-8")
    assert "Traceback" not in text, text


@pytest.fixture
def session(url: str, await_: Callable[..., Any]) -> requests.Session:
    """A browser's session, signed in through the form."""
    await_(lambda: _ready(url), "the server", 40)
    session = requests.Session()
    form = session.get(f"{url}/sign-in", timeout=20).text
    token = re.search(r'name="csrf_token" value="([^"]+)"', form)
    assert token
    (email,) = re.findall(r"^clew user create (\S+)", README, re.MULTILINE)
    values = {"name": email, "password": PASSWORD}
    assert session.post(f"{url}/sign-in", data=values, timeout=20).status_code == 400, "without the token"
    answer = session.post(f"{url}/sign-in", data=values | {"csrf_token": token[1]}, timeout=20)
    assert answer.status_code == 200
    assert not answer.url.endswith("/sign-in")
    return session


def test_the_wheel_carries_every_file_under_the_packages_and_no_other(wheel: Path) -> None:
    folders = {file.relative_to(ROOT).parts[0] for file in FILES if file.name == "__init__.py" and file.parent != ROOT}
    ours = {
        file.relative_to(ROOT).as_posix()
        for file in FILES
        if file.relative_to(ROOT).parts[0] in folders - {"tests"}
        or (file.parent == ROOT and (file.suffix == ".py" or file.name == "py.typed"))
    }
    kinds = {Path(name).suffix for name in ours}
    assert kinds >= {".py", ".typed", ".html", ".css", ".js", ".svg", ".yaml"}
    with zipfile.ZipFile(wheel) as archive:
        carried = {name.removeprefix("clew/") for name in archive.namelist() if ".dist-info/" not in name}
    assert carried == ours


def test_the_sdist_makes_the_same_wheel(built: Path, wheel: Path, tmp_path: Path) -> None:
    (sdist,) = built.glob("*.tar.gz")
    shutil.unpack_archive(sdist, tmp_path, filter="data")
    (tree,) = tmp_path.iterdir()
    assert not (tree / "tests").exists()
    _build(tree, tmp_path / "again", "--wheel")
    (again,) = (tmp_path / "again").iterdir()
    assert again.name == wheel.name
    assert _content(again) == _content(wheel)


def test_the_wheel_says_what_it_is(wheel: Path) -> None:
    said, unread = parse_email(_described(wheel))
    assert unread == {}
    assert said["version"] == __version__
    assert said["license_expression"] == "Apache-2.0"
    assert said["license_files"] == ["LICENSE"]
    assert said["description_content_type"] == "text/markdown"
    assert said["description"] == README
    with zipfile.ZipFile(wheel) as archive:
        (licence,) = (name for name in archive.namelist() if name.endswith("/licenses/LICENSE"))
        assert archive.read(licence) == (ROOT / "LICENSE").read_bytes()


def test_it_says_its_version(installed: Installed) -> None:
    here = ".".join(map(str, sys.version_info[:3]))
    assert installed.run("clew", "--version").splitlines() == [f"clew {__version__}", f"Python {here}"]


def test_all_that_it_loads_is_the_wheels(set_up: Installed) -> None:
    found = json.loads(set_up.run("python", "-W", "ignore", "-c", _WHERE))
    assert len(found["modules"]) > 100
    own = str(set_up.packages / "clew") + os.sep
    assert [file for file in (*found["modules"].values(), found["template"]) if not file.startswith(own)] == []
    assert found["static"].startswith(own)
    assert [place for place in found["path"] if Path(place).is_relative_to(ROOT)] == []


def test_a_signed_in_page_is_whole(session: requests.Session, url: str) -> None:
    page = session.get(f"{url}/", timeout=20)
    assert page.status_code == 200
    links = {
        kind: [urljoin(page.url, one) for one in re.findall(pattern, page.text)]
        for kind, pattern in {
            "text/css": r'<link rel="stylesheet" href="([^"]+)"',
            "text/javascript": r'<script [^>]*src="([^"]+)"',
            "image/svg+xml": r'<link rel="icon" href="([^"]+)"',
        }.items()
    }
    assert all(links.values()), links
    for kind, addresses in links.items():
        for address in addresses:
            _fetch(session, address, kind)


def test_every_page_of_the_rail_and_every_part_of_it_is_there(session: requests.Session, url: str) -> None:
    home = session.get(f"{url}/", timeout=20).text
    pages = re.findall(r'<a class="item" href="([^"]+)"', home)
    assert len(pages) > 8
    parts: set[str] = set()
    for page in (*pages, "/leads/new", "/rules/"):
        answer = session.get(f"{url}{page}", timeout=30)
        assert answer.status_code == 200, page
        parts |= {urljoin(url, one) for one in re.findall(r'(?:href|src)="([^"]*/static/[^"]+)"', answer.text)}
    fetched: set[str] = set()
    while wanted := parts - fetched:
        address = wanted.pop()
        fetched.add(address)
        text = _fetch(session, address)
        if address.partition("?")[0].endswith(".js"):
            inner = re.findall(r"""(?:from|import)\s*\(?["'](\.{1,2}/[^"']+)["']""", text)
        else:
            inner = re.findall(r"""url\(["']?([^"')]+\.(?:svg|css))["']?\)""", text)
        parts |= {urljoin(address, one) for one in inner}
    assert len(fetched) > 10


def test_the_api_describes_itself(session: requests.Session, url: str) -> None:
    answer = requests.get(f"{url}/api/v1/openapi.json", timeout=30)
    assert answer.status_code == 200
    assert answer.json()["openapi"].startswith("3.")
    assert "/api/v1/leads" in answer.json()["paths"]


def test_the_worker_gives_a_lead_to_a_seller_by_the_packs_of_the_wheel(
    session: requests.Session, url: str, set_up: Installed, await_: Callable[..., Any]
) -> None:
    set_up.run("python", "-c", _TEAMS)
    lead = {"company": "苏州恒锐精密机械有限公司", "contact_name": "李工", "phone": "13812345678"}
    assert requests.post(f"{url}/form/leads", json=lead, timeout=20).ok

    def owner() -> Any:
        with closing(sqlite3.connect(set_up.folder / "var" / "clew.sqlite3")) as database:
            return database.execute("SELECT users.name FROM lead JOIN users ON users.id = lead.owner_id").fetchone()

    assert await_(owner, "the lead's owner", 40)[0].endswith("销售")


def test_the_first_rule_of_the_readme_becomes_a_draft(set_up: Installed) -> None:
    (pack,) = (block for block in blocks(README, "yaml") if "id: my-pack" in block)
    (set_up.folder / "my-pack.yaml").write_text(pack, encoding="utf-8")
    for command in ("clew rules check my-pack.yaml", "clew rules import my-pack.yaml"):
        assert f"`{command}`" in README
        set_up.run(*words(command))
    assert "big-budget" in set_up.run("clew", "rules", "list")


def test_the_first_plugin_of_the_readme_is_installed_by_pip_and_switched_on(set_up: Installed, tmp_path: Path) -> None:
    (code,) = (block for block in blocks(README, "python") if "hookimpl" in block)
    (tmp_path / "my_package.py").write_text(code, encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text(
        '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n'
        '[project]\nname = "my-package"\nversion = "1"\n[tool.setuptools]\npy-modules = ["my_package"]\n'
        '[project.entry-points."clew.plugins"]\nwelcome = "my_package:Welcome"\n',
        encoding="utf-8",
    )
    _build(tmp_path, tmp_path / "made", "--wheel")
    (made,) = (tmp_path / "made").iterdir()
    with zipfile.ZipFile(made) as archive:
        archive.extractall(set_up.packages)
    assert "off  welcome 1.0.0" in set_up.run("clew", "plugins", "list")
    set_up.run(*words("clew plugins on welcome"))
    assert "on   welcome 1.0.0" in set_up.run("clew", "plugins", "list")


def test_nothing_was_read_from_the_checkout_and_nothing_written_into_the_package(
    set_up: Installed, wheel: Path, session: requests.Session
) -> None:
    # It stands last: what the tests above did is what it judges.
    assert not set_up.log.exists(), set_up.log.read_text(encoding="utf-8")
    with zipfile.ZipFile(wheel) as archive:
        carried = {name for name in archive.namelist() if ".dist-info/" not in name}
    there = {
        file.relative_to(set_up.packages).as_posix()
        for file in (set_up.packages / "clew").rglob("*")
        if file.is_file() and file.parent.name != "__pycache__"
    }
    assert there == carried
    set_up.run("python", "-c", f"open({str(ROOT / 'README.md')!r}).close()")
    assert set_up.log.read_text(encoding="utf-8").split() == [str(ROOT / "README.md")], "the watch does not see"
    set_up.log.unlink()


def _build(tree: Path, into: Path, *what: str) -> None:
    """Build without an environment of its own: the tests reach no network."""
    command = [sys.executable, "-m", "build", "--no-isolation", *what, "--outdir", str(into), str(tree)]
    done = subprocess.run(command, cwd=into.parent, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]


def _content(wheel: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _described(wheel: Path) -> bytes:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (one for one in archive.namelist() if one.endswith(".dist-info/METADATA"))
        return archive.read(name)


def _asked_for(wheel: Path) -> set[str]:
    """Return the names of all that the wheel asks for, and all that those ask for: nothing of `dev`."""
    asked = message_from_bytes(_described(wheel)).get_all("Requires-Dist", [])
    waiting = [(Requirement(one), frozenset[str]()) for one in asked]
    seen: set[tuple[str, frozenset[str]]] = set()
    while waiting:
        wanted, extras = waiting.pop()
        if wanted.marker and not any(wanted.marker.evaluate({"extra": extra}) for extra in extras or {""}):
            continue
        one = (canonicalize_name(wanted.name), frozenset(wanted.extras))
        if one not in seen:
            seen.add(one)
            needs = metadata.distribution(wanted.name).requires or []
            waiting += [(Requirement(need), frozenset({"", *wanted.extras})) for need in needs]
    return {name for name, _ in seen}


def _link(package: metadata.Distribution, into: Path) -> None:
    """Put a package of the tests' environment into another: links to its folders, and no .pth file."""
    for top in {Path(file).parts[0] for file in package.files or ()} - {"..", "__pycache__"}:
        source = Path(str(package.locate_file(top)))
        if source.suffix != ".pth" and not (into / top).exists():
            (into / top).symlink_to(source)


def _ready(url: str) -> bool:
    try:
        return requests.get(f"{url}/readyz", timeout=5).status_code == 200
    except requests.ConnectionError:
        return False


def _fetch(session: requests.Session, address: str, kind: str = "") -> str:
    answer = session.get(address, timeout=20)
    assert answer.status_code == 200, address
    assert answer.text.strip(), address
    assert answer.headers["Content-Type"].startswith(kind), address
    return answer.text
