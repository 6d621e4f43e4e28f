"""Texts as they are compared when somebody looks for them: full width as half, upper as lower, letters and digits only."""

from __future__ import annotations

import re
import unicodedata

LONGEST_WORD = 24
"""So many characters of a word are looked up; the rest is compared with what was found."""
LONGEST_TEXT = 200
"""So many characters of a field can be found: what a name, a title or a number takes."""
_LONGEST_WHOLE = 60
MOST_WORDS = 6
_COUNTRY = "86"
_NUMBER = re.compile(r"\+?[\d\s()\-]{6,}")


def fold(text: object) -> str:
    """Return a text as it is compared: `ＨＴ－２０２６ 01` and `ht202601` are the same."""
    known = unicodedata.normalize("NFKC", str(text)).casefold()
    return "".join(one for one in known if one.isalnum())


def words_of(text: str) -> list[str]:
    """Return the words that are looked for, each folded; the spaces and hyphens within a number part nothing."""
    known = unicodedata.normalize("NFKC", text[:200])
    parts = [known] if _NUMBER.fullmatch(known.strip()) else known.split()
    found = [folded for part in parts if (folded := fold(part))]
    return list(dict.fromkeys(found))[:MOST_WORDS]


def endings(text: object) -> set[str]:
    """Return what a text is found by: each of its endings, so that whatever it holds is the beginning of one."""
    folded = fold(text)[:LONGEST_TEXT]
    return {folded[start : start + LONGEST_WORD] for start in range(len(folded))}


def wholes(text: object) -> set[str]:
    """Return what a masked text is found by as a whole: itself, and a number at home without its country, too."""
    folded = fold(text)
    at_home = folded.removeprefix(_COUNTRY) if folded.isdigit() and len(folded) > 11 else folded
    return {folded[:_LONGEST_WHOLE], at_home[:_LONGEST_WHOLE]} - {""}
