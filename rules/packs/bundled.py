"""The packs that come with Clew, read from the package itself."""

from __future__ import annotations

from importlib import resources

from ..language.default_facts import default_vocabulary
from ..language.vocabulary import Vocabulary
from .reading import Pack, load_pack


def bundled_packs(vocabulary: Vocabulary | None = None) -> tuple[Pack, ...]:
    """Return the bundled packs by file name, checked against `vocabulary` (default: the fixed facts)."""
    folder = resources.files(__package__)
    files = sorted((entry for entry in folder.iterdir() if entry.name.endswith(".yaml")), key=lambda entry: entry.name)
    known = vocabulary or default_vocabulary()
    return tuple(load_pack(entry.read_text("utf-8"), entry.name, known) for entry in files)
