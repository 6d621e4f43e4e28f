"""pluggy's markers for Clew: `hookimpl` for plugins, `hookspec` for `hooks.specs`."""

import pluggy

PROJECT = "clew"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)
