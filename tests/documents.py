"""What our documents tell a reader to type, taken out of them."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
_BLOCK = re.compile(r"^```(\w*)[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(text: str, language: str) -> list[str]:
    """Return the fenced blocks of a language; one that names none has the language ""."""
    return [code for named, code in _BLOCK.findall(text) if named == language]


def typed(text: str) -> list[str]:
    """Return every command line of a page: the lines of its shell blocks, and what stands between backticks."""
    shell = "\n".join(blocks(text, "sh") + blocks(text, "")).replace("\\\n", " ")
    lines = [line.strip() for line in shell.splitlines() if not line.startswith(" ")]
    quoted = re.findall(r"`([^`\n]+)`", _BLOCK.sub("", text))
    return [line for line in lines + quoted if line]


def words(line: str) -> list[str]:
    """Return a command line's words, without its comment and what lets it run in the background."""
    return [word for word in shlex.split(line, comments=True) if word != "&"]
