"""Settings: environment variables first, then a TOML file, then defaults that need no server."""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from .errors import ConfigurationError

_PREFIX = "CLEW_"
_SHORTEST_KEY = 16
_LARGEST_FILE_MB = 2048
_LOOPBACK = ("127.0.0.1", "::1", "localhost")
_OUTSIDE = {"CLEW_CONFIG"}


@dataclass(frozen=True)
class Settings:
    """What an installation may set, each as `CLEW_<NAME>` or as a key of the TOML file."""

    database_url: str = "sqlite:///var/clew.sqlite3"
    """`sqlite:///path` or `postgresql://user:password@host/database`."""
    redis_url: str = ""
    """`redis://host:port/n`; empty: the queue lies in an SQLite file beside the database."""
    queue_path: str = ""
    """The queue's SQLite file; empty: `<database>.queue` (only without Redis)."""
    files_path: str = ""
    """The folder of uploaded files, the same for all processes; empty: `<database>.files` beside the SQLite database, `var/files` with PostgreSQL."""
    max_file_mb: int = 20
    """The largest file that is taken, in MB (1024 × 1024 bytes)."""
    secret_key: str = ""
    """Signs forms, 16 characters or more, the same for all processes. Without, the server answers this machine only."""
    timezone: str = "Asia/Shanghai"
    """Where the working day begins and dates are read."""
    company: str = ""
    """The name on reports and on the sign-in page."""
    lease_seconds: int = 30
    """How long a worker may hold an event before another takes it over, in seconds."""
    max_attempts: int = 5
    """After so many attempts an event is set aside as a dead letter."""
    seal_every_seconds: int = 10
    """How often the journal's new lines are sealed, in seconds."""
    workers: int = 2
    """Worker processes of `clew worker`."""
    demo: bool = False
    """Show the demo's logins on the sign-in page. Never set it where real data lies."""
    session_idle_minutes: int = 720
    """Who did nothing for so long signs in again, unless they chose to stay signed in on their device."""
    session_days: int = 7
    """After so many days everybody signs in again."""
    hosts: str = ""
    """The names the server answers to, with commas between (crm.example.com); empty: any."""
    metrics_token: str = ""
    """Whoever reads /metrics sends it as a bearer token; without, only this machine may read it."""
    secure_cookies: bool = False
    """Send cookies over HTTPS only; set it behind a TLS proxy."""
    trusted_proxies: int = 0
    """How many reverse proxies in front may name the client's address (X-Forwarded-For)."""

    @property
    def zone(self) -> ZoneInfo:
        """The time zone as an object."""
        return ZoneInfo(self.timezone)

    @property
    def files_folder(self) -> str:
        """The folder of uploaded files."""
        if self.files_path:
            return self.files_path
        path = self.database_url.removeprefix("sqlite:///")
        return f"{path}.files" if path != self.database_url else "var/files"

    @property
    def has_key(self) -> bool:
        """Whether there is a key that may sign what others can reach."""
        return len(self.secret_key) >= _SHORTEST_KEY

    def check_for_serving(self, host: str = "") -> None:
        """Raise ConfigurationError if serving on `host` with these settings would be unsafe; empty: on any."""
        if host not in _LOOPBACK and not self.has_key:
            at = host or "WSGI"
            raise ConfigurationError(
                f"在 {at} 上对外服务前，请设置 CLEW_SECRET_KEY（至少 {_SHORTEST_KEY} 个字符的随机串）。",
                f"set CLEW_SECRET_KEY ({_SHORTEST_KEY} random characters or more) before serving on {at}",
            )


def load_settings(environ: Mapping[str, str] | None = None, **overrides: Any) -> Settings:
    """Read the settings of this process.

    `CLEW_CONFIG` names the TOML file (default `clew.toml`, if there is one). Raises
    ConfigurationError for a name that does not exist or a value of the wrong type.
    """
    environ = os.environ if environ is None else environ
    values: dict[str, Any] = {}
    path = Path(environ.get("CLEW_CONFIG", "clew.toml"))
    if path.is_file():
        try:
            values.update(tomllib.loads(path.read_text(encoding="utf-8")))
        except tomllib.TOMLDecodeError as error:
            raise ConfigurationError(f"{path} 不是有效的 TOML：{error}", f"{path} is not TOML: {error}") from None
    elif "CLEW_CONFIG" in environ:
        raise ConfigurationError(f"找不到设置文件 {path}", f"no such settings file: {path}")
    for name, text in environ.items():
        if name.startswith(_PREFIX) and name not in _OUTSIDE and not name.startswith("CLEW_TEST_"):
            values[name[len(_PREFIX) :].lower()] = text
    settings = replace(Settings(), **{name: _typed(name, value) for name, value in values.items()})
    settings = replace(settings, **overrides)
    if not 1 <= settings.max_file_mb <= _LARGEST_FILE_MB:
        raise ConfigurationError(
            f"设置项 max_file_mb 应在 1 和 {_LARGEST_FILE_MB} 之间，而不是 {settings.max_file_mb}",
            f"setting max_file_mb is between 1 and {_LARGEST_FILE_MB}, not {settings.max_file_mb}",
        )
    try:
        _ = settings.zone
    except (ZoneInfoNotFoundError, ValueError):
        raise ConfigurationError(
            f"没有时区「{settings.timezone}」", f"no time zone {settings.timezone!r}; try Asia/Shanghai"
        ) from None
    return settings


def _typed(name: str, value: Any) -> Any:
    known = {field.name: field for field in fields(Settings)}
    if name not in known:
        near = difflib.get_close_matches(name, known, 1)
        hint_zh = f"，是不是 {near[0]}？" if near else f"；可用：{'、'.join(known)}"
        hint_en = f"; did you mean {near[0]}?" if near else f"; known: {', '.join(known)}"
        raise ConfigurationError(f"没有设置项 {name}{hint_zh}", f"no setting {name}{hint_en}")
    default = known[name].default
    try:
        if isinstance(default, bool):
            if isinstance(value, bool):
                return value
            return {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False, "": False}[
                str(value).lower()
            ]
        if isinstance(default, int):
            return int(value)
    except (KeyError, ValueError):
        kind = "yes/no" if isinstance(default, bool) else "number"
        raise ConfigurationError(
            f"设置项 {name} 的值 {value!r} 不对", f"setting {name} is {value!r}; it takes a {kind}"
        ) from None
    return str(value)
