"""The public face of Clew: what plugins, notebooks and scripts import."""

from typing import Any

from .hooks.effects import AddNote, CreateTask, Notify, SetFields, StartDeadline
from .hooks.events import Event
from .hooks.markers import hookimpl
from .hooks.plugin import Plugin, PluginContext, Setting
from .hooks.specs import ActionArg, ActionSpec, FieldSpec, KindSpec, Problem, ProcessSpec, StageSpec
from .hooks.text import Text
from .version import __version__

__all__ = [
    "ActionArg",
    "ActionSpec",
    "AddNote",
    "CreateTask",
    "Event",
    "FieldSpec",
    "KindSpec",
    "Notify",
    "Plugin",
    "PluginContext",
    "Problem",
    "ProcessSpec",
    "SetFields",
    "Setting",
    "StageSpec",
    "StartDeadline",
    "Text",
    "__version__",
    "hookimpl",
    "open_workspace",
    "try_rule",
    "why",
    "why_not",
]


def __getattr__(name: str) -> Any:
    # Loaded on first use: a plugin that imports clew must not load the core and its database layer.
    if name == "open_workspace":
        from .core.opening import open_workspace

        return open_workspace
    if name in ("try_rule", "why", "why_not"):
        from .admin import notebook

        return getattr(notebook, name)
    raise AttributeError(f"module 'clew' has no attribute {name!r}")
