"""Finds installed plugins by entry point, checks each, and keeps what is broken apart with its reason."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Iterable, Mapping
from importlib.metadata import EntryPoint, entry_points
from typing import Any

import pluggy
from packaging.specifiers import InvalidSpecifier, SpecifierSet

from . import specs
from .markers import PROJECT
from .plugin import Plugin

GROUP = "clew.plugins"


class PluginError(Exception):
    """A plugin that can't be used, with the reason and what to do."""


class Catalogue:
    """The plugins of this installation: usable ones by name, broken ones with their reason."""

    def __init__(self, manager: pluggy.PluginManager, plugins: Mapping[str, Plugin], broken: Mapping[str, str]) -> None:
        self._manager = manager
        self.plugins, self.broken = dict(plugins), dict(broken)

    def get(self, name: str) -> Plugin | None:
        """Return the plugin of that name, or None."""
        return self.plugins.get(name)

    def implements(self, name: str, hook: str) -> bool:
        """Say whether the plugin implements the hook."""
        return self.implementation(name, hook) is not None

    def implementation(self, name: str, hook: str) -> Any:
        """Return pluggy's record of the plugin's implementation, or None."""
        caller = getattr(self._manager.hook, hook)
        return next((impl for impl in caller.get_hookimpls() if impl.plugin_name == name), None)


def discover(
    points: Iterable[EntryPoint] | None = None, extra: Iterable[Plugin] = (), clew_version: str = ""
) -> Catalogue:
    """Load every plugin of the group `clew.plugins` (and `extra` instances) into a fresh catalogue."""
    manager = pluggy.PluginManager(PROJECT)
    manager.add_hookspecs(specs)
    plugins: dict[str, Plugin] = {}
    broken: dict[str, str] = {}
    found: list[tuple[str, Any]] = [(point.name, point) for point in points or entry_points(group=GROUP)]
    for label, source in [*found, *((plugin.name, plugin) for plugin in extra)]:
        try:
            plugin = _instance(source.load() if isinstance(source, EntryPoint) else source)
            _check(plugin, plugins, clew_version)
            manager.register(plugin, plugin.name)
            plugins[plugin.name] = plugin
        except Exception as error:
            broken[label] = f"{type(error).__name__}: {error}"
    return Catalogue(manager, plugins, broken)


def _instance(found: Any) -> Plugin:
    plugin = found() if isinstance(found, type) else found
    if not isinstance(plugin, Plugin):
        raise PluginError(f"the entry point gives {type(plugin).__name__}; it must give a subclass of clew.Plugin")
    return plugin


def _check(plugin: Plugin, others: Mapping[str, Plugin], clew_version: str) -> None:
    if not plugin.name.isidentifier():
        raise PluginError(f"name {plugin.name!r}: use letters, digits and underscores")
    if plugin.name in others:
        raise PluginError(f"the name {plugin.name!r} is taken by another installed plugin: rename or remove one")
    try:
        wanted = SpecifierSet(plugin.requires_clew)
    except InvalidSpecifier:
        raise PluginError(f"requires_clew {plugin.requires_clew!r} is no version specifier") from None
    if clew_version and clew_version not in wanted:
        raise PluginError(f"needs clew {wanted} (this is {clew_version}): upgrade clew or pin the plugin")
    for name, method in inspect.getmembers(plugin, callable):
        if getattr(method, f"{PROJECT}_impl", None) is None:
            continue
        if name not in specs.HOOKS:
            near = difflib.get_close_matches(name, specs.HOOKS, 1)
            raise PluginError(f"no hook {name!r}" + (f"; did you mean {near[0]!r}?" if near else ""))
        takes = set(inspect.signature(method).parameters)
        offered = set(inspect.signature(getattr(specs, name)).parameters)
        if takes - offered:
            raise PluginError(
                f"{name} takes {', '.join(sorted(takes - offered))}, which the hook does not offer: "
                f"it offers {', '.join(sorted(offered)) or 'nothing'}"
            )
