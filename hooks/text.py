"""A sentence in both languages, side by side where it is used."""

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
