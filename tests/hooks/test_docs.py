"""The hooks' table in docs/plugins.md says what the specs say, both ways; its examples run."""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from typing import Any

import pytest

import clew
from clew.hooks import specs
from clew.hooks.discovery import discover

PAGE = (Path(__file__).parents[2] / "docs" / "plugins.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| `(\w+)` \| [^|]+ \| ([^|]+) \| [^|]+ \|$", re.MULTILINE)


def test_the_table_names_every_hook_with_what_it_takes() -> None:
    said = {name: takes.strip().strip("`") for name, takes in ROW.findall(PAGE)}
    offered = {name: ", ".join(inspect.signature(getattr(specs, name)).parameters) or "nothing" for name in specs.HOOKS}
    assert said == offered


@pytest.mark.parametrize("code", re.findall(r"```python\n(from clew import .*?)```", PAGE, re.DOTALL))
def test_its_plugins_load(code: str) -> None:
    names: dict[str, Any] = {}
    exec(compile(code, "docs/plugins.md", "exec"), names)
    (plugin,) = (one for one in names.values() if isinstance(one, type) and clew.Plugin in one.__bases__)
    catalogue = discover([], [plugin()])
    assert catalogue.broken == {}
    assert [hook for hook in specs.HOOKS if catalogue.implements(plugin.name, hook)]
