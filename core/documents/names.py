"""What a file is called: as whoever gave it spelt it, without what misleads a reader or a file system."""

from __future__ import annotations

import re
import unicodedata

LONGEST = 160
"""The longest name that is kept, in characters, its ending included."""
_LONGEST_ENDING = 10
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Unicode categories that show nothing, or turn the direction of what follows (an .exe that reads as .pdf)."""
_JOINER = "\u200d"  # Within an emoji it is part of one sign.
_PATHS = re.compile(r"[/\\]")
_ENDING = re.compile(r"\.([A-Za-z0-9]{1,10})\Z")


def cleaned(given: str) -> str:
    """Return the name to keep and show: the last part of a path, in NFC, without signs that can't be seen; "" for none."""
    last = _PATHS.split(given)[-1]
    kept = "".join(one for one in last if one == _JOINER or unicodedata.category(one) not in _HIDDEN)
    name = re.sub(r"\s+", " ", unicodedata.normalize("NFC", kept)).strip(" .")
    if name == _JOINER:
        return ""
    return name if len(name) <= LONGEST else _shortened(name)


def ending_of(name: str) -> str:
    """Return the ending of a name in small letters, without its dot; "" if it has none."""
    found = _ENDING.search(name)
    return found[1].lower() if found else ""


def _shortened(name: str) -> str:
    ending = ending_of(name)
    tail = f"….{ending}" if ending else "…"
    return name[: LONGEST - len(tail)].rstrip() + tail
