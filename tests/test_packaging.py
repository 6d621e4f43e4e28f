"""The house in order: what is packaged, how long files get, and that no page reaches outside."""

from __future__ import annotations

import ast
import configparser
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FILES = [
    ROOT / name
    for name in subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    if (ROOT / name).is_file()
]
MODULES = [file for file in FILES if file.suffix == ".py"]
OURS = [file for file in MODULES if file.relative_to(ROOT).parts[0] not in ("tests", "scripts", "docs")]
_LONGEST_LINE = 160
# Links a page may name but never loads: the namespaces of SVG and XML.
_NAMESPACES = re.compile(r"http://www\.w3\.org/")


def test_setup_cfg_names_every_folder_that_holds_modules() -> None:
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg", encoding="utf-8")
    folders = {file.parent.relative_to(ROOT) for file in OURS if file.name == "__init__.py"}
    wanted = {".".join(("clew", *folder.parts)) for folder in folders}
    assert set(config["options"]["packages"].split()) == wanted
    holding = {file.parent.relative_to(ROOT) for file in OURS}
    assert holding == folders, "a folder with modules has no __init__.py"


def test_setup_cfg_packs_every_file_that_modules_need() -> None:
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg", encoding="utf-8")
    packed = set()
    for package in config["options"]["packages"].split():
        data = config["options.package_data"]
        patterns = f"{data['*']}, {data.get(package, '')}".split(",")
        folder = ROOT.joinpath(*package.split(".")[1:])
        packed |= {file for pattern in patterns if pattern.strip() for file in folder.glob(pattern.strip())}
    apart = {".ci", "docs", "scripts", "tests"}
    needed = {
        file
        for file in FILES
        if file.suffix in (".yaml", ".html", ".css", ".js", ".svg") and file.relative_to(ROOT).parts[0] not in apart
    }
    assert needed
    assert needed - packed == set(), "name them in setup.cfg, [options.package_data]"


@pytest.mark.parametrize("file", MODULES, ids=lambda file: str(file.relative_to(ROOT)))
def test_a_module_says_what_it_is_and_stays_short(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    # A migration lists every table there is, and nobody reads it from end to end.
    assert len(text.splitlines()) <= 500 or file.parent.name == "migrations"
    if text.strip():
        assert ast.get_docstring(ast.parse(text)), "begin with a docstring of one to four lines"


def test_no_page_loads_anything_from_outside() -> None:
    pages = _pages(".html", ".css", ".js", ".svg")
    assert pages
    found = {
        f"{file.relative_to(ROOT)}: {address}"
        for file in pages
        for address in re.findall(r"""(?:https?:)?//[\w.-]+\.[a-z]{2,}[^\s"')]*""", file.read_text(encoding="utf-8"))
        if not _NAMESPACES.match(address)
    }
    assert found == set()


def test_a_line_of_a_page_can_be_read() -> None:
    long = [
        f"{file.relative_to(ROOT)}:{number} has {len(line)} characters: at most {_LONGEST_LINE}"
        for file in _pages(".html", ".css", ".js")
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1)
        if len(line) > _LONGEST_LINE
    ]
    assert not long, "\n".join(long)


def _pages(*kinds: str) -> list[Path]:
    return [file for file in FILES if file.suffix in kinds and file.is_relative_to(ROOT / "admin")]
