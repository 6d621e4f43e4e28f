"""The packs that come with Clew, read from the package itself."""

from __future__ import annotations

from importlib import resources

from ..language.vocabulary import Vocabulary
from .reading import Pack, load_pack


def bundled_packs(vocabulary: Vocabulary) -> tuple[Pack, ...]:
    """Return the bundled packs by file name, checked against `vocabulary`."""
    folder = resources.files(__package__)
    files = sorted((entry for entry in folder.iterdir() if entry.name.endswith(".yaml")), key=lambda entry: entry.name)
    return tuple(load_pack(entry.read_text("utf-8"), entry.name, vocabulary) for entry in files)
