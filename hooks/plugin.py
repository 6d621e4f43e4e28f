"""What a plugin is: a class with a name, titles and settings, and hook methods beside them."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from .text import Text

SETTING_TYPES = ("text", "number", "boolean", "choice", "url", "secret")


@dataclass(frozen=True)
class Setting:
    """One setting that ops fill in; a `secret` is never shown back, logged or exported."""

    name: str
    label: Text
    type: str = "text"
    default: Any = ""
    required: bool = False
    choices: tuple[str, ...] = ()
    hint: Text = Text("", "")


@dataclass(frozen=True)
class PluginContext:
    """What a hook gets beside the event: its settings, the moment, and a key that makes a repeat recognisable."""

    settings: Mapping[str, Any]
    now: datetime
    idempotency_key: str
    clew_version: str


class Plugin:
    """Base of every plugin. Keeps no state: settings come with each call."""

    name: str = ""
    title: Text = Text("", "")
    description: Text = Text("", "")
    vendor: str = ""
    version: str = "0.0.0"
    category: str = "integration"
    requires_clew: str = ""
    icon: str = "plug"
    settings: tuple[Setting, ...] = ()


class SettingsError(ValueError):
    """Settings a plugin does not take; `problems` maps each name to what is wrong with it."""

    def __init__(self, plugin: str, problems: Mapping[str, Text]) -> None:
        self.problems = dict(problems)
        words = "; ".join(f"{name}: {text.en}" for name, text in problems.items())
        super().__init__(f"settings of plugin {plugin!r}: {words}")


def check_settings(plugin: Plugin, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings typed, with defaults filled in. Raises SettingsError naming every problem."""
    known = {setting.name: setting for setting in plugin.settings}
    problems: dict[str, Text] = {}
    for name in values:
        if name not in known:
            near = difflib.get_close_matches(name, known, 1)
            problems[name] = Text(
                "没有这项设置" + (f"，是不是 {near[0]}？" if near else ""),
                "no such setting" + (f"; did you mean {near[0]!r}?" if near else ""),
            )
    clean: dict[str, Any] = {}
    for name, setting in known.items():
        value = values.get(name, setting.default)
        if value in (None, ""):
            if setting.required:
                problems[name] = Text(f"请填写「{setting.label.zh}」", f"{setting.label.en} is needed")
            clean[name] = setting.default
            continue
        try:
            clean[name] = _typed(setting, value)
        except ValueError as error:
            problems[name] = Text(f"「{setting.label.zh}」的值不对", str(error))
    if problems:
        raise SettingsError(plugin.name, problems)
    return clean


def _typed(setting: Setting, value: Any) -> Any:
    if setting.type == "number":
        return float(value) if "." in str(value) else int(value)
    if setting.type == "boolean":
        return value if isinstance(value, bool) else str(value).lower() in ("1", "true", "yes", "on")
    if setting.type == "choice" and value not in setting.choices:
        raise ValueError(f"{value!r} is none of {', '.join(setting.choices)}")
    if setting.type == "url":
        parts = urlsplit(str(value))
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"{value!r} is no http(s) address")
    return str(value)
