"""What every command shares: the terminal's language, who types, and errors as one sentence."""

from __future__ import annotations

import locale
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import click
from rich.console import Console

from ...rules.language.errors import RulesError
from ..journal.origin import Actor, Origin

out = Console(highlight=False)


def speaks_chinese() -> bool:
    """Say whether the terminal's locale is Chinese."""
    return (os.environ.get("LC_ALL") or os.environ.get("LANG") or locale.getlocale()[0] or "").startswith("zh")


def language() -> str:
    """Return the terminal's language, zh or en."""
    return "zh" if speaks_chinese() else "en"


def said(zh: str, en: str) -> str:
    """Return the words in the terminal's language."""
    return zh if speaks_chinese() else en


def shell_origin(reason: str = "") -> Origin:
    """Return where a change typed into a terminal comes from."""
    name = os.environ.get("SUDO_USER") or os.environ.get("USER") or "root"
    return Origin(Actor("system", name=name), "cli", reason=reason)


def moment(text: str, zone: ZoneInfo) -> datetime:
    """Return the moment a text names, in `zone` if it names none."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        words = said(f"「{text}」不是时间，请写成 2026-11-24T09:00", f"{text!r} is no moment such as 2026-11-24T09:00")
        raise click.ClickException(words) from None
    return found if found.tzinfo else found.replace(tzinfo=zone)


def short(value: datetime | None, zone: ZoneInfo) -> str:
    """Return a moment as a table shows it."""
    return value.astimezone(zone).strftime("%Y-%m-%d %H:%M") if value is not None else "—"


def read_text(path: Path) -> str:
    """Return a file's text, or end in a sentence that names the file."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise click.ClickException(said(f"读不了 {path}：{error}", f"can't read {path}: {error}")) from None


@contextmanager
def readable() -> Iterator[None]:
    """End in the sentences of what is wrong, where a rule document can't be read."""
    try:
        yield
    except RulesError as error:
        raise click.ClickException(said(error.zh, error.en)) from None
