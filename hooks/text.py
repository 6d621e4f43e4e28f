"""A sentence in both languages, side by side where it is used, and a number with its noun in English."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Text:
    """The same words in Simplified Chinese and in English."""

    zh: str
    en: str

    def for_locale(self, locale: str) -> str:
        """Return the words for `locale`; anything that isn't English reads Chinese."""
        return self.en if locale.startswith("en") else self.zh


def n_of(number: int, noun: str, nouns: str = "") -> str:
    """Return a number and its noun as English has them: `1 rule`, `2,400 rules`.

    `nouns` is the plural where it is not the noun with an s.
    """
    return f"{number:,} {noun if number == 1 else nouns or noun + 's'}"
