"""The packs that come with Clew, read from the package itself."""

from __future__ import annotations

from importlib import resources

from .default_facts import default_vocabulary
from .reading import Pack, load_pack
from .vocabulary import Vocabulary


def bundled_packs(vocabulary: Vocabulary | None = None) -> tuple[Pack, ...]:
    """Return the bundled packs by file name, checked against `vocabulary` (default: the fixed facts)."""
    folder = resources.files(f"{__package__}.packs")
    files = sorted((entry for entry in folder.iterdir() if entry.name.endswith(".yaml")), key=lambda entry: entry.name)
    known = vocabulary or default_vocabulary()
    return tuple(load_pack(entry.read_text("utf-8"), entry.name, known) for entry in files)
