"""Cells that a spreadsheet would run: defused where we write a file, as they were where it comes back."""

from __future__ import annotations

_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def defused(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula: it gets a quote in front, which sheets don't show."""
    return f"'{text}" if text.startswith(_STARTS) else text


def armed(text: str) -> str:
    """Return what a defused text was before."""
    return text[1:] if text[:1] == "'" and text[1:].startswith(_STARTS) else text
