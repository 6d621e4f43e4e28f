"""Pages of PDFs as pictures: drawn by a process of its own, which a broken or hostile file may kill and nothing else.

Started with a path it prints how many pages there are; with a page number, from 1, it writes that page as PNG.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

SECONDS = 15
"""So long a page may take to be drawn."""
_WIDTH, _MOST_PIXELS = 1240, 6_000_000
_MOST_BYTES_OF_MEMORY = 1 << 30
_PDF = "application/pdf"


def count_pages(path: Path, media_type: str) -> int | None:
    """Return how many pages a PDF has; None for what is no PDF, is encrypted, or can't be read."""
    if media_type != _PDF:
        return None
    said = _run(path)
    return int(said) if said is not None and said.strip().isdigit() else None


def page_as_png(path: Path, page: int) -> bytes | None:
    """Return a page of a PDF, counted from 1, as PNG; None if it can't be drawn in time."""
    return _run(path, str(page)) or None


def _run(path: Path, *more: str) -> bytes | None:
    command = [sys.executable, "-I", str(Path(__file__).resolve()), str(path.resolve()), *more]
    try:
        done = subprocess.run(command, capture_output=True, timeout=SECONDS, check=False)
    except (subprocess.TimeoutExpired, OSError):
        return None
    return done.stdout if done.returncode == 0 else None


def _main(path: str, page: str = "") -> None:
    import pypdfium2

    _limit_memory()
    with pypdfium2.PdfDocument(path) as document:
        if not page:
            sys.stdout.write(str(len(document)))
            return
        here = document[int(page) - 1]
        width, height = here.get_size()
        scale = min(_WIDTH / width, (_MOST_PIXELS / (width * height)) ** 0.5)
        here.render(scale=scale).to_pil().save(sys.stdout.buffer, "PNG")


def _limit_memory() -> None:
    try:
        import resource
    except ImportError:  # Not on Windows.
        return
    resource.setrlimit(resource.RLIMIT_AS, (_MOST_BYTES_OF_MEMORY, _MOST_BYTES_OF_MEMORY))


if __name__ == "__main__":
    _main(*sys.argv[1:])
