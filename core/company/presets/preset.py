"""A preset as its folder says: what it promises, its packs of rules, and which of them are off."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Any

from ....hooks.text import Text
from ....rules.language.yaml_source import read_yaml
from ....rules.packs.bundled import bundled_packs
from ....rules.packs.reading import Pack, load_pack
from ...configuration.vocabulary import bundled_vocabulary

SIZES = ("small", "medium", "large")


@dataclass(frozen=True)
class Preset:
    """A size. All presets speak of the same rules, so that choosing another one undoes this one."""

    name: str
    title: Text
    promise: Text
    packs: tuple[Pack, ...]
    off: frozenset[str]

    @property
    def documents(self) -> Mapping[str, dict[str, Any]]:
        """The rules and tables by their code."""
        return {str(one["id"]): one for pack in self.packs for one in pack.documents}


@cache
def presets() -> Mapping[str, Preset]:
    """Return the presets by name, the smallest first."""
    return MappingProxyType({name: _read(name) for name in SIZES})


@cache
def bundled() -> Mapping[str, dict[str, Any]]:
    """Return the rules that a workspace starts with, by their code."""
    packs = bundled_packs(bundled_vocabulary())
    return {str(one["id"]): one for pack in packs for one in pack.documents}


def _read(name: str) -> Preset:
    folder = resources.files(__package__).joinpath(name)
    head = read_yaml(folder.joinpath("company.yaml").read_text("utf-8"), "company.yaml")
    files = sorted((one for one in folder.joinpath("rules").iterdir()), key=lambda one: one.name)
    packs = tuple(load_pack(one.read_text("utf-8"), one.name, bundled_vocabulary()) for one in files)
    off = frozenset(head.get("rules", {}).get("off", ()))
    return Preset(name, Text(**head["title"]), Text(**head["promise"]), packs, off)
