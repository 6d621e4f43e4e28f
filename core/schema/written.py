"""Texts as they are written: what shows nothing is taken out, and dates that begin with the year are read."""

from __future__ import annotations

import re
import unicodedata
from contextlib import suppress
from datetime import date

WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: " ", 0xFFE5: "¥"}
"""Digits and signs as Chinese keyboards write them. Only these: NFKC would read 10² as 102."""
_BLANK = "\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u2800\u3164\uffa0"
UNPLAIN = re.compile(f"[{_BLANK}\ufffd]")
"""What Python calls printable and yet shows nothing, or stands for a character that was lost."""
_BLANKS = re.compile(f"[{_BLANK}]")
_NUMBER_SIGNS = frozenset("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u08e2\U000110bd\U000110cd")
_JOINERS = "\u200c\u200d"
_BREAKS = str.maketrans({"\x0b": "\n", "\x0c": "\n", "\x85": "\n"})
_DAY = (
    r"(?P<year>\d{4})(?:\s*年\s*(?P<m1>\d{1,2})\s*月\s*(?P<d1>\d{1,2})\s*日?"
    r"|(?P<mark>[-/.])(?P<m2>\d{1,2})(?P=mark)(?P<d2>\d{1,2}))"
)
_WEEKDAY = r"(?:\s*[（(]?(?:星期|周|礼拜)(?P<weekday>[一二三四五六日天])[）)]?)?"
_TIME = (
    r"(?:(?:T|\s)*(?P<half>上午|下午|晚上|[AaPp][Mm])?\s*(?P<hour>\d{1,2})(?:[:时点](?P<minute>\d{2})?)分?"
    r"(?::?(?P<second>\d{2})(?P<part>\.\d{1,6})?秒?)?\s*(?P<after>[AaPp][Mm])?\s*(?P<zone>Z|[+-]\d\d:?\d\d)?)?"
)
_WRITTEN = re.compile(_DAY + _WEEKDAY + _TIME, re.ASCII)
_WEEK = "一二三四五六日"


def without_unseen(text: str) -> str:
    """Return a text without the characters that show nothing: zero-width, direction marks, blank letters.

    A joiner stays where writing needs it: within emoji, and the scripts of India and Persia.
    """
    if text.isprintable() and _BLANKS.search(text) is None:
        return text
    kept = []
    for at, one in enumerate(_BLANKS.sub("", text)):
        if unicodedata.category(one) != "Cf" or one in _NUMBER_SIGNS or (one in _JOINERS and _joins(text, at)):
            kept.append(one)
    return "".join(kept).translate(_BREAKS)


def unreadable(text: str) -> str:
    """Return the first character that no text holds, as its code: a control character, or the sign of a lost one."""
    for one in text:
        if one == "\ufffd" or (unicodedata.category(one) == "Cc" and one not in "\t\n\r"):
            return f"U+{ord(one):04X}"
    return ""


def iso_of(text: str) -> str:
    """Return a date or moment that is written year first as ISO 8601 has it: 2026/1/5 9:30, 2026年1月5日 下午3:05.

    Any other text comes back as it is.
    """
    plain = text.translate(WIDE).strip()
    found = _WRITTEN.fullmatch(plain)
    if found is None:
        return plain
    month, day = found["m1"] or found["m2"], found["d1"] or found["d2"]
    written = f"{found['year']}-{int(month):02}-{int(day):02}"
    if found["weekday"]:
        with suppress(ValueError):
            if date.fromisoformat(written).weekday() != _WEEK.index(found["weekday"].replace("天", "日")):
                return text
    if found["hour"] is None:
        return written
    hour, half = int(found["hour"]), (found["half"] or found["after"] or "").lower()
    if (found["half"] and found["after"]) or (half and not 1 <= hour <= 12):
        return text
    if half:
        hour = hour % 12 + (12 if half in ("下午", "晚上", "pm") else 0)
    seconds = f":{found['second']}{found['part'] or ''}" if found["second"] else ""
    return f"{written} {hour:02}:{found['minute'] or '00'}{seconds}{found['zone'] or ''}"


def _joins(text: str, at: int) -> bool:
    before, after = text[at - 1 : at], text[at + 1 : at + 2]
    return bool(before and after) and _written_joined(before) and not after.isspace()


def _written_joined(one: str) -> bool:
    code = ord(one)
    cjk = 0x2E80 <= code <= 0xA4CF or 0xAC00 <= code <= 0xD7FF or 0xF900 <= code <= 0xFAFF or 0xFF00 <= code <= 0xFFEF
    return code >= 0x590 and not cjk and not 0x20000 <= code <= 0x3FFFF and unicodedata.category(one) != "Cf"
