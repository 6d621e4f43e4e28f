"""What README, CONTRIBUTING and docs/ tell a reader to type exists, and CI and pre-commit run what `make` runs."""

from __future__ import annotations

import os
import re
from dataclasses import fields
from pathlib import Path

import click
import pytest
import yaml
from click.testing import CliRunner

from clew.core.cli.main import main
from clew.core.settings import Settings

from .documents import PAGES, ROOT, typed, words

TYPED = [(page.relative_to(ROOT).as_posix(), line) for page in PAGES for line in typed(page.read_text("utf-8"))]
CLEW = [(page, line) for page, line in TYPED if line.startswith("clew ")]
MAKE = [(page, line) for page, line in TYPED if line.startswith("make ")]
TARGETS = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
_VARIABLES = {"COV", "PORT"}


def _find(arguments: list[str]) -> tuple[click.Command, list[str], list[str]]:
    """Return the command that the words lead to, the words that led there, and the words left."""
    command: click.Command = main
    path: list[str] = []
    while isinstance(command, click.Group) and arguments and not arguments[0].startswith("-"):
        below = command.commands.get(arguments[0])
        assert below is not None, f"clew {' '.join([*path, arguments[0]])}: there is no such command"
        command, path, arguments = below, [*path, arguments[0]], arguments[1:]
    return command, path, arguments


@pytest.mark.parametrize(("page", "line"), CLEW, ids=[f"{page}: {line}" for page, line in CLEW])
def test_a_clew_command_exists_with_its_options(page: str, line: str) -> None:
    # Brackets and bars are the grammar of a synopsis, not something to type.
    command, path, rest = _find([word.strip("[]") for word in words(line)][1:])
    known = {name for one in command.params for name in (*one.opts, *one.secondary_opts)} | {"--help", "--version"}
    asked = {word.partition("=")[0] for word in rest if word.startswith("--")}
    assert asked <= known
    helped = CliRunner().invoke(main, [*path, "--help"])
    assert helped.exit_code == 0
    assert helped.output.startswith(f"Usage: main {' '.join(path)}".rstrip())


@pytest.mark.parametrize(("page", "line"), MAKE, ids=[f"{page}: {line}" for page, line in MAKE])
def test_a_make_target_exists(page: str, line: str) -> None:
    _, *rest = words(line)
    named = {word for word in rest if "=" not in word}
    assert named <= TARGETS
    assert {word.partition("=")[0] for word in rest if "=" in word} <= _VARIABLES
    assert all(f"$({name})" in (ROOT / "Makefile").read_text("utf-8") for name in _VARIABLES)


def test_the_readme_and_contributing_were_read() -> None:
    assert {page for page, _ in CLEW} >= {"README.md", "docs/api.md", "docs/rulebook.md", "docs/import.md"}
    assert {page for page, _ in MAKE} >= {"README.md", "CONTRIBUTING.md"}


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md"])
def test_a_program_and_a_path_it_names_exist(page: str) -> None:
    lines = [line for where, line in TYPED if where == page]
    ours = [words(line) for line in lines if re.match(r"(scripts/|\.ci/|\.venv/bin/)\S+", line)]
    for program, *rest in ours:
        if program.startswith(".venv/bin/"):
            continue  # An environment may lie elsewhere; what stands in it is the tests' own.
        assert os.access(ROOT / program, os.X_OK), program
        assert not rest or rest[0] in (ROOT / program).read_text("utf-8")
    named = {word for line in ours for word in line[1:] if word.startswith("tests/")}
    assert [path for path in named if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=[page.name for page in PAGES])
def test_a_setting_it_names_exists(page: Path) -> None:
    known = {f"CLEW_{field.name.upper()}" for field in fields(Settings)} | {"CLEW_CONFIG"}
    known |= {"CLEW_TEST_POSTGRES_URL", "CLEW_TEST_REDIS_URL"}
    assert set(re.findall(r"\bCLEW_[A-Z_]+\b", page.read_text("utf-8"))) <= known


def test_contributing_and_help_know_every_target_one_needs() -> None:
    told = {word for page, line in MAKE if page in ("README.md", "CONTRIBUTING.md") for word in words(line)[1:2]}
    assert told >= TARGETS - {"help", "clean"}


def test_ci_runs_make_and_nothing_else() -> None:
    lines = (ROOT / ".ci" / "run").read_text("utf-8").splitlines()
    run = [line for line in lines if line and not line.startswith(("#", "set ", "cd "))]
    assert run
    assert all(line.startswith("make ") for line in run), run
    ran = {words(line)[1] for line in run}
    assert ran == {"lint", "test"}, "what one runs before a commit, CI runs"
    assert os.access(ROOT / ".ci" / "run", os.X_OK)


def test_pre_commit_runs_a_target() -> None:
    asked = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text("utf-8"))
    hooks = [hook for repository in asked["repos"] for hook in repository["hooks"]]
    assert [hook["entry"].split()[0] for hook in hooks] == ["make"] * len(hooks)
    assert {hook["entry"].split()[1] for hook in hooks} <= TARGETS
    assert {repository["repo"] for repository in asked["repos"]} == {"local"}, "nothing comes from the network"
